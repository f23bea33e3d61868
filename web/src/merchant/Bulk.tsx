import { Button, Textarea } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useRefusalCodes } from '../api/queries.ts';
import type { Case } from '../api/types.ts';
import { shortId } from '../design/format.ts';
import { Tag } from '../design/pieces.tsx';
import { FileCells } from '../evidence/Picker.tsx';
import { Choice } from '../forms/Form.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import type { RefusalDraft } from './chosen.ts';
import type { Deciding, Outcome, Verdict } from './decideAll.ts';
import { useNeeds } from './forms.ts';
import { useMerchantWords } from './words.ts';

const noRefusal: RefusalDraft = { code: '', note: '', files: [] };

/** A refusal while it is written; undefined while none is. */
type Writing = { refusal: RefusalDraft | undefined; onRefusal: (draft: RefusalDraft | undefined) => void };

/** Decides several applications at once, each for itself, and shows what became of each. */
export function Bulk({
  deciding: { outcomes, busy, run, again, end },
  cases,
  refusal,
  onRefusal,
  onUnchoose,
}: Writing & {
  deciding: Deciding;
  cases: Case[];
  onUnchoose: () => void;
}) {
  if (outcomes) return <Outcomes outcomes={outcomes} busy={busy} onAgain={() => void again()} onEnd={end} />;
  if (cases.length === 0) return null;
  return (
    <ChosenCases
      count={cases.length}
      refusal={refusal}
      onRefusal={onRefusal}
      onSend={(verdict) => {
        void run(cases, verdict);
        onUnchoose();
      }}
      onUnchoose={onUnchoose}
    />
  );
}

function ChosenCases({
  count,
  refusal,
  onRefusal,
  onSend,
  onUnchoose,
}: Writing & {
  count: number;
  onSend: (verdict: Verdict) => void;
  onUnchoose: () => void;
}) {
  const t = useMerchantWords();
  return (
    <section className="card bulk" aria-label={t('chosen', { count })}>
      <div className="stack">
        <div className="row apart">
          <span className="strong">{t('chosen', { count })}</span>
          <div className="row">
            <Button onClick={() => onSend({ decision: 'approve' })}>{t('approveAll')}</Button>
            <Button
              variant="default"
              aria-expanded={refusal !== undefined}
              onClick={() => onRefusal(refusal ? undefined : noRefusal)}
            >
              {t('refuseAll')}
            </Button>
            <Button variant="subtle" onClick={onUnchoose}>
              {t('unchoose')}
            </Button>
          </div>
        </div>
        {refusal && <Refusal draft={refusal} onDraft={onRefusal} onSend={onSend} />}
      </div>
    </section>
  );
}

/** A refusal of several: what its reason needs is asked for before anything is sent. CASE-4 */
function Refusal({
  draft,
  onDraft,
  onSend,
}: {
  draft: RefusalDraft;
  onDraft: (draft: RefusalDraft) => void;
  onSend: (verdict: Verdict) => void;
}) {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const needsOf = useNeeds();
  const { data: codes } = useRefusalCodes();
  const { code: refusalCode, note, files: chosen } = draft;
  const [faults, setFaults] = useState<{ code?: string; note?: string; files?: string }>({});
  const code = codes?.application.find((one) => one.code === refusalCode);
  const label = (name: string, needed: boolean) => (needed ? name : common('optionalLabel', { label: name }));

  function submit(): void {
    const found = {
      ...(code ? {} : { code: common('choose') }),
      ...(code?.note && note.trim() === '' ? { note: common('nothingTyped') } : {}),
      ...(code?.evidence && chosen.length === 0 ? { files: common('filesNeeded') } : {}),
    };
    setFaults(found);
    if (Object.keys(found).length > 0) return;
    onSend({
      decision: 'refuse',
      refusalCode,
      ...(note.trim() === '' ? {} : { note: note.trim() }),
      files: chosen.map(({ file }) => file),
    });
  }

  return (
    <form
      className="stack"
      noValidate
      aria-label={t('refuseAll')}
      onSubmit={(event) => {
        event.preventDefault();
        submit();
      }}
    >
      <p className="small soft">{t('sameForAll')}</p>
      <Choice
        field={{
          name: 'refusalCode',
          side: true,
          options: (codes?.application ?? []).map((one) => ({
            value: one.code,
            label: named('refusal', one.code),
            ...needsOf(one),
          })),
        }}
        label={t('refuseWhy')}
        value={refusalCode}
        fault={faults.code}
        onChange={(chosenCode) => onDraft({ ...draft, code: chosenCode })}
      />
      <Textarea
        label={label(common('note'), code?.note ?? false)}
        rows={2}
        value={note}
        error={faults.note}
        maxLength={4_000}
        onChange={(event) => onDraft({ ...draft, note: event.currentTarget.value })}
      />
      <FileCells
        label={label(common('evidence'), code?.evidence ?? false)}
        files={chosen.map(({ id, file }) => ({
          id,
          name: file.name,
          shown: (
            <span className="file">
              <span className="caption">{file.name}</span>
            </span>
          ),
        }))}
        onAdd={(added) =>
          onDraft({ ...draft, files: [...chosen, ...added.map((file) => ({ id: crypto.randomUUID(), file }))] })
        }
        onRemove={(removed) => onDraft({ ...draft, files: chosen.filter(({ id }) => id !== removed) })}
      >
        {faults.files !== undefined && <p className="fault">{faults.files}</p>}
      </FileCells>
      <div className="foot">
        <Button type="submit" color="red.8" fullWidth>
          {t('refuseAll')}
        </Button>
      </div>
    </form>
  );
}

function Outcomes({
  outcomes,
  busy,
  onAgain,
  onEnd,
}: {
  outcomes: Outcome[];
  busy: boolean;
  onAgain: () => void;
  onEnd: () => void;
}) {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const count = (state: Outcome['state']) => outcomes.filter((one) => one.state === state).length;
  return (
    <section className="card bulk" aria-label={t('outcomes')}>
      <div className="stack">
        <div className="row apart">
          <h2>{t('outcomes')}</h2>
          <span role="status" className="small">
            {t('progress', { done: count('done'), failed: count('failed') })}
          </span>
        </div>
        <ul className="lines">
          {outcomes.map(({ case: one, state, said }) => (
            <li key={one.id} className="row apart">
              <Link href={`/cases/${one.id}`}>
                <span className="mono">{shortId(one.id)}</span> {named('kind', one.kind)} · {one.consumerId}
              </Link>
              {state === 'done' && <Tag tone="good">{t('accepted')}</Tag>}
              {state === 'waiting' && <Tag>{t('waiting')}</Tag>}
              {state === 'failed' && <span className="fault">{said}</span>}
            </li>
          ))}
        </ul>
        <div className="row">
          {count('failed') > 0 && (
            <Button loading={busy} onClick={onAgain}>
              {t('retryFailed')}
            </Button>
          )}
          <Button variant="default" loading={busy} onClick={onEnd}>
            {common('close')}
          </Button>
        </div>
      </div>
    </section>
  );
}
