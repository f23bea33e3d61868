import { z } from 'zod';
import type { Deadline } from './deadline.ts';
import type { Refusal } from './decision.ts';
import { freeText } from './fields.ts';

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
