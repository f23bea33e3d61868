import { type Deadline, deadlineFrom, type ShownDeadline } from '../deadline.ts';
import { extendedForOutage } from '../deadlineExtension.ts';
import { timer } from '../parties.ts';
import { durationMs } from '../policy/duration.ts';
import { type CaseEvent, type CaseState, isFinal, runningDeadline } from './case.ts';
import { acceptIntervention, beginAdjudication, questionUnanswered } from './intervention.ts';
import { merchantAppealDeadline, merchantAppealIsOpen, withPayout } from './merchantAppeal.ts';
import { advanceCompensation, approval, closing, receipt, refundStep } from './steps.ts';

/** What a deadline of a case is about, and what it does when it passes unused. `at` is when it really fired, UTC ms. */
type DeadlineRule = {
  rule: string | ((state: CaseState) => string);
  waitingFor: string | ((state: CaseState) => string);
  onExpiry: string | ((state: CaseState) => string);
  expire: (state: CaseState, passed: Deadline, at: number) => CaseEvent[];
};

const byTimer = (rule: string, at: number) => ({ actor: timer, rule, at });
const awaitsIntervention = (state: CaseState) => state.facts.policy.onMerchantSilence === 'allow_intervention';

/** Since rules 3: silence leaves the window of INT-1 behind it, a refusal that of CASE-5. SEE-2 */
const windowRule = ({ stage, rulesVersion }: CaseState) =>
  rulesVersion >= 3 && stage.status === 'pending_merchant_review' ? 'INT-1' : 'CASE-5';

/** Whose evidence is still waited for: since rules 3 not that of a party who has declared to have nothing more. INT-3, SEE-1 */
function whoHasMore({ intervention, rulesVersion }: CaseState): string {
  const done = rulesVersion >= 3 ? (intervention?.complete ?? []) : [];
  const [first, ...others] = (['consumer', 'merchant'] as const).filter((party) => !done.includes(party));
  return first !== undefined && others.length === 0 ? first : 'consumer_and_merchant';
}

/** The deadlines of a case. What is shown and what happens come out of this one table. */
const deadlineRules = {
  merchantDecision: {
    rule: 'CASE-3',
    waitingFor: 'merchant',
    onExpiry: (state) => (awaitsIntervention(state) ? 'intervention_may_be_requested' : 'approved_automatically'),
    expire: (state, passed, at) =>
      awaitsIntervention(state)
        ? [
            {
              type: 'merchantSilent',
              ...byTimer('INT-1', at),
              passedDeadline: passed,
              deadline: deadlineFrom(state.facts.policy, 'interventionWindow', at),
            },
          ]
        : approval(state, { ...byTimer('CASE-3', at), automatic: true, passedDeadline: passed }),
  },
  interventionWindow: {
    rule: windowRule,
    waitingFor: 'consumer',
    onExpiry: 'closed_without_refund',
    expire: (state, passed, at) =>
      closing('no_intervention_request', { ...byTimer(windowRule(state), at), passedDeadline: passed }),
  },
  buyerReturn: {
    rule: 'CASE-7',
    waitingFor: 'consumer',
    onExpiry: 'closed_without_refund',
    expire: (_, passed, at) => closing('no_return_shipment', { ...byTimer('CASE-7', at), passedDeadline: passed }),
  },
  merchantReceipt: {
    rule: 'CASE-9',
    waitingFor: 'merchant',
    onExpiry: 'receipt_confirmed_automatically',
    expire: (state, passed, at) =>
      receipt(state, { ...byTimer('CASE-9', at), automatic: true, passedDeadline: passed }),
  },
  refundVoucher: {
    rule: 'CASE-13',
    waitingFor: 'merchant',
    onExpiry: 'compensated_in_advance_with_penalty',
    expire: (state, passed, at) => advanceCompensation(state, 1, { ...byTimer('CASE-13', at), passedDeadline: passed }),
  },
  interventionAudit: {
    rule: 'INT-2',
    waitingFor: 'agent',
    onExpiry: 'accepted_automatically',
    expire: (state, passed, at) =>
      acceptIntervention(state, { ...byTimer('INT-2', at), automatic: true, passedDeadline: passed }),
  },
  evidence: {
    rule: 'INT-3',
    waitingFor: whoHasMore,
    onExpiry: 'ruled_on_what_is_there',
    expire: (state, passed, at) => beginAdjudication(state, { ...byTimer('INT-3', at), passedDeadline: passed }),
  },
  furtherInformation: {
    rule: 'INT-4',
    waitingFor: ({ intervention }) => intervention?.asked?.from ?? 'agent',
    onExpiry: 'goes_on_without_it',
    expire: (state, passed, at) => questionUnanswered(state, { ...byTimer('INT-4', at), passedDeadline: passed }),
  },
  adjudication: {
    rule: 'INT-5',
    waitingFor: 'agent',
    onExpiry: 'escalated',
    expire: (_, passed, at) => [{ type: 'adjudicationEscalated', ...byTimer('INT-5', at), passedDeadline: passed }],
  },
  appeal: {
    rule: 'INT-9',
    waitingFor: 'consumer',
    onExpiry: 'closed_without_refund',
    expire: (_, passed, at) => closing('ruled_for_merchant', { ...byTimer('INT-9', at), passedDeadline: passed }),
  },
  merchantAppeal: {
    rule: 'INT-9',
    waitingFor: 'merchant',
    onExpiry: 'ruling_stands',
    expire: (_, passed, at) => [{ type: 'merchantAppealLapsed', ...byTimer('INT-9', at), passedDeadline: passed }],
  },
  merchantAppealRuling: {
    rule: 'INT-9',
    waitingFor: 'agent',
    onExpiry: 'escalated',
    expire: (_, passed, at) => [{ type: 'merchantAppealEscalated', ...byTimer('INT-9', at), passedDeadline: passed }],
  },
  replacementShipment: {
    rule: 'CASE-17',
    waitingFor: 'merchant',
    onExpiry: 'refunded_instead',
    expire: (state, passed, at) => [
      { type: 'replacementOverdue', ...byTimer('CASE-17', at), passedDeadline: passed },
      ...refundStep(state, byTimer('CASE-17', at)),
    ],
  },
  replacementReceipt: {
    rule: 'CASE-17',
    waitingFor: 'consumer',
    onExpiry: 'receipt_confirmed_automatically',
    expire: (_, passed, at) => [
      { type: 'replacementReceived', ...byTimer('CASE-17', at), automatic: true, passedDeadline: passed },
    ],
  },
} satisfies Partial<Record<Deadline['kind'], DeadlineRule>>;

function ruleOf({ kind }: Deadline): DeadlineRule {
  const rule = (deadlineRules as Partial<Record<Deadline['kind'], DeadlineRule>>)[kind];
  if (!rule) throw new TypeError(`a case has no deadline ${kind}`);
  return rule;
}

function shown(state: CaseState, running: Deadline): ShownDeadline {
  const { rule, waitingFor, onExpiry } = ruleOf(running);
  const said = (what: string | ((state: CaseState) => string)) => (typeof what === 'string' ? what : what(state));
  return { ...running, rule: said(rule), waitingFor: said(waitingFor), onExpiry: said(onExpiry) };
}

/** The case's own deadline, with who must act and what happens otherwise. SEE-1 */
export function ownDeadline(state: CaseState): ShownDeadline | undefined {
  const running = runningDeadline(state);
  return running && shown(state, running);
}

/** The deadline of the merchant's appeal, which runs beside the case's own. INT-9, SEE-1 */
export function appealDeadline(state: CaseState): ShownDeadline | undefined {
  const running = merchantAppealDeadline(state);
  return running && shown(state, running);
}

/** What runs in a case, as it is kept: its own deadline, and that of the merchant's appeal beside it. */
export const runningInCase = (state: CaseState): Deadline[] =>
  [runningDeadline(state), merchantAppealDeadline(state)].filter((deadline) => deadline !== undefined);

/** All deadlines that run in a case, the one due first in front. */
export function caseDeadlines(state: CaseState): ShownDeadline[] {
  return [ownDeadline(state), appealDeadline(state)]
    .filter((deadline) => deadline !== undefined)
    .sort((one, other) => one.at - other.at);
}

/**
 * What a passed deadline brings about: the outcome of its rule, or, where only our outage let it fire this late, its one
 * extension. `due` is when it would have fired had nothing been down, `now` when it did; UTC ms. POL-6, SEE-2
 */
export function expireCaseDeadline(state: CaseState, passed: Deadline, due: number, now: number): CaseEvent[] {
  const extended = extendedForOutage(state, passed, due, now);
  return extended ? [extended] : withPayout(state, ruleOf(passed).expire(state, passed, now));
}

/**
 * Until when (UTC ms) something that concerns the case can still arrive once it has ended: a late voucher, after an advance
 * compensation (CASE-13); undefined while that can't be said yet, because a merchant's appeal is open (INT-9). Final is not ended.
 */
export function caseListensUntil(state: CaseState): number | undefined {
  const { stage, facts } = state;
  if (!isFinal(stage.status) || merchantAppealIsOpen(state)) return undefined;
  return stage.status === 'compensated' ? stage.at + durationMs(facts.policy.lateVoucher) : 0;
}
