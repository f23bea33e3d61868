import type { Refusal } from './decision.ts';
import type { Money } from './money/money.ts';
import type { Resolving, TicketFacts } from './ticket/ticket.ts';

/**
 * What is to be carried out outside. Each has a key: it stays pending until its result has come back as an event, and is done again
 * under the same key after a restart.
 */
export type Effect =
  /** Money out by the provider: a refund, or a payout to `party`. REF-4 */
  | { type: 'pay'; key: string; operation: 'refund' | 'payout'; orderId: string; party: string; amount: Money }
  /** Whether the provider has paid under `paymentKey`, asked after its attempt was stopped. CASE-14 */
  | { type: 'checkPayment'; key: string; paymentKey: string }
  /** The merchant's own return address from its profile. CASE-2 */
  | { type: 'resolveReturnAddress'; key: string; merchantId: string }
  /** Whether the order can complete, or a case is open. ORD-1 */
  | { type: 'completeOrder'; key: string; orderId: string }
  /** What an agent does elsewhere in a ticket's consumer's stead: a case, an intervention, a cancellation. INT-8 */
  | {
      type: 'actForConsumer';
      key: string;
      ticket: Pick<TicketFacts, 'id' | 'orderId' | 'consumerId' | 'merchantId' | 'channel'>;
      resolving: Resolving;
    };

/**
 * What a state says is still to be carried out, and the command that its result answers, where one waits for it: for a subject
 * that goes on from its document, which keeps no effects.
 */
export type Awaited = { effect: Effect; commandId?: string };

/** What came of acting for a consumer: what it led to, or why it was refused there. */
export type ActedForConsumer =
  | { state: 'accepted'; caseId?: string; orderId?: string }
  | { state: 'refused'; refusal: Refusal };

/** The key of the check that a settlement by hand waits for: its result concerns no other settlement. CASE-14 */
export const settlementCheckKey = (paymentKey: string, { commandId }: { commandId: string }): string =>
  `${paymentKey}/check/${commandId}`;
