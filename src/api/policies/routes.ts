import { z } from 'zod';
import { roles } from '../../domain/parties.ts';
import { type PolicyDocument, policySchema } from '../../domain/policy/policy.ts';
import { currentPolicy } from '../currentPolicy.ts';
import { rememberOnce } from '../idempotent.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';
import { rehearsal } from './rehearsal.ts';

const tag = 'Policies';
const policyAnswer = z.object({ version: z.int(), ...policySchema.shape }).meta({ id: 'Policy' });
const publishedAnswer = z.object({ ...policyAnswer.shape, publishedBy: z.string(), publishedAt: timeSchema });
export type PublishedPolicy = z.infer<typeof publishedAnswer>;
const listQuery = z.strictObject(pageQuery);
const listOrder = 'version';

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path: '/v1/policies',
  summary: 'Every policy that was published, newest first',
  tag,
  roles: ['admin'],
  query: listQuery,
  answer: pageOf(publishedAnswer),
  async answers({ store }, { query: { limit, cursor } }) {
    const found = await store.policies.list(limit + 1, readCursor(listOrder, cursor)?.key ?? undefined);
    const present = ({ _id, document, publishedBy, publishedAt }: (typeof found)[number]) => ({
      version: _id,
      ...document,
      publishedBy,
      publishedAt: isoTime(publishedAt),
    });
    return { body: page(found, limit, present, ({ _id }) => writeCursor(listOrder, { key: _id, id: '' })) };
  },
});

const current = route({
  method: 'get',
  path: '/v1/policies/current',
  summary: 'The policy in force',
  tag,
  roles,
  answer: policyAnswer,
  answers: async (service) => ({ body: await currentPolicy(service) }),
});

const publish = route<undefined, PolicyDocument>({
  method: 'post',
  path: '/v1/policies',
  summary: 'Publishes a policy; it is in force once this is answered, for what is placed or applied for from then on',
  tag,
  roles: ['admin'],
  body: policySchema,
  status: 201,
  answer: policyAnswer,
  async answers(service, asked) {
    const commandId = await rememberOnce(service, asked, 'POST /v1/policies', 'policies');
    const policy = await service.store.policies.publish(
      asked.body,
      asked.caller.id,
      new Date(asked.receivedAt),
      commandId,
    );
    return { status: 201, body: policy };
  },
});

/** The platform's numbers. POL */
export const policyRoutes: readonly Route[] = [list, current, publish, rehearsal];
