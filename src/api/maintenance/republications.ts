import { z } from 'zod';
import { foreignId } from '../../domain/fields.ts';
import type { Role } from '../../domain/parties.ts';
import type { RepublicationDocument, RepublicationScope } from '../../store/documents.ts';
import { republicationStart } from '../../workflows/starting.ts';
import { rememberOnce } from '../idempotent.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';
import { startJob } from './job.ts';

const path = '/v1/republications';
const tag = 'Maintenance';
const readers: readonly Role[] = ['agent', 'admin'];

const subjectName = z
  .string()
  .regex(/^(case|order|ticket)\/[\w.-]{1,100}$/, 'must be case/<id>, order/<id> or ticket/<id>')
  .meta({ description: 'one subject, as case/<id>, order/<id> or ticket/<id>' });
const scopeSchema = z
  .strictObject({
    subject: subjectName.optional(),
    orderId: foreignId.optional().meta({ description: 'an order with all its cases and tickets' }),
    every: z
      .enum(['open', 'all'])
      .optional()
      .meta({ description: 'all that are open, or all that Temporal still knows' }),
  })
  .refine(
    (scope) => Object.values(scope).filter((one) => one !== undefined).length === 1,
    'name exactly one of subject, orderId and every',
  );
type Wish = z.infer<typeof scopeSchema>;

export const republicationAnswer = z
  .object({
    id: z.string(),
    state: z.enum(['running', 'done']),
    subject: z.string().optional(),
    orderId: z.string().optional(),
    every: z.enum(['open', 'all']).optional(),
    requestedBy: z.string(),
    requestedAt: timeSchema,
    doneAt: timeSchema.optional(),
    done: z
      .object({ running: z.int(), takenUp: z.int(), ended: z.int(), failed: z.int(), batches: z.int() })
      .optional()
      .meta({
        description:
          'subjects whose workflow runs and was told to write itself anew, whose workflow was gone and goes on from the document, that have ended, and that failed; and how many batches of their histories were written again',
      }),
    failed: z.array(z.object({ subject: z.string(), reason: z.string() })).optional(),
  })
  .meta({ id: 'Republication' });

function present({ _id, scope, requestedBy, requestedAt, doneAt, done, failed }: RepublicationDocument) {
  return {
    id: _id,
    state: doneAt ? 'done' : 'running',
    ...scope,
    requestedBy: 'id' in requestedBy ? requestedBy.id : requestedBy.role,
    requestedAt: isoTime(requestedAt),
    ...(doneAt ? { doneAt: isoTime(doneAt) } : {}),
    ...(done ? { done } : {}),
    ...(failed ? { failed } : {}),
  };
}

const republish = route<undefined, Wish>({
  method: 'post',
  path,
  summary:
    'Writes projections, outcomes and timelines again from the workflows that decided them; where a workflow is gone, it goes on from its document',
  tag,
  roles: ['admin'],
  body: scopeSchema,
  status: 201,
  answer: republicationAnswer,
  refuses: ['outcome_unknown'],
  async answers(service, asked) {
    const { caller, receivedAt, body } = asked;
    const id = await rememberOnce(service, asked, `POST ${path}`, 'republications');
    const job = await service.store.republications.begin({
      _id: id,
      scope: body as RepublicationScope,
      requestedBy: { role: caller.role, id: caller.id },
      requestedAt: new Date(receivedAt),
    });
    await startJob(service, republicationStart({ id }), receivedAt);
    return { status: 201, body: present(job), location: `${path}/${id}` };
  },
});

const one = route({
  method: 'get',
  path: `${path}/:id`,
  summary: 'A republication, and what it did',
  tag,
  roles: readers,
  answer: republicationAnswer,
  refuses: ['job_not_found'],
  async answers({ store }, { params }) {
    const found = await store.republications.find(params['id'] ?? '');
    if (!found) throw Problem.of('job_not_found', 'there is no such republication');
    return { body: present(found) };
  },
});

const listQuery = z.strictObject(pageQuery);
const listOrder = 'republications';

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path,
  summary: 'Republications, newest first',
  tag,
  roles: readers,
  query: listQuery,
  answer: pageOf(republicationAnswer),
  async answers({ store }, { query: { limit, cursor } }) {
    const found = await store.republications.list(limit + 1, readCursor(listOrder, cursor));
    const at = ({ _id, requestedAt }: RepublicationDocument) =>
      writeCursor(listOrder, { key: requestedAt.getTime(), id: _id });
    return { body: page(found, limit, present, at) };
  },
});

/** Writing again what was decided. */
export const republicationRoutes: readonly Route[] = [republish, one, list];
