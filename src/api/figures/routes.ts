import { z } from 'zod';
import { foreignId } from '../../domain/fields.ts';
import { moneyKinds } from '../../store/figures.ts';
import { isTooSlow } from '../../store/reading.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const thirtyDays = 30 * 24 * 3_600_000;

const time = z.iso.datetime({ offset: true });
const query = z.strictObject({
  from: time.optional().meta({ description: 'thirty days before `to` unless given' }),
  to: time.optional().meta({ description: 'not included; now unless given' }),
  merchantId: foreignId.optional(),
});

const count = z.int();
const duration = z.object({
  count,
  averageMs: z.int().nullable(),
  medianMs: z.int().nullable(),
});
const share = z.number().nullable().meta({ description: '0 to 1; null of none' });
const rates = { count, average: z.number().nullable() };

const figuresAnswer = z
  .object({
    from: timeSchema,
    to: timeSchema,
    merchantId: z.string().optional(),
    cases: z
      .object({
        total: count,
        byStatus: z.array(z.object({ status: z.string(), closeReason: z.string().optional(), count })),
        byKind: z.array(z.object({ kind: z.string(), reason: z.string(), count })),
      })
      .meta({ description: 'opened in the window, as they stand now' }),
    times: z
      .object({ openToEnd: duration, applicationToMerchantDecision: duration })
      .meta({ description: 'of these cases, as far as they have come; automatic approvals are no decision' }),
    approvals: z.object({ count, automatic: count, automaticShare: share }),
    refusals: z.object({ count, ruledOn: count, overturned: count, overturnedShare: share }).meta({
      description: 'cases in which the merchant refused; overturned: ruled on for the consumer, of those ruled on',
    }),
    ratings: z
      .object({
        ...rates,
        byMerchant: z.array(z.object({ merchantId: z.string(), ...rates })),
        byAgent: z.array(z.object({ agentId: z.string(), ...rates })),
      })
      .meta({ description: 'given in the window; the hundred merchants and agents rated most often' }),
    money: z
      .array(z.object({ kind: z.enum(moneyKinds), currency: z.string(), count, sum: count }))
      .meta({ description: 'booked in the window; minor units' }),
  })
  .meta({ id: 'Figures' });
export type FiguresAnswer = z.infer<typeof figuresAnswer>;

/** A share of a count, to four places. */
const shareOf = (part: number, whole: number): number | null =>
  whole === 0 ? null : Math.round((part / whole) * 10_000) / 10_000;

/** The window that is asked for. @throws Problem where it ends before it begins. */
function windowOf({ from, to }: z.infer<typeof query>, now: number): { from: Date; to: Date } {
  const until = new Date(to ?? now);
  const since = from === undefined ? new Date(until.getTime() - thirtyDays) : new Date(from);
  if (since < until) return { from: since, to: until };
  const detail = 'must be before to';
  throw Problem.of('validation_failed', `from: ${detail}`, { errors: [{ field: 'from', detail }] });
}

const read = route<z.infer<typeof query>>({
  method: 'get',
  path: '/v1/figures',
  summary: 'What came of cases, how long they took, how they were rated, and what was paid and fined',
  tag: 'Figures',
  roles: ['agent', 'admin'],
  query,
  answer: figuresAnswer,
  refuses: ['window_too_large'],
  async answers({ store }, { query: wish, receivedAt }) {
    const window = windowOf(wish, receivedAt);
    const merchant = wish.merchantId === undefined ? {} : { merchantId: wish.merchantId };
    const found = await store.figures({ ...window, ...merchant }).catch((error: unknown) => {
      if (!isTooSlow(error)) throw error;
      const detail = 'counting this takes too long: ask for a shorter time, or for one merchant';
      throw Problem.of('window_too_large', detail, { errors: [{ field: 'from', detail }] });
    });
    const { byStatus, byKind, openToEnd, applicationToDecision, approvals, refusals, ratings, money } = found;
    const body: z.infer<typeof figuresAnswer> = {
      from: isoTime(window.from),
      to: isoTime(window.to),
      ...merchant,
      cases: { total: byStatus.reduce((sum, one) => sum + one.count, 0), byStatus, byKind },
      times: { openToEnd, applicationToMerchantDecision: applicationToDecision },
      approvals: { ...approvals, automaticShare: shareOf(approvals.automatic, approvals.count) },
      refusals: { ...refusals, overturnedShare: shareOf(refusals.overturned, refusals.ruledOn) },
      ratings,
      money,
    };
    return { body };
  },
});

/** Figures for those who look after the service: ratings, times, outcomes. */
export const figureRoutes: readonly Route[] = [read];
