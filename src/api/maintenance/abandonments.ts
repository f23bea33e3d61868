import { z } from 'zod';
import { isFinal } from '../../domain/case/case.ts';
import { freeText, ownId } from '../../domain/fields.ts';
import type { CaseRead } from '../../store/queries.ts';
import { caseSubject } from '../../workflows/messages.ts';
import { abandonmentStart } from '../../workflows/starting.ts';
import { presentCase } from '../cases/present.ts';
import { caseAnswer } from '../cases/schema.ts';
import { obey } from '../command.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { caseNotFound, ownCase } from '../ownership.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { actorSchema, isoTime, timeSchema } from '../schemas.ts';
import type { HandedOver } from '../temporal.ts';

const path = '/v1/abandonments';

const abandonmentSchema = z.strictObject({
  subject: z
    .string()
    .refine((name) => name.startsWith('case/') && ownId.safeParse(name.slice('case/'.length)).success, {
      message: 'must be case/<id>: an order or ticket whose workflow is terminated goes on by POST /v1/republications',
    })
    .meta({ description: 'the case, as case/<id>' }),
  reason: freeText.meta({ description: 'why; the parties see it on the timeline' }),
});

const abandon = route<undefined, z.infer<typeof abandonmentSchema>>({
  method: 'post',
  path,
  summary:
    'Ends a case whose workflow can’t go on: closed (`abandoned`), and what it held is freed; refused while the workflow is healthy, and where a refund is owed or its outcome is not known',
  tag: 'Maintenance',
  roles: ['agent', 'admin'],
  body: abandonmentSchema,
  answer: caseAnswer,
  command: true,
  versioned: true,
  refuses: [
    'case_not_found',
    'workflow_healthy',
    'case_ended',
    'in_progress',
    'refund_outcome_unknown',
    'action_not_available',
  ],
  async answers(service, asked) {
    const { caller, body } = asked;
    const id = body.subject.slice('case/'.length);
    const { temporal, store, graceMs, lastTryMs } = service;
    return obey<CaseRead>(service, {
      route: `POST ${path}`,
      subject: { kind: 'case', id },
      asked,
      judge(found) {
        const { status } = ownCase(caller, found);
        if (isFinal(status as Parameters<typeof isFinal>[0]))
          throw Problem.refusal({ code: 'case_ended', detail: `the case has ended: it is ${status}` });
      },
      async handOver(by, until): Promise<HandedOver> {
        const { isBroken, abandonedBy } = await temporal.health(caseSubject(id), until);
        if (abandonedBy === by.commandId) return 'handed_over';
        if (!isBroken) throw healthy();
        const left = ownCase(caller, await store.queries.read('case', id));
        const takingUp = { afterMs: lastTryMs, abandoned: { reason: body.reason, by } };
        return temporal.start(abandonmentStart({ ...left, kind: 'case', id }, { graceMs }, takingUp), until);
      },
      notRunning: caseNotFound,
      async answer(found) {
        const after = ownCase(caller, found);
        return { body: presentCase(after, caller), version: after.version };
      },
    });
  },
});

const healthy = () =>
  Problem.of(
    'workflow_healthy',
    'the case’s workflow runs and takes commands: end it by the rules, with a ruling, a proposal or its deadlines',
  );

const listQuery = z.strictObject(pageQuery);
const listOrder = 'abandonments';

const abandonmentAnswer = z
  .object({
    caseId: z.string(),
    orderId: z.string(),
    consumerId: z.string(),
    merchantId: z.string(),
    at: timeSchema,
    by: actorSchema,
    reason: z.string().optional(),
  })
  .meta({ id: 'Abandonment' });
export type AbandonmentAnswer = z.infer<typeof abandonmentAnswer>;

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path,
  summary: 'Cases that were abandoned, the latest first: who ended them, when and why',
  tag: 'Maintenance',
  roles: ['agent', 'admin'],
  query: listQuery,
  answer: pageOf(abandonmentAnswer),
  async answers({ store }, { query: { limit, cursor } }) {
    const after = readCursor(listOrder, cursor);
    const filter = { scope: {}, closeReason: 'abandoned' };
    const found = await store.queries.list('case', {
      filter,
      sort: 'updatedAt',
      limit: limit + 1,
      ...(after ? { after } : {}),
    });
    const items = await Promise.all(
      found.map(async ({ _id, orderId, consumerId, merchantId, updatedAt }) => {
        const closing = (await store.queries.timelineOf(caseSubject(_id), ['caseClosed'])).at(-1);
        const { reason, note } = closing?.detail ?? {};
        return {
          caseId: _id,
          updatedAt,
          orderId,
          consumerId,
          merchantId,
          at: isoTime(closing?.at ?? updatedAt),
          by: closing?.actor ?? { role: 'system' as const },
          ...(reason === 'abandoned' && typeof note === 'string' ? { reason: note } : {}),
        };
      }),
    );
    const position = ({ caseId: id, updatedAt }: (typeof items)[number]) =>
      writeCursor(listOrder, { key: updatedAt.getTime(), id });
    return { body: page(items, limit, ({ updatedAt: _, ...one }) => one, position) };
  },
});

/** Ending what can't go on. */
export const abandonmentRoutes: readonly Route[] = [abandon, list];
