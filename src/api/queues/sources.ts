import { type Bar, barredFrom, caseQueues } from '../../domain/case/queue.ts';
import { failedRefunds } from '../../domain/order/order.ts';
import { orderQueues } from '../../domain/order/queue.ts';
import type { Queue, Standing } from '../../domain/queue.ts';
import { ticketQueues } from '../../domain/ticket/queue.ts';
import type { Line, Reads } from '../../store/queries.ts';
import type { Store } from '../../store/store.ts';
import type { Caller } from '../authentication.ts';
import { isoTime } from '../schemas.ts';
import type { QueueItem } from './schema.ts';

/** A subject that may stand in queues, without what depends on who has claimed it. */
export type Waiting = {
  subject: string;
  id: string;
  /** Its key in a queue's order. */
  place: number;
  standings: readonly Standing[];
  shows: Omit<QueueItem, 'subject' | 'id' | 'queue' | 'deadline' | 'waitingSince' | 'lease' | 'mayClaim' | 'whyNot'>;
  barred: (agent: Caller) => Bar | undefined;
};

/** Subjects of one kind, as queues need them. */
export type Source = {
  subjectOf: (id: string) => string;
  /** Up to `limit` of a queue, the foremost first. */
  list: (store: Store, queue: Queue, line: Line) => Promise<Waiting[]>;
  find: (store: Store, id: string) => Promise<Waiting | undefined>;
};

/** A source whose documents carry their queues and their place there. */
function listedSource<Kind extends keyof Reads>(
  kind: Kind,
  waiting: (found: Reads[Kind]) => Omit<Waiting, 'subject' | 'id' | 'place'>,
): Source {
  const of = (found: Reads[Kind]): Waiting => ({
    subject: `${kind}/${found._id}`,
    id: found._id,
    place: found.queuePlace ?? 0,
    ...waiting(found),
  });
  return {
    subjectOf: (id) => `${kind}/${id}`,
    list: async ({ queries }, queue, line) => (await queries.waiting(kind, queue, line)).map(of),
    async find({ queries }, id) {
      const found: Reads[Kind] | null = await queries.read(kind, id);
      return found ? of(found) : undefined;
    },
  };
}

const cases = listedSource('case', ({ state }) => {
  const { facts, stage, remedy, intervention } = state;
  const { orderId, kind, reason, merchantId, consumerId, currency } = facts;
  const asked = intervention?.asked;
  return {
    standings: caseQueues(state),
    shows: {
      orderId,
      status: stage.status,
      kind,
      reason,
      merchantId,
      consumerId,
      amount: { amount: remedy.amount, currency },
      ...(asked ? { asked: { from: asked.from, until: isoTime(asked.deadline.at) } } : {}),
    },
    barred: (agent) => barredFrom(state, agent),
  };
});

const orders = listedSource('order', ({ state }) => {
  const { id: orderId, merchantId, consumerId, currency } = state.facts;
  const amount = failedRefunds(state).reduce((sum, refund) => sum + refund.amount, 0);
  return {
    standings: orderQueues(state),
    shows: { orderId, status: state.stage.status, merchantId, consumerId, amount: { amount, currency } },
    barred: () => undefined,
  };
});

const tickets = listedSource('ticket', ({ state }) => {
  const { orderId, category, merchantId, consumerId } = state.facts;
  return {
    standings: ticketQueues(state),
    shows: { orderId, status: state.stage.status, kind: category, merchantId, consumerId },
    barred: () => undefined,
  };
});

/** What stands in each queue. A kind of subject that queues up somewhere new is one name more in that line. */
export const sources: Record<Queue, readonly Source[]> = {
  audit: [cases],
  adjudication: [cases],
  appeal: [cases],
  escalated: [cases],
  'refund-failures': [cases, orders],
  tickets: [tickets],
};
