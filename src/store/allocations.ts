import type { Application } from '../domain/case/commands.ts';
import type { Refusal } from '../domain/decision.ts';
import {
  type Allocation,
  type AllocationEntry,
  complete,
  extend,
  hasOpenCase,
  openAllocation,
  reserve,
  settle,
  worthEntering,
} from '../domain/order/allocation.ts';
import type { OrderFacts } from '../domain/order/facts.ts';
import type { AllocationDocument, OrderDocument } from './documents.ts';
import type { Models } from './models.ts';

const duplicateKey = 11_000;
export const isDuplicateKey = (error: unknown): boolean => (error as { code?: unknown } | null)?.code === duplicateKey;

/** An application for a consumer's order; an agent's takes over what a closed case still holds. `receivedAt` in UTC ms. */
export type ApplicationWish = { consumerId: string; application: Application; receivedAt: number; byAgent: boolean };

/** What an application was answered: its entry with the order's facts, or a refusal. */
export type Reservation = { order: OrderFacts; entry: AllocationEntry; refusal?: undefined } | { refusal: Refusal };

const fromDocument = ({ _id, ...rest }: AllocationDocument): Allocation => ({ orderId: _id, ...rest });
const toDocument = ({ orderId, ...rest }: Allocation): AllocationDocument => ({ _id: orderId, ...rest });

/** The documents that arbitrate quantity and money, one an order; changed only by compare-and-set on what was judged. ELIG-5, REF-3 */
export function allocationStore({ allocations, orders }: Pick<Models, 'allocations' | 'orders'>) {
  const read = async (orderId: string): Promise<Allocation | null> => {
    const document = (await allocations.collection.findOne({ _id: orderId as never })) as AllocationDocument | null;
    return document && fromDocument(document);
  };

  /** Puts the allocation in the place of the one it was judged on; undefined where another came first, and all is judged anew. */
  const replace = async (from: Allocation, to: Allocation): Promise<Allocation | undefined> => {
    if (to === from) return from;
    const { matchedCount } = await allocations.collection.replaceOne(
      { _id: from.orderId as never, revision: from.revision },
      toDocument(to),
    );
    return matchedCount === 1 ? to : undefined;
  };

  async function change(orderId: string, judge: (allocation: Allocation) => Allocation): Promise<Allocation | null> {
    for (;;) {
      const before = await read(orderId);
      if (!before) return null;
      const after = await replace(before, judge(before));
      if (after) return after;
    }
  }

  async function whyClosed(orderId: string): Promise<Refusal> {
    const order = (await orders.collection.findOne({ _id: orderId as never }, { projection: { status: 1 } })) as Pick<
      OrderDocument,
      'status'
    > | null;
    if (!order) return { code: 'order_not_found', detail: 'there is no such order', field: 'orderId' };
    if (order.status === 'cancelled') return { code: 'order_cancelled', detail: 'the order was cancelled' };
    return { code: 'order_not_delivered', detail: 'before delivery an order is cancelled, not returned' };
  }

  return {
    read,

    /** Opens a delivered order for cases; done once. */
    async open(order: OrderFacts, deliveredAt: number): Promise<void> {
      try {
        await allocations.collection.insertOne(toDocument(openAllocation(order, deliveredAt)) as never);
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    /** Reserves what an application asks for, under the case's id, or says why not; `receivedAt` in UTC ms. CASE-1, ELIG */
    async reserve(caseId: string, wish: ApplicationWish): Promise<Reservation> {
      const { orderId } = wish.application;
      let judged: Allocation | undefined;
      const found = await change(orderId, (before) => {
        const isTheirs = before.order.consumerId === wish.consumerId;
        judged = isTheirs ? reserve(before, caseId, wish.application, wish.receivedAt, wish.byAgent) : before;
        return worthEntering(before, judged, caseId);
      });
      if (!found || !judged) return { refusal: await whyClosed(orderId) };
      const { order, cases } = judged;
      const entry = cases[caseId];
      if (!entry)
        return { refusal: { code: 'order_not_found', detail: 'the consumer has no such order', field: 'orderId' } };
      return entry.refusal ? { refusal: entry.refusal } : { order, entry };
    },

    /**
     * Enters what a case was once granted where that is missing, as after a restore from an older backup: it was decided, whatever the
     * order's other cases hold now. Answers whether there is an allocation to enter it in. ELIG-5
     */
    async readmit(orderId: string, caseId: string, entry: AllocationEntry): Promise<boolean> {
      const admitted = (before: Allocation): Allocation =>
        before.cases[caseId]
          ? before
          : { ...before, revision: before.revision + 1, cases: { ...before.cases, [caseId]: entry } };
      return (await change(orderId, admitted)) !== null;
    },

    /** Lets applications in until `until` (UTC ms); done once. POL-6 */
    async extend(orderId: string, until: number): Promise<void> {
      await change(orderId, (before) => extend(before, until));
    },

    /** Enters a case's ending; answers whether its order was waiting for just that. */
    async settle(orderId: string, settlement: Parameters<typeof settle>[1]): Promise<{ orderWaits: boolean }> {
      const allocation = await change(orderId, (before) => settle(before, settlement));
      return {
        orderWaits:
          allocation !== null && allocation.completionAwaited && !allocation.completed && !hasOpenCase(allocation),
      };
    },

    /** Completes the order unless a case is open; answers whether it did. ORD-1 */
    async complete(orderId: string): Promise<boolean> {
      const allocation = await change(orderId, complete);
      return allocation === null || allocation.completed;
    },
  };
}
export type AllocationStore = ReturnType<typeof allocationStore>;
