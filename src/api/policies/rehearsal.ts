import { z } from 'zod';
import { caseStatuses, isFinal } from '../../domain/case/case.ts';
import { deedsOf, type Rehearsed, rehearse } from '../../domain/case/rehearsal.ts';
import { type Policy, policySchema } from '../../domain/policy/policy.ts';
import type { TimelineDocument } from '../../store/documents.ts';
import type { CaseRead } from '../../store/queries.ts';
import { caseSubject } from '../../workflows/messages.ts';
import { actionOf } from '../actions.ts';
import type { Service } from '../context.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const atOnce = 100;
/** Differences that are listed one by one; all are counted. */
const mostListed = 200;

const request = z.strictObject({
  policy: policySchema.meta({ description: 'the draft, as it would be published' }),
  cases: z.int().min(1).max(10_000).default(1_000).meta({ description: 'how many of the newest cases' }),
});

const outcome = z.object({
  status: z.enum(caseStatuses),
  closeReason: z.string().optional(),
  endedAt: timeSchema.optional().meta({ description: 'absent while the case is open' }),
  toConsumer: z.int().meta({ description: 'minor units' }),
  penalty: z.int(),
});
const sums = z.object({ toConsumer: z.int(), fromPlatform: z.int(), penalty: z.int() });

const answer = z
  .object({
    asOf: timeSchema,
    cases: z.int().meta({ description: 'how many were rehearsed' }),
    otherEnding: z.int().meta({ description: 'would stand elsewhere, or bring other money' }),
    otherTime: z.int().meta({ description: 'would end as they did, but sooner or later' }),
    notRehearsed: z.int().meta({
      description:
        'whose own way cannot be played again from what is recorded: outages, failed payments, late repeats and older rules moved them',
    }),
    money: z.array(z.object({ currency: z.string(), was: sums, would: sums })),
    meanHoursToEnd: z
      .object({ was: z.number(), would: z.number() })
      .nullable()
      .meta({ description: 'of the cases that end both ways' }),
    differences: z
      .array(
        z.object({
          caseId: z.string(),
          merchantId: z.string(),
          currency: z.string(),
          was: outcome,
          would: outcome,
          refused: z
            .array(z.object({ action: z.string(), at: timeSchema, code: z.string() }))
            .meta({ description: 'what people did that the rules would then have refused' }),
        }),
      )
      .meta({ description: `the newest ${mostListed} whose ending, money or time differs` }),
  })
  .meta({ id: 'Rehearsal' });
type Answer = z.infer<typeof answer>;
export type RehearsalAnswer = Answer;

/** One case, as it went and as it would have gone; `would` is undefined where its own way can't be played again. */
type Played = { found: CaseRead; was: Rehearsed; would: Rehearsed | undefined };

function play(found: CaseRead, timeline: TimelineDocument[], draft: Policy, now: number): Played {
  const { facts, stage } = found.state;
  const deeds = deedsOf(timeline.map(({ at, ...entry }) => ({ ...entry, at: at.getTime() })));
  const was = rehearse(facts, facts.policy, deeds, now);
  const reason = stage.status === 'closed' ? stage.reason : undefined;
  const again = was.status === stage.status && was.closeReason === reason && was.refused.length === 0;
  return { found, was, would: again ? rehearse(facts, draft, deeds, now) : undefined };
}

const endsOtherwise = (was: Rehearsed, would: Rehearsed) =>
  was.status !== would.status ||
  was.closeReason !== would.closeReason ||
  was.toConsumer !== would.toConsumer ||
  was.penalty !== would.penalty;

const shown = ({ status, closeReason, endedAt, toConsumer, penalty }: Rehearsed) => ({
  status,
  ...(closeReason ? { closeReason } : {}),
  ...(endedAt !== undefined && isFinal(status) ? { endedAt: isoTime(endedAt) } : {}),
  toConsumer,
  penalty,
});

/** The newest cases, page by page: so that many don't stand in memory at once, and other requests come in between. */
async function* newestCases({ store }: Service, most: number): AsyncGenerator<CaseRead[]> {
  let after: { key: number; id: string } | undefined;
  for (let left = most; left > 0; left -= atOnce) {
    const limit = Math.min(left, atOnce);
    const page = await store.queries.list('case', {
      filter: { scope: {} },
      sort: 'createdAt',
      limit,
      ...(after ? { after } : {}),
    });
    const last = page.at(-1);
    if (last) yield page;
    if (!last || page.length < limit) return;
    after = { key: last.createdAt.getTime(), id: last._id };
  }
}

async function rehearseAll(service: Service, draft: Policy, most: number, now: number): Promise<Answer> {
  const report = { cases: 0, otherEnding: 0, otherTime: 0, notRehearsed: 0 };
  const money = new Map<string, Answer['money'][number]>();
  const hours = { was: 0, would: 0, ended: 0 };
  const differences: Answer['differences'] = [];
  for await (const page of newestCases(service, most)) {
    const timelines = await service.store.queries.timelinesOf(page.map(({ _id }) => caseSubject(_id)));
    for (const found of page) {
      const { was, would } = play(found, timelines.get(caseSubject(found._id)) ?? [], draft, now);
      if (!would) {
        report.notRehearsed += 1;
        continue;
      }
      report.cases += 1;
      const { currency, merchantId, openedAt } = found.state.facts;
      add(money, currency, was, would);
      if (was.endedAt !== undefined && would.endedAt !== undefined) {
        hours.was += was.endedAt - openedAt;
        hours.would += would.endedAt - openedAt;
        hours.ended += 1;
      }
      const otherwise = endsOtherwise(was, would);
      if (!otherwise && was.endedAt === would.endedAt) continue;
      report[otherwise ? 'otherEnding' : 'otherTime'] += 1;
      if (differences.length === mostListed) continue;
      const refused = would.refused.map(({ name, at, code }) => ({ action: actionOf(name), at: isoTime(at), code }));
      differences.push({ caseId: found._id, merchantId, currency, was: shown(was), would: shown(would), refused });
    }
  }
  const mean = (sum: number) => Math.round(sum / hours.ended / 36_000) / 100;
  return {
    asOf: isoTime(now),
    ...report,
    money: [...money.values()],
    meanHoursToEnd: hours.ended === 0 ? null : { was: mean(hours.was), would: mean(hours.would) },
    differences,
  };
}

const none = () => ({ toConsumer: 0, fromPlatform: 0, penalty: 0 });

function add(money: Map<string, Answer['money'][number]>, currency: string, was: Rehearsed, would: Rehearsed): void {
  const total = money.get(currency) ?? { currency, was: none(), would: none() };
  money.set(currency, total);
  for (const key of ['toConsumer', 'fromPlatform', 'penalty'] as const) {
    total.was[key] += was[key];
    total.would[key] += would[key];
  }
}

/**
 * Plays recorded cases under a draft of a policy, by the rules themselves, before it is published: every deadline, the meaning of
 * silence and penalties count; whether an application would have been allowed at all is not judged again. Changes nothing. POL-2
 */
export const rehearsal: Route = route<undefined, z.infer<typeof request>>({
  method: 'post',
  path: '/v1/policy-rehearsals',
  summary: 'What the newest cases would have come to under a draft of a policy; nothing is changed',
  tag: 'Policies',
  roles: ['admin'],
  body: request,
  answer,
  async answers(service, { body: { policy, cases }, receivedAt }) {
    return { body: await rehearseAll(service, { ...policy, version: 0 }, cases, receivedAt) };
  },
});
