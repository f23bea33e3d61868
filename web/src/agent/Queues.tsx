import { Button, SegmentedControl } from '@mantine/core';
import { Link, useLocation, useSearch } from 'wouter';
import { useQueue } from '../api/queries.ts';
import type { QueueItem } from '../api/types.ts';
import { Amount, Countdown, Empty, Note, Pages, Tag, When } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useSession } from '../session/session.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { useClaims } from './claims.ts';
import { useAgentWords } from './words.ts';

const queues = ['audit', 'adjudication', 'appeal', 'escalated', 'refund-failures', 'tickets'] as const;

const pathOf = ({ subject, id }: QueueItem): string => {
  const kind = subject.slice(0, subject.indexOf('/'));
  return `/${kind === 'case' ? 'cases' : kind === 'ticket' ? 'tickets' : 'orders'}/${id}`;
};

/** What waits for an agent, due first, and who is at it. */
export function Queues() {
  const t = useAgentWords();
  const named = useCodes();
  const text = useProblemText();
  const [, go] = useLocation();
  const asked = new URLSearchParams(useSearch());
  const queue = queues.find((one) => one === asked.get('queue')) ?? 'audit';
  const claimed = asked.get('claimed') ?? 'all';
  const query = useQueue(queue, claimed);
  const claims = useClaims();
  const show = (changed: { queue?: string; claimed?: string }) =>
    go(`/?${new URLSearchParams({ queue, claimed, ...changed }).toString()}`);

  return (
    <>
      <Head title={t('desk')}>
        <SegmentedControl
          value={claimed}
          onChange={(value) => show({ claimed: value })}
          data={(['all', 'mine', 'free'] as const).map((value) => ({
            value,
            label: value === 'all' ? t('everything') : t(value),
          }))}
        />
      </Head>
      <div className="stack">
        <div className="filters">
          {queues.map((one) => (
            <button
              key={one}
              type="button"
              className="chip"
              aria-pressed={one === queue}
              onClick={() => show({ queue: one })}
            >
              {named('queue', one)}
            </button>
          ))}
        </div>
        {claims.fault !== undefined && <Note tone="bad">{text(claims.fault)}</Note>}
        <Pages query={query} empty={<Empty icon="check" title={t('emptyQueue')} />}>
          {(items) => <Table items={items} claims={claims} onOpen={(item) => go(pathOf(item))} />}
        </Pages>
      </div>
    </>
  );
}

type Claims = ReturnType<typeof useClaims>;

function Table({ items, claims, onOpen }: { items: QueueItem[]; claims: Claims; onOpen: (item: QueueItem) => void }) {
  const t = useAgentWords();
  const common = useCommon();
  const named = useCodes();
  const { session } = useSession();
  return (
    <div className="card table-wrap">
      <table className="table">
        <thead>
          <tr>
            <th>{common('case')}</th>
            <th>
              {common('consumer')} / {common('merchant')}
            </th>
            <th>{common('status')}</th>
            <th>{t('waitingSince')}</th>
            <th className="end">{t('stake')}</th>
            <th className="end">{t('action')}</th>
          </tr>
        </thead>
        <tbody>
          {items.map((item) => (
            <tr key={item.subject}>
              <td>
                <Link href={pathOf(item)}>
                  {item.kind === undefined
                    ? named('queue', item.queue)
                    : [item.subject.startsWith('ticket/') ? named('category', item.kind) : named('kind', item.kind)]
                        .concat(item.reason === undefined ? [] : [named('reason', item.reason)])
                        .join(' · ')}
                </Link>
                {item.asked && <div className="tiny soft">{t('asked', { who: named('role', item.asked.from) })}</div>}
              </td>
              <td>
                {item.consumerId} / {item.merchantId}
              </td>
              <td>
                <Tag tone="go">{named('status', item.status)}</Tag>{' '}
                <span className="small">
                  {item.deadline ? <Countdown at={item.deadline.at} /> : <span className="soft">—</span>}
                </span>
              </td>
              <td>
                <When at={item.waitingSince} />
              </td>
              <td className="end">{item.amount ? <Amount money={item.amount} /> : '—'}</td>
              <td className="end">
                {item.lease && item.lease.agent !== session?.sub ? (
                  <span className="small soft">{t('claimedBy', { agent: item.lease.agent })}</span>
                ) : item.lease ? (
                  <Button size="compact-md" onClick={() => onOpen(item)}>
                    {t('open')}
                  </Button>
                ) : (
                  <Button
                    size="compact-md"
                    variant="light"
                    loading={claims.busy === item.id}
                    disabled={!item.mayClaim}
                    title={item.whyNot === 'ruled_before' ? t('ruledBefore') : undefined}
                    onClick={() => {
                      void claims.act(item.queue, item.id, 'claim').then((taken) => taken && onOpen(item));
                    }}
                  >
                    {t('claim')}
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
