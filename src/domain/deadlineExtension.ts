import { z } from 'zod';
import { type Deadline, deadlineKinds } from './deadline.ts';
import { accept, type Decision, type Given, type Refusal, refuse } from './decision.ts';
import { freeText } from './fields.ts';
import type { Actor } from './parties.ts';
import { durationMs, readDuration } from './policy/duration.ts';
import { duration } from './policy/policy.ts';

/** How an agent gives more time. POL-5 */
export const deadlineExtensionSchema = z.strictObject({ until: z.iso.datetime({ offset: true }), reason: freeText });

const longest = 366 * 24 * 3600 * 1000;

/** The running deadline extended to `until`, as an agent asks at `now`, and when `was` its end (UTC ms); or why it can't be. POL-5 */
export function extended(
  running: Deadline | undefined,
  until: string,
  now: number,
): { deadline: Deadline; was: number; refusal?: undefined } | { refusal: Refusal } {
  if (!running) return { refusal: { code: 'no_running_deadline', detail: 'no deadline is running' } };
  const at = Date.parse(until);
  const invalid = (detail: string) => ({
    refusal: { code: 'deadline_extension_invalid' as const, detail, field: 'until' },
  });
  if (at <= running.at) return invalid(`until must be later than the deadline, ${new Date(running.at).toISOString()}`);
  if (at > now + longest) return invalid('until must be within a year');
  return { deadline: { ...running, at }, was: running.at };
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
 * Extends what runs of a subject after an outage of ours, each deadline by the same length: whoever was kept from acting gets that time
 * back. Given once a subject, by its command's id, however often it is handed over. POL-5
 */
export function extendAfterOutage(
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
      deadline: { ...deadline, at: deadline.at + more },
      was: deadline.at,
      reason: extension.reason,
    })),
  );
}
