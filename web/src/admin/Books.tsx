import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import { keys } from '../api/keys.ts';
import type { Reconciliation, ReconciliationReport } from '../api/types.ts';
import { useTime } from '../design/format.ts';
import { ButtonLink, Card, Empty, Facts, Loaded, Note, Pages, Tag, When } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { Form } from '../forms/Form.tsx';
import { useCodes } from '../words/codes.ts';
import { type Said, useLanguage } from '../words/language.ts';
import { useReconciliation, useReconciliations } from './queries.ts';
import { useAdminWords } from './words.ts';

/** Whether the books agree, and what mends it where they don't. */
export function Books() {
  const t = useAdminWords();
  const client = useQueryClient();
  const query = useReconciliations();
  const [open, setOpen] = useState<string>();
  return (
    <>
      <Head title={t('books')} />
      <div className="split">
        <div className="stack">
          <Pages query={query} empty={<Empty icon="check" title={t('noRuns')} />}>
            {(runs) => <Runs runs={runs} open={open} onOpen={setOpen} />}
          </Pages>
          {open !== undefined && <Report id={open} />}
        </div>
        <aside className="stack">
          <Card title={t('reconcile')}>
            <Form<Reconciliation>
              form={{
                title: t('reconcile'),
                about: t('reconcileAbout'),
                button: t('reconcile'),
                fields: [
                  { type: 'time', name: 'from', label: t('since'), hint: t('sinceHint') },
                  { type: 'check', name: 'askAll', label: t('askAll') },
                ],
              }}
              path="/v1/reconciliations"
              name="reconciliation"
              onDone={({ id }) => {
                setOpen(id);
                void client.invalidateQueries({ queryKey: keys.reconciliations });
              }}
            />
          </Card>
        </aside>
      </div>
    </>
  );
}

function Found({ run: { state, differenceCount } }: { run: Pick<Reconciliation, 'state' | 'differenceCount'> }) {
  const t = useAdminWords();
  if (state === 'running') return <Tag tone="go">{t('running')}</Tag>;
  if (differenceCount === undefined) return <Tag>{t('done')}</Tag>;
  return differenceCount === 0 ? (
    <Tag tone="good">{t('agrees')}</Tag>
  ) : (
    <Tag tone="bad">
      {t('differences')}: {differenceCount}
    </Tag>
  );
}

function Runs({
  runs,
  open,
  onOpen,
}: {
  runs: Reconciliation[];
  open: string | undefined;
  onOpen: (id: string) => void;
}) {
  const t = useAdminWords();
  const named = useCodes();
  const time = useTime();
  return (
    <div className="card table-wrap">
      <table className="table">
        <thead>
          <tr>
            <th>{t('requested')}</th>
            <th>{t('requestedBy')}</th>
            <th>{t('state')}</th>
            <th aria-label={t('show')} />
          </tr>
        </thead>
        <tbody>
          {runs.map((run) => (
            <tr key={run.id} data-at={run.id === open}>
              <td>
                <When at={run.requestedAt} />
              </td>
              <td>{named('role', run.requestedBy)}</td>
              <td>
                <Found run={run} />
              </td>
              <td className="end">
                <button
                  type="button"
                  className="linkish"
                  aria-label={`${t('show')} ${time(run.requestedAt, 'long')}`}
                  onClick={() => onOpen(run.id)}
                >
                  {t('show')}
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

/** What is looked at, by the API's names. */
const lookedAt: Record<string, Said> = {
  movements: ['流水', 'movements'],
  ledger: ['台账', 'ledger entries'],
  case: ['售后单', 'cases'],
  order: ['订单', 'orders'],
  ticket: ['工单', 'tickets'],
  allocations: ['占用', 'allocations'],
  caseWorkflows: ['售后工作流', 'workflows of cases'],
  orderWorkflows: ['订单工作流', 'workflows of orders'],
  ticketWorkflows: ['工单工作流', 'workflows of tickets'],
};

function Report({ id }: { id: string }) {
  const t = useAdminWords();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  const query = useReconciliation(id);
  return (
    <Loaded query={{ ...query, data: query.data?.pages[0] }} rows={1}>
      {(report) => (
        <Card title={t('differences')} aside={<Found run={report} />}>
          {report.looked && (
            <p className="small soft">
              {t('looked')}:{' '}
              {Object.entries(report.looked)
                .map(([what, count]) => `${lookedAt[what]?.[place] ?? what} ${count}`)
                .join(', ')}
            </p>
          )}
          {(report.notCompared ?? []).map((text) => (
            <Note key={text} tone="warn" title={t('notCompared')}>
              {text}
            </Note>
          ))}
          <Pages query={query} empty={null}>
            {(differences) => (
              <ul className="lines">
                {differences.map((difference) => (
                  <Difference key={difference.id} difference={difference} />
                ))}
              </ul>
            )}
          </Pages>
        </Card>
      )}
    </Loaded>
  );
}

function Difference({ difference }: { difference: ReconciliationReport['differences']['items'][number] }) {
  const t = useAdminWords();
  const { code, subject, detail, mend, call, movementKey } = difference;
  const mendAt = call && mendingAt(call);
  const caseId = subject?.startsWith('case/') ? subject.slice('case/'.length) : undefined;
  return (
    <li className="stack tight">
      <div className="row apart">
        <Tag tone="bad">{code}</Tag>
        {caseId === undefined ? (
          <span className="small mono">{subject ?? movementKey}</span>
        ) : (
          <Link className="small mono" href={`/cases/${caseId}`}>
            {subject}
          </Link>
        )}
      </div>
      <p>{detail}</p>
      <Facts
        facts={[
          [t('mend'), mend],
          call && [
            t('call'),
            <span className="mono small">
              {call.method} {call.path} {JSON.stringify(call.body)}
            </span>,
          ],
        ]}
      />
      {mendAt !== undefined && <ButtonLink href={mendAt}>{t('goToMend')}</ButtonLink>}
    </li>
  );
}

/** Where in the console the call that mends it is made, filled in. */
function mendingAt({ path, body }: { path: string; body: Record<string, unknown> }): string | undefined {
  const subject = typeof body['subject'] === 'string' ? body['subject'] : '';
  if (path === '/v1/republications') return `/recovery/republications?${new URLSearchParams({ subject })}`;
  if (path === '/v1/abandonments')
    return `/recovery/abandonments?${new URLSearchParams({ case: subject.replace(/^case\//, '') })}`;
  return undefined;
}
