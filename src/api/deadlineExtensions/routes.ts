import { z } from 'zod';
import { outageExtensionFields } from '../../domain/deadlineExtension.ts';
import { foreignId } from '../../domain/fields.ts';
import type { ExtensionProgress } from '../../store/deadlineExtensions.ts';
import type { DeadlineExtensionDocument } from '../../store/documents.ts';
import { extensionStart } from '../../workflows/starting.ts';
import { rememberOnce } from '../idempotent.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { startJob } from '../maintenance/job.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const tag = 'Deadlines';
const path = '/v1/deadline-extensions';

const extensionSchema = z.strictObject({
  ...outageExtensionFields,
  merchantId: foreignId.optional().meta({ description: 'only what concerns this merchant' }),
});
type ExtensionBody = z.infer<typeof extensionSchema>;

export const extensionAnswer = z
  .object({
    id: z.string(),
    ...extensionSchema.shape,
    requestedBy: z.string(),
    requestedAt: timeSchema.meta({ description: 'what began to run later is not touched' }),
    finishedAt: timeSchema.optional(),
    progress: z
      .object({
        extended: z.int(),
        notConcerned: z.int().meta({ description: 'of another kind, begun later, ending later, or over by then' }),
        ended: z.int().meta({ description: 'had ended before it was handed over' }),
        unanswered: z.int().meta({ description: 'handed over and not answered yet: they are extended once they are' }),
        withoutDeadline: z.int().meta({ description: 'had none at the request: ended, or waiting for what has none' }),
      })
      .meta({ description: 'orders, cases and tickets' }),
  })
  .meta({ id: 'DeadlineExtension' });

const extend = route<undefined, ExtensionBody>({
  method: 'post',
  path,
  summary: 'After an outage: gives everybody more time, by one length, in all that runs now. POL-5',
  tag,
  roles: ['admin'],
  body: extensionSchema,
  status: 201,
  answer: extensionAnswer,
  refuses: ['outcome_unknown'],
  async answers(service, asked) {
    const { store, extensionLookAgainMs } = service;
    const { caller, body: request, receivedAt } = asked;
    const id = await rememberOnce(service, asked, `POST ${path}`, 'deadline-extensions');
    const known = await store.deadlineExtensions.find(id);
    const extension =
      known ??
      (await store.deadlineExtensions.begin({
        _id: id,
        request,
        requestedBy: caller.id,
        requestedAt: new Date(receivedAt),
        withoutDeadline: await store.deadlineExtensions.withoutDeadline(request.merchantId),
      }));
    await startJob(service, extensionStart({ id, lookAgainAfterMs: extensionLookAgainMs }, request), receivedAt);
    const progress = await store.deadlineExtensions.progress(id);
    return { status: 201, body: present(extension, progress), location: `${path}/${id}` };
  },
});

const one = route({
  method: 'get',
  path: `${path}/:id`,
  summary: 'How far an extension of everything that runs has come',
  tag,
  roles: ['agent', 'admin'],
  answer: extensionAnswer,
  refuses: ['extension_not_found'],
  async answers({ store }, { params }) {
    const id = params['id'] ?? '';
    const [found, progress] = await Promise.all([
      store.deadlineExtensions.find(id),
      store.deadlineExtensions.progress(id),
    ]);
    if (!found) throw Problem.of('extension_not_found', 'there is no such extension');
    return { body: present(found, progress) };
  },
});

const listQuery = z.strictObject(pageQuery);
const listOrder = 'requestedAt';

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path,
  summary: 'Extensions of everything that ran, newest first: who, when, why, and what came of them',
  tag,
  roles: ['agent', 'admin'],
  query: listQuery,
  answer: pageOf(extensionAnswer),
  async answers({ store }, { query: { limit, cursor } }) {
    const position = readCursor(listOrder, cursor);
    const after = position && { at: position.key ?? 0, id: position.id };
    const found = await store.deadlineExtensions.list(limit + 1, after);
    const shown = new Map(
      await Promise.all(found.map(async ({ _id }) => [_id, await store.deadlineExtensions.progress(_id)] as const)),
    );
    return {
      body: page(
        found,
        limit,
        (extension) => present(extension, shown.get(extension._id)),
        ({ requestedAt, _id: id }) => writeCursor(listOrder, { key: requestedAt.getTime(), id }),
      ),
    };
  },
});

function present(
  { _id, request, requestedBy, requestedAt, finishedAt, withoutDeadline }: DeadlineExtensionDocument,
  counted: ExtensionProgress | undefined,
): z.infer<typeof extensionAnswer> {
  return {
    id: _id,
    ...request,
    ...(request.endingBefore === undefined ? {} : { endingBefore: isoTime(Date.parse(request.endingBefore)) }),
    requestedBy,
    requestedAt: isoTime(requestedAt),
    ...(finishedAt ? { finishedAt: isoTime(finishedAt) } : {}),
    progress: {
      extended: counted?.extended ?? 0,
      notConcerned: counted?.not_concerned ?? 0,
      ended: counted?.ended ?? 0,
      unanswered: counted?.unanswered ?? 0,
      withoutDeadline,
    },
  };
}

/** More time for everybody after an outage of ours. */
export const deadlineExtensionRoutes: readonly Route[] = [extend, list, one];
