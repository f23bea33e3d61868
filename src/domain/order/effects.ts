import { type Effect, settlementCheckKey } from '../effects.ts';
import { book, bookLateRefund, type LedgerEntry } from '../money/ledger.ts';
import type { AllocationChange } from './allocation.ts';
import type { OrderEvent, OrderState } from './order.ts';

/** What an event asks to be carried out; `state` is the one after it. */
export function orderEffects(state: OrderState, event: OrderEvent): Effect[] {
  const { facts } = state;
  switch (event.type) {
    case 'refundStarted':
      return [refund(state, event.refund)];
    case 'manualSettlementStarted':
      return [{ type: 'checkPayment', key: settlementCheckKey(event.key, event.settlement), paymentKey: event.key }];
    case 'manualSettlementRefused':
      return state.refunds
        .filter((one) => one.key === event.key && one.state === 'unknown')
        .map((one) => refund(state, one));
    case 'afterSalesPeriodEnded':
      return [{ type: 'completeOrder', key: `order/${facts.id}/completion`, orderId: facts.id }];
    default:
      return [];
  }
}

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
  return [purpose.startsWith('late_payment:') ? bookLateRefund(booking) : book('refund', booking)];
}

/** What an event means for the order's allocation: it opens for cases, or stays open longer. ELIG-3, POL-6 */
export function orderAllocationChanges({ facts }: OrderState, event: OrderEvent): AllocationChange[] {
  if (event.type === 'orderDelivered') return [{ change: 'open', order: facts, deliveredAt: event.deliveredAt }];
  if (event.type === 'deadlineExtended' && event.deadline.kind === 'afterSalesPeriod') {
    return [{ change: 'extend', orderId: facts.id, until: event.deadline.at }];
  }
  return [];
}
