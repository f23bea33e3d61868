import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  orderBody,
  type Person,
} from '../api/harness.ts';

type Extension = Body & { finishedAt?: string; progress: Record<string, number> };

let api: Api;
let admin: Person;
let agent: Person;
let consumer: Person;
let service: Person;

beforeAll(async () => {
  api = await apiHere({ overrides: { extensionLookAgainMs: 200 } });
  await api.startWorker();
  admin = api.as('admin', 'ad-1');
  agent = api.as('agent', 'a-1');
  consumer = api.as('consumer', 'c-1');
  service = api.as('service', 's-1');
});
afterAll(() => api.close());

const path = '/v1/deadline-extensions';
const hours = (n: number) => n * 3_600_000;
const endOf = (body: Body) => Date.parse((body['deadline'] as { at: string }).at);
const applied = async (orderId: string) =>
  (await expectStatus(201, consumer.post('/v1/cases', applicationFor(orderId)))).body;

async function finished(id: string): Promise<Extension> {
  const read = async () => (await expectStatus(200, agent.get(`${path}/${id}`))).body as Extension;
  await expect.poll(async () => (await read()).finishedAt, { interval: 50 }).toBeDefined();
  return read();
}

describe('more time for everybody, after an outage', () => {
  it('POL-5: everything that runs is extended once and tells both parties why; what begins later is not', async () => {
    const delivered = await deliveredOrder(api, { merchantId: 'm-2' });
    const opened = await applied(delivered.id);
    const unpaid = (await expectStatus(201, service.post('/v1/orders', orderBody()))).body;
    const confirming = (await expectStatus(201, service.post('/v1/orders', orderBody({ paymentMethod: 'cod' })))).body;

    const request = { by: 'PT6H', reason: '平台故障，时限顺延' };
    const key = randomUUID();
    const [asked, again] = await Promise.all([admin.post(path, request, { key }), admin.post(path, request, { key })]);
    expect([asked.status, again.status]).toEqual([201, 201]);
    expect(asked.body).toMatchObject({ ...request, requestedBy: 'ad-1', id: again.body.id });
    const late = await deliveredOrder(api);

    const done = await finished(asked.body.id);
    expect(done.progress).toEqual({ extended: 3, notConcerned: 1, ended: 0, unanswered: 0, withoutDeadline: 1 });
    for (const [url, was] of [
      [`/v1/cases/${opened.id}`, endOf(opened)],
      [`/v1/orders/${delivered.id}`, endOf(delivered)],
      [`/v1/orders/${unpaid.id}`, endOf(unpaid)],
    ] as const) {
      expect(endOf((await agent.get(url)).body)).toBe(was + hours(6));
      const told = (await agent.get(`${url}/timeline`)).body.items.filter(({ type }) => type === 'deadlineExtended');
      expect(told).toMatchObject([
        { rule: 'POL-5', actor: { role: 'admin', id: 'ad-1' }, detail: { reason: request.reason } },
      ]);
    }
    for (const party of [consumer, api.as('merchant', 'm-2')]) {
      const messages = (await party.get('/v1/messages?limit=100')).body.items;
      expect(
        messages.filter(({ caseId, title }) => caseId === opened.id && /延长|extended/.test(String(title))),
      ).toHaveLength(1);
    }
    for (const { id } of [late, confirming])
      expect((await agent.get(`/v1/orders/${id}/timeline`)).body.items.map(({ type }) => type)).not.toContain(
        'deadlineExtended',
      );
    expect((await expectStatus(200, agent.get(path))).body.items).toMatchObject([{ id: asked.body.id }]);
  });

  it('only what is asked for: one merchant’s, of some kinds, ending before a moment', async () => {
    const mine = await applied((await deliveredOrder(api, { merchantId: 'm-7' })).id);
    const others = await applied((await deliveredOrder(api)).id);
    const extend = async (more: object) => {
      const reply = await expectStatus(
        201,
        admin.post(path, { by: 'PT1H', reason: '商家停电', merchantId: 'm-7', ...more }),
      );
      return (await finished(reply.body.id)).progress;
    };
    expect(await extend({ kinds: ['buyerReturn'] })).toMatchObject({ extended: 0, notConcerned: 2 });
    const endingBefore = new Date(endOf(mine)).toISOString();
    expect(await extend({ endingBefore })).toMatchObject({ extended: 0, notConcerned: 2 });
    expect(await extend({ kinds: ['merchantDecision'] })).toMatchObject({ extended: 1, notConcerned: 1 });
    expect(endOf((await agent.get(`/v1/cases/${mine.id}`)).body)).toBe(endOf(mine) + hours(1));
    expect(endOf((await agent.get(`/v1/cases/${others.id}`)).body)).toBe(endOf(others));
  });

  it.each([
    [{ by: 'PT6H' }, 'reason'],
    [{ reason: 'x' }, 'by'],
    [{ by: 'six hours', reason: 'x' }, 'by'],
    [{ by: 'P32D', reason: 'x' }, 'by'],
    [{ by: 'PT1H', reason: 'x', kinds: ['lunch'] }, 'kinds.0'],
    [{ by: 'PT1H', reason: 'x', endingBefore: 'tomorrow' }, 'endingBefore'],
    [{ by: 'PT1H', reason: 'x', merchantId: '$gt' }, 'merchantId'],
  ])('%j is refused by its field, and begins nothing', async (body, field) => {
    const before = (await agent.get(path)).body.items.length;
    expect(await admin.post(path, body)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ field }] },
    });
    expect((await agent.get(path)).body.items).toHaveLength(before);
  });

  it('one that isn’t there is not found', async () => {
    expect(await agent.get(`${path}/none`)).toMatchObject({ status: 404, body: { code: 'extension_not_found' } });
  });
});
