import { type Deadline, deadlineFrom } from '../deadline.ts';
import { accept, type Decision, type Given, type Refusal, receiptOf, refuse } from '../decision.ts';
import type { Actor, Role } from '../parties.ts';
import {
  type CaseEvent,
  type CaseState,
  type CaseStatus,
  type InterventionReason,
  interventionReasons,
  type Ruling,
} from './case.ts';
import type { CaseCommands } from './commands.ts';
import {
  lodgeMerchantAppeal,
  merchantAppealAwaitsRuling,
  merchantMayAppeal,
  openMerchantAppeal,
  ruleOnMerchantAppeal,
} from './merchantAppeal.ts';
import { remedyOf } from './remedies.ts';
import { carryOut, closing, type Taking } from './steps.ts';

type CaseDecision = Decision<CaseEvent>;
const taken = ({ actor, at }: Pick<Given, 'actor' | 'at'>, rule: string) => ({ actor, at, rule });

/** The statuses in which an intervention is open and not ruled on. INT-4, INT-7 */
export const openIntervention: readonly CaseStatus[] = [
  'intervention_requested',
  'awaiting_evidence',
  'under_adjudication',
];
export const isDisputed = ({ stage }: CaseState): boolean => openIntervention.includes(stage.status);

/** INT-1: after a refusal, or after silence where the policy leaves it at that. */
export const mayAskForIntervention = ({ stage }: CaseState): boolean =>
  stage.status === 'application_refused' ||
  stage.status === 'receipt_refused' ||
  (stage.status === 'pending_merchant_review' && stage.deadline.kind === 'interventionWindow');

const isSilent = ({ stage }: CaseState) => stage.status === 'pending_merchant_review';

/** INT-1: a merchant who has answered isn't unresponsive, and one who is silent hasn't refused. */
export function reasonsToAsk(state: CaseState): InterventionReason[] {
  const unfit = isSilent(state) ? 'merchant_refused' : 'merchant_unresponsive';
  return interventionReasons.filter((reason) => reason !== unfit);
}

/** INT-1 */
export function requestIntervention(
  state: CaseState,
  request: CaseCommands['interventionRequest'],
  by: Given,
): CaseDecision {
  if (!reasonsToAsk(state).includes(request.reason)) {
    const detail = isSilent(state)
      ? 'the merchant has not refused'
      : 'the merchant has answered: it is not unresponsive';
    return refuse('reason_does_not_fit', detail, { field: 'reason' });
  }
  const deadline = deadlineFrom(state.facts.policy, 'interventionAudit', by.at);
  return accept({ type: 'interventionRequested', ...taken(by, 'INT-1'), ...request, deadline });
}

/** INT-7: back to where it came from, under the deadline that ran there; where that has passed, closed. */
export function withdrawIntervention({ intervention, rulesVersion }: CaseState, by: Given): CaseDecision {
  const back: CaseEvent = { type: 'interventionWithdrawn', ...taken(by, 'INT-7') };
  const old = intervention && 'deadline' in intervention.origin ? intervention.origin.deadline : undefined;
  if (!old || old.at >= receiptOf(by)) return accept(back);
  // SEE-2, since rules 3
  const passed = rulesVersion >= 3 ? { passedDeadline: old } : {};
  return accept(back, ...closing('no_intervention_request', { ...taken(by, 'INT-7'), ...passed }));
}

const parties = ['consumer', 'merchant'] as const;

/** INT-2, given or by the audit's overdue. Where both parties have declared before that they have nothing more, none is collected (INT-3). */
export function acceptIntervention(state: CaseState, by: Taking & { automatic: boolean; note?: string }): CaseEvent[] {
  const { policy } = state.facts;
  const accepted: CaseEvent = {
    type: 'interventionAccepted',
    ...by,
    deadline: deadlineFrom(policy, 'evidence', by.at),
  };
  const nobodyHasMore = state.intervention?.complete.length === parties.length && !state.intervention.asked;
  const { actor, at } = by;
  return nobodyHasMore ? [accepted, ...beginAdjudication(state, { actor, at, rule: 'INT-3' })] : [accepted];
}

/** INT-2 */
export function auditIntervention(
  state: CaseState,
  { decision, note }: CaseCommands['interventionAudit'],
  by: Given,
): CaseDecision {
  if (decision === 'accept') {
    return accept(...acceptIntervention(state, { ...taken(by, 'INT-2'), automatic: false, ...(note ? { note } : {}) }));
  }
  if (!note) return refuse('note_required', 'declining needs a note with the reason', { field: 'note' });
  return accept(...closing('intervention_declined', { ...taken(by, 'INT-2'), note }));
}

/** Who may submit evidence now: both parties while it is collected, and whoever was asked for more. INT-3, INT-4 */
export function maySubmitEvidence({ stage, intervention }: CaseState, role: Role): boolean {
  if (!intervention || (role !== 'consumer' && role !== 'merchant')) return false;
  if (intervention.asked?.from === role) return true;
  return stage.status === 'awaiting_evidence' && !intervention.complete.includes(role);
}

/** INT-3, INT-4: the answer to a question ends its phase; when both have nothing more, the ruling's begins. */
export function submitEvidence(
  state: CaseState,
  submission: CaseCommands['evidenceSubmission'],
  by: Given,
): CaseDecision {
  const { intervention, stage } = state;
  const role = by.actor.role;
  if (!intervention || (role !== 'consumer' && role !== 'merchant')) {
    return refuse('not_your_action', 'evidence comes from the consumer or the merchant');
  }
  const { statement, evidenceIds, complete = false } = submission;
  if (!statement && evidenceIds.length === 0 && !complete) {
    return refuse('nothing_submitted', 'give a statement, evidence, or complete', { field: 'statement' });
  }
  const submitted: CaseEvent = {
    type: 'evidenceSubmitted',
    ...taken(by, intervention.asked ? 'INT-4' : 'INT-3'),
    ...(statement ? { statement } : {}),
    evidenceIds,
    complete,
  };
  const answered = intervention.asked?.from === role ? endOfQuestion(state, taken(by, 'INT-4')) : [];
  const stillAsked = intervention.asked !== undefined && answered.length === 0;
  const nobodyHasMore = parties.every((party) => intervention.complete.includes(party) || (complete && party === role));
  const ruling =
    stage.status === 'awaiting_evidence' && nobodyHasMore && !stillAsked
      ? beginAdjudication(state, taken(by, 'INT-3'))
      : [];
  return accept(submitted, ...answered, ...ruling);
}

/** INT-3, INT-5 */
export function beginAdjudication(state: CaseState, by: Taking): CaseEvent[] {
  return [{ type: 'adjudicationBegun', ...by, deadline: deadlineFrom(state.facts.policy, 'adjudication', by.at) }];
}

/** INT-4: meanwhile the other deadline stands still. */
export function requestInformation(
  state: CaseState,
  { from, question }: CaseCommands['informationRequest'],
  by: Given,
): CaseDecision {
  const other = 'deadline' in state.stage ? state.stage.deadline : undefined;
  const deadline = deadlineFrom(state.facts.policy, 'furtherInformation', by.at);
  const left = other ? { left: Math.max(0, other.at - by.at) } : {};
  return accept({ type: 'informationRequested', ...taken(by, 'INT-4'), from, question, deadline, ...left });
}

/** INT-4: unanswered; where both parties have declared meanwhile that they have nothing more, the ruling's phase begins. INT-3 */
export function questionUnanswered(state: CaseState, by: Taking): CaseEvent[] {
  const over = state.stage.status === 'awaiting_evidence' && state.intervention?.complete.length === parties.length;
  const { passedDeadline: _ofTheQuestion, ...next } = by;
  return [...endOfQuestion(state, by), ...(over ? beginAdjudication(state, { ...next, rule: 'INT-3' }) : [])];
}

/** INT-4: answered or not, the other deadline goes on with what it had left. */
export function endOfQuestion({ stage, intervention }: CaseState, by: Taking): CaseEvent[] {
  const paused = 'deadline' in stage ? stage.deadline : undefined;
  const left = intervention?.asked?.left;
  const resumed: { deadline?: Deadline } =
    paused && left !== undefined ? { deadline: { ...paused, at: by.at + left, from: by.at } } : {};
  return [{ type: 'informationPhaseEnded', ...by, ...resumed }];
}

/** INT-5: what an agent rules, checked against the case. */
function rulingOf(
  state: CaseState,
  command: CaseCommands['ruling'],
  by: Given,
): { ruling: Ruling; refusal?: undefined } | { ruling?: undefined; refusal: CaseDecision } {
  const { favour, remedy: kind, refundAmount, liability, reasons } = command;
  const ruling: Ruling = { favour, liability, reasons, agent: by.actor, at: by.at };
  if (favour === 'merchant') {
    if (kind === undefined && refundAmount === undefined) return { ruling };
    return {
      refusal: refuse('remedy_not_allowed', 'a ruling for the merchant has no remedy and no amount', {
        field: 'remedy',
      }),
    };
  }
  if (kind === undefined)
    return { refusal: refuse('remedy_required', 'a ruling for the consumer needs a remedy', { field: 'remedy' }) };
  const wanted = remedyOf(state, { kind, refundAmount });
  return wanted.refusal ? { refusal: wanted.refusal } : { ruling: { ...ruling, remedy: wanted.remedy } };
}

/** INT-5, INT-6, INT-9 */
export function adjudicate(state: CaseState, command: CaseCommands['ruling'], by: Given): CaseDecision {
  const { ruling, refusal } = rulingOf(state, command, by);
  if (!ruling) return refusal;
  const ruled: CaseEvent = { type: 'ruled', ...taken(by, 'INT-5'), ruling };
  if (!ruling.remedy) {
    const deadline = deadlineFrom(state.facts.policy, 'appeal', by.at);
    return accept<CaseEvent>(ruled, { type: 'appealAwaited', ...taken(by, 'INT-9'), deadline });
  }
  return accept(
    ruled,
    ...openMerchantAppeal(state, by),
    ...carryOut({ ...state, remedy: ruling.remedy }, taken(by, 'INT-6')),
  );
}

/** INT-9: by the party that lost; each has its own time for it. */
export const mayAppeal = (state: CaseState, role: Role): boolean =>
  role === 'merchant' ? merchantMayAppeal(state) : state.stage.status === 'awaiting_appeal';

/** INT-9: once, by whom was ruled against. By hand it must be clear whose it is: the consumer's while it may appeal. */
export function appeal(state: CaseState, lodged: CaseCommands['appeal'], by: Given): CaseDecision {
  if (state.stage.status !== 'awaiting_appeal' || by.actor.role === 'merchant')
    return lodgeMerchantAppeal(state, lodged, by);
  const { statement, evidenceIds } = lodged;
  const deadline = deadlineFrom(state.facts.policy, 'adjudication', by.at);
  return accept({ type: 'appealed', ...taken(by, 'INT-9'), statement, evidenceIds, deadline });
}

/** Whether an appeal waits for its decision. INT-9 */
export const appealAwaitsRuling = (state: CaseState): boolean =>
  state.stage.status === 'under_appeal' || merchantAppealAwaitsRuling(state);

/** INT-9 */
export const ruledAlready = {
  code: 'ruled_before',
  detail: 'an appeal is decided by another agent than the one who ruled',
} as const satisfies Refusal;

/** Whether somebody gave the ruling that is appealed against: another agent decides. INT-9 */
export function ruledBefore({ stage, intervention, merchantAppeal }: CaseState, actor: Actor): boolean {
  const before = (stage.status === 'under_appeal' ? intervention?.ruling : merchantAppeal?.against)?.agent;
  return (
    before !== undefined && 'id' in before && 'id' in actor && before.id === actor.id && before.role === actor.role
  );
}

/** INT-9: another agent decides; upheld closes, turned is a ruling for the consumer. The consumer's appeal goes first. */
export function ruleOnAppeal(state: CaseState, command: CaseCommands['appealRuling'], by: Given): CaseDecision {
  if (ruledBefore(state, by.actor)) return refuse(ruledAlready.code, ruledAlready.detail);
  if (state.stage.status !== 'under_appeal') return ruleOnMerchantAppeal(state, command, by);
  const { ruling, refusal } = rulingOf(state, command, by);
  if (!ruling) return refusal;
  const ruled: CaseEvent = { type: 'appealRuled', ...taken(by, 'INT-9'), ruling };
  if (!ruling.remedy) return accept(ruled, ...closing('ruled_for_merchant', taken(by, 'INT-9')));
  return accept(ruled, ...carryOut({ ...state, remedy: ruling.remedy }, taken(by, 'INT-6')));
}
