import { type CaseState, runningDeadline } from '../../src/domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../../src/domain/case/commands.ts';
import { appealDeadline } from '../../src/domain/case/deadlines.ts';
import type { OrderCommandName, OrderCommands } from '../../src/domain/order/commands.ts';
import { totalPrice } from '../../src/domain/order/facts.ts';
import type { OrderState } from '../../src/domain/order/order.ts';
import { anAddress } from '../builders.ts';
import { evidenceId } from './caseStories.ts';

type Variants<Commands> = { [Name in keyof Commands]: Commands[Name][] };

/** Fields that are valid for each command in this state, in each of the ways the command can go. */
export function validCaseCommands(state: CaseState): Variants<CaseCommands> {
  const longAgo = '2020-01-01T00:00:00Z';
  const why = { liability: 'merchant', reasons: '证据充分' } as const;
  // of a case that brings no refund there is no part to refund either
  const part = Math.floor(state.facts.refundAmount / 2) || state.facts.refundAmount;
  const inPart = part > 0 ? [{ kind: 'refund_only' as const, refundAmount: part }] : [];
  const rulings: CaseCommands['ruling'][] = [
    ...inPart.map(({ kind, refundAmount }) => ({ favour: 'consumer' as const, remedy: kind, refundAmount, ...why })),
    { favour: 'merchant', ...why },
    { favour: 'consumer', remedy: 'return_and_refund', ...why },
    { favour: 'consumer', remedy: 'exchange', ...why },
    { favour: 'consumer', remedy: 'reship', ...why },
  ];
  return {
    merchantDecision: [
      { decision: 'approve', returnAddress: anAddress },
      { decision: 'approve' },
      { decision: 'refuse', refusalCode: 'goods_used', evidenceIds: [evidenceId] },
    ],
    trackingNumber: [{ carrier: 'SF', trackingNumber: 'SF1' }],
    withdrawal: [{}],
    receiptConfirmation: [
      { outcome: 'received' },
      { outcome: 'refused', refusalCode: 'empty_parcel', evidenceIds: [evidenceId] },
    ],
    proposal: [...inPart.map((remedy) => ({ ...remedy, note: '补偿一半' })), { kind: 'reship', note: '补发一件' }],
    proposalResponse: [{ decision: 'accept' }, { decision: 'decline' }],
    interventionRequest: [{ reason: 'other', statement: '商家不讲理', evidenceIds: [] }],
    interventionWithdrawal: [{}],
    interventionAudit: [{ decision: 'accept' }, { decision: 'decline', note: '证据不足' }],
    informationRequest: [
      { from: 'consumer', question: '请补充开箱视频' },
      { from: 'merchant', question: '请补充发货记录' },
    ],
    evidenceSubmission: [
      { statement: '如图', evidenceIds: [evidenceId] },
      { evidenceIds: [], complete: true },
    ],
    ruling: rulings,
    appeal: [{ statement: '不服', evidenceIds: [] }],
    appealRuling: rulings,
    replacementShipment: [{ carrier: 'SF', trackingNumber: 'SF9' }],
    replacementReceipt: [{}],
    refundVoucher: [{ reference: 'v-1', amount: state.remedy.amount, paidAt: longAgo, evidenceIds: [evidenceId] }],
    refundRetry: [{}],
    manualSettlement: [{ reference: 'bank-77', note: '线下转账' }],
    deadlineExtension: [
      {
        until: new Date(((runningDeadline(state) ?? appealDeadline(state))?.at ?? 0) + 1_000).toISOString(),
        reason: '物流延误',
      },
    ],
  };
}

/** As for a case. The payment is a new transaction of just what is due. */
export function validOrderCommands(state: OrderState): Variants<OrderCommands> {
  const transactionId = `t-${Object.keys(state.payments).length + 1}`;
  return {
    payment: [{ transactionId, amount: totalPrice(state.facts) }],
    confirmation: [{}],
    shipment: [state.shipment ?? { carrier: 'SF', trackingNumber: 'S1' }],
    delivery: [{}],
    cancellation: [{ reason: 'changed_mind' }, { reason: 'parcel_refused' }],
    refundRetry: [{}],
    manualSettlement: [{ reference: 'bank-77', note: '线下转账' }],
  };
}

/** Each command's action, as the contract names it: the route's last segment. */
export const caseActions: Record<CaseCommandName, string> = {
  merchantDecision: 'merchant-decision',
  trackingNumber: 'tracking-number',
  withdrawal: 'withdrawal',
  receiptConfirmation: 'receipt-confirmation',
  proposal: 'proposal',
  proposalResponse: 'proposal-response',
  interventionRequest: 'intervention-request',
  interventionWithdrawal: 'intervention-withdrawal',
  interventionAudit: 'intervention-audit',
  informationRequest: 'information-request',
  evidenceSubmission: 'evidence-submission',
  ruling: 'ruling',
  appeal: 'appeal',
  appealRuling: 'appeal-ruling',
  replacementShipment: 'replacement-shipment',
  replacementReceipt: 'replacement-receipt',
  refundVoucher: 'refund-voucher',
  refundRetry: 'refund-retry',
  manualSettlement: 'manual-settlement',
  deadlineExtension: 'deadline-extension',
};
export const orderActions: Record<OrderCommandName, string> = {
  payment: 'payment',
  confirmation: 'confirmation',
  shipment: 'shipment',
  delivery: 'delivery',
  cancellation: 'cancellation',
  refundRetry: 'refund-retry',
  manualSettlement: 'manual-settlement',
};
