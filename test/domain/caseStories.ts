import type { CaseEvent, CaseFacts, Payment, Proposal, Remedy, Ruling } from '../../src/domain/case/case.ts';
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
export const refundHeld = (): CaseEvent[] => [
  ...refunding(),
  { type: 'refundHeld', ...by(system, 'REF-4', at.paid), cause: 'stopped' },
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

// Disputes: each step an hour after the one before, wherever the story comes from.

const anHourAfter = (events: CaseEvent[]) => events.at(-1)!.at + hours(1);

/** CASE-10 */
export const receiptRefused = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...sentBack(changes),
  {
    type: 'receiptRefused',
    ...by(merchant, 'CASE-10', at.received),
    refusalCode: 'wrong_goods',
    evidenceIds: [evidenceId],
    deadline: runs('interventionWindow', at.received, hours(48)),
  },
];

/** INT-1, where the policy leaves silence at that. */
export const silent = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...opened({ policy: aPolicy({ onMerchantSilence: 'allow_intervention' }), ...changes }),
  {
    type: 'merchantSilent',
    ...by(timer, 'INT-1', noon + hours(48)),
    passedDeadline: runs('merchantDecision', noon, hours(48)),
    deadline: runs('interventionWindow', noon + hours(48), hours(48)),
  },
];

/** INT-1 */
export const requested = (before: CaseEvent[] = refusedByMerchant()): CaseEvent[] => {
  const when = anHourAfter(before);
  const request = { reason: 'other' as const, statement: '商家不讲理', evidenceIds: [] };
  const deadline = runs('interventionAudit', when, hours(48));
  return [...before, { type: 'interventionRequested', ...by(consumer, 'INT-1', when), ...request, deadline }];
};

/** INT-3: both parties are asked for evidence. */
export const contacted = (before: CaseEvent[] = refusedByMerchant()): CaseEvent[] => {
  const events = requested(before);
  const when = anHourAfter(events);
  const deadline = runs('evidence', when, hours(48));
  return [...events, { type: 'interventionAccepted', ...by(agent, 'INT-2', when), automatic: false, deadline }];
};

/** INT-5 */
export const adjudicating = (before: CaseEvent[] = refusedByMerchant()): CaseEvent[] => {
  const events = contacted(before);
  const when = events.at(-1)!.at + hours(48);
  const deadline = runs('adjudication', when, hours(72));
  return [...events, { type: 'adjudicationBegun', ...by(timer, 'INT-3', when), deadline }];
};

export const escalated = (events: CaseEvent[]): CaseEvent[] => {
  const from = events.at(-1)!.at;
  const passedDeadline = runs('adjudication', from, hours(72));
  return [...events, { type: 'adjudicationEscalated', ...by(timer, 'INT-5', from + hours(72)), passedDeadline }];
};

/** INT-4: an agent asks one party; `left` of the deadline that stands still meanwhile, ms. */
export const asked = (events: CaseEvent[], from: 'consumer' | 'merchant', left?: number): CaseEvent[] => {
  const when = anHourAfter(events);
  const deadline = runs('furtherInformation', when, hours(48));
  return [
    ...events,
    {
      type: 'informationRequested',
      ...by(agent, 'INT-4', when),
      from,
      question: '请补充开箱视频',
      deadline,
      ...(left === undefined ? {} : { left }),
    },
  ];
};

export const hasNothingMore = (events: CaseEvent[], party: 'consumer' | 'merchant'): CaseEvent[] => [
  ...events,
  {
    type: 'evidenceSubmitted',
    ...by(party === 'consumer' ? consumer : merchant, 'INT-3', anHourAfter(events)),
    evidenceIds: [],
    complete: true,
  },
];

const rulingAt = (when: number, remedy?: Remedy): Ruling => ({
  favour: remedy ? 'consumer' : 'merchant',
  ...(remedy ? { remedy } : {}),
  liability: remedy ? 'merchant' : 'consumer',
  reasons: '证据充分',
  agent,
  at: when,
});

/** INT-9: ruled for the merchant, and the consumer may appeal. */
export const lost = (before: CaseEvent[] = refusedByMerchant()): CaseEvent[] => {
  const events = adjudicating(before);
  const when = anHourAfter(events);
  return [
    ...events,
    { type: 'ruled', ...by(agent, 'INT-5', when), ruling: rulingAt(when) },
    { type: 'appealAwaited', ...by(agent, 'INT-9', when), deadline: runs('appeal', when, days(7)) },
  ];
};

export const appealed = (before: CaseEvent[] = refusedByMerchant()): CaseEvent[] => {
  const events = lost(before);
  const when = anHourAfter(events);
  const appeal = { statement: '不服', evidenceIds: [], deadline: runs('adjudication', when, hours(72)) };
  return [...events, { type: 'appealed', ...by(consumer, 'INT-9', when), ...appeal }];
};

/** INT-9: ruled for the consumer, who is refunded at once; the merchant may appeal. */
export const won = (before: CaseEvent[] = receiptRefused()): CaseEvent[] => {
  const events = adjudicating(before);
  const when = anHourAfter(events);
  return [
    ...events,
    {
      type: 'ruled',
      ...by(agent, 'INT-5', when),
      ruling: rulingAt(when, { kind: 'return_and_refund', amount: price }),
    },
    { type: 'merchantAppealOpened', ...by(agent, 'INT-9', when), deadline: runs('merchantAppeal', when, days(7)) },
    { type: 'refundStarted', ...by(agent, 'CASE-11', when), payment: refundPayment },
  ];
};

export const wonAndRefunded = (): CaseEvent[] => {
  const events = won();
  const settled = { payment: refundPayment, reference: 'r-1' };
  return [...events, { type: 'refundSettled', ...by(system, 'CASE-11', anHourAfter(events)), ...settled }];
};

export const merchantAppealed = (events: CaseEvent[]): CaseEvent[] => {
  const when = anHourAfter(events);
  const deadline = runs('merchantAppealRuling', when, hours(72));
  const appeal = { statement: '买家退回的不是原物', evidenceIds: [], deadline };
  return [...events, { type: 'merchantAppealed', ...by(merchant, 'INT-9', when), ...appeal }];
};

export const senior = { role: 'agent', id: 'a-2' } as const;
export const appealPayout: Payment = {
  operation: 'payout',
  key: `case/${caseId}/appeal_payout/1`,
  attempt: 1,
  amount: price,
};

export const merchantAppealWon = (events: CaseEvent[]): CaseEvent[] => {
  const lodged = merchantAppealed(events);
  const when = anHourAfter(lodged);
  const ruling: Ruling = { favour: 'merchant', liability: 'consumer', reasons: '确非原物', agent: senior, at: when };
  return [...lodged, { type: 'merchantAppealRuled', ...by(senior, 'INT-9', when), ruling, amount: price }];
};

export const payingMerchant = (): CaseEvent[] => {
  const events = merchantAppealWon(wonAndRefunded());
  return [...events, { type: 'payoutStarted', ...by(system, 'INT-9', events.at(-1)!.at), payment: appealPayout }];
};
export const payoutUnknown = (): CaseEvent[] => {
  const events = payingMerchant();
  return [...events, { type: 'payoutUnknown', ...by(system, 'REF-4', anHourAfter(events)), reason: 'timeout' }];
};
export const payoutHeld = (): CaseEvent[] => {
  const events = payingMerchant();
  return [...events, { type: 'payoutHeld', ...by(system, 'REF-4', anHourAfter(events)), cause: 'daily_cap' }];
};
export const payoutDeclined = (): CaseEvent[] => {
  const events = payingMerchant();
  return [...events, { type: 'payoutDeclined', ...by(system, 'CASE-14', anHourAfter(events)), reason: 'no account' }];
};
export const merchantPaid = (): CaseEvent[] => {
  const events = payingMerchant();
  const settled = { payment: appealPayout, reference: 'p-9' };
  return [...events, { type: 'payoutSettled', ...by(system, 'INT-9', anHourAfter(events)), ...settled }];
};

const merchantsAppeals: Record<string, CaseEvent[]> = {
  'refunding, the merchant may appeal': won(),
  'refunding, the merchant has appealed': merchantAppealed(won()),
  'refunding, the merchant’s appeal won': merchantAppealWon(won()),
  'refunded, the merchant may appeal': wonAndRefunded(),
  'refunded, the merchant has appealed': merchantAppealed(wonAndRefunded()),
  'refunded, the merchant is being paid': payingMerchant(),
  'refunded, the payout’s outcome unknown': payoutUnknown(),
  'refunded, the payout held back': payoutHeld(),
  'refunded, the payout declined': payoutDeclined(),
  'refunded, the payout being settled by hand': settling(payoutUnknown()),
  'refunded, the declined payout being settled by hand': settling(payoutDeclined()),
  'refunded, the merchant was paid': merchantPaid(),
};

/** CASE-16 */
export const proposed = (events: CaseEvent[], remedy: Remedy): CaseEvent[] => {
  const when = anHourAfter(events);
  const proposal: Proposal = { ...remedy, note: '补偿', at: when };
  return [...events, { type: 'proposed', ...by(merchant, 'CASE-16', when), proposal }];
};

/** CASE-17: a re-ship that the merchant has agreed to. */
export const owingReplacement = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...opened({ kind: 'reship', ...changes }),
  { type: 'applicationApproved', ...by(merchant, 'CASE-2', at.decided), automatic: false },
  {
    type: 'replacementAwaited',
    ...by(merchant, 'CASE-17', at.decided),
    deadline: runs('replacementShipment', at.decided, hours(48)),
  },
];

export const replacementSent = (changes: Partial<CaseFacts> = {}): CaseEvent[] => [
  ...owingReplacement(changes),
  {
    type: 'replacementShipped',
    ...by(merchant, 'CASE-17', at.sent),
    shipment: { carrier: 'SF', trackingNumber: 'SF9' },
    deadline: runs('replacementReceipt', at.sent, days(7)),
  },
];

export const replaced = (): CaseEvent[] => [
  ...replacementSent(),
  { type: 'replacementReceived', ...by(consumer, 'CASE-17', at.received), automatic: false },
];

/** The exchange whose goods are on their way back. */
export const exchangeSentBack = (): CaseEvent[] => sentBack({ kind: 'exchange' });

/** Ruled for the merchant after a receipt refusal, left at that: the goods stay where they are, owed to the consumer. */
export const closedWithGoodsKept = (): CaseEvent[] => {
  const events = lost(receiptRefused());
  const when = events.at(-1)!.at + days(7);
  return [...events, { type: 'caseClosed', ...by(timer, 'INT-9', when), reason: 'ruled_for_merchant' }];
};

const half: Remedy = { kind: 'refund_only', amount: price / 2 };

const disputes: Record<string, CaseEvent[]> = {
  receipt_refused: receiptRefused(),
  ...Object.fromEntries(
    Object.entries({
      'a refusal': refusedByMerchant(),
      silence: silent(),
      'a receipt refusal': receiptRefused(),
    }).flatMap(([origin, before]) => [
      [`intervention_requested after ${origin}`, requested(before)],
      [`awaiting_evidence after ${origin}`, contacted(before)],
      [`under_adjudication after ${origin}`, adjudicating(before)],
      [`awaiting_appeal after ${origin}`, lost(before)],
      [`under_appeal after ${origin}`, appealed(before)],
    ]),
  ),
  'intervention_requested, the consumer asked': asked(requested(), 'consumer', hours(47)),
  'awaiting_evidence, the merchant asked': asked(contacted(), 'merchant', hours(47)),
  'awaiting_evidence, the consumer has nothing more': hasNothingMore(contacted(), 'consumer'),
  'under_adjudication, the consumer asked': asked(adjudicating(), 'consumer', hours(71)),
  'under_adjudication, escalated': escalated(adjudicating()),
  'under_adjudication, escalated, the merchant asked': asked(escalated(adjudicating()), 'merchant'),
  'under_appeal, escalated': escalated(appealed()),
  'pending_merchant_review with a proposal': proposed(opened(), half),
  'application_refused with a proposal': proposed(refusedByMerchant(), half),
  'receipt_refused with a proposal': proposed(receiptRefused(), half),
  'awaiting_evidence with a proposal': proposed(contacted(), half),
  'awaiting_merchant_receipt of an exchange': exchangeSentBack(),
  awaiting_replacement: owingReplacement(),
  awaiting_replacement_receipt: replacementSent(),
  replaced: replaced(),
  'closed with the goods at the merchant': closedWithGoodsKept(),
};

/** Every place a case can be in today, and how it came there. */
export const everyPlace: Record<string, CaseEvent[]> = {
  pending_merchant_review: opened(),
  'pending_merchant_review after silence': silent(),
  application_refused: refusedByMerchant(),
  awaiting_buyer_return: approved(),
  awaiting_merchant_receipt: sentBack(),
  refunding: refunding(),
  'refunding, outcome unknown': refundUnknown(),
  'refunding, held back': refundHeld(),
  'refunding, being settled by hand': settling(refundUnknown()),
  'refunding, held back and being settled by hand': settling(refundHeld()),
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
  ...disputes,
  ...merchantsAppeals,
};
