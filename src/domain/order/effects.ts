import { type Awaited, type Effect, settlementCheckKey } from '../effects.ts';
import { book, bookLateRefund, type LedgerEntry } from '../money/ledger.ts';
import type { AllocationChange } from './allocation.ts';
import { lateTransactionOf, type OrderEvent, type OrderState } from './order.ts';

/** What an event asks to be carried out; `state` is the one after it. */
export function orderEffects(state: OrderState, event: OrderEvent): Effect[] {
  switch (event.type) {
    case 'refundStarted':
      return [refund(state, event.refund)];
    case 'manualSettlementStarted':
      return [check(event.key, event.settlement)];
    case 'manualSettlementRefused':
      // the attempt was stopped for the check: whether it was unknown or held back, it goes on being asked for
      return state.refunds
        .filter((one) => one.key === event.key && (one.state === 'unknown' || one.state === 'requested'))
        .map((one) => refund(state, one));
    case 'afterSalesPeriodEnded':
      return [completion(state)];
    default:
      return [];
  }
}

/** What the order's state says is still to be carried out. ORD-1, REF-4, ORD-11 */
export function awaitedByOrder(state: OrderState): Awaited[] {
  const { stage, refunds } = state;
  return [
    ...(stage.status === 'delivered' && !stage.deadline ? [{ effect: completion(state) }] : []),
    ...refunds.flatMap((one): Awaited[] => {
      if (one.state === 'settled') return [];
      if (one.settlement) return [{ effect: check(one.key, one.settlement), commandId: one.settlement.commandId }];
      return one.state === 'declined' ? [] : [{ effect: refund(state, one) }];
    }),
  ];
}

const completion = ({ facts }: OrderState): Effect => ({
  type: 'completeOrder',
  key: `order/${facts.id}/completion`,
  orderId: facts.id,
});

const check = (paymentKey: string, settlement: { commandId: string }): Effect => ({
  type: 'checkPayment',
  key: settlementCheckKey(paymentKey, settlement),
  paymentKey,
});

function refund({ facts }: OrderState, { key, amount }: { key: string; amount: number }): Effect {
  return {
    type: 'pay',
    key,
    operation: 'refund',
    orderId: facts.id,
    party: facts.consumerId,
    amount: { amount, currency: facts.currency },
  };
}

/** What an event adds to the ledger. REF-5, ORD-9 */
export function orderBookings({ facts }: OrderState, event: OrderEvent): LedgerEntry[] {
  const { id: orderId, merchantId, currency } = facts;
  const common = { at: event.at, currency, orderId, merchantId };
  if (event.type === 'extraPaymentReceived') {
    return [
      book('late_payment', {
        ...common,
        movementKey: `order/${orderId}/received:${encodeURIComponent(event.transactionId)}`,
        amount: event.amount,
      }),
    ];
  }
  if (event.type !== 'refundSettled') return [];
  const { key: movementKey, amount, purpose } = event.refund;
  const booking = { ...common, movementKey, amount, byHand: event.byHand !== undefined };
  return [lateTransactionOf(purpose) !== undefined ? bookLateRefund(booking) : book('refund', booking)];
}

/** What an event means for the order's allocation: it opens for cases, or stays open longer. ELIG-3, POL-6 */
export function orderAllocationChanges({ facts }: OrderState, event: OrderEvent): AllocationChange[] {
  if (event.type === 'orderDelivered') return [{ change: 'open', order: facts, deliveredAt: event.deliveredAt }];
  if (event.type === 'deadlineExtended' && event.deadline.kind === 'afterSalesPeriod') {
    return [{ change: 'extend', orderId: facts.id, until: event.deadline.at }];
  }
  return [];
}
