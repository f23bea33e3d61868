import { type Awaited, type Effect, settlementCheckKey } from '../effects.ts';
import { book, type LedgerEntry } from '../money/ledger.ts';
import type { Settlement as AllocationSettlement } from '../order/allocation.ts';
import { type CaseEvent, type CaseState, type OpenPayment, openPayment } from './case.ts';

/** What an event asks to be carried out; `state` is the one after it. */
export function caseEffects(state: CaseState, event: CaseEvent): Effect[] {
  switch (event.type) {
    case 'returnAwaited':
      return state.returnAddress ? [] : [returnAddressOf(state)];
    case 'refundStarted':
    case 'advanceCompensationStarted':
    case 'payoutStarted':
      return payment(state);
    case 'manualSettlementStarted':
      return [check(underWay(state), event.settlement)];
    case 'manualSettlementRefused':
      // the attempt was stopped for the check: while its outcome is unknown, it goes on being asked for
      return underWay(state).outcome === 'declined' ? [] : payment(state);
    default:
      return [];
  }
}

/** What the case's state says is still to be carried out. CASE-2, REF-4, CASE-14 */
export function awaitedByCase(state: CaseState): Awaited[] {
  const open = openPayment(state);
  const settling = open?.settlement;
  const withoutAddress = state.stage.status === 'awaiting_buyer_return' && !state.returnAddress;
  return [
    ...(withoutAddress ? [{ effect: returnAddressOf(state) }] : []),
    ...(open && settling ? [{ effect: check(open, settling), commandId: settling.commandId }] : []),
    ...(open && !settling && open.outcome !== 'declined' ? payment(state).map((effect) => ({ effect })) : []),
  ];
}

const returnAddressOf = ({ facts }: CaseState): Effect => ({
  type: 'resolveReturnAddress',
  key: `case/${facts.id}/return-address`,
  merchantId: facts.merchantId,
});

const check = ({ payment: { key } }: OpenPayment, settlement: { commandId: string }): Effect => ({
  type: 'checkPayment',
  key: settlementCheckKey(key, settlement),
  paymentKey: key,
});

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
