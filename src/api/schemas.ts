import { z } from 'zod';
import type { ShownDeadline } from '../domain/deadline.ts';
import type { Hold } from '../domain/money/gate.ts';
import { roles } from '../domain/parties.ts';

/** What several resources' answers have in common. */

export const moneySchema = z.object({ amount: z.int().meta({ description: 'minor units' }), currency: z.string() });

export const timeSchema = z.iso.datetime();

/** Money that the platform holds back: the provider has not been asked for it. */
export const holdSchema = z
  .object({ cause: z.enum(['stopped', 'daily_cap', 'switch_unreachable']), since: timeSchema })
  .meta({ description: 'held back by the platform: it leaves by itself once the cause is gone' });

export const refundStates = ['none', 'requested', 'unknown', 'declined', 'settled'] as const;

export const deadlineSchema = z
  .object({ kind: z.string(), at: timeSchema, rule: z.string(), waitingFor: z.string(), onExpiry: z.string() })
  .meta({ description: 'who must act, by when, and what happens automatically otherwise, under which rule' });

export const actorSchema = z.object({
  role: z.enum([...roles, 'operator', 'timer', 'system']),
  id: z.string().optional(),
});

/** An agent's claim: who has it, and until when. */
export const leaseSchema = z.object({ agent: z.string(), until: timeSchema });

/** UTC ms or a date, as answers show it. */
export const isoTime = (at: number | Date): string => new Date(at).toISOString();

/** A hold as answers show it, where there is one. */
export const shownHold = (hold: Hold | undefined): { held?: z.infer<typeof holdSchema> } =>
  hold ? { held: { cause: hold.cause, since: isoTime(hold.since) } } : {};

export const shownDeadline = (deadline: ShownDeadline | undefined): z.infer<typeof deadlineSchema> | null =>
  deadline
    ? {
        kind: deadline.kind,
        at: isoTime(deadline.at),
        rule: deadline.rule,
        waitingFor: deadline.waitingFor,
        onExpiry: deadline.onExpiry,
      }
    : null;
