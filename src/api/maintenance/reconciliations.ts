import { z } from 'zod';
import { roles } from '../../domain/parties.ts';
import { type DifferenceDocument, differenceCodes, type ReconciliationDocument } from '../../store/documents.ts';
import { reconciliationStart } from '../../workflows/starting.ts';
import { rememberOnce } from '../idempotent.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';
import { startJob } from './job.ts';

const path = '/v1/reconciliations';
const tag = 'Maintenance';
const readers = roles.filter((role) => role === 'agent' || role === 'admin');
const usualGraceSeconds = 300;

const wishSchema = z.strictObject({
  from: timeSchema.optional().meta({ description: 'what happened from then on is compared; without, everything' }),
  graceSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(usualGraceSeconds)
    .meta({ description: 'what is younger is taken to be in flight and left out' }),
  askAll: z.boolean().default(false).meta({
    description: 'ask every running workflow how far it has got, not only those that changed: after a restore',
  }),
});
type Wish = z.infer<typeof wishSchema>;

const differenceAnswer = z
  .object({
    id: z.string(),
    code: z.enum(differenceCodes),
    subject: z.string().optional(),
    orderId: z.string().optional(),
    movementKey: z.string().optional(),
    detail: z.string(),
    mend: z.string(),
    call: z
      .object({ method: z.literal('POST'), path: z.string(), body: z.record(z.string(), z.unknown()) })
      .optional()
      .meta({ description: 'the call that mends it, by an admin' }),
    at: timeSchema,
  })
  .meta({ id: 'Difference' });
const reconciliationFields = {
  id: z.string(),
  state: z.enum(['running', 'done']),
  requestedBy: z.string(),
  requestedAt: timeSchema,
  from: timeSchema,
  to: timeSchema,
  askAll: z.boolean(),
  doneAt: timeSchema.optional(),
  looked: z.record(z.string(), z.int()).optional().meta({ description: 'how much was looked at, by what it is' }),
  differenceCount: z.int().optional(),
  notCompared: z.array(z.string()).optional().meta({ description: 'what could not be compared, and why' }),
};
const reconciliationAnswer = z.object(reconciliationFields).meta({ id: 'Reconciliation' });
const reportAnswer = z.object({ ...reconciliationFields, differences: pageOf(differenceAnswer) });
export type ReconciliationAnswer = z.infer<typeof reconciliationAnswer>;
export type ReconciliationReport = z.infer<typeof reportAnswer>;

function present({
  _id,
  requestedBy,
  requestedAt,
  from,
  to,
  askAll,
  doneAt,
  looked,
  differences,
  notCompared,
}: ReconciliationDocument) {
  return {
    id: _id,
    state: doneAt ? ('done' as const) : ('running' as const),
    requestedBy: 'id' in requestedBy ? requestedBy.id : requestedBy.role,
    requestedAt: isoTime(requestedAt),
    from: isoTime(from),
    to: isoTime(to),
    askAll,
    ...(doneAt ? { doneAt: isoTime(doneAt) } : {}),
    ...(looked ? { looked } : {}),
    ...(differences === undefined ? {} : { differenceCount: differences }),
    ...(notCompared ? { notCompared } : {}),
  };
}

const presentDifference = ({ _id: id, reconciliation: _, at, ...rest }: DifferenceDocument) => ({
  id,
  ...rest,
  at: isoTime(at),
});

const reconcile = route<undefined, Wish>({
  method: 'post',
  path,
  summary:
    'Compares the provider’s movements, the ledger, the allocations and the workflows now, and reports what doesn’t agree',
  tag,
  roles: ['admin'],
  body: wishSchema,
  status: 201,
  answer: reconciliationAnswer,
  refuses: ['outcome_unknown'],
  async answers(service, asked) {
    const { caller, receivedAt, body } = asked;
    const from = new Date(body.from ?? 0);
    const to = new Date(receivedAt - body.graceSeconds * 1_000);
    if (from >= to) {
      const detail = `must be before ${to.toISOString()}: what is younger than graceSeconds is in flight`;
      throw Problem.of('validation_failed', `from: ${detail}`, { errors: [{ field: 'from', detail }] });
    }
    const id = await rememberOnce(service, asked, `POST ${path}`, 'reconciliations');
    const job = await service.store.reconciliations.begin({
      _id: id,
      requestedBy: { role: caller.role, id: caller.id },
      requestedAt: new Date(receivedAt),
      from,
      to,
      askAll: body.askAll,
    });
    await startJob(service, reconciliationStart({ id }), receivedAt);
    return { status: 201, body: present(job), location: `${path}/${id}` };
  },
});

const listQuery = z.strictObject(pageQuery);
const listOrder = 'reconciliations';

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path,
  summary: 'Reconciliations, newest first; the daily one is `system`’s',
  tag,
  roles: readers,
  query: listQuery,
  answer: pageOf(reconciliationAnswer),
  async answers({ store }, { query: { limit, cursor } }) {
    const found = await store.reconciliations.list(limit + 1, readCursor(listOrder, cursor));
    const at = ({ _id, requestedAt }: ReconciliationDocument) =>
      writeCursor(listOrder, { key: requestedAt.getTime(), id: _id });
    return { body: page(found, limit, present, at) };
  },
});

const differencesOrder = 'differences';

const one = route<z.infer<typeof listQuery>>({
  method: 'get',
  path: `${path}/:id`,
  summary: 'A reconciliation, with a page of the differences it found: the cause of each, and its mend',
  tag,
  roles: readers,
  query: listQuery,
  answer: reportAnswer,
  refuses: ['job_not_found'],
  async answers({ store }, { params, query: { limit, cursor } }) {
    const found = await store.reconciliations.find(params['id'] ?? '');
    if (!found) throw Problem.of('job_not_found', 'there is no such reconciliation');
    const after = readCursor(differencesOrder, cursor)?.id;
    const differences = await store.reconciliations.differencesOf(found._id, limit + 1, after);
    const at = ({ _id }: DifferenceDocument) => writeCursor(differencesOrder, { key: null, id: _id });
    return { body: { ...present(found), differences: page(differences, limit, presentDifference, at) } };
  },
});

/** Comparing the books. */
export const reconciliationRoutes: readonly Route[] = [reconcile, list, one];
