import { Loader } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useState } from 'react';
import type { EvidenceType } from '../../../src/domain/policy/evidenceTypes.ts';
import { ApiProblem, answerOf, ask, read } from '../api/client.ts';
import type { Evidence, EvidenceKind } from '../api/types.ts';
import { bytesText } from '../design/format.ts';
import { Icon } from '../design/icons.tsx';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { useContent } from './content.ts';
import { acceptedTypes, type Limits, refusalOf } from './taken.ts';

/** A file that was uploaded and is not named anywhere yet. */
export type Picked = Pick<Evidence, 'id' | 'name' | 'type'>;

/** Uploads a file. @throws as `ask` and `answerOf` */
export async function upload(file: File, kind: EvidenceKind): Promise<Picked> {
  const form = new FormData();
  form.set('kind', file.type.startsWith('video/') ? 'video' : kind);
  form.set('file', file);
  const { id, name, type } = await answerOf<Evidence>(
    await ask('POST', '/v1/evidence', { form, key: crypto.randomUUID(), unbounded: true }),
  );
  return { id, name, type };
}

/** Chooses files and uploads each at once, so that what is sent later only names them. */
export function Picker({
  label,
  kind,
  picked,
  onChange,
  onBusy,
}: {
  label: string;
  kind: EvidenceKind;
  picked: Picked[];
  onChange: (change: (before: Picked[]) => Picked[]) => void;
  /** By how many more, or fewer, files are being uploaded now. */
  onBusy: (more: number) => void;
}) {
  const t = useCommon();
  const text = useProblemText();
  const [busy, setBusy] = useState(0);
  const [fault, setFault] = useState<string>();
  const { data: policy } = useQuery({
    queryKey: ['policy'],
    queryFn: () => read<{ evidence: Limits & { maxFilesPerParty: number } }>('/v1/policies/current'),
    staleTime: 600_000,
  });
  const most = policy?.evidence.maxFilesPerParty ?? 20;

  function nowBusy(more: number): void {
    setBusy((count) => count + more);
    onBusy(more);
  }

  async function add(chosen: File[]): Promise<void> {
    setFault(undefined);
    nowBusy(chosen.length);
    for (const file of chosen) {
      try {
        const code = refusalOf(file, policy?.evidence);
        if (code) throw new ApiProblem(422, { code });
        const one = await upload(file, kind);
        onChange((before) => [...before, one]);
      } catch (error) {
        setFault(`${file.name}: ${text(error)}`);
      }
      nowBusy(-1);
    }
  }

  return (
    <FileCells
      label={label}
      files={picked.map((one) => ({ id: one.id, name: one.name, shown: <Preview file={one} /> }))}
      busy={busy}
      full={picked.length + busy >= most}
      types={policy?.evidence.types}
      onAdd={(files) => void add(files)}
      onRemove={(removed) => onChange((before) => before.filter(({ id }) => id !== removed))}
    >
      {policy && (
        <span className="tiny soft">
          {t('fileHint', {
            image: bytesText(policy.evidence.maxImageBytes),
            video: bytesText(policy.evidence.maxVideoBytes),
          })}
        </span>
      )}
      {fault !== undefined && (
        <p className="fault" role="alert">
          {fault}
        </p>
      )}
    </FileCells>
  );
}

/** Files that were chosen, and the way to choose more. */
export function FileCells({
  label,
  files,
  busy = 0,
  full = false,
  types,
  onAdd,
  onRemove,
  children,
}: {
  label: string;
  files: { id: string; name: string; shown: ReactNode }[];
  /** How many are being uploaded. */
  busy?: number;
  full?: boolean;
  /** Which the policy takes. */
  types?: EvidenceType[] | undefined;
  onAdd: (files: File[]) => void;
  onRemove: (id: string) => void;
  children?: ReactNode;
}) {
  const t = useCommon();
  return (
    <div className="stack tight" role="group" aria-label={label}>
      <span className="strong small">{label}</span>
      <ul className="files">
        {files.map(({ id, name, shown }) => (
          <li key={id} className="file-cell">
            {shown}
            <button type="button" className="remove" aria-label={t('remove', { name })} onClick={() => onRemove(id)}>
              ×
            </button>
          </li>
        ))}
        {!full && (
          <li>
            <label className="file add">
              <input
                className="hidden-input"
                type="file"
                multiple
                accept={acceptedTypes(types)}
                aria-label={t('addFiles')}
                onChange={({ currentTarget }) => {
                  onAdd([...(currentTarget.files ?? [])]);
                  currentTarget.value = '';
                }}
              />
              {busy > 0 ? (
                <span role="status" aria-label={t('uploading')}>
                  <Loader size="sm" />
                </span>
              ) : (
                <span className="caption">
                  <Icon name="plus" />
                  <br />
                  {t('evidence')}
                </span>
              )}
            </label>
          </li>
        )}
      </ul>
      {children}
    </div>
  );
}

function Preview({ file }: { file: Picked }) {
  const { url } = useContent(file.id, 'url', file.type.startsWith('image/'));
  return (
    <span className="file">
      {url === undefined ? <span className="caption">{file.name}</span> : <img src={url} alt={file.name} />}
    </span>
  );
}
