import type { CaseEvent, CaseFacts, Payment } from '../../src/domain/case/case.ts';
import type { Deadline } from '../../src/domain/deadline.ts';
import { system, timer } from '../../src/domain/parties.ts';
import { anAddress, aPolicy, days, hours, noon } from '../builders.ts';
import { agent, consumer, merchant } from './specification.ts';

// Histories written out event by event, with their own arithmetic: the rules under test have no hand in them.

export const caseId = '5f0c7a52-6a5c-5c7d-9a55-111111111111';
export const orderId = '5f0c7a52-6a5c-4c7d-9a55-222222222222';
export const evidenceId = '0b9d0c2e-8a55-4c1b-9a68-3c2f7b7ff001';
export const refundKey = `case/${caseId}/refund/1`;
export const payoutKey = `case/${caseId}/compensation/1`;
export const price = 12_900;

export const someFacts = (changes: Partial<CaseFacts> = {}): CaseFacts => ({
  id: caseId,
  orderId,
  consumerId: 'c-1',
  merchantId: 'm-1',
  paymentMethod: 'online',
  kind: 'return_and_refund',
  reason: 'quality_problem',
  description: '盖子漏水',
  evidenceIds: [],
  channel: 'return_page',
  lines: [{ lineId: 'l-1', quantity: 1, dearerUnits: 0, refund: price }],
  refundAmount: price,
  currency: 'CNY',
  policy: aPolicy(),
  openedAt: noon,
  ...changes,
});

const runs = (kind: Deadline['kind'], from: number, length: number): Deadline => ({ kind, from, at: from + length });
const by = (actor: CaseEvent['actor'], rule: string, at: number) => ({ actor, rule, at });

/** An hour lies between one step of a story and the next. */
export const at = {
  opened: noon,
  decided: noon + hours(1),
  sent: noon + hours(2),
  received: noon + hours(3),
  paid: noon + hours(4),
  settling: noon + hours(5),
  later: noon + days(4),
};

export const opened = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  {
    type: 'caseOpened',
    ...by(consumer, 'CASE-1', at.opened),
    facts: someFacts(changes),
    deadline: runs('merchantDecision', at.opened, hours(48)),
  },
];

export const refusedByMerchant = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...opened(changes),
  {
    type: 'applicationRefused',
    ...by(merchant, 'CASE-4', at.decided),
    refusalCode: 'goods_used',
    evidenceIds: [evidenceId],
    deadline: runs('interventionWindow', at.decided, hours(48)),
  },
];

export const approved = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...opened(changes),
  { type: 'applicationApproved', ...by(merchant, 'CASE-2', at.decided), automatic: false, returnAddress: anAddress },
  { type: 'returnAwaited', ...by(merchant, 'CASE-7', at.decided), deadline: runs('buyerReturn', at.decided, days(7)) },
];

export const sentBack = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...approved(changes),
  {
    type: 'trackingNumberGiven',
    ...by(consumer, 'CASE-6', at.sent),
    shipment: { carrier: 'SF', trackingNumber: 'SF1' },
    deadline: runs('merchantReceipt', at.sent, days(7)),
  },
];

const confirmed: CaseEvent = { type: 'receiptConfirmed', ...by(merchant, 'CASE-8', at.received), automatic: false };
export const refundPayment: Payment = { operation: 'refund', key: refundKey, attempt: 1, amount: price };
export const payoutPayment: Payment = { operation: 'payout', key: payoutKey, attempt: 1, amount: price };

export const refunding = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...sentBack(changes),
  confirmed,
  { type: 'refundStarted', ...by(merchant, 'CASE-11', at.received), payment: refundPayment },
];

export const refundUnknown = (): CaseEvent[] => [
  ...refunding(),
  { type: 'refundUnknown', ...by(system, 'REF-4', at.paid), reason: 'timeout' },
];
export const refundFailed = (): CaseEvent[] => [
  ...refunding(),
  { type: 'refundDeclined', ...by(system, 'CASE-14', at.paid), reason: 'account closed' },
];
export const refunded = (): CaseEvent[] => [
  ...refunding(),
  { type: 'refundSettled', ...by(system, 'CASE-11', at.paid), payment: refundPayment, reference: 'r-1' },
];

export const awaitingVoucher = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...sentBack({ paymentMethod: 'cod', ...changes }),
  confirmed,
  {
    type: 'voucherAwaited',
    ...by(merchant, 'CASE-12', at.received),
    deadline: runs('refundVoucher', at.received, hours(48)),
  },
];

const voucherOverdue = at.received + hours(48);
export const compensating = (changes: Partial<CaseFacts> = {}): CaseEvent[] => {
  const amount = changes.refundAmount ?? price;
  const passedDeadline = runs('refundVoucher', at.received, hours(48));
  return [
    ...awaitingVoucher(changes),
    {
      type: 'advanceCompensationStarted',
      ...by(timer, 'CASE-13', voucherOverdue),
      payment: { ...payoutPayment, amount },
      passedDeadline,
    },
  ];
};
export const compensationUnknown = (): CaseEvent[] => [
  ...compensating(),
  { type: 'refundUnknown', ...by(system, 'REF-4', voucherOverdue + hours(1)), reason: 'timeout' },
];
export const compensationFailed = (): CaseEvent[] => [
  ...compensating(),
  { type: 'refundDeclined', ...by(system, 'CASE-14', voucherOverdue + hours(1)), reason: 'account closed' },
];
export const compensated = (): CaseEvent[] => [
  ...compensating(),
  {
    type: 'compensationSettled',
    ...by(system, 'CASE-13', voucherOverdue + hours(1)),
    payment: payoutPayment,
    reference: 'p-1',
    penalty: 645,
  },
];

export const withdrawn = (): CaseEvent[] => [
  ...opened(),
  { type: 'caseClosed', ...by(consumer, 'CASE-15', at.decided), reason: 'withdrawn' },
];

/** An agent's settlement by hand is being checked with the provider. */
export const settling = (before: CaseEvent[]): CaseEvent[] => {
  const when = Math.max(at.settling, before.at(-1)!.at);
  const settlement = { commandId: 'cmd-9', reference: 'bank-77', note: '线下转账', actor: agent };
  return [...before, { type: 'manualSettlementStarted', ...by(agent, 'CASE-14', when), settlement }];
};

/** Every place a case can be in today, and how it came there. */
export const everyPlace: Record<string, CaseEvent[]> = {
  pending_merchant_review: opened(),
  'pending_merchant_review after silence': [
    ...opened({ policy: aPolicy({ onMerchantSilence: 'allow_intervention' }) }),
    {
      type: 'merchantSilent',
      ...by(timer, 'INT-1', noon + hours(48)),
      passedDeadline: runs('merchantDecision', noon, hours(48)),
      deadline: runs('interventionWindow', noon + hours(48), hours(48)),
    },
  ],
  application_refused: refusedByMerchant(),
  awaiting_buyer_return: approved(),
  awaiting_merchant_receipt: sentBack(),
  refunding: refunding(),
  'refunding, outcome unknown': refundUnknown(),
  'refunding, being settled by hand': settling(refundUnknown()),
  refund_failed: refundFailed(),
  'refund_failed, being settled by hand': settling(refundFailed()),
  awaiting_refund_voucher: awaitingVoucher(),
  advance_compensating: compensating(),
  'advance_compensating, outcome unknown': compensationUnknown(),
  'advance_compensating, being settled by hand': settling(compensationUnknown()),
  compensation_failed: compensationFailed(),
  'compensation_failed, being settled by hand': settling(compensationFailed()),
  refunded: refunded(),
  compensated: compensated(),
  closed: withdrawn(),
};
