import type { Address } from '../address.ts';
import { type Deadline, deadlineFrom } from '../deadline.ts';
import { extended } from '../deadlineExtension.ts';
import { accept, type Decision, defer, type Given, refuse, staleVersion } from '../decision.ts';
import type { AllocationEntry } from '../order/allocation.ts';
import type { OrderFacts } from '../order/facts.ts';
import type { Actor, Role } from '../parties.ts';
import type { Policy } from '../policy/policy.ts';
import {
  type CaseEvent,
  type CaseFacts,
  type CaseOpened,
  type CaseState,
  type CaseStatus,
  type Channel,
  goodsAreBack,
  isFinal,
  openPayment,
} from './case.ts';
import type { Application, CaseCommandName, CaseCommands } from './commands.ts';
import { runningInCase } from './deadlines.ts';
import {
  adjudicate,
  appeal,
  appealAwaitsRuling,
  auditIntervention,
  isDisputed,
  mayAppeal,
  mayAskForIntervention,
  maySubmitEvidence,
  openIntervention,
  reasonsToAsk,
  requestInformation,
  requestIntervention,
  ruledBefore,
  ruleOnAppeal,
  submitEvidence,
  withdrawIntervention,
} from './intervention.ts';
import { payoutAttempt, withPayout } from './merchantAppeal.ts';
import { isNegotiable, propose, respondToProposal } from './negotiation.ts';
import { neededWith, neededWithReceipt, type ReceiptRefusalCode } from './refusalCodes.ts';
import { advanceCompensation, approval, closing, receipt, refundAttempt } from './steps.ts';

type CaseDecision = Decision<CaseEvent>;

/**
 * What a command is about: the action's name in the contract, who may take it, in which statuses it is on offer, and what it
 * does. `elsewhere` answers where it is not on offer but has a word of its own to say.
 */
type CommandRule<Name extends CaseCommandName> = {
  action: string;
  roles: readonly Role[];
  from: readonly CaseStatus[] | ((state: CaseState, role: Role) => boolean);
  /** Whom the action is not shown to, though its role may take it. */
  notFor?: (state: CaseState, actor: Actor) => boolean;
  /** What a field takes now, where that may be less than it ever takes. */
  choices?: (state: CaseState) => Record<string, string[]>;
  decide: (state: CaseState, command: CaseCommands[Name], by: Given) => CaseDecision;
  elsewhere?: (state: CaseState, command: CaseCommands[Name], by: Given) => CaseDecision | undefined;
};

/** The commands of a case. What is offered and what is allowed come out of this one table. */
const commandRules: { [Name in CaseCommandName]: CommandRule<Name> } = {
  merchantDecision: {
    action: 'merchant-decision',
    roles: ['merchant'],
    from: (state) => state.stage.status === 'pending_merchant_review' || mayRelent(state),
    choices: (state) => ({ decision: mayRelent(state) ? ['approve'] : ['approve', 'refuse'] }),
    decide: decideOnApplication,
  },
  trackingNumber: {
    action: 'tracking-number',
    roles: ['consumer'],
    from: ['awaiting_buyer_return', 'awaiting_merchant_receipt'],
    decide: takeTrackingNumber,
  },
  withdrawal: {
    action: 'withdrawal',
    roles: ['consumer'],
    from: (state) =>
      ['pending_merchant_review', 'application_refused', 'awaiting_buyer_return'].includes(state.stage.status) ||
      (['intervention_requested', 'awaiting_evidence'].includes(state.stage.status) && !goodsAreBack(state)),
    decide: (_, { note }, by) =>
      accept(...closing('withdrawn', { ...taken(by, 'CASE-15'), ...(note ? { note } : {}) })),
  },
  receiptConfirmation: {
    action: 'receipt-confirmation',
    roles: ['merchant'],
    from: (state) =>
      ['awaiting_merchant_receipt', 'receipt_refused'].includes(state.stage.status) ||
      (isDisputed(state) && arrivalWasRefused(state)),
    choices: ({ stage }) => ({
      outcome: stage.status === 'awaiting_merchant_receipt' ? ['received', 'refused'] : ['received'],
    }),
    decide: confirmReceipt,
  },
  proposal: { action: 'proposal', roles: ['merchant'], from: isNegotiable, decide: propose },
  proposalResponse: {
    action: 'proposal-response',
    roles: ['consumer'],
    from: (state) => state.proposal !== null && isNegotiable(state),
    decide: respondToProposal,
  },
  interventionRequest: {
    action: 'intervention-request',
    roles: ['consumer'],
    from: mayAskForIntervention,
    choices: (state) => ({ reason: reasonsToAsk(state) }),
    decide: requestIntervention,
  },
  interventionWithdrawal: {
    action: 'intervention-withdrawal',
    roles: ['consumer'],
    from: openIntervention,
    decide: (state, _, by) => withdrawIntervention(state, by),
  },
  interventionAudit: {
    action: 'intervention-audit',
    roles: ['agent'],
    from: ['intervention_requested'],
    decide: auditIntervention,
  },
  informationRequest: {
    action: 'information-request',
    roles: ['agent'],
    from: (state) => isDisputed(state) && !state.intervention?.asked,
    decide: requestInformation,
    elsewhere: ({ intervention }) =>
      intervention?.asked ? refuse('in_progress', 'an answer is awaited already') : undefined,
  },
  evidenceSubmission: {
    action: 'evidence-submission',
    roles: ['consumer', 'merchant'],
    from: maySubmitEvidence,
    decide: submitEvidence,
    elsewhere: (state) =>
      state.intervention && !isFinal(state.stage.status)
        ? refuse('evidence_phase_over', 'evidence is not, or no longer, collected from this party') // EVI-4
        : undefined,
  },
  ruling: { action: 'ruling', roles: ['agent'], from: ['under_adjudication'], decide: adjudicate },
  appeal: { action: 'appeal', roles: ['consumer', 'merchant'], from: mayAppeal, decide: appeal },
  appealRuling: {
    action: 'appeal-ruling',
    roles: ['agent'],
    from: appealAwaitsRuling,
    notFor: ruledBefore,
    decide: ruleOnAppeal,
  },
  replacementShipment: {
    action: 'replacement-shipment',
    roles: ['merchant'],
    from: ['awaiting_replacement'],
    decide: shipReplacement,
  },
  replacementReceipt: {
    action: 'replacement-receipt',
    roles: ['consumer'],
    from: ['awaiting_replacement_receipt'],
    decide: (_, __, by) => accept({ type: 'replacementReceived', ...taken(by, 'CASE-17'), automatic: false }),
  },
  refundVoucher: {
    action: 'refund-voucher',
    roles: ['merchant'],
    from: ['awaiting_refund_voucher'],
    decide: takeVoucher,
    elsewhere: keepLateVoucher,
  },
  refundRetry: {
    action: 'refund-retry',
    roles: ['agent'],
    from: (state) => hasFailed(state) && !isBeingSettled(state),
    decide: retryRefund,
    elsewhere: refuseWhileUnderWay,
  },
  manualSettlement: {
    action: 'manual-settlement',
    roles: ['agent'],
    from: (state) => (hasFailed(state) || isUnknown(state) || isHeld(state)) && !isBeingSettled(state),
    decide: settleByHand,
    elsewhere: refuseWhileUnderWay,
  },
  deadlineExtension: {
    action: 'deadline-extension',
    roles: ['agent'],
    from: (state) => runningInCase(state).length > 0,
    decide: extendDeadline,
  },
};

const isOffered = (state: CaseState, { from }: Pick<CommandRule<CaseCommandName>, 'from'>, role: Role) =>
  typeof from === 'function' ? from(state, role) : from.includes(state.stage.status);

/** The roles that may ever give a command. */
export const rolesFor = (name: CaseCommandName): readonly Role[] => commandRules[name].roles;

/** The actions open to a role now, as the contract names them; to the one of this id, where it matters who it is. SEE-1 */
export function availableActions(state: CaseState, role: Role, id?: string): string[] {
  const mayNot = ({ notFor }: Pick<CommandRule<CaseCommandName>, 'notFor'>) =>
    id !== undefined && notFor?.(state, { role, id }) === true;
  return Object.values(commandRules)
    .filter((rule) => rule.roles.includes(role) && isOffered(state, rule, role) && !mayNot(rule))
    .map(({ action }) => action);
}

/**
 * By action, what its fields take now. Of every action that is on offer, whoever takes it: an agent asks the platform in for a
 * consumer, too. SEE-1, INT-8
 */
export function openChoices(state: CaseState): Record<string, Record<string, string[]>> {
  const open = Object.values(commandRules).flatMap(({ action, choices, ...rule }) =>
    choices && rule.roles.some((role) => isOffered(state, rule, role)) ? [[action, choices(state)] as const] : [],
  );
  return Object.fromEntries(open);
}

/** Judges a command on a case. Roles: an operator may give every command by hand. */
export function decideCase<Name extends CaseCommandName>(
  state: CaseState,
  name: Name,
  command: CaseCommands[Name],
  by: Given,
): CaseDecision {
  const rule: CommandRule<Name> = commandRules[name];
  const { actor } = by;
  if (actor.role !== 'operator' && !(rule.roles as readonly string[]).includes(actor.role)) {
    return refuse('not_your_action', `${rule.action} is for the ${rule.roles.join(' or ')}`);
  }
  const stale = staleVersion<CaseEvent>(state.version, by);
  if (stale) return stale;
  const asked = actor.role === 'operator' ? rule.roles : [actor.role as Role];
  if (asked.some((role) => isOffered(state, rule, role))) {
    const { answer, events } = rule.decide(state, command, by);
    return { answer, events: withPayout(state, events) };
  }
  const answer = rule.elsewhere?.(state, command, by);
  if (answer) return answer;
  if (isFinal(state.stage.status)) return refuse('case_ended', `the case has ended: it is ${state.stage.status}`);
  return refuse('action_not_available', `${rule.action} is not possible while the case is ${state.stage.status}`);
}

/** An application that its order's reservation let through. CASE-1 */
export function openCase(
  reservation: { order: OrderFacts; entry: AllocationEntry },
  opening: { caseId: string; application: Application; channel: Channel; policy: Policy },
  by: { actor: Actor; at: number },
): CaseOpened {
  const { order, entry } = reservation;
  const { application, policy } = opening;
  const { kind, reason, subReason, description } = application;
  const facts: CaseFacts = {
    id: opening.caseId,
    orderId: order.id,
    consumerId: order.consumerId,
    merchantId: order.merchantId,
    paymentMethod: order.paymentMethod,
    kind,
    reason,
    ...(subReason ? { subReason } : {}),
    description,
    evidenceIds: application.evidenceIds ?? [],
    channel: opening.channel,
    lines: application.lines.flatMap(({ lineId }) => {
      const units = entry.lines[lineId];
      return units ? [{ lineId, ...units }] : [];
    }),
    refundAmount: entry.amount,
    currency: order.currency,
    ...(entry.previousCaseId ? { previousCaseId: entry.previousCaseId } : {}),
    ...(entry.goodsBack ? { goodsBack: true } : {}),
    policy,
    openedAt: by.at,
  };
  return {
    type: 'caseOpened',
    ...by,
    rule: 'CASE-1',
    facts,
    deadline: deadlineFrom(policy, 'merchantDecision', by.at),
  };
}

const taken = ({ actor, at }: Given, rule: string) => ({ actor, at, rule });

/** CASE-2, CASE-4. The address given, else the merchant's own, which the command brings along where it is known. */
function decideOnApplication(state: CaseState, command: CaseCommands['merchantDecision'], by: Given): CaseDecision {
  const { decision, refusalCode, note, evidenceIds = [] } = command;
  const withNote = note ? { note } : {};
  if (decision === 'approve') {
    return accept(
      ...approval(state, { ...taken(by, 'CASE-2'), automatic: false, ...knownAddress(state, command), ...withNote }),
    );
  }
  if (state.stage.status !== 'pending_merchant_review')
    return refuse('action_not_available', 'after a refusal only a late approval is possible', { field: 'decision' });
  if (!refusalCode) return refuse('refusal_code_required', 'a refusal needs a refusalCode', { field: 'refusalCode' });
  if (neededWith[refusalCode] === 'evidence' && evidenceIds.length === 0) {
    return refuse(
      'evidence_required',
      `a refusal as ${refusalCode} needs evidence: upload it, then name it in evidenceIds`,
      { field: 'evidenceIds' },
    );
  }
  if (neededWith[refusalCode] === 'note' && !note)
    return refuse('note_required', `a refusal as ${refusalCode} needs a note that explains it`, { field: 'note' });
  const deadline = deadlineFrom(state.facts.policy, 'interventionWindow', by.at);
  return accept({
    type: 'applicationRefused',
    ...taken(by, 'CASE-4'),
    refusalCode,
    ...withNote,
    evidenceIds,
    deadline,
  });
}

/** The address an approval fixes, where it is known: the one given, else the merchant's own, else the returns centre. CASE-2 */
function knownAddress({ facts }: CaseState, { returnAddress, merchantAddress }: CaseCommands['merchantDecision']) {
  if (returnAddress) return { returnAddress };
  return merchantAddress === undefined ? {} : { returnAddress: merchantAddress ?? facts.policy.defaultReturnAddress };
}

/** CASE-6: the receipt deadline runs from the first number and doesn't move when it is corrected. */
function takeTrackingNumber(state: CaseState, shipment: CaseCommands['trackingNumber'], by: Given): CaseDecision {
  if (state.stage.status === 'awaiting_merchant_receipt')
    return accept({ type: 'trackingNumberCorrected', ...taken(by, 'CASE-6'), shipment });
  const deadline = deadlineFrom(state.facts.policy, 'merchantReceipt', by.at);
  return accept({ type: 'trackingNumberGiven', ...taken(by, 'CASE-6'), shipment, deadline });
}

/** CASE-8 */
function confirmReceipt(
  state: CaseState,
  { outcome, refusalCode, note, evidenceIds = [] }: CaseCommands['receiptConfirmation'],
  by: Given,
): CaseDecision {
  if (outcome === 'refused') return refuseReceipt(state, { refusalCode, note, evidenceIds }, by);
  return accept(...receipt(state, { ...taken(by, 'CASE-8'), automatic: false, ...(note ? { note } : {}) }));
}

/** CASE-10: the goods went back, and what arrived is refused. */
function refuseReceipt(
  state: CaseState,
  refusal: { refusalCode?: ReceiptRefusalCode | undefined; note?: string | undefined; evidenceIds: string[] },
  by: Given,
): CaseDecision {
  const { refusalCode, note, evidenceIds } = refusal;
  if (state.stage.status !== 'awaiting_merchant_receipt')
    return refuse('action_not_available', 'what arrived was refused already', { field: 'outcome' });
  if (!refusalCode) return refuse('refusal_code_required', 'a refusal needs a refusalCode', { field: 'refusalCode' });
  const needed = neededWithReceipt[refusalCode];
  if (needed.evidence && evidenceIds.length === 0) {
    const detail = `a refusal as ${refusalCode} needs evidence: upload it, then name it in evidenceIds`;
    return refuse('evidence_required', detail, { field: 'evidenceIds' });
  }
  if (needed.note && !note)
    return refuse('note_required', `a refusal as ${refusalCode} needs a note that explains it`, { field: 'note' });
  const deadline = deadlineFrom(state.facts.policy, 'interventionWindow', by.at);
  const withNote = note ? { note } : {};
  return accept({ type: 'receiptRefused', ...taken(by, 'CASE-10'), refusalCode, ...withNote, evidenceIds, deadline });
}

/**
 * CASE-16: a late approval, after the application was refused or met with silence, or while the platform looks into that. What was refused as it
 * arrived is confirmed instead; older rules asked for that wherever the goods were with the merchant.
 */
const mayRelent = (state: CaseState) =>
  state.stage.status === 'application_refused' || (isDisputed(state) && !arrivalWasRefused(state));

const arrivalWasRefused = (state: CaseState) =>
  state.rulesVersion >= 3 ? state.intervention?.origin.status === 'receipt_refused' : goodsAreBack(state);

/** CASE-17 */
function shipReplacement(state: CaseState, shipment: CaseCommands['replacementShipment'], by: Given): CaseDecision {
  const deadline = deadlineFrom(state.facts.policy, 'replacementReceipt', by.at);
  return accept({ type: 'replacementShipped', ...taken(by, 'CASE-17'), shipment, deadline });
}

/** CASE-12 */
function takeVoucher({ remedy }: CaseState, voucher: CaseCommands['refundVoucher'], by: Given): CaseDecision {
  if (voucher.amount !== remedy.amount) {
    return refuse(
      'voucher_amount_mismatch',
      `the voucher must be for the refund of ${remedy.amount}, not ${voucher.amount}`,
      { field: 'amount' },
    );
  }
  if (Date.parse(voucher.paidAt) > by.at)
    return refuse('voucher_paid_in_future', 'paidAt must not be in the future', { field: 'paidAt' });
  return accept({ type: 'voucherAccepted', ...taken(by, 'CASE-12'), ...voucher });
}

/** CASE-13: it came too late; it is kept for an agent to see, and nothing is paid or undone by it. */
function keepLateVoucher(
  { stage }: CaseState,
  voucher: CaseCommands['refundVoucher'],
  by: Given,
): CaseDecision | undefined {
  const compensated: CaseStatus[] = ['advance_compensating', 'compensation_failed', 'compensated'];
  if (!compensated.includes(stage.status)) return undefined;
  const detail = 'the platform has compensated the consumer already; the voucher is kept and an agent is told';
  return refuse('already_compensated', detail, {
    events: [{ type: 'voucherKept', ...taken(by, 'CASE-13'), ...voucher }],
  });
}

const hasFailed = (state: CaseState) => openPayment(state)?.outcome === 'declined';
const isUnknown = (state: CaseState) => openPayment(state)?.outcome === 'unknown';
const isHeld = (state: CaseState) => openPayment(state)?.held !== undefined;
const isBeingSettled = (state: CaseState) => openPayment(state)?.settlement !== undefined;

/** CASE-14: no second payment starts while one is under way, and one settlement at a time. */
function refuseWhileUnderWay(state: CaseState): CaseDecision | undefined {
  if (isBeingSettled(state)) return refuse('in_progress', 'a settlement by hand is being checked with the provider');
  if (isUnknown(state))
    return refuse(
      'refund_outcome_unknown',
      'whether the provider has paid is not known yet: it is asked again and again until it says',
    );
  return undefined;
}

/** CASE-14, REF-4: the provider refused for good, so a new attempt may have a new key. */
function retryRefund(state: CaseState, _: CaseCommands['refundRetry'], by: Given): CaseDecision {
  const failed = openPayment(state);
  if (!failed) return refuse('refund_not_failed', 'no refund has failed');
  const { to, payment } = failed;
  const next = payment.attempt + 1;
  const again = taken(by, 'CASE-14');
  if (to === 'merchant') return accept(...payoutAttempt(state, payment.amount, next, again));
  return accept(...(payment.operation === 'refund' ? refundAttempt : advanceCompensation)(state, next, again));
}

/** CASE-14: only when the provider says that it has not paid does the agent's own payment count. */
function settleByHand(_: CaseState, { reference, note }: CaseCommands['manualSettlement'], by: Given): CaseDecision {
  const settlement = { commandId: by.commandId, reference, note, actor: by.actor };
  return defer({ type: 'manualSettlementStarted', ...taken(by, 'CASE-14'), settlement });
}

/** The deadline that an extension moves: that of the kind it names, else the case's own where one runs, else that of the merchant's appeal. POL-5 */
const extensible = (state: CaseState, named: Deadline['kind'] | undefined) =>
  runningInCase(state).find(({ kind }) => named === undefined || kind === named);

/** POL-5 */
function extendDeadline(
  state: CaseState,
  { until, reason, kind }: CaseCommands['deadlineExtension'],
  by: Given,
): CaseDecision {
  const extension = extended(state, extensible(state, kind), until, by.at);
  if (extension.refusal) return refuse(extension.refusal.code, extension.refusal.detail, extension.refusal);
  const { deadline, was } = extension;
  return accept({ type: 'deadlineExtended', ...taken(by, 'POL-5'), deadline, was, reason });
}

/** The address that an approval without one gets; none where the case has ended before it was found. CASE-2 */
export function fixReturnAddress(
  state: CaseState,
  profile: Address | null,
  by: { actor: Actor; at: number },
): CaseEvent[] {
  if (state.returnAddress || isFinal(state.stage.status)) return [];
  const returnAddress = profile ?? state.facts.policy.defaultReturnAddress;
  return [
    {
      type: 'returnAddressFixed',
      ...by,
      rule: 'CASE-2',
      returnAddress,
      source: profile ? 'merchant_profile' : 'returns_centre',
    },
  ];
}
