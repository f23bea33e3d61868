import { type Effect, settlementCheckKey } from '../effects.ts';
import { book, type LedgerEntry } from '../money/ledger.ts';
import type { Settlement as AllocationSettlement } from '../order/allocation.ts';
import { type CaseEvent, type CaseState, type OpenPayment, openPayment } from './case.ts';

/** What an event asks to be carried out; `state` is the one after it. */
export function caseEffects(state: CaseState, event: CaseEvent): Effect[] {
  const { facts } = state;
  switch (event.type) {
    case 'returnAwaited':
      if (state.returnAddress) return [];
      return [{ type: 'resolveReturnAddress', key: `case/${facts.id}/return-address`, merchantId: facts.merchantId }];
    case 'refundStarted':
    case 'advanceCompensationStarted':
    case 'payoutStarted':
      return payment(state);
    case 'manualSettlementStarted': {
      const { key } = underWay(state).payment;
      return [{ type: 'checkPayment', key: settlementCheckKey(key, event.settlement), paymentKey: key }];
    }
    case 'manualSettlementRefused':
      // the attempt was stopped for the check: while its outcome is unknown, it goes on being asked for
      return underWay(state).outcome === 'declined' ? [] : payment(state);
    default:
      return [];
  }
}

function underWay(state: CaseState): OpenPayment {
  const open = openPayment(state);
  if (open) return open;
  throw new TypeError('no payment is under way');
}

function payment(state: CaseState): Effect[] {
  const { orderId, consumerId, merchantId, currency } = state.facts;
  const { to, payment: wanted } = underWay(state);
  const { key, operation, amount } = wanted;
  const party = to === 'merchant' ? merchantId : consumerId;
  return [{ type: 'pay', key, operation, orderId, party, amount: { amount, currency } }];
}

/** What an event adds to the ledger. REF-5, CASE-13, INT-9 */
export function caseBookings({ facts }: CaseState, event: CaseEvent): LedgerEntry[] {
  if (event.type !== 'refundSettled' && event.type !== 'compensationSettled' && event.type !== 'payoutSettled')
    return [];
  const { id: caseId, orderId, merchantId, currency } = facts;
  const { key: movementKey, amount } = event.payment;
  const booking = {
    movementKey,
    at: event.at,
    amount,
    currency,
    orderId,
    merchantId,
    caseId,
    byHand: event.byHand !== undefined,
  };
  if (event.type === 'refundSettled') return [book('refund', booking)];
  if (event.type === 'payoutSettled') return [book('payout', booking)];
  const penalty = event.penalty > 0 ? [book('penalty', { ...booking, amount: event.penalty })] : [];
  return [book('compensation', booking), book('claim', booking), ...penalty];
}

/** What an event means for the order's quantity and money: ended, refunded or not. ELIG-5, ELIG-6, REF-3 */
export function caseSettlement(state: CaseState, event: CaseEvent): AllocationSettlement | undefined {
  const { facts, remedy, stage } = state;
  const caseId = facts.id;
  switch (event.type) {
    case 'refundSettled':
    case 'voucherAccepted':
    case 'compensationSettled':
    case 'nothingToRefund':
      return { caseId, status: 'consumed', amount: remedy.amount };
    case 'replacementReceived':
      return { caseId, status: 'released' };
    case 'caseClosed':
      // goods that went back and are owed to the consumer are not free to be applied for again (ELIG-6, CASE-10)
      return { caseId, status: stage.status === 'closed' && stage.goodsKept ? 'held' : 'released' };
    default:
      return undefined;
  }
}
