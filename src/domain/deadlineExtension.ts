import { z } from 'zod';
import { type Deadline, deadlineKinds, extensionAfterOutage } from './deadline.ts';
import { accept, type Decision, type Given, type Refusal, refuse } from './decision.ts';
import { freeText } from './fields.ts';
import { type Actor, timer } from './parties.ts';
import { durationMs, readDuration } from './policy/duration.ts';
import { duration, type Policy } from './policy/policy.ts';

/** How an agent gives more time: to what runs, or to the one of a kind where two do. POL-5 */
export const deadlineExtensionSchema = z.strictObject({
  until: z.iso.datetime({ offset: true }),
  reason: freeText,
  kind: z.enum(deadlineKinds).optional().meta({ description: 'which deadline, where more than one runs' }),
});

/** What of a subject says how its deadlines are moved. */
type Ruled = { rulesVersion: number };

/** The deadline moved to `at` at the moment `now`, UTC ms. Since rules 3 it says when. TELL-1 */
const moved = ({ rulesVersion }: Ruled, deadline: Deadline, at: number, now: number): Deadline => ({
  ...deadline,
  at,
  ...(rulesVersion >= 3 ? { movedAt: now } : {}),
});

const longest = 366 * 24 * 3600 * 1000;

/** A running deadline extended to `until`, as an agent asks at `now`, and when `was` its end (UTC ms); or why it can't be. POL-5 */
export function extended(
  state: Ruled,
  running: Deadline | undefined,
  until: string,
  now: number,
): { deadline: Deadline; was: number; refusal?: undefined } | { refusal: Refusal } {
  if (!running) return { refusal: { code: 'no_running_deadline', detail: 'no such deadline is running' } };
  const at = Date.parse(until);
  const invalid = (detail: string) => ({
    refusal: { code: 'deadline_extension_invalid' as const, detail, field: 'until' },
  });
  if (at <= running.at) return invalid(`until must be later than the deadline, ${new Date(running.at).toISOString()}`);
  if (at > now + longest) return invalid('until must be within a year');
  return { deadline: moved(state, running, at, now), was: running.at };
}

const longestOutage = 31 * 24 * 3600 * 1000;

/** Which deadlines an extension after an outage is about, and by how much it moves them. */
export const outageExtensionFields = {
  by: duration
    .refine((text) => (readDuration(text) ?? 0) <= longestOutage, 'must be at most P31D')
    .meta({
      description: 'by how much each is extended, such as PT6H',
    }),
  reason: freeText.meta({ description: 'what both parties read on the timeline' }),
  kinds: z.array(z.enum(deadlineKinds)).min(1).max(deadlineKinds.length).optional(),
  endingBefore: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'only those that would end before then' }),
};

/** The signal with which an admin's extension of everything that runs reaches each subject; what began later is not its concern. */
export const outageExtension = 'outageExtension';
export const outageExtensionSchema = z.strictObject({
  ...outageExtensionFields,
  runningSince: z.iso.datetime({ offset: true }),
});
export type OutageExtension = z.infer<typeof outageExtensionSchema>;

/** Whether an extension is about a deadline: one that ran when it was ordered, of its kinds, that ends before its bound. */
export const isConcerned = (
  { kind, at, from }: Deadline,
  { kinds, endingBefore, runningSince }: Omit<OutageExtension, 'by' | 'reason'>,
): boolean =>
  from <= Date.parse(runningSince) &&
  (kinds === undefined || kinds.includes(kind)) &&
  (endingBefore === undefined || at < Date.parse(endingBefore));

type DeadlineExtended = {
  type: 'deadlineExtended';
  actor: Actor;
  at: number;
  rule: string;
  deadline: Deadline;
  was: number;
  reason: string;
};

/**
 * The one extension of a deadline that only our outage let fire this late, if this is one: `due` is when it would have fired had nothing been
 * down, `now` when it did; UTC ms. POL-6
 */
export function extendedForOutage(
  state: Ruled & { facts: { policy: Policy } },
  passed: Deadline,
  due: number,
  now: number,
): DeadlineExtended | undefined {
  const until = extensionAfterOutage(state.facts.policy, passed, due, now);
  if (until === undefined) return undefined;
  const deadline: Deadline = { ...moved(state, passed, until, now), extendedForOutage: true };
  const by = { actor: timer, at: now, rule: 'POL-6' };
  return { type: 'deadlineExtended', ...by, deadline, was: passed.at, reason: 'service_outage' };
}

/**
 * Extends what runs of a subject after an outage of ours, each deadline by the same length: whoever was kept from acting gets that time
 * back. Given once a subject, by its command's id, however often it is handed over. POL-5
 */
export function extendAfterOutage(
  state: Ruled,
  running: Deadline[],
  extension: OutageExtension,
  { actor, at }: Pick<Given, 'actor' | 'at'>,
): Decision<DeadlineExtended> {
  const concerned = running.filter((one) => isConcerned(one, extension));
  if (concerned.length === 0) return refuse('no_running_deadline', 'no deadline runs that this extension is about');
  const more = durationMs(extension.by);
  return accept(
    ...concerned.map((deadline) => ({
      type: 'deadlineExtended' as const,
      actor,
      at,
      rule: 'POL-5',
      deadline: moved(state, deadline, deadline.at + more, at),
      was: deadline.at,
      reason: extension.reason,
    })),
  );
}
