import { Textarea } from '@mantine/core';
import type { EvidenceKind } from '../api/types.ts';
import { type Picked, Picker } from '../evidence/Picker.tsx';
import { useCommon } from '../words/common.ts';

type Said = { description: string; files: Picked[] };

/** What is wrong, in words and in pictures. */
export function Described({
  values,
  change,
  tried,
  onBusy,
  label,
  hint = '',
  filesLabel,
  kind,
}: {
  values: Said;
  change: (changed: Partial<Said> | ((before: Said) => Partial<Said>)) => void;
  /** Whether it was to be sent already: what is missing is said from then on. */
  tried: boolean;
  onBusy: (more: number) => void;
  label: string;
  hint?: string;
  filesLabel: string;
  kind: EvidenceKind;
}) {
  const common = useCommon();
  return (
    <>
      <Textarea
        label={label}
        placeholder={hint}
        required
        rows={4}
        size="md"
        maxLength={4_000}
        value={values.description}
        error={tried && values.description.trim() === '' ? common('nothingTyped') : undefined}
        onChange={(event) => change({ description: event.currentTarget.value })}
      />
      <Picker
        label={common('optionalLabel', { label: filesLabel })}
        kind={kind}
        picked={values.files}
        onChange={(changed) => change((before) => ({ files: changed(before.files) }))}
        onBusy={onBusy}
      />
    </>
  );
}
