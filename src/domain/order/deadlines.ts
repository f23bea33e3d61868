import type { Deadline, ShownDeadline } from '../deadline.ts';
import { extendedForOutage } from '../deadlineExtension.ts';
import { timer } from '../parties.ts';
import type { OrderEvent, OrderState } from './order.ts';

type DeadlineRule = {
  rule: string;
  waitingFor: string;
  onExpiry: string;
  expire: (passed: Deadline, at: number) => OrderEvent[];
};

/** The deadlines of an order. What is shown and what happens come out of this one table. */
const deadlineRules: Partial<Record<Deadline['kind'], DeadlineRule>> = {
  unpaidOrder: {
    rule: 'ORD-3',
    waitingFor: 'consumer',
    onExpiry: 'cancelled_automatically',
    expire: (passedDeadline, at) => [
      { type: 'orderCancelled', actor: timer, rule: 'ORD-3', at, reason: 'unpaid', passedDeadline },
    ],
  },
  afterSalesPeriod: {
    rule: 'ORD-1',
    waitingFor: 'consumer',
    onExpiry: 'completed_automatically',
    expire: (passedDeadline, at) => [
      { type: 'afterSalesPeriodEnded', actor: timer, rule: 'ORD-1', at, passedDeadline },
    ],
  },
};

function ruleOf({ kind }: Deadline): DeadlineRule {
  const rule = deadlineRules[kind];
  if (!rule) throw new TypeError(`an order has no deadline ${kind}`);
  return rule;
}

/** The deadline that runs for an order, if one does. SEE-1 */
export function orderDeadlines(state: OrderState): ShownDeadline[] {
  return runningInOrder(state).map((running) => {
    const { rule, waitingFor, onExpiry } = ruleOf(running);
    return { ...running, rule, waitingFor, onExpiry };
  });
}

/** What runs for an order, as it is kept. */
export const runningInOrder = ({ stage }: OrderState): Deadline[] =>
  'deadline' in stage && stage.deadline ? [stage.deadline] : [];

/** As a case's: the rule's outcome, or its one extension after an outage of ours; UTC ms. POL-6, SEE-2 */
export function expireOrderDeadline(state: OrderState, passed: Deadline, due: number, now: number): OrderEvent[] {
  const extended = extendedForOutage(state, passed, due, now);
  return extended ? [extended] : ruleOf(passed).expire(passed, now);
}
