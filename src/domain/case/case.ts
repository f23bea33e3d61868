import type { Address } from '../address.ts';
import type { Deadline, ShownDeadline } from '../deadline.ts';
import { type Hold, type HoldCause, holdOf } from '../money/gate.ts';
import type { AllocatedLine } from '../order/allocation.ts';
import type { PaymentMethod } from '../order/facts.ts';
import type { Actor } from '../parties.ts';
import type { Policy } from '../policy/policy.ts';
import type { CaseKind, Reason, SubReason } from './kinds.ts';
import { evolveMerchantAppeal, isOfMerchantAppeal, payoutOf, won } from './merchantAppealState.ts';
import type { ApplicationRefusalCode, ReceiptRefusalCode } from './refusalCodes.ts';

/** Decides differently on old histories where a rule's code has changed: set at a case's start, never after. */
export const caseRulesVersion = 3;

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
  | 'intervention_declined'
  /** Ended by the platform, because its workflow could not go on. */
  | 'abandoned';

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
  /** An agent's new case on goods that an earlier one left at the merchant: nothing travels. ELIG-6 */
  goodsBack?: true;
  /** Current at the application: the case's deadlines follow it (POL-2). */
  policy: Policy;
  openedAt: number;
};

export type Shipment = { carrier: string; trackingNumber: string };

/**
 * The case's place and what only that place has. `since`: when it came to wait for an agent as it does now, UTC ms; what was written
 * before that was kept has none.
 */
export type Stage =
  | { status: 'pending_merchant_review'; deadline: Deadline }
  | { status: 'application_refused'; deadline: Deadline; refusalCode: ApplicationRefusalCode }
  | { status: 'awaiting_buyer_return'; deadline: Deadline }
  | { status: 'awaiting_merchant_receipt'; deadline: Deadline; shipment: Shipment }
  | {
      status: 'refunding' | 'advance_compensating';
      payment: Payment;
      outcome: 'requested' | 'unknown';
      /** Since when it has been unknown, UTC ms. */
      since?: number;
      /** The platform holds the money back: the provider has not been asked for it. */
      held?: Hold;
      settlement?: Settlement;
    }
  | {
      status: 'refund_failed' | 'compensation_failed';
      payment: Payment;
      reason: string;
      since?: number;
      settlement?: Settlement;
    }
  | { status: 'awaiting_refund_voucher'; deadline: Deadline }
  | { status: 'receipt_refused'; deadline: Deadline; refusalCode: ReceiptRefusalCode }
  | { status: 'intervention_requested' | 'awaiting_evidence'; deadline: Deadline }
  | { status: 'under_adjudication' | 'under_appeal'; deadline?: Deadline; since?: number }
  | { status: 'awaiting_appeal' | 'awaiting_replacement'; deadline: Deadline }
  | { status: 'awaiting_replacement_receipt'; deadline: Deadline; shipment: Shipment }
  | { status: 'replaced' }
  | { status: 'refunded' }
  | { status: 'compensated'; at: number }
  /** `goodsKept`: they went back and the merchant owes them to the consumer (CASE-10). */
  | { status: 'closed'; reason: CloseReason; goodsKept?: true };

/** Money on its way; `key` is `subject/purpose/attempt` (REF-4), `amount` in minor units. */
export type Payment = { operation: 'refund' | 'payout'; key: string; attempt: number; amount: number };

/** An agent's settling by hand while it is being found out whether the provider has paid (CASE-14). */
export type Settlement = { commandId: string; reference: string; note: string; actor: Actor };

/** What the case is about to bring: what was applied for, until a proposal or a ruling says otherwise; `amount` in minor units. */
export type Remedy = { kind: CaseKind; amount: number };

/** Why the platform is asked in 平台介入. INT-1 */
export const interventionReasons = ['merchant_refused', 'merchant_unresponsive', 'other'] as const;
export type InterventionReason = (typeof interventionReasons)[number];

/** Who is liable, as an agent rules. INT-5 */
export const liabilities = ['merchant', 'consumer', 'both', 'platform'] as const;

/** An agent's ruling 判定. INT-5 */
export type Ruling = {
  favour: 'consumer' | 'merchant';
  remedy?: Remedy;
  liability: (typeof liabilities)[number];
  reasons: string;
  agent: Actor;
  at: number;
};

/** An intervention, from its request to its last ruling. INT-1 to INT-9 */
export type Intervention = {
  reason: InterventionReason;
  statement: string;
  evidenceIds: string[];
  requestedAt: number;
  /** Where it came from, with the deadline that ran there: a withdrawal leads back (INT-7). */
  origin: Stage;
  /** Who has nothing more to submit. INT-3 */
  complete: ('consumer' | 'merchant')[];
  /** Further information 补充材料 that an agent waits for; the other deadline stands still with `left` ms. INT-4 */
  asked?: { from: 'consumer' | 'merchant'; question: string; deadline: Deadline; left?: number };
  ruling?: Ruling;
  appeal?: Lodged & { by: 'consumer'; ruling?: Ruling };
};

/** An appeal 申诉 as it was lodged; `at` in UTC ms. */
export type Lodged = { statement: string; evidenceIds: string[]; at: number };

/**
 * The merchant's appeal against a ruling for the consumer, beside the case's status: the remedy goes on meanwhile. While `open` it
 * may be lodged; won, the platform pays the merchant `amount` (minor units) once the consumer has got its remedy. INT-9
 */
export type MerchantAppeal = { against: Ruling } & (
  | { status: 'open'; deadline: Deadline }
  | (Lodged & { status: 'under_review'; deadline?: Deadline })
  | (Lodged & { status: 'rejected'; ruling: Ruling })
  | (Lodged & { status: 'won'; ruling: Ruling; amount: number; payout?: Payout })
);

/** The payout to a merchant whose appeal was won, which comes once the case itself has ended. INT-9 */
export type Payout = {
  payment: Payment;
  outcome: 'requested' | 'unknown' | 'declined' | 'settled';
  /** Since when it has been unknown or declined, UTC ms. */
  since?: number;
  held?: Hold;
  settlement?: Settlement;
};

/** A merchant's proposal 协商 that waits for the consumer's answer. CASE-16 */
export type Proposal = Remedy & { note: string; at: number };

export type CaseState = {
  rulesVersion: number;
  facts: CaseFacts;
  stage: Stage;
  remedy: Remedy;
  intervention: Intervention | null;
  /** Those before it, which a ruling or the parties themselves have ended: the goods went back, and what arrived was refused. */
  earlierInterventions: Intervention[];
  merchantAppeal: MerchantAppeal | null;
  proposal: Proposal | null;
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
    | { type: 'refundHeld'; cause: HoldCause }
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
    | {
        type: 'receiptRefused';
        refusalCode: ReceiptRefusalCode;
        note?: string;
        evidenceIds: string[];
        deadline: Deadline;
      }
    | {
        type: 'interventionRequested';
        reason: InterventionReason;
        statement: string;
        evidenceIds: string[];
        /** The agent that asked for the consumer, where one did. INT-8 */
        enteredBy?: Actor;
        deadline: Deadline;
      }
    | { type: 'interventionWithdrawn' }
    | { type: 'interventionAccepted'; automatic: boolean; note?: string; deadline: Deadline; passedDeadline?: Deadline }
    | { type: 'evidenceSubmitted'; statement?: string; evidenceIds: string[]; complete: boolean }
    | {
        type: 'informationRequested';
        from: 'consumer' | 'merchant';
        question: string;
        deadline: Deadline;
        left?: number;
      }
    | { type: 'informationPhaseEnded'; deadline?: Deadline; passedDeadline?: Deadline }
    | { type: 'adjudicationBegun'; deadline: Deadline; passedDeadline?: Deadline }
    | { type: 'adjudicationEscalated'; passedDeadline: Deadline }
    | { type: 'ruled'; ruling: Ruling }
    | { type: 'appealAwaited'; deadline: Deadline }
    | { type: 'appealed'; statement: string; evidenceIds: string[]; deadline: Deadline }
    | { type: 'appealRuled'; ruling: Ruling }
    | { type: 'merchantAppealOpened'; deadline: Deadline }
    | { type: 'merchantAppealLapsed'; passedDeadline: Deadline }
    | { type: 'merchantAppealed'; statement: string; evidenceIds: string[]; deadline: Deadline }
    | { type: 'merchantAppealEscalated'; passedDeadline: Deadline }
    | { type: 'merchantAppealRuled'; ruling: Ruling; amount: number }
    | { type: 'payoutStarted'; payment: Payment }
    | { type: 'payoutHeld'; cause: HoldCause }
    | { type: 'payoutUnknown'; reason: string }
    | { type: 'payoutDeclined'; reason: string }
    | { type: 'payoutSettled'; payment: Payment; reference: string; byHand?: { note: string } }
    | { type: 'proposed'; proposal: Proposal }
    | { type: 'proposalAccepted'; remedy: Remedy }
    | { type: 'proposalDeclined' }
    | { type: 'replacementAwaited'; deadline: Deadline }
    | { type: 'replacementOverdue'; passedDeadline: Deadline }
    | { type: 'replacementShipped'; shipment: Shipment; deadline: Deadline }
    | { type: 'replacementReceived'; automatic: boolean; passedDeadline?: Deadline }
    | { type: 'reminded'; about: ShownDeadline }
    | { type: 'signalRefused'; signal: string; code: string; detail: string }
  );

/** Statuses in which a case has ended. One final state, once. */
const finalStatuses: readonly CaseStatus[] = ['refunded', 'compensated', 'replaced', 'closed'];
export const isFinal = (status: CaseStatus): boolean => finalStatuses.includes(status);

/** The deadline that runs in the case's stage, if one does; the merchant's appeal has its own beside it. */
export function runningDeadline({ stage, intervention }: CaseState): Deadline | undefined {
  if (intervention?.asked) return intervention.asked.deadline;
  return 'deadline' in stage ? stage.deadline : undefined;
}

/** Events that tell of something without changing where the case stands: the version stays. */
const silent: readonly CaseEvent['type'][] = ['signalRefused', 'voucherKept', 'manualSettlementRefused', 'reminded'];

/** A case's first event. */
export type CaseOpened = Extract<CaseEvent, { type: 'caseOpened' }>;

/** The case after its first event. */
export function openedCase({ facts, deadline, at }: CaseOpened, rulesVersion: number): CaseState {
  return {
    rulesVersion,
    facts,
    stage: { status: 'pending_merchant_review', deadline },
    remedy: { kind: facts.kind, amount: facts.refundAmount },
    intervention: null,
    earlierInterventions: [],
    merchantAppeal: null,
    proposal: null,
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
      return openedCase(event, state.rulesVersion);
    case 'merchantSilent':
      return { stage: { status: 'pending_merchant_review', deadline: event.deadline } };
    case 'applicationApproved':
      return { returnAddress: event.returnAddress ?? null, ...settledAmongThem(state) };
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
      return settledAmongThem(state);
    case 'refundStarted':
      return { stage: { status: 'refunding', payment: event.payment, outcome: 'requested' } };
    case 'advanceCompensationStarted':
      return { stage: { status: 'advance_compensating', payment: event.payment, outcome: 'requested' } };
    case 'refundHeld': {
      const { since: _over, ...stage } = paying(state);
      return { stage: { ...stage, outcome: 'requested', held: holdOf(stage, event) } };
    }
    case 'refundUnknown': {
      const { held: _over, ...stage } = paying(state);
      const since = state.rulesVersion >= 3 ? { since: event.at } : {};
      return { stage: { ...stage, outcome: 'unknown', ...since } };
    }
    case 'refundDeclined': {
      // a settlement by hand that is being checked stands: its agent may have paid by now
      const { status, payment, settlement } = paying(state);
      return {
        stage: {
          status: status === 'refunding' ? 'refund_failed' : 'compensation_failed',
          payment,
          reason: event.reason,
          since: event.at,
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
      return settling(state, event.settlement);
    case 'manualSettlementRefused':
      return settling(state, undefined);
    case 'receiptRefused':
      return { stage: { status: 'receipt_refused', deadline: event.deadline, refusalCode: event.refusalCode } };
    case 'interventionRequested': {
      const { reason, statement, evidenceIds, at: requestedAt, deadline } = event;
      const request = { reason, statement, evidenceIds, requestedAt, origin: state.stage, complete: [] };
      const { intervention, earlierInterventions: earlier } = state;
      return {
        stage: { status: 'intervention_requested', deadline },
        intervention: request,
        ...(intervention ? { earlierInterventions: [...earlier, intervention] } : {}),
      };
    }
    case 'interventionWithdrawn': {
      const before = state.earlierInterventions.at(-1) ?? null;
      const earlierInterventions = state.earlierInterventions.slice(0, -1);
      return { stage: disputed(state).origin, intervention: before, earlierInterventions };
    }
    case 'interventionAccepted': {
      const intervention = disputed(state);
      // while a question is open the new deadline stands still as the old one did, with all of its length left (INT-4)
      const asked = intervention.asked && { ...intervention.asked, left: event.deadline.at - event.at };
      return {
        stage: { status: 'awaiting_evidence', deadline: event.deadline },
        intervention: { ...intervention, ...(asked ? { asked } : {}) },
      };
    }
    case 'evidenceSubmitted': {
      const intervention = disputed(state);
      const party = event.actor.role as 'consumer' | 'merchant';
      const complete = event.complete ? [...new Set([...intervention.complete, party])] : intervention.complete;
      return { intervention: { ...intervention, complete } };
    }
    case 'informationRequested': {
      const { from, question, deadline, left } = event;
      const asked = { from, question, deadline, ...(left === undefined ? {} : { left }) };
      return { intervention: { ...disputed(state), asked } };
    }
    case 'informationPhaseEnded': {
      const { asked: _answered, ...intervention } = disputed(state);
      return {
        intervention,
        ...(event.deadline ? { stage: { ...state.stage, deadline: event.deadline } as Stage } : {}),
      };
    }
    case 'adjudicationBegun':
      return { stage: { status: 'under_adjudication', deadline: event.deadline, since: event.at } };
    case 'adjudicationEscalated': {
      const { status } = stageOf(state, 'under_adjudication', 'under_appeal');
      return { stage: { status, since: event.at } };
    }
    case 'ruled': {
      const { asked: _moot, ...intervention } = disputed(state);
      return { intervention: { ...intervention, ruling: event.ruling }, proposal: null, ...remedyOf(event.ruling) };
    }
    case 'appealAwaited':
      return { stage: { status: 'awaiting_appeal', deadline: event.deadline } };
    case 'appealed': {
      const { statement, evidenceIds, deadline, at } = event;
      const intervention = { ...disputed(state), appeal: { by: 'consumer' as const, statement, evidenceIds, at } };
      return { stage: { status: 'under_appeal', deadline, since: at }, intervention };
    }
    case 'appealRuled': {
      const intervention = disputed(state);
      const appeal = intervention.appeal && { ...intervention.appeal, ruling: event.ruling };
      return { intervention: { ...intervention, ...(appeal ? { appeal } : {}) }, ...remedyOf(event.ruling) };
    }
    case 'merchantAppealOpened':
    case 'merchantAppealLapsed':
    case 'merchantAppealed':
    case 'merchantAppealEscalated':
    case 'merchantAppealRuled':
    case 'payoutStarted':
    case 'payoutHeld':
    case 'payoutUnknown':
    case 'payoutDeclined':
    case 'payoutSettled':
      return { merchantAppeal: evolveMerchantAppeal(state, event) };
    case 'proposed':
      return { proposal: event.proposal };
    case 'proposalAccepted':
      return {
        proposal: null,
        remedy: event.remedy,
        intervention: state.intervention && withoutQuestion(state.intervention),
      };
    case 'proposalDeclined':
      return { proposal: null };
    case 'replacementAwaited':
      return { stage: { status: 'awaiting_replacement', deadline: event.deadline } };
    case 'replacementOverdue':
      return {};
    case 'replacementShipped':
      return {
        stage: { status: 'awaiting_replacement_receipt', deadline: event.deadline, shipment: event.shipment },
      };
    case 'replacementReceived':
      return { stage: { status: 'replaced' } };
    case 'deadlineExtended':
      if (state.merchantAppeal && isOfMerchantAppeal(event.deadline))
        return { merchantAppeal: { ...state.merchantAppeal, deadline: event.deadline } as MerchantAppeal };
      if (event.deadline.kind === 'furtherInformation') {
        const intervention = disputed(state);
        const asked = intervention.asked && { ...intervention.asked, deadline: event.deadline };
        return { intervention: { ...intervention, ...(asked ? { asked } : {}) } };
      }
      return { stage: { ...state.stage, deadline: event.deadline } as Stage };
    case 'caseClosed':
      return {
        stage: { status: 'closed', reason: event.reason, ...(keepsGoods(state, event) ? { goodsKept: true } : {}) },
        proposal: null,
        intervention: state.intervention && withoutQuestion(state.intervention),
      };
    case 'voucherKept':
    case 'reminded':
    case 'signalRefused':
      return {};
    default:
      return event satisfies never;
  }
}

/** Whether the goods are with the merchant already, so that they don't travel again. INT-6, ELIG-6 */
export const goodsAreBack = ({ facts, stage, intervention }: CaseState): boolean =>
  facts.goodsBack === true || stage.status === 'receipt_refused' || intervention?.origin.status === 'receipt_refused';

/** Whether a closing leaves the goods with the merchant; one of a case that could not go on also where they are still under way. */
const keepsGoods = (state: CaseState, { reason }: { reason: CloseReason }): boolean =>
  goodsAreBack(state) || (reason === 'abandoned' && state.returnShipment !== null);

/** Money that is on its way, or that the provider has refused: the case's own, else a won appeal's. CASE-14, INT-9 */
export type OpenPayment = {
  to: 'consumer' | 'merchant';
  payment: Payment;
  outcome: 'requested' | 'unknown' | 'declined';
  held?: Hold;
  settlement?: Settlement;
};

/** The payment that has not ended, if there is one: a payout begins once the case's own payment has ended. */
export function openPayment({ stage, merchantAppeal }: CaseState): OpenPayment | undefined {
  if ('payment' in stage) {
    const { payment, settlement } = stage;
    const way = 'outcome' in stage ? wayOf(stage) : { outcome: 'declined' as const };
    return { to: 'consumer', payment, ...way, ...(settlement ? { settlement } : {}) };
  }
  const payout = merchantAppeal?.status === 'won' ? merchantAppeal.payout : undefined;
  if (!payout || payout.outcome === 'settled') return undefined;
  const { payment, outcome, settlement } = payout;
  return { to: 'merchant', payment, ...wayOf({ ...payout, outcome }), ...(settlement ? { settlement } : {}) };
}

const wayOf = <Outcome>({ outcome, held }: { outcome: Outcome; held?: Hold }) => ({
  outcome,
  ...(held ? { held } : {}),
});

function settling(state: CaseState, settlement: Settlement | undefined): Partial<CaseState> {
  const { stage, merchantAppeal } = state;
  const now = settlement ? { settlement } : {};
  if ('payment' in stage) {
    const { settlement: _before, ...rest } = stage;
    return { stage: { ...rest, ...now } };
  }
  if (!merchantAppeal) throw new TypeError('no payment is under way');
  const { settlement: _before, ...payout } = payoutOf(merchantAppeal);
  return { merchantAppeal: { ...won(merchantAppeal), payout: { ...payout, ...now } } };
}

/** A merchant that relents leaves nothing to propose or to ask. CASE-16 */
const settledAmongThem = ({ intervention }: CaseState): Partial<CaseState> => ({
  proposal: null,
  intervention: intervention && withoutQuestion(intervention),
});

/** The intervention that runs, or has run: an event of one without it is a fault of ours. */
function disputed({ intervention }: CaseState): Intervention {
  if (intervention) return intervention;
  throw new TypeError('the case has no intervention');
}

const remedyOf = ({ remedy }: Ruling) => (remedy ? { remedy } : {});
const withoutQuestion = ({ asked: _moot, ...intervention }: Intervention): Intervention => intervention;

/** The stage, known to be of this status: an event that doesn't fit the state is a fault of ours, not a caller's. */
function stageOf<Status extends CaseStatus>(
  state: CaseState,
  ...statuses: Status[]
): Extract<Stage, { status: Status }> {
  if ((statuses as CaseStatus[]).includes(state.stage.status)) return state.stage as Extract<Stage, { status: Status }>;
  throw new TypeError(`a case in ${state.stage.status} is not in ${statuses.join(' or ')}`);
}
const paying = (state: CaseState) => stageOf(state, 'refunding', 'advance_compensating');

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
