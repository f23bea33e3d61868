import type { Refusal } from '../decision.ts';
import { type CaseState, openPayment } from './case.ts';
import {
  act,
  type Course,
  type CourseEnding,
  type CourseMoney,
  type CourseStep,
  courseFrom,
  expire,
  type Imagined,
  nextDeadline,
} from './course.ts';

/** What would become of a case if nobody did anything from now on. */
export type Foresight = {
  steps: CourseStep[];
  money: CourseMoney[];
  /** Undefined where it would not end by itself: `waitsFor` says for whom it waits, without a deadline. */
  ending?: CourseEnding;
  waitsFor?: 'agent';
};

/** What an action would bring: refused, and why, or what follows from it. */
export type ImaginedOutcome = { refusal: Refusal } | Foresight;

/** More deadlines than any way through a case has: each fires once. */
const mostDeadlines = 100;

/** What becomes of a case from `now` (UTC ms) on if nobody acts any more. SEE-1 */
export function foresee(state: CaseState, now: number): Foresight {
  return toItsEnd(courseFrom(state, now));
}

/** The same if first this action came, `now` (UTC ms), judged by the rules as if it had. */
export function foreseeAction(state: CaseState, action: Imagined, now: number): ImaginedOutcome {
  const outcome = act(courseFrom(state, now), action, now);
  return 'refusal' in outcome ? outcome : toItsEnd(outcome);
}

function toItsEnd(begun: Course): Foresight {
  let course = begun;
  for (let fired = 0; fired < mostDeadlines; fired += 1) {
    const next = nextDeadline(course);
    if (!next) return told(course);
    course = expire(course, next);
  }
  throw new RangeError('the deadlines of this case never end');
}

function told({ state, steps, money, ending }: Course): Foresight {
  const agent = !ending || openPayment(state) !== undefined || state.merchantAppeal?.status === 'under_review';
  return { steps, money, ...(ending ? { ending } : {}), ...(agent ? { waitsFor: 'agent' } : {}) };
}
