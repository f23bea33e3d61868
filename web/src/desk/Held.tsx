import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { useCases, useMoney, useOrders } from '../api/queries.ts';
import type { Case, OutgoingMoney } from '../api/types.ts';
import { shortId, useTime } from '../design/format.ts';
import { Amount, Card, Note, Tag } from '../design/pieces.tsx';
import { useSession } from '../session/session.ts';
import { useCommon } from '../words/common.ts';
import { useDeskWords } from './words.ts';

type Hold = NonNullable<Case['refund']['held']>;

const titles = {
  stopped: 'heldStopped',
  daily_cap: 'heldByCap',
  switch_unreachable: 'heldUnreachable',
} as const satisfies Record<Hold['cause'], string>;
const mends = {
  stopped: 'letGoStopped',
  daily_cap: 'letGoCap',
  switch_unreachable: 'letGoUnreachable',
} as const satisfies Record<Hold['cause'], string>;

/** Money that the platform holds back: why, since when, and who can let it go. */
export function HeldNote({
  held,
  currency,
  since = true,
}: {
  held: Hold | undefined;
  currency: string;
  /** Whether it says since when this one is held. */
  since?: boolean;
}) {
  const t = useDeskWords();
  const time = useTime();
  const { session } = useSession();
  const { data: money } = useMoney(held !== undefined);
  if (!held) return null;
  return (
    <Note tone="warn" title={t(titles[held.cause])}>
      <p>{t(mends[held.cause], { time: money ? time(money.dayEndsAt) : '—' })}</p>
      {money && <Orders money={money} cause={held.cause} currency={currency} />}
      {since && <p className="small soft">{t('heldSince', { time: time(held.since) })}</p>}
      {session?.role === 'admin' && held.cause !== 'switch_unreachable' && <Link href="/money">{t('toMoney')}</Link>}
    </Note>
  );
}

/** Who ordered what holds it back, when and why, as it stands now. */
function Orders({ money, cause, currency }: { money: OutgoingMoney; cause: Hold['cause']; currency: string }) {
  const t = useDeskWords();
  const time = useTime();
  const inForce =
    cause === 'stopped'
      ? money.stopped
      : cause === 'daily_cap'
        ? money.caps.filter((cap) => cap.currency === currency)
        : [];
  return inForce.map(({ by, since, reason }) => (
    <p key={`${by}${since}`} className="small preline">
      {t('orderedBy', { by, time: time(since), reason })}
    </p>
  ));
}

/** What is held back, by case and order: no failure, so nothing an agent has to do. Nothing where nothing is. */
export function HeldPayments() {
  const t = useDeskWords();
  const time = useTime();
  const common = useCommon();
  const cases = useCases({ held: 'true', limit: 50 });
  const orders = useOrders({ held: 'true', limit: 50 });
  const found = [
    ...(cases.items ?? []).map(({ id, refund, appeal }) => ({
      href: `/cases/${id}`,
      name: `${common('case')} ${shortId(id)}`,
      money: refund.held ? refund : (appeal?.payout ?? refund),
    })),
    ...(orders.items ?? []).flatMap(({ id, refunds }) =>
      refunds
        .filter(({ held }) => held)
        .map((refund, index) => ({
          href: `/orders/${id}`,
          name: `${common('order')} ${shortId(id)}${index > 0 ? ` (${index + 1})` : ''}`,
          money: refund,
        })),
    ),
  ];
  if (found.length === 0) return null;
  const causes = new Map(found.map((one) => [`${one.money.held?.cause}${one.money.currency}`, one.money]));
  return (
    <Card title={t('heldTitle')} aside={<Tag tone="warn">{found.length}</Tag>}>
      <p className="small soft">{t('heldAbout')}</p>
      {[...causes].map(([cause, { held, currency }]) => (
        <HeldNote key={cause} held={held} currency={currency} since={false} />
      ))}
      <ul className="lines">
        {found.map(({ href, name, money }) => (
          <li key={name} className="row apart">
            <span>
              <Link href={href}>{name}</Link>{' '}
              <span className="small soft">{money.held && t('heldSince', { time: time(money.held.since) })}</span>
            </span>
            <Amount money={money} />
          </li>
        ))}
      </ul>
      {(cases.hasNextPage || orders.hasNextPage) && (
        <Button
          variant="default"
          onClick={() => {
            if (cases.hasNextPage) void cases.fetchNextPage();
            if (orders.hasNextPage) void orders.fetchNextPage();
          }}
        >
          {common('more')}
        </Button>
      )}
    </Card>
  );
}
