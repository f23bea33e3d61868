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

/** An action that is not really taken, and whose it would be. */
export type Imagined<Name extends CaseCommandName = CaseCommandName> = {
  [N in Name]: { name: N; fields: CaseCommands[N]; actor: Actor };
}[Name];

/** What would happen at `at` (UTC ms): what, by whom, under which rule, where it leaves the case, and what then runs. */
export type CourseStep = {
  at: number;
  type: CaseEvent['type'];
  actor: Actor;
  rule: string;
  status: CaseStatus;
  deadline?: ShownDeadline;
};

/** Money that would move, in minor units, at `at` (UTC ms): who pays whom. A penalty is what the merchant owes the platform. */
export type CourseMoney = {
  at: number;
  kind: 'refund' | 'compensation' | 'penalty' | 'payout';
  from: 'platform' | 'merchant';
  to: 'consumer' | 'merchant' | 'platform';
  amount: number;
};

/** Where it would end, and when (UTC ms); without a time where it had ended before. */
export type CourseEnding = { at?: number; status: CaseStatus; closeReason?: CloseReason };

/**
 * A case on a course that it doesn't really take: where it is, and what has happened on the way. The very functions move it that
 * decide, fire deadlines and take the provider's answers. Two things are assumed: that the provider pays what it is asked for at
 * once, and that what an agent has settled by hand was not paid before.
 */
export type Course = {
  state: CaseState;
  at: number;
  steps: CourseStep[];
  money: CourseMoney[];
  ending?: CourseEnding;
};

/** The course of a case from `now` (UTC ms) on, with what is being paid then. */
export function courseFrom(state: CaseState, now: number): Course {
  const ending = endingOf(state);
  return paid({ state, at: Math.max(now, state.updatedAt), steps: [], money: [], ...(ending ? { ending } : {}) });
}

/** What an action at `at` (UTC ms) would bring, judged by the rules as if it came; or why it would be refused. */
export function act(course: Course, { name, fields, actor }: Imagined, at: number): Course | { refusal: Refusal } {
  const now = { ...course, at: Math.max(course.at, at) };
  const { answer, events } = decideCase(course.state, name, fields, { commandId: 'imagined', actor, at: now.at });
  return answer.kind === 'refused' ? { refusal: answer.refusal } : paid(take(now, events));
}

/** The deadline that is due first, if any runs. */
export const nextDeadline = ({ state }: Course): ShownDeadline | undefined => caseDeadlines(state)[0];

/** A deadline passes unused; one that has passed already fires now, or is extended for our outage (POL-6). */
export function expire(course: Course, { rule: _, waitingFor: __, onExpiry: ___, ...passed }: ShownDeadline): Course {
  const at = Math.max(course.at, passed.at);
  return paid(take({ ...course, at }, expireCaseDeadline(course.state, passed, passed.at, at)));
}

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
  return paid(take(course, takePaymentAnswer(state, key, { outcome: 'done', reference: 'imagined', at }, at)));
}

function take(course: Course, events: CaseEvent[]): Course {
  const state = evolveAll(course.state, events);
  const { stage } = state;
  const running = caseDeadlines(state);
  const steps = events.map((event): CourseStep => {
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

function endingOf({ stage }: CaseState): CourseEnding | undefined {
  if (!isFinal(stage.status)) return undefined;
  return { status: stage.status, ...(stage.status === 'closed' ? { closeReason: stage.reason } : {}) };
}

function moved(event: CaseEvent): CourseMoney[] {
  const { at } = event;
  switch (event.type) {
    case 'refundSettled':
      return [{ at, kind: 'refund', from: 'platform', to: 'consumer', amount: event.payment.amount }];
    case 'voucherAccepted':
      return [{ at, kind: 'refund', from: 'merchant', to: 'consumer', amount: event.amount }];
    case 'compensationSettled': {
      const { payment, penalty } = event;
      const paidOut = { at, kind: 'compensation', from: 'platform', to: 'consumer', amount: payment.amount } as const;
      if (penalty === 0) return [paidOut];
      return [paidOut, { at, kind: 'penalty', from: 'merchant', to: 'platform', amount: penalty }];
    }
    case 'payoutSettled':
      return [{ at, kind: 'payout', from: 'platform', to: 'merchant', amount: event.payment.amount }];
    default:
      return [];
  }
}
