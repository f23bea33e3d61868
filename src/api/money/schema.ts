import { z } from 'zod';
import { freeText } from '../../domain/fields.ts';
import {
  type Gate,
  gateAt,
  type InForce,
  type MoneyChange,
  moneyDayEnds,
  type StopScope,
} from '../../domain/money/gate.ts';
import { paymentProviders } from '../../domain/money/provider.ts';
import type { Backlog } from '../../store/gauges.ts';
import { pageOf } from '../list.ts';
import { isoTime, moneySchema, timeSchema } from '../schemas.ts';

const provider = z.enum(paymentProviders);
const currency = z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as CNY');
const reason = freeText.meta({ description: 'why, for the audit; parties don’t see it' });
const stopped = z.union([provider, z.literal('all')]);

export const stopSchema = z.strictObject({
  provider: provider.optional().meta({ description: 'all outgoing money where it is left out' }),
  reason,
});
export type StopBody = z.infer<typeof stopSchema>;

export const capSchema = z.strictObject({
  currency,
  amount: z
    .int()
    .min(0)
    .max(1_000_000_000_000_000)
    .nullable()
    .meta({ description: 'the most that leaves in a day, minor units; null: as much as is due' }),
  reason,
});
export type CapBody = z.infer<typeof capSchema>;

const inForce = { since: timeSchema, by: z.string(), reason: z.string() };

export const moneyAnswer = z
  .object({
    stopped: z.array(z.object({ provider: stopped, ...inForce })),
    day: z.iso.date().meta({ description: 'the calendar day in Asia/Shanghai that caps count' }),
    dayEndsAt: timeSchema,
    caps: z.array(z.object({ currency: z.string(), amount: z.int(), ...inForce })),
    letGoToday: z.array(moneySchema).meta({
      description:
        'what was let go today, by currency, less what the provider has refused; settled by hand is not in it',
    }),
    underWay: z
      .array(
        z.object({ movementKey: z.string(), provider, amount: z.int(), currency: z.string(), letGoAt: timeSchema }),
      )
      .meta({
        description: 'let go before, and not answered by the provider yet: while empty, nothing is on the wire',
      }),
    waiting: z
      .object({ count: z.int(), oldestAt: timeSchema.optional() })
      .meta({ description: 'payments that are held back, as cases and orders show them' }),
  })
  .meta({ id: 'OutgoingMoney' });

export const changeAnswer = z
  .object({
    id: z.string(),
    action: z.enum(['stop', 'resume', 'cap']),
    provider: stopped.optional(),
    currency: z.string().optional(),
    amount: z.int().nullable().optional(),
    before: z.int().nullable().optional().meta({ description: 'the cap until then' }),
    reason: z.string(),
    by: z.string(),
    at: timeSchema,
  })
  .meta({ id: 'MoneyOrder' });
export const changePage = pageOf(changeAnswer);

const shownInForce = ({ since, by, reason: why }: InForce) => ({ since: isoTime(since), by, reason: why });

/** Where outgoing money stands at `at`, UTC ms. */
export function presentMoney(found: Gate, waiting: Backlog, at: number): z.infer<typeof moneyAnswer> {
  const gate = gateAt(found, at);
  return {
    stopped: (Object.keys(gate.stops) as StopScope[]).sort().flatMap((scope) => {
      const stop = gate.stops[scope];
      return stop ? [{ provider: scope, ...shownInForce(stop) }] : [];
    }),
    day: gate.day,
    dayEndsAt: isoTime(moneyDayEnds(at)),
    caps: Object.entries(gate.caps).map(([code, cap]) => ({
      currency: code,
      amount: cap.amount,
      ...shownInForce(cap),
    })),
    letGoToday: Object.entries(gate.used).map(([code, amount]) => ({ amount, currency: code })),
    underWay: gate.underWay
      .filter(({ over }) => !over)
      .map(({ key, provider: by, amount, since }) => ({
        movementKey: key,
        provider: by,
        ...amount,
        letGoAt: isoTime(since),
      })),
    waiting: {
      count: waiting.count,
      ...(waiting.oldestAt === undefined ? {} : { oldestAt: isoTime(waiting.oldestAt) }),
    },
  };
}

/** An entry of the audit. */
export function presentChange(change: MoneyChange): z.infer<typeof changeAnswer> {
  const { id, action, reason: why, by, at } = change;
  const about =
    change.action === 'cap'
      ? { currency: change.currency, amount: change.amount, before: change.before ?? null }
      : { provider: change.provider ?? ('all' as const) };
  return { id, action, ...about, reason: why, by, at: isoTime(at) };
}
