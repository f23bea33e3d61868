import { z } from 'zod';
import { liabilities } from '../../domain/case/case.ts';
import { foreignId } from '../../domain/fields.ts';
import { moneyKinds } from '../../store/figures.ts';
import { mostLookedAt } from '../../store/performance.ts';
import { isTooSlow } from '../../store/reading.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const aDay = 24 * 3_600_000;
const thirtyDays = 30 * aDay;

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
  p90Ms: z.int().nullable().meta({ description: 'nine in ten took no longer' }),
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

const mostDays = 90;
const performanceQuery = z.strictObject({
  days: z.coerce.number().int().min(1).max(mostDays).default(30).meta({ description: 'looked back from now' }),
});

const performanceAnswer = z
  .object({
    from: timeSchema,
    to: timeSchema,
    cases: z.object({ total: count, looked: count }).meta({
      description: `opened in the window; all that is counted of cases is of the newest ${mostLookedAt}, how many that were: looked`,
    }),
    decisions: z
      .object({ time: duration, count, automatic: count, automaticShare: share })
      .meta({ description: 'on applications; automatic: approved by silence, which the time leaves out' }),
    refusals: z.object({ count, ruledOn: count, overturned: count, overturnedShare: share }).meta({
      description: 'cases that were refused; overturned: ruled on for the consumer in the end, of those ruled on',
    }),
    rulings: z
      .object({ count, byLiability: z.array(z.object({ liability: z.enum(liabilities), count })) })
      .meta({ description: 'cases that the platform has ruled on, by who was liable in the end' }),
    money: z
      .array(z.object({ kind: z.enum(['claim', 'penalty']), currency: z.string(), count, sum: count }))
      .meta({ description: 'what the platform claims after an advance compensation, and fined; minor units' }),
    ratings: z.object(rates).meta({ description: 'given in the window' }),
  })
  .meta({ id: 'Performance' });
export type PerformanceAnswer = z.infer<typeof performanceAnswer>;

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

/** Says of what took too long which field would make it shorter; all else stays as it is. */
const tooSlow = (field: string, detail: string) => (error: unknown) => {
  if (!isTooSlow(error)) throw error;
  throw Problem.of('window_too_large', detail, { errors: [{ field, detail }] });
};

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
    const found = await store
      .figures({ ...window, ...merchant })
      .catch(tooSlow('from', 'counting this takes too long: ask for a shorter time, or for one merchant'));
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

const own = route<z.infer<typeof performanceQuery>>({
  method: 'get',
  path: '/v1/me/performance',
  summary: 'How the merchant does: time to decide, refusals that did not stand, liability, penalties, ratings',
  tag: 'Figures',
  roles: ['merchant'],
  query: performanceQuery,
  answer: performanceAnswer,
  refuses: ['window_too_large'],
  async answers({ store }, { caller, query: { days }, receivedAt }) {
    const window = { from: new Date(receivedAt - days * aDay), to: new Date(receivedAt) };
    const found = await store
      .performance({ ...window, merchantId: caller.id })
      .catch(tooSlow('days', 'counting this takes too long: ask for fewer days'));
    const { cases, decisionTime, approvals, refusals, rulings, money, ratings } = found;
    const decided = decisionTime.count + approvals.automatic;
    const body: PerformanceAnswer = {
      from: isoTime(window.from),
      to: isoTime(window.to),
      cases,
      decisions: {
        time: decisionTime,
        count: decided,
        automatic: approvals.automatic,
        automaticShare: shareOf(approvals.automatic, decided),
      },
      refusals: { ...refusals, overturnedShare: shareOf(refusals.overturned, refusals.ruledOn) },
      rulings,
      money,
      ratings,
    };
    return { body };
  },
});

/** Figures for those who look after the service: ratings, times, outcomes; and a merchant's own. */
export const figureRoutes: readonly Route[] = [read, own];
