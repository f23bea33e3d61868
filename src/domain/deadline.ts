import { durationMs } from './policy/duration.ts';
import type { Policy, PolicyDeadline } from './policy/policy.ts';

/** What a running deadline may be: one of the policy's lengths, or an order's after-sales period (ORD-1). */
export type DeadlineKind = PolicyDeadline | 'afterSalesPeriod';

/** A running deadline. Times are UTC milliseconds; `receivedAt <= at` is in time (POL-3). */
export type Deadline = {
  kind: DeadlineKind;
  at: number;
  /** When it began to run. */
  from: number;
  /** Set once it has been moved because our outage kept everyone from acting (POL-6): that happens once. */
  extendedForOutage?: true;
};

/** What people see of a deadline: who must act, by when, and what happens automatically otherwise, under which rule. SEE-1 */
export type ShownDeadline = Deadline & { rule: string; waitingFor: string; onExpiry: string };

/** A deadline of the policy's length, counted in exact hours from `from` (UTC ms). POL-7 */
export function deadlineFrom(policy: Policy, kind: PolicyDeadline, from: number): Deadline {
  return { kind, from, at: from + durationMs(policy.deadlines[kind]) };
}

const outageExtension = 4 * 3600 * 1000;

/**
 * Where a deadline could only fire late through our outage, the moment to which it is extended, once (POL-6); else undefined.
 * `due` is when it would have fired had nothing been down, `now` when it really could; UTC ms.
 */
export function extensionAfterOutage(policy: Policy, deadline: Deadline, due: number, now: number): number | undefined {
  const length = deadline.at - deadline.from;
  // a period that was over before it was known of left nobody time to act, outage or not
  if (length <= 0 || deadline.extendedForOutage || now - due <= durationMs(policy.outageTolerance)) return undefined;
  return now + Math.min(length, outageExtension);
}
