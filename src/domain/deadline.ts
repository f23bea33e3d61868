import { durationMs } from './policy/duration.ts';
import { outageExtensionMs, type Policy, type PolicyDeadline, policyDeadlines } from './policy/policy.ts';

/**
 * What a running deadline may be: one of the policy's lengths, an order's after-sales period (ORD-1), or what runs beside a case's
 * own: the merchant's time to appeal and the platform's to decide on that, of the lengths `appeal` and `adjudication` (INT-9).
 */
export const deadlineKinds = [
  ...policyDeadlines.keyof().options,
  'afterSalesPeriod',
  'merchantAppeal',
  'merchantAppealRuling',
] as const;
export type DeadlineKind = (typeof deadlineKinds)[number];

/** A running deadline. Times are UTC milliseconds; `receivedAt <= at` is in time (POL-3). */
export type Deadline = {
  kind: DeadlineKind;
  at: number;
  /** When it began to run. */
  from: number;
  /** When it was last moved: nobody is reminded of it at a moment that lay behind by then (TELL-1). Older rules don't say. */
  movedAt?: number;
  /** Set once it has been moved because our outage kept everyone from acting (POL-6): that happens once. */
  extendedForOutage?: true;
};

/** What people see of a deadline: who must act, by when, and what happens automatically otherwise, under which rule. SEE-1 */
export type ShownDeadline = Deadline & { rule: string; waitingFor: string; onExpiry: string };

/** A deadline of the policy's length, counted in exact hours from `from` (UTC ms). POL-7 */
export function deadlineFrom(policy: Policy, kind: PolicyDeadline, from: number): Deadline {
  return { kind, from, at: from + durationMs(policy.deadlines[kind]) };
}

/**
 * Where a deadline could only fire late through our outage, the moment to which it is extended, once (POL-6); else undefined.
 * `due` is when it would have fired had nothing been down, `now` when it really could; UTC ms.
 */
export function extensionAfterOutage(policy: Policy, deadline: Deadline, due: number, now: number): number | undefined {
  const length = deadline.at - deadline.from;
  // a period that was over before it was known of left nobody time to act, outage or not
  if (length <= 0 || deadline.extendedForOutage || now - due <= durationMs(policy.outageTolerance)) return undefined;
  return now + Math.min(length, outageExtensionMs(policy));
}

/** What is to be reminded of at one moment, UTC ms. */
export type Reminder = { at: number; about: ShownDeadline[] };

/**
 * The first reminder after `after` (UTC ms) of what runs, if there is one. A reminder that would be due before its deadline's
 * start, or before it was moved, is not sent: whoever was told of either knows. TELL-1
 */
export function nextReminder(
  policy: Pick<Policy, 'reminders'>,
  deadlines: ShownDeadline[],
  after: number,
): Reminder | undefined {
  // two spellings of one length, PT24H and P1D, are one reminder
  const lengths = [...new Set(policy.reminders.map(durationMs))];
  const due = deadlines
    .flatMap((about) => lengths.map((before) => ({ at: about.at - before, about })))
    .filter(({ at, about }) => at > Math.max(about.from, about.movedAt ?? 0, after));
  const at = due.reduce((first, one) => Math.min(first, one.at), Number.POSITIVE_INFINITY);
  return due.length === 0 ? undefined : { at, about: due.filter((one) => one.at === at).map(({ about }) => about) };
}
