import type { Connection, mongo } from 'mongoose';
import { type Queue, queues } from '../domain/queue.ts';
import { heldPayments } from './heldPayments.ts';
import { isTooSlow, listing, StoreUnavailable } from './reading.ts';

/** How much waits, and since when the oldest of it (UTC ms). Counts end at {@link mostCounted}. */
export type Backlog = { count: number; oldestAt?: number };
export type SubjectKind = 'case' | 'order' | 'ticket';

/** Where the whole service stands, as it is written. */
export type Gauges = {
  /** Absent where there is too much to count in time. */
  statuses?: { subject: SubjectKind; status: string; count: number }[];
  /** Deadlines that ought to have fired. */
  overdue: ({ subject: SubjectKind } & Backlog)[];
  lines: ({ queue: Queue } & Backlog)[];
  /** Money that is held back, whose way is not known, or that a provider refused for good. REF-4, CASE-14 */
  payments: ({ purpose: PaymentPurpose; state: 'held' | 'unknown' | 'declined' } & Backlog)[];
  outbox: ({ channel: string } & Backlog)[];
  /** The last reconciliation that came to its end: what it found, and when (UTC ms). Absent where none has. */
  reconciliation?: { differences: number; doneAt: number };
};
export type PaymentPurpose = (typeof payments)[number]['purpose'];

/** The names of the collections, read as they are written; one that is not there is empty. */
const collections = { case: 'cases', order: 'orders', ticket: 'tickets' } as const;
const subjects = Object.keys(collections) as SubjectKind[];
/** Whoever looks at a backlog of ten thousand needs no more exact figure. */
const mostCounted = 10_000;

/** Payments by where their state is kept, and since when it is that one; of what older rules left without that, the last change counts. */
const payments = [
  ...heldPayments.map((one) => ({ ...one, state: 'held' as const })),
  {
    purpose: 'refund',
    state: 'unknown',
    subject: 'case',
    match: { status: 'refunding', 'state.stage.outcome': 'unknown' },
    since: '$state.stage.since',
  },
  {
    purpose: 'refund',
    state: 'declined',
    subject: 'case',
    match: { status: 'refund_failed' },
    since: '$state.stage.since',
  },
  {
    purpose: 'compensation',
    state: 'unknown',
    subject: 'case',
    match: { status: 'advance_compensating', 'state.stage.outcome': 'unknown' },
    since: '$state.stage.since',
  },
  {
    purpose: 'compensation',
    state: 'declined',
    subject: 'case',
    match: { status: 'compensation_failed' },
    since: '$state.stage.since',
  },
  {
    purpose: 'payout',
    state: 'unknown',
    subject: 'case',
    match: { 'state.merchantAppeal.payout.outcome': 'unknown' },
    since: '$state.merchantAppeal.payout.since',
  },
  {
    purpose: 'payout',
    state: 'declined',
    subject: 'case',
    match: { 'state.merchantAppeal.payout.outcome': 'declined' },
    since: '$state.merchantAppeal.payout.since',
  },
  {
    purpose: 'order_refund',
    state: 'unknown',
    subject: 'order',
    match: { 'state.refunds.state': 'unknown' },
    since: { $min: '$state.refunds.unknownAt' },
  },
  {
    purpose: 'order_refund',
    state: 'declined',
    subject: 'order',
    match: { 'state.refunds.state': 'declined' },
    since: { $min: '$state.refunds.declinedAt' },
  },
] as const;

/** A moment in ms, as the domain keeps them: numbers and dates have no smallest among them. */
const sinceOr = (since: string | object) => ({ $ifNull: [since, { $toLong: '$updatedAt' }] });

type Grouped = { n: number; oldest: Date | number | null };

const backlog = (found: Grouped | undefined): Backlog => ({
  count: found?.n ?? 0,
  ...(found === undefined || found.oldest === null ? {} : { oldestAt: Number(found.oldest) }),
});

/** Several backlogs as one. */
function together(all: readonly Backlog[]): Backlog {
  const oldest = all.flatMap(({ oldestAt }) => (oldestAt === undefined ? [] : [oldestAt]));
  return {
    count: all.reduce((sum, { count }) => sum + count, 0),
    ...(oldest.length > 0 ? { oldestAt: Math.min(...oldest) } : {}),
  };
}

type Grouping = ReturnType<typeof groupedIn>;

const groupedIn =
  (connection: Connection) =>
  async <Row extends mongo.BSON.Document>(collection: string, stages: object[]): Promise<Row[]> => {
    if (!connection.db) throw new StoreUnavailable('the database has not been connected yet');
    return connection.db.collection(collection).aggregate<Row>(stages, listing).toArray();
  };

/** One backlog; `since` says where its beginning stands. */
async function counted(
  grouped: Grouping,
  subject: SubjectKind,
  match: object,
  since: string | object,
): Promise<Backlog> {
  const stages = [
    { $match: match },
    { $limit: mostCounted },
    { $group: { _id: null, n: { $sum: 1 }, oldest: { $min: since } } },
  ];
  return backlog((await grouped<Grouped>(collections[subject], stages))[0]);
}

/** Orders and cases whose money is held back, and since when the oldest. */
export async function heldBacklog(connection: Connection): Promise<Backlog> {
  const found = await Promise.all(
    payments
      .filter(({ state }) => state === 'held')
      .map(({ subject, match, since }) => counted(groupedIn(connection), subject, match, sinceOr(since))),
  );
  return together(found);
}

/** Reads where the service stands, each part by an index and for 2 s at most. @throws where one part could not be read */
export function gaugeReader(connection: Connection) {
  const grouped = groupedIn(connection);

  /** The one part that grows with all that ever was: where it takes too long, the others don't go with it. */
  async function statuses(): Promise<Pick<Gauges, 'statuses'>> {
    const countOf = async (subject: SubjectKind) => {
      // the bound makes it a walk along the index on status alone, without a look at any document
      const stages = [{ $match: { status: { $gte: '' } } }, { $group: { _id: '$status', n: { $sum: 1 } } }];
      const found = await grouped<{ _id: string; n: number }>(collections[subject], stages);
      return found.map(({ _id: status, n: count }) => ({ subject, status, count }));
    };
    try {
      return { statuses: (await Promise.all(subjects.map(countOf))).flat() };
    } catch (error) {
      if (isTooSlow(error)) return {};
      throw error;
    }
  }

  /** What waits for agents, by its queue, since it came there. */
  async function lines(): Promise<Gauges['lines']> {
    const since = { $ifNull: ['$queuedSince', '$updatedAt'] };
    return Promise.all(
      queues.map(async (queue) => {
        const ofEach = subjects.map((subject) => counted(grouped, subject, { queues: queue }, since));
        return { queue, ...together(await Promise.all(ofEach)) };
      }),
    );
  }

  /** Deadlines that ought to have fired: a subject's own, and that of a merchant's appeal, which runs beside it. */
  async function overdue(before: number): Promise<Gauges['overdue']> {
    const own = (subject: SubjectKind) =>
      counted(grouped, subject, { deadlineAt: { $lt: new Date(before) } }, '$deadlineAt');
    const appeals = counted(
      grouped,
      'case',
      { 'state.merchantAppeal.deadline.at': { $lt: before } },
      '$state.merchantAppeal.deadline.at',
    );
    return Promise.all(
      subjects.map(async (subject) => ({
        subject,
        ...together(await Promise.all([own(subject), ...(subject === 'case' ? [appeals] : [])])),
      })),
    );
  }

  async function outbox(): Promise<Gauges['outbox']> {
    const stages = [
      { $match: { state: 'pending' } },
      { $limit: mostCounted },
      { $group: { _id: '$channel', n: { $sum: 1 }, oldest: { $min: '$createdAt' } } },
    ];
    const found = await grouped<Grouped & { _id: string }>('outbox', stages);
    return found.map((row) => ({ channel: row._id, ...backlog(row) }));
  }

  async function reconciliation(): Promise<Pick<Gauges, 'reconciliation'>> {
    const stages = [
      { $match: { doneAt: { $gt: new Date(0) } } },
      { $sort: { doneAt: -1 } },
      { $limit: 1 },
      { $project: { differences: 1, doneAt: 1 } },
    ];
    const [last] = await grouped<{ differences: number; doneAt: Date }>('reconciliations', stages);
    return last ? { reconciliation: { differences: last.differences, doneAt: last.doneAt.getTime() } } : {};
  }

  /** `overdueBefore` (UTC ms): a deadline before it ought to have fired. */
  return async (overdueBefore: number): Promise<Gauges> => {
    const open = payments.map(async ({ purpose, state, subject, match, since }) => ({
      purpose,
      state,
      ...(await counted(grouped, subject, match, sinceOr(since))),
    }));
    const [all, ...rest] = await Promise.all([
      statuses(),
      overdue(overdueBefore),
      lines(),
      Promise.all(open),
      outbox(),
      reconciliation(),
    ]);
    return { ...all, overdue: rest[0], lines: rest[1], payments: rest[2], outbox: rest[3], ...rest[4] };
  };
}
export type GaugeReader = ReturnType<typeof gaugeReader>;
