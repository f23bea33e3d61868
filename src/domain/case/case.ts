import type { Address } from '../address.ts';
import type { Deadline } from '../deadline.ts';
import type { AllocatedLine } from '../order/allocation.ts';
import type { PaymentMethod } from '../order/facts.ts';
import type { Actor } from '../parties.ts';
import type { Policy } from '../policy/policy.ts';
import type { CaseKind, Reason, SubReason } from './kinds.ts';
import type { ApplicationRefusalCode } from './refusalCodes.ts';

/** Decides differently on old histories where a rule's code has changed: set at a case's start, never after. */
export const caseRulesVersion = 1;

/** Where a case can stand, in the order in which it comes there. Spelled as in DOMAIN.md. */
export const caseStatuses = [
  'pending_merchant_review', // 待商家处理
  'application_refused', // 商家拒绝
  'awaiting_buyer_return',
  'awaiting_merchant_receipt',
  'receipt_refused', // 拒收
  'intervention_requested',
  'awaiting_evidence', // 待举证
  'under_adjudication',
  'awaiting_appeal',
  'under_appeal',
  'awaiting_replacement',
  'awaiting_replacement_receipt',
  'refunding',
  'refund_failed',
  'awaiting_refund_voucher',
  'advance_compensating', // 先行赔付
  'compensation_failed',
  'refunded',
  'compensated',
  'replaced',
  'closed',
] as const;
export type CaseStatus = (typeof caseStatuses)[number];

export type CloseReason =
  | 'withdrawn'
  | 'no_intervention_request'
  | 'no_return_shipment'
  | 'ruled_for_merchant'
  | 'intervention_declined';

/** Where a case came from. INT-8 */
export const channels = ['return_page', 'feedback', 'service_chat', 'agent'] as const;
export type Channel = (typeof channels)[number];

export type CaseLine = AllocatedLine & { lineId: string };

/** What a case is about; never changes. `refundAmount` in minor units, `openedAt` in UTC ms. */
export type CaseFacts = {
  id: string;
  orderId: string;
  consumerId: string;
  merchantId: string;
  paymentMethod: PaymentMethod;
  kind: CaseKind;
  reason: Reason;
  subReason?: SubReason;
  description: string;
  evidenceIds: string[];
  channel: Channel;
  lines: CaseLine[];
  refundAmount: number;
  currency: string;
  previousCaseId?: string;
  /** Current at the application: the case's deadlines follow it (POL-2). */
  policy: Policy;
  openedAt: number;
};

export type Shipment = { carrier: string; trackingNumber: string };

/** The case's place and what only that place has. */
export type Stage =
  | { status: 'pending_merchant_review'; deadline: Deadline }
  | { status: 'application_refused'; deadline: Deadline; refusalCode: ApplicationRefusalCode }
  | { status: 'awaiting_buyer_return'; deadline: Deadline }
  | { status: 'awaiting_merchant_receipt'; deadline: Deadline; shipment: Shipment }
  | {
      status: 'refunding' | 'advance_compensating';
      payment: Payment;
      outcome: 'requested' | 'unknown';
      settlement?: Settlement;
    }
  | { status: 'refund_failed' | 'compensation_failed'; payment: Payment; reason: string; settlement?: Settlement }
  | { status: 'awaiting_refund_voucher'; deadline: Deadline }
  | { status: 'refunded' }
  | { status: 'compensated'; at: number }
  | { status: 'closed'; reason: CloseReason };

/** Money on its way; `key` is `subject/purpose/attempt` (REF-4), `amount` in minor units. */
export type Payment = { operation: 'refund' | 'payout'; key: string; attempt: number; amount: number };

/** An agent's settling by hand while it is being found out whether the provider has paid (CASE-14). */
export type Settlement = { commandId: string; reference: string; note: string; actor: Actor };

export type CaseState = {
  rulesVersion: number;
  facts: CaseFacts;
  stage: Stage;
  /** Fixed at approval (CASE-2); null until then. */
  returnAddress: Address | null;
  returnShipment: Shipment | null;
  /** What an event of the case was at last, UTC ms. */
  updatedAt: number;
  /** Moves on each accepted change; the ETag. */
  version: number;
};

/** Who did it, when (UTC ms), and under which rule. */
type By = { at: number; actor: Actor; rule: string };

/** What can have happened to a case. */
export type CaseEvent = By &
  (
    | { type: 'caseOpened'; facts: CaseFacts; deadline: Deadline }
    | { type: 'merchantSilent'; deadline: Deadline; passedDeadline: Deadline }
    | {
        type: 'applicationApproved';
        automatic: boolean;
        returnAddress?: Address;
        note?: string;
        passedDeadline?: Deadline;
      }
    | { type: 'returnAwaited'; deadline: Deadline }
    | { type: 'returnAddressFixed'; returnAddress: Address; source: 'merchant_profile' | 'returns_centre' }
    | {
        type: 'applicationRefused';
        refusalCode: ApplicationRefusalCode;
        note?: string;
        evidenceIds: string[];
        deadline: Deadline;
      }
    | { type: 'trackingNumberGiven'; shipment: Shipment; deadline: Deadline }
    | { type: 'trackingNumberCorrected'; shipment: Shipment }
    | { type: 'receiptConfirmed'; automatic: boolean; note?: string; passedDeadline?: Deadline }
    | { type: 'refundStarted'; payment: Payment }
    | { type: 'refundUnknown'; reason: string }
    | { type: 'refundDeclined'; reason: string }
    | { type: 'refundSettled'; payment: Payment; reference: string; byHand?: { note: string } }
    | { type: 'nothingToRefund' }
    | { type: 'voucherAwaited'; deadline: Deadline }
    | { type: 'voucherAccepted'; reference: string; amount: number; paidAt: string; evidenceIds: string[] }
    | { type: 'voucherKept'; reference: string; amount: number; paidAt: string; evidenceIds: string[] }
    | { type: 'advanceCompensationStarted'; payment: Payment; passedDeadline?: Deadline }
    | { type: 'compensationSettled'; payment: Payment; reference: string; penalty: number; byHand?: { note: string } }
    | { type: 'manualSettlementStarted'; settlement: Settlement }
    | { type: 'manualSettlementRefused' }
    | { type: 'deadlineExtended'; deadline: Deadline; was: number; reason: string }
    | { type: 'caseClosed'; reason: CloseReason; note?: string; passedDeadline?: Deadline }
    | { type: 'signalRefused'; signal: string; code: string; detail: string }
  );

/** Statuses in which a case has ended. One final state, once. */
const finalStatuses: readonly CaseStatus[] = ['refunded', 'compensated', 'replaced', 'closed'];
export const isFinal = (status: CaseStatus): boolean => finalStatuses.includes(status);

/** The deadline that runs in the case's stage, if one does. */
export function runningDeadline(state: CaseState): Deadline | undefined {
  return 'deadline' in state.stage ? state.stage.deadline : undefined;
}

/** Events that tell of something without changing where the case stands: the version stays. */
const silent: readonly CaseEvent['type'][] = ['signalRefused', 'voucherKept', 'manualSettlementRefused'];

/** A case's first event. */
export type CaseOpened = Extract<CaseEvent, { type: 'caseOpened' }>;

/** The case after its first event. */
export function openedCase({ facts, deadline, at }: CaseOpened): CaseState {
  return {
    rulesVersion: caseRulesVersion,
    facts,
    stage: { status: 'pending_merchant_review', deadline },
    returnAddress: null,
    returnShipment: null,
    updatedAt: at,
    version: 1,
  };
}

/** The state after an event; replaying a case's events gives its state. */
export function evolve(state: CaseState, event: CaseEvent): CaseState {
  return { ...state, ...changes(state, event), updatedAt: event.at };
}

/** The state after all events of one accepted change: its version moves once. */
export function evolveAll(state: CaseState, events: CaseEvent[]): CaseState {
  const after = events.reduce(evolve, state);
  return events.some(({ type }) => !silent.includes(type)) ? { ...after, version: state.version + 1 } : after;
}

function changes(state: CaseState, event: CaseEvent): Partial<CaseState> {
  switch (event.type) {
    case 'caseOpened':
      return openedCase(event);
    case 'merchantSilent':
      return { stage: { status: 'pending_merchant_review', deadline: event.deadline } };
    case 'applicationApproved':
      return { returnAddress: event.returnAddress ?? null };
    case 'returnAwaited':
      return { stage: { status: 'awaiting_buyer_return', deadline: event.deadline } };
    case 'returnAddressFixed':
      return { returnAddress: event.returnAddress };
    case 'applicationRefused':
      return { stage: { status: 'application_refused', deadline: event.deadline, refusalCode: event.refusalCode } };
    case 'trackingNumberGiven':
      return {
        stage: { status: 'awaiting_merchant_receipt', deadline: event.deadline, shipment: event.shipment },
        returnShipment: event.shipment,
      };
    case 'trackingNumberCorrected':
      return {
        stage: { ...stageOf(state, 'awaiting_merchant_receipt'), shipment: event.shipment },
        returnShipment: event.shipment,
      };
    case 'receiptConfirmed':
      return {};
    case 'refundStarted':
      return { stage: { status: 'refunding', payment: event.payment, outcome: 'requested' } };
    case 'advanceCompensationStarted':
      return { stage: { status: 'advance_compensating', payment: event.payment, outcome: 'requested' } };
    case 'refundUnknown':
      return { stage: { ...paying(state), outcome: 'unknown' } };
    case 'refundDeclined': {
      // a settlement by hand that is being checked stands: its agent may have paid by now
      const { status, payment, settlement } = paying(state);
      return {
        stage: {
          status: status === 'refunding' ? 'refund_failed' : 'compensation_failed',
          payment,
          reason: event.reason,
          ...(settlement ? { settlement } : {}),
        },
      };
    }
    case 'voucherAwaited':
      return { stage: { status: 'awaiting_refund_voucher', deadline: event.deadline } };
    case 'refundSettled':
    case 'nothingToRefund':
    case 'voucherAccepted':
      return { stage: { status: 'refunded' } };
    case 'compensationSettled':
      return { stage: { status: 'compensated', at: event.at } };
    case 'manualSettlementStarted':
      return { stage: { ...settleable(state), settlement: event.settlement } };
    case 'manualSettlementRefused': {
      const { settlement: _ended, ...stage } = settleable(state);
      return { stage };
    }
    case 'deadlineExtended':
      return { stage: { ...state.stage, deadline: event.deadline } as Stage };
    case 'caseClosed':
      return { stage: { status: 'closed', reason: event.reason } };
    case 'voucherKept':
    case 'signalRefused':
      return {};
    default:
      return event satisfies never;
  }
}

/** The stage, known to be of this status: an event that doesn't fit the state is a fault of ours, not a caller's. */
function stageOf<Status extends CaseStatus>(
  state: CaseState,
  ...statuses: Status[]
): Extract<Stage, { status: Status }> {
  if ((statuses as CaseStatus[]).includes(state.stage.status)) return state.stage as Extract<Stage, { status: Status }>;
  throw new TypeError(`a case in ${state.stage.status} is not in ${statuses.join(' or ')}`);
}
const paying = (state: CaseState) => stageOf(state, 'refunding', 'advance_compensating');
const settleable = (state: CaseState) =>
  stageOf(state, 'refunding', 'advance_compensating', 'refund_failed', 'compensation_failed');

/** How far the case's refund has come. `refund.state` of the contract. */
export function refundState({ stage }: CaseState): 'none' | 'requested' | 'unknown' | 'declined' | 'settled' {
  switch (stage.status) {
    case 'refunding':
    case 'advance_compensating':
      return stage.outcome;
    case 'refund_failed':
    case 'compensation_failed':
      return 'declined';
    case 'awaiting_refund_voucher':
      return 'requested';
    case 'refunded':
    case 'compensated':
      return 'settled';
    default:
      return 'none';
  }
}
