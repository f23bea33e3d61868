import { randomBytes } from 'node:crypto';
import { v5 as uuidV5 } from 'uuid';
import type { z } from 'zod';
import { testEvent } from '../../domain/tell/webhookEvents.ts';
import { webhookIdOf, webhookTo } from '../../store/deliveries.ts';
import type { EndpointDocument, WebhookDocument } from '../../store/documents.ts';
import type { Service } from '../context.ts';
import { rememberOnce } from '../idempotent.ts';
import { page, pageOf, readCursor, writeCursor } from '../list.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime } from '../schemas.ts';
import {
  createBody,
  deliveriesQuery,
  deliveryAnswer,
  endpointAnswer,
  listQuery,
  replaceBody,
  withSecretAnswer,
} from './schema.ts';
import { assertPublic } from './target.ts';

const tag = 'Webhooks';
const roles = ['admin'] as const;
/** Webhooks' ids are made from the command that registered them, so that repeating it finds the first. */
const idSpace = '0d9c8f0e-6f0e-5f0a-9d0c-2a1f6f1c7b3e';
/** How long a replaced secret stays good: both signatures are sent meanwhile. */
const overlapMs = 24 * 3600 * 1000;

const newSecret = () => `whsec_${randomBytes(32).toString('base64')}`;
const unknown = () => Problem.of('webhook_not_found', 'there is no such webhook');

function present(endpoint: EndpointDocument): z.infer<typeof endpointAnswer> {
  const { _id, url, events, description, enabled, disabledReason, createdAt, updatedAt } = endpoint;
  return {
    id: _id,
    url,
    events,
    ...(description === undefined ? {} : { description }),
    enabled,
    ...(disabledReason === undefined ? {} : { disabledReason }),
    createdAt: isoTime(createdAt),
    updatedAt: isoTime(updatedAt),
  };
}

/** With the secret that this command has made: a repeat is answered as the first. */
function presentWithSecret(endpoint: EndpointDocument, commandId: string): z.infer<typeof withSecretAnswer> {
  const made = endpoint.secrets.find(({ by }) => by === commandId);
  if (!made) throw new Error(`webhook ${endpoint._id} has no secret of command ${commandId}`);
  return { ...present(endpoint), secret: made.secret };
}

function presentDelivery(delivery: WebhookDocument): z.infer<typeof deliveryAnswer> {
  const { _id, event, state, reason, createdAt, nextTryAt, tries } = delivery;
  return {
    id: _id,
    webhookId: webhookIdOf(_id),
    type: event,
    state,
    ...(reason === undefined ? {} : { reason }),
    createdAt: isoTime(createdAt),
    nextTryAt: nextTryAt ? isoTime(nextTryAt) : null,
    tries: tries.map(({ at, ...one }) => ({ at: isoTime(at), ...one })),
  };
}

async function endpointOf({ store }: Service, id: string | undefined): Promise<EndpointDocument> {
  const endpoint = await store.endpoints.find(id ?? '');
  if (!endpoint) throw unknown();
  return endpoint;
}

/** What is sent to an endpoint that is switched off would be skipped. */
function assertEnabled({ enabled }: EndpointDocument): void {
  if (!enabled) throw Problem.of('webhook_disabled', 'this webhook is switched off: PUT it with enabled true first');
}

const cursorAfter =
  (order: string) =>
  ({ _id, createdAt }: { _id: string; createdAt: Date }) =>
    writeCursor(order, { key: createdAt.getTime(), id: _id });

const create = route<undefined, z.infer<typeof createBody>>({
  method: 'post',
  path: '/v1/webhooks',
  summary: 'Registers a receiver of events; the answer has the secret they are signed with',
  tag,
  roles,
  body: createBody,
  status: 201,
  answer: withSecretAnswer,
  async answers(service, asked) {
    const { body, receivedAt } = asked;
    await assertPublic(service, body.url);
    const commandId = await rememberOnce(service, asked, 'POST /v1/webhooks', 'webhooks');
    const at = new Date(receivedAt);
    const { description, ...fields } = body;
    const endpoint = await service.store.endpoints.add({
      _id: uuidV5(commandId, idSpace),
      ...fields,
      ...(description === undefined ? {} : { description }),
      enabled: true,
      secrets: [{ secret: newSecret(), by: commandId }],
      createdAt: at,
      updatedAt: at,
    });
    return {
      status: 201,
      body: presentWithSecret(endpoint, commandId),
      location: `/v1/webhooks/${endpoint._id}`,
    };
  },
});

const listOrder = 'webhooks';
const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path: '/v1/webhooks',
  summary: 'Every registered receiver, newest first',
  tag,
  roles,
  query: listQuery,
  answer: pageOf(endpointAnswer),
  async answers({ store }, { query: { limit, cursor } }) {
    const found = await store.endpoints.list(limit + 1, readCursor(listOrder, cursor));
    return { body: page(found, limit, present, cursorAfter(listOrder)) };
  },
});

const read = route({
  method: 'get',
  path: '/v1/webhooks/:id',
  summary: 'A registered receiver',
  tag,
  roles,
  answer: endpointAnswer,
  refuses: ['webhook_not_found'],
  answers: async (service, { params }) => ({ body: present(await endpointOf(service, params['id'])) }),
});

const replace = route<undefined, z.infer<typeof replaceBody>>({
  method: 'put',
  path: '/v1/webhooks/:id',
  summary: 'Replaces what a receiver is sent and where; its secret stays',
  tag,
  roles,
  body: replaceBody,
  answer: endpointAnswer,
  refuses: ['webhook_not_found'],
  async answers(service, { params, body, receivedAt }) {
    await assertPublic(service, body.url);
    const endpoint = await service.store.endpoints.replace(params['id'] ?? '', body, new Date(receivedAt));
    if (!endpoint) throw unknown();
    return { body: present(endpoint) };
  },
});

const rotate = route({
  method: 'post',
  path: '/v1/webhooks/:id/secret-rotation',
  summary: 'Makes a new secret; for 24 hours what is sent is signed with the old one, too',
  tag,
  roles,
  answer: withSecretAnswer,
  refuses: ['webhook_not_found'],
  async answers(service, asked) {
    const { params, receivedAt } = asked;
    const { _id } = await endpointOf(service, params['id']);
    const commandId = await rememberOnce(service, asked, 'POST /v1/webhooks/:id/secret-rotation', `webhook/${_id}`);
    const endpoint = await service.store.endpoints.rotate(
      _id,
      { secret: newSecret(), by: commandId },
      { at: new Date(receivedAt), until: new Date(receivedAt + overlapMs) },
    );
    if (!endpoint) throw unknown();
    return { body: presentWithSecret(endpoint, commandId) };
  },
});

const test = route({
  method: 'post',
  path: '/v1/webhooks/:id/test',
  summary: `Sends the receiver a ${testEvent}, whatever events it asks for`,
  tag,
  roles,
  answer: deliveryAnswer,
  refuses: ['webhook_not_found', 'webhook_disabled'],
  async answers(service, asked) {
    const { params, receivedAt } = asked;
    const endpoint = await endpointOf(service, params['id']);
    const subject = `webhook/${endpoint._id}`;
    const commandId = await rememberOnce(service, asked, 'POST /v1/webhooks/:id/test', subject);
    const about = { type: testEvent, seq: 0, at: receivedAt, data: { subject } };
    const delivery = webhookTo(endpoint._id, `test/${commandId}`, about);
    const earlier = await service.store.outbox.find(endpoint._id, delivery._id);
    if (!earlier) assertEnabled(endpoint);
    return { body: presentDelivery(earlier ?? (await service.store.outbox.add(delivery))) };
  },
});

const deliveriesOrder = 'deliveries';
const deliveries = route<z.infer<typeof deliveriesQuery>>({
  method: 'get',
  path: '/v1/webhooks/:id/deliveries',
  summary: 'What was or is to be sent to a receiver, and how each try ended; newest first',
  tag,
  roles,
  query: deliveriesQuery,
  answer: pageOf(deliveryAnswer),
  refuses: ['webhook_not_found'],
  async answers(service, { params, query: { limit, cursor, state } }) {
    const { _id } = await endpointOf(service, params['id']);
    const after = readCursor(deliveriesOrder, cursor);
    const found = await service.store.outbox.deliveries(_id, limit + 1, { state, after });
    return { body: page(found, limit, presentDelivery, cursorAfter(deliveriesOrder)) };
  },
});

const resend = route({
  method: 'post',
  path: '/v1/webhooks/:id/deliveries/:deliveryId/resend',
  summary: 'Sends a delivery again under the same webhook-id; its id is URL-encoded in the path',
  tag,
  roles,
  answer: deliveryAnswer,
  refuses: ['webhook_not_found', 'delivery_not_found', 'webhook_disabled'],
  async answers(service, asked) {
    const { params, receivedAt } = asked;
    const endpoint = await endpointOf(service, params['id']);
    const id = params['deliveryId'] ?? '';
    const { outbox } = service.store;
    const found = await outbox.find(endpoint._id, id);
    if (!found) throw Problem.of('delivery_not_found', 'this webhook has no such delivery');
    const name = 'POST /v1/webhooks/:id/deliveries/:deliveryId/resend';
    const commandId = await rememberOnce(service, asked, name, id);
    if (found.resentBy?.includes(commandId)) return { body: presentDelivery(found) };
    assertEnabled(endpoint);
    return { body: presentDelivery(await outbox.sendAgain(found, commandId, new Date(receivedAt))) };
  },
});

/** Who is told over HTTP, and how that goes. TELL-1, TELL-2 */
export const webhookRoutes: readonly Route[] = [create, list, read, replace, rotate, test, deliveries, resend];
