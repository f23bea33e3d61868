import { Button, SegmentedControl } from '@mantine/core';
import { useEffect } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useQueue } from '../api/queries.ts';
import type { QueueItem } from '../api/types.ts';
import { Amount, Countdown, Empty, Note, Tag, When } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { HeldPayments } from '../desk/Held.tsx';
import { Listing } from '../desk/Listing.tsx';
import { useDeskWords } from '../desk/words.ts';
import { useSession } from '../session/session.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { keepList, pathOfQueue } from './cameFrom.ts';
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
  const common = useCommon();
  const desk = useDeskWords();
  const named = useCodes();
  const text = useProblemText();
  const [, go] = useLocation();
  const asked = new URLSearchParams(useSearch());
  const queue = queues.find((one) => one === asked.get('queue')) ?? 'audit';
  const claimed = asked.get('claimed') ?? 'all';
  useEffect(() => keepList(pathOfQueue({ queue, claimed })), [queue, claimed]);
  const query = useQueue(queue, claimed);
  const claims = useClaims();
  const show = (changed: { queue?: string; claimed?: string }) => go(pathOfQueue({ queue, claimed, ...changed }));

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
        {queue === 'refund-failures' && <HeldPayments />}
        <Listing
          query={query}
          empty={<Empty icon="check" title={t('emptyQueue')} />}
          keyOf={({ subject }) => subject}
          heads={[
            common('case'),
            `${common('consumer')} / ${common('merchant')}`,
            common('status'),
            t('waitingSince'),
            { end: t('stake') },
            { end: desk('action') },
          ]}
        >
          {(item) => (
            <>
              <td>
                <What item={item} />
              </td>
              <td>
                {item.consumerId} / {item.merchantId}
              </td>
              <td>
                <Standing item={item} />
              </td>
              <td>
                <When at={item.waitingSince} />
              </td>
              <td className="end">{item.amount ? <Amount money={item.amount} /> : '—'}</td>
              <td className="end">
                <Take item={item} claims={claims} onOpen={() => go(pathOf(item))} />
              </td>
            </>
          )}
        </Listing>
      </div>
    </>
  );
}

function What({ item }: { item: QueueItem }) {
  const t = useAgentWords();
  const named = useCodes();
  const { subject, queue, kind, reason, asked } = item;
  const words =
    kind === undefined
      ? [named('queue', queue)]
      : [named(subject.startsWith('ticket/') ? 'category' : 'kind', kind)].concat(
          reason === undefined ? [] : [named('reason', reason)],
        );
  return (
    <>
      <Link href={pathOf(item)}>{words.join(' · ')}</Link>
      {asked && <div className="tiny soft">{t('asked', { who: named('role', asked.from) })}</div>}
    </>
  );
}

function Standing({ item: { status, deadline } }: { item: QueueItem }) {
  const named = useCodes();
  return (
    <span className="row">
      <Tag tone="go">{named('status', status)}</Tag>
      <span className="small">{deadline && <Countdown at={deadline.at} />}</span>
    </span>
  );
}

/** Who has it, or taking it. */
function Take({ item, claims, onOpen }: { item: QueueItem; claims: ReturnType<typeof useClaims>; onOpen: () => void }) {
  const t = useAgentWords();
  const { session } = useSession();
  const { id, queue, lease, mayClaim, whyNot } = item;
  if (lease && lease.agent !== session?.sub)
    return (
      <span className="small soft">
        {t('claimedBy', { agent: lease.agent })} <When at={lease.until} />
      </span>
    );
  if (lease)
    return (
      <Button size="compact-md" onClick={onOpen}>
        {t('open')}
      </Button>
    );
  return (
    <div className="stack tight">
      <Button
        size="compact-md"
        variant="light"
        loading={claims.busy === id}
        disabled={!mayClaim}
        onClick={() => {
          void claims.act(queue, id, 'claim').then((taken) => taken && onOpen());
        }}
      >
        {t('claim')}
      </Button>
      {whyNot === 'ruled_before' && <span className="tiny soft">{t('ruledBefore')}</span>}
    </div>
  );
}
