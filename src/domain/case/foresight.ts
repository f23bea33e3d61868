import type { ShownDeadline } from '../deadline.ts';
import type { Refusal } from '../decision.ts';
import { settlementCheckKey } from '../effects.ts';
import type { Actor } from '../parties.ts';
import {
  type CaseEvent,
  type CaseState,
  type CaseStatus,
  type CloseReason,
  evolveAll,
  isFinal,
  openPayment,
} from './case.ts';
import type { CaseCommandName, CaseCommands } from './commands.ts';
import { caseDeadlines, expireCaseDeadline } from './deadlines.ts';
import { decideCase } from './decide.ts';
import { takePaymentAnswer, takeSettlementCheck } from './payment.ts';

/** An action that might come, and whose it would be. */
export type Imagined<Name extends CaseCommandName = CaseCommandName> = {
  [N in Name]: { name: N; fields: CaseCommands[N]; actor: Actor };
}[Name];

/** What would happen at `at` (UTC ms): what, by whom, under which rule, where it leaves the case, and what then runs. */
export type ForeseenStep = {
  at: number;
  type: CaseEvent['type'];
  actor: Actor;
  rule: string;
  status: CaseStatus;
  deadline?: ShownDeadline;
};

/** Money that would move, in minor units, at `at` (UTC ms): who pays whom. A penalty is what the merchant owes the platform. */
export type ForeseenMoney = {
  at: number;
  kind: 'refund' | 'compensation' | 'penalty' | 'payout';
  from: 'platform' | 'merchant';
  to: 'consumer' | 'merchant' | 'platform';
  amount: number;
};

/** Where it would end, and when (UTC ms); without a time where it has ended already. */
export type ForeseenEnding = { at?: number; status: CaseStatus; closeReason?: CloseReason };

/** What would become of a case if nobody did anything from now on. */
export type Foresight = {
  steps: ForeseenStep[];
  money: ForeseenMoney[];
  /** Undefined where it would not end by itself: `waitsFor` says for whom it waits, without a deadline. */
  ending?: ForeseenEnding;
  waitsFor?: 'agent';
};

/** What an action would bring: refused, and why, or what follows from it. */
export type ImaginedOutcome = { refusal: Refusal } | Foresight;

/** A case on its way into one possible future: where it is, and what has happened on the way. */
type Course = { state: CaseState; at: number; steps: ForeseenStep[]; money: ForeseenMoney[]; ending?: ForeseenEnding };

/** More deadlines than any way through a case has: each fires once. */
const mostDeadlines = 100;

/**
 * What becomes of a case from `now` (UTC ms) on if nobody acts any more, by the very functions that decide, fire deadlines and take
 * the provider's answers. Two things are assumed: that the provider pays what it is asked for at once, and that what an agent has
 * settled by hand was not paid before. SEE-1
 */
export function foresee(state: CaseState, now: number): Foresight {
  return toItsEnd(courseFrom(state, now));
}

/** The same if first this action came, `now` (UTC ms), judged by the rules as if it had. */
export function foreseeAction(state: CaseState, { name, fields, actor }: Imagined, now: number): ImaginedOutcome {
  const course = courseFrom(state, now);
  const { answer, events } = decideCase(state, name, fields, { commandId: 'what-if', actor, at: course.at });
  return answer.kind === 'refused' ? { refusal: answer.refusal } : toItsEnd(take(course, events));
}

function courseFrom(state: CaseState, now: number): Course {
  const ending = endingOf(state);
  return { state, at: Math.max(now, state.updatedAt), steps: [], money: [], ...(ending ? { ending } : {}) };
}

function toItsEnd(begun: Course): Foresight {
  let course = paid(begun);
  for (let fired = 0; fired < mostDeadlines; fired += 1) {
    const [next] = caseDeadlines(course.state);
    if (!next) return told(course);
    course = paid(expired(course, next));
  }
  throw new RangeError('the deadlines of this case never end');
}

/** A deadline that has passed already fires now, or is extended for our outage (POL-6). */
function expired(course: Course, { rule: _rule, waitingFor: _who, onExpiry: _what, ...passed }: ShownDeadline): Course {
  const at = Math.max(course.at, passed.at);
  return take({ ...course, at }, expireCaseDeadline(course.state, passed, passed.at, at));
}

/** What is asked of the provider is done at once. */
function paid(course: Course): Course {
  const { state, at } = course;
  const open = openPayment(state);
  if (!open) return course;
  const { key } = open.payment;
  if (open.settlement) {
    const check = settlementCheckKey(key, open.settlement);
    return paid(take(course, takeSettlementCheck(state, check, { outcome: 'none' }, at).events));
  }
  if (open.outcome === 'declined') return course;
  return paid(take(course, takePaymentAnswer(state, key, { outcome: 'done', reference: 'foreseen', at }, at)));
}

function take(course: Course, events: CaseEvent[]): Course {
  const state = evolveAll(course.state, events);
  const { stage } = state;
  const running = caseDeadlines(state);
  const steps = events.map((event): ForeseenStep => {
    const { type, at, actor, rule } = event;
    const set = 'deadline' in event ? running.find(({ kind }) => kind === event.deadline?.kind) : undefined;
    return { type, at, actor, rule, status: stage.status, ...(set ? { deadline: set } : {}) };
  });
  const end = endingOf(state);
  const ending = course.ending ?? (end && { at: course.at, ...end });
  return {
    ...course,
    state,
    steps: [...course.steps, ...steps],
    money: [...course.money, ...events.flatMap(moved)],
    ...(ending ? { ending } : {}),
  };
}

function endingOf({ stage }: CaseState): ForeseenEnding | undefined {
  if (!isFinal(stage.status)) return undefined;
  return { status: stage.status, ...(stage.status === 'closed' ? { closeReason: stage.reason } : {}) };
}

function told({ state, steps, money, ending }: Course): Foresight {
  const agent = !ending || openPayment(state) !== undefined || state.merchantAppeal?.status === 'under_review';
  return { steps, money, ...(ending ? { ending } : {}), ...(agent ? { waitsFor: 'agent' } : {}) };
}

function moved(event: CaseEvent): ForeseenMoney[] {
  const { at } = event;
  switch (event.type) {
    case 'refundSettled':
      return [{ at, kind: 'refund', from: 'platform', to: 'consumer', amount: event.payment.amount }];
    case 'voucherAccepted':
      return [{ at, kind: 'refund', from: 'merchant', to: 'consumer', amount: event.amount }];
    case 'compensationSettled': {
      const { payment, penalty } = event;
      const compensation = {
        at,
        kind: 'compensation',
        from: 'platform',
        to: 'consumer',
        amount: payment.amount,
      } as const;
      if (penalty === 0) return [compensation];
      return [compensation, { at, kind: 'penalty', from: 'merchant', to: 'platform', amount: penalty }];
    }
    case 'payoutSettled':
      return [{ at, kind: 'payout', from: 'platform', to: 'merchant', amount: event.payment.amount }];
    default:
      return [];
  }
}
