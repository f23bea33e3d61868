import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { send } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { useRefusalCodes } from '../api/queries.ts';
import type { Case } from '../api/types.ts';
import { shortId } from '../design/format.ts';
import { Tag } from '../design/pieces.tsx';
import { Choice } from '../forms/Form.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { useMerchantWords } from './words.ts';

type Outcome = { id: string; said?: string };

/** Decides several applications at once, each for itself, and shows what became of each. */
export function Bulk({ cases, onEnd }: { cases: Case[]; onEnd: () => void }) {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const text = useProblemText();
  const client = useQueryClient();
  const { data: codes } = useRefusalCodes();
  const [refusing, setRefusing] = useState(false);
  const [refusalCode, setRefusalCode] = useState('');
  const [busy, setBusy] = useState(false);
  const [outcomes, setOutcomes] = useState<Outcome[]>();
  // Each case has its own evidence and story: what needs either is decided on its own page.
  const simple = (codes?.application ?? []).filter(({ evidence, note }) => !evidence && !note);

  async function decide(body: { decision: 'approve' } | { decision: 'refuse'; refusalCode: string }): Promise<void> {
    setBusy(true);
    const said: Outcome[] = [];
    for (const { id, version } of cases) {
      try {
        await send(`/v1/cases/${id}/merchant-decision`, body, {
          key: `bulk-${id}-${version}-${JSON.stringify(body)}`,
          version,
        });
        said.push({ id });
      } catch (error) {
        said.push({ id, said: text(error) });
      }
      setOutcomes([...said]);
    }
    setBusy(false);
    void client.invalidateQueries({ queryKey: keys.cases });
  }

  if (outcomes) {
    return (
      <section className="card bulk" role="status">
        <div className="stack">
          <h2>{t('outcomes')}</h2>
          <ul className="lines">
            {outcomes.map(({ id, said }) => (
              <li key={id} className="row apart">
                <span className="mono">{shortId(id)}</span>
                {said === undefined ? <Tag tone="good">{t('accepted')}</Tag> : <span className="fault">{said}</span>}
              </li>
            ))}
          </ul>
          <Button variant="default" loading={busy} onClick={onEnd}>
            {common('close')}
          </Button>
        </div>
      </section>
    );
  }
  return (
    <section className="card bulk">
      <div className="stack">
        <div className="row apart">
          <span className="strong">{t('chosen', { count: cases.length })}</span>
          <div className="row">
            <Button loading={busy} onClick={() => void decide({ decision: 'approve' })}>
              {t('approveAll')}
            </Button>
            <Button variant="default" disabled={busy} onClick={() => setRefusing(!refusing)}>
              {t('refuseAll')}
            </Button>
          </div>
        </div>
        {refusing && (
          <>
            <Choice
              field={{
                name: 'refusalCode',
                side: true,
                options: simple.map(({ code }) => ({ value: code, label: named('refusal', code) })),
              }}
              label={t('refuseWhy')}
              value={refusalCode}
              onChange={setRefusalCode}
            />
            <Button
              color="red.8"
              loading={busy}
              disabled={refusalCode === ''}
              onClick={() => void decide({ decision: 'refuse', refusalCode })}
            >
              {t('refuseAll')}
            </Button>
          </>
        )}
      </div>
    </section>
  );
}
