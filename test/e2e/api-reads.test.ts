import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../src/api/app.ts';
import { describeApi } from '../../src/api/openapi.ts';
import { roles } from '../../src/domain/parties.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { availableTicketActions } from '../../src/domain/ticket/decide.ts';
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
import { givenTicket } from '../domain/specification.ts';
import * as ticketStory from '../domain/ticketStories.ts';
import { caseActions, orderActions } from '../domain/validCommands.ts';

let api: Api;
let consumer: Person;
let merchant: Person;
let agent: Person;
let admin: Person;

beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  consumer = api.as('consumer', 'c-1');
  merchant = api.as('merchant', 'm-1');
  agent = api.as('agent', 'a-1');
  admin = api.as('admin', 'ad-1');
});
afterAll(() => api.close());

async function newCase(more: Record<string, unknown> = {}): Promise<Body> {
  const order = await deliveredOrder(api);
  return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id, more)))).body;
}

/** Every page of a list, and how many pages there were. */
async function walk(person: Person, path: string): Promise<{ items: Body[]; pages: number }> {
  const items: Body[] = [];
  let cursor = '';
  for (let pages = 1; ; pages += 1) {
    const { body } = await expectStatus(200, person.get(`${path}${cursor}`));
    items.push(...body.items);
    if (body.nextCursor === null) return { items, pages };
    cursor = `&cursor=${body.nextCursor}`;
  }
}

describe('lists (SEE-3)', () => {
  it('give each case once, page by page, in each order, while others are added', async () => {
    const made: Body[] = [];
    for (let count = 0; count < 5; count += 1) made.push(await newCase());
    const ids = made.map(({ id }) => id);
    await expectStatus(200, consumer.post(`/v1/cases/${ids[1]}/withdrawal`));
    for (const sort of ['createdAt', 'deadline', 'updatedAt']) {
      const { items, pages } = await walk(consumer, `/v1/cases?limit=2&sort=${sort}`);
      expect(pages).toBe(3);
      expect(items.map(({ id }) => id).sort()).toEqual([...ids].sort());
    }
    const newest = (await walk(consumer, '/v1/cases?limit=2&sort=createdAt')).items.map(({ id }) => id);
    expect(newest).toEqual(ids.toReversed());
    const due = (await walk(consumer, '/v1/cases?limit=3&sort=deadline')).items.map(({ id }) => id);
    expect(due).toEqual([ids[0], ids[2], ids[3], ids[4], ids[1]]);

    const first = (await consumer.get('/v1/cases?limit=2')).body;
    await newCase();
    const second = (await consumer.get(`/v1/cases?limit=10&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...second.items].map(({ id }) => id)).toEqual(ids.toReversed());
  });

  it('are narrowed by status, order, kind, reason, deadline and text', async () => {
    const one = await newCase({ kind: 'refund_only', reason: 'not_as_described', description: '颜色与页面不符 (a+b)' });
    const found = async (query: string) => (await consumer.get(`/v1/cases?${query}`)).body.items.map(({ id }) => id);
    expect(await found(`orderId=${one.orderId}`)).toEqual([one.id]);
    expect(await found('kind=refund_only')).toEqual([one.id]);
    expect(await found('reason=not_as_described&status=pending_merchant_review')).toEqual([one.id]);
    expect(await found('reason=not_as_described&status=closed')).toEqual([]);
    expect(await found(`q=${encodeURIComponent('(A+B)')}`)).toEqual([one.id]);
    expect(await found(`orderId=${one.orderId}&deadlineBefore=2000-01-01T00:00:00Z`)).toEqual([]);
    expect(await found(`orderId=${one.orderId}&deadlineBefore=2100-01-01T00:00:00Z`)).toEqual([one.id]);
    expect(await found('merchantId=m-2')).toEqual([]);
    expect(await found('consumerId=c-2')).toEqual([]);
  });

  it.each([
    'limit=0',
    'limit=101',
    'limit=x',
    'status=gone',
    'cursor=x',
    'sort=price',
    'colour=red',
    'status=closed&status=closed',
    'deadlineBefore=soon',
  ])('refuse %s by name', async (query) => {
    const reply = await consumer.get(`/v1/cases?${query}`);
    expect(reply).toMatchObject({
      status: 422,
      body: { code: 'validation_failed', errors: [{ field: query.split('=')[0] }] },
    });
  });

  it('a cursor of another order is refused', async () => {
    const { nextCursor } = (await consumer.get('/v1/cases?limit=1')).body;
    expect(await consumer.get(`/v1/cases?limit=1&sort=deadline&cursor=${nextCursor}`)).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'cursor' }] },
    });
  });
});

describe('a case for the one who asks (SEE-1)', () => {
  it('says who must act, by when, what happens otherwise, and the actions open to each', async () => {
    const { id } = await newCase();
    const seen = (await merchant.get(`/v1/cases/${id}`)).body;
    expect(seen).toMatchObject({
      final: false,
      deadline: {
        kind: 'merchantDecision',
        rule: 'CASE-3',
        waitingFor: 'merchant',
        onExpiry: 'approved_automatically',
      },
      availableActions: ['merchant-decision', 'proposal'],
      refund: { amount: 12_900, currency: 'CNY', state: 'none' },
      returnPostageBorneBy: 'merchant',
      policyVersion: 1,
    });
    expect((await consumer.get(`/v1/cases/${id}`)).body['availableActions']).toEqual(['withdrawal']);
    expect((await agent.get(`/v1/cases/${id}`)).body['availableActions']).toEqual(['deadline-extension']);
  });

  it('every action that can be on offer has its route', () => {
    const ticketActions = Object.values(ticketStory.everyPlace).flatMap((events) =>
      roles.flatMap((role) => availableTicketActions(givenTicket(...events).state, role)),
    );
    const offered = [
      ...['feedback', ...Object.values(caseActions)].map((action) => `/v1/cases/:id/${action}`),
      ...Object.values(orderActions).map((action) => `/v1/orders/:id/${action}`),
      ...['feedback', ...ticketActions].map((action) =>
        // a ticket is claimed where it waits
        action === 'claim' ? '/v1/queues/:queue/:subjectId/claim' : `/v1/support-tickets/:id/${action}`,
      ),
    ];
    const posts = routes.filter(({ method }) => method === 'post').map(({ path }) => path);
    expect([...new Set(offered)].filter((path) => !posts.includes(path))).toEqual([]);
    expect(new Set(ticketActions)).toContain('claim');
  });

  it('its timeline comes in pages, oldest first', async () => {
    const { id } = await newCase();
    await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }));
    const { items, pages } = await walk(consumer, `/v1/cases/${id}/timeline?limit=2`);
    expect(pages).toBeGreaterThan(1);
    expect(items.map(({ seq }) => seq)).toEqual(items.map((_, index) => index + 1));
    expect(items[0]).toMatchObject({
      type: 'caseOpened',
      actor: { role: 'consumer', id: 'c-1' },
      rule: 'CASE-1',
      status: 'pending_merchant_review',
    });
  });
});

describe('the policy', () => {
  it('is in force once its publication is answered, and once only', async () => {
    const document = { ...defaultPolicy, maxApplicationsPerLine: 7 };
    const key = randomUUID();
    const replies = await Promise.all([
      admin.post('/v1/policies', document, { key }),
      admin.post('/v1/policies', document, { key }),
    ]);
    expect(replies.map(({ status, body }) => [status, body.version])).toEqual([
      [201, 2],
      [201, 2],
    ]);
    expect((await consumer.get('/v1/policies/current')).body).toEqual({ ...document, version: 2 });
    const order = (await expectStatus(201, api.as('service', 's-1').post('/v1/orders', orderBody()))).body;
    expect(order['policyVersion']).toBe(2);
    await expectStatus(201, admin.post('/v1/policies', defaultPolicy));
    expect((await walk(admin, '/v1/policies?limit=2')).items.map(({ version }) => version)).toEqual([3, 2, 1]);
  });

  it('ten published at once get ten versions', async () => {
    const before = (await admin.get('/v1/policies/current')).body.version;
    const replies = await Promise.all(Array.from({ length: 10 }, () => admin.post('/v1/policies', defaultPolicy)));
    expect(replies.map(({ body }) => body.version).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 10 }, (_, index) => before + 1 + index),
    );
  });

  it.each([
    ['a negative duration', { deadlines: { ...defaultPolicy.deadlines, appeal: '-P7D' } }, 'deadlines.appeal'],
    ['a duration of nothing', { outageTolerance: 'PT0S' }, 'outageTolerance'],
    ['an unreadable duration', { lateVoucher: '30 days' }, 'lateVoucher'],
    ['a missing field', { afterSalesPeriod: undefined }, 'afterSalesPeriod'],
    ['an unknown field', { grace: 'PT1S' }, 'grace'],
    ['a version of one’s own', { version: 9 }, 'version'],
  ])('%s is refused by name, and nothing is published', async (_, fields, field) => {
    const before = (await admin.get('/v1/policies/current')).body;
    expect(await admin.post('/v1/policies', { ...defaultPolicy, ...fields })).toMatchObject({
      status: 422,
      body: { errors: [{ field }] },
    });
    expect((await admin.get('/v1/policies/current')).body).toEqual(before);
    expect(await merchant.post('/v1/policies', defaultPolicy)).toMatchObject({ status: 403 });
  });
});

describe('own things', () => {
  it('a profile has defaults, is replaced whole, and gives approvals the merchant’s own address (CASE-2)', async () => {
    expect((await merchant.get('/v1/me/profile')).body).toEqual({ language: 'zh-CN', emailOn: true });
    const returnAddress = {
      name: '李四',
      phone: '13900000000',
      province: '广东省',
      city: '深圳市',
      district: '南山区',
      street: '科技园 1 号',
    };
    const profile = { email: 'm1@example.com', language: 'en', emailOn: false, returnAddress };
    expect(await merchant.put('/v1/me/profile', profile)).toMatchObject({ status: 200, body: profile });
    expect((await merchant.get('/v1/me/profile')).body).toEqual(profile);
    expect((await api.as('merchant', 'm-2').get('/v1/me/profile')).body).toEqual({ language: 'zh-CN', emailOn: true });
    const { id } = await newCase();
    const approved = await expectStatus(
      200,
      merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }),
    );
    expect(approved.body['returnAddress']).toEqual(returnAddress);
  });

  it('a profile that can’t be is refused by name', async () => {
    const address = orderBody().shippingAddress;
    expect(await consumer.put('/v1/me/profile', { language: 'fr', emailOn: true })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'language' }] },
    });
    expect(await consumer.put('/v1/me/profile', { language: 'en', emailOn: true, email: 'x' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'email' }] },
    });
    expect(
      await consumer.put('/v1/me/profile', { language: 'en', emailOn: true, returnAddress: address }),
    ).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'returnAddress' }] },
    });
  });

  it('messages are in the reader’s language, and are read once, by their own reader', async () => {
    const { id } = await newCase();
    await consumer.put('/v1/me/profile', { language: 'en', emailOn: true });
    const [message] = (await consumer.get('/v1/messages?limit=1')).body.items;
    expect(message).toMatchObject({
      caseId: id,
      title: 'After-sales service was applied for',
      body: expect.stringContaining('The merchant has until'),
      readAt: null,
    });
    await consumer.put('/v1/me/profile', { language: 'zh-CN', emailOn: true });
    const path = `/v1/messages/${encodeURIComponent(message?.id ?? '')}/read`;
    expect(await api.as('consumer', 'c-2').post(path)).toMatchObject({
      status: 404,
      body: { code: 'message_not_found' },
    });
    const read = await expectStatus(200, consumer.post(path));
    expect(read.body).toMatchObject({ title: '售后申请已提交', readAt: expect.any(String) });
    expect((await consumer.post(path)).body).toEqual(read.body);
    const { items } = await walk(consumer, '/v1/messages?limit=7');
    expect(new Set(items.map((one) => one.id)).size).toBe(items.length);
  });
});

describe('files that commands name (EVI-5)', () => {
  const upload = async (person: 'consumer' | 'merchant', sub: string) => {
    const form = new FormData();
    form.set('kind', 'product_photo');
    form.set(
      'file',
      new Blob([Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex')], {
        type: 'image/png',
      }),
      'photo.png',
    );
    return (await expectStatus(201, api.as(person, sub).upload('/v1/evidence', form))).body.id;
  };

  it('become the case’s, seen by its parties; those of a refused command stay private', async () => {
    const file = await upload('merchant', 'm-1');
    const { id } = await newCase();
    const path = `/v1/cases/${id}/merchant-decision`;
    expect((await consumer.get(`/v1/evidence/${file}`)).status).toBe(404);
    const stale = await merchant.post(
      path,
      { decision: 'refuse', refusalCode: 'goods_used', evidenceIds: [file] },
      { ifMatch: '"9"' },
    );
    expect(stale.status).toBe(412);
    expect((await merchant.get(`/v1/evidence/${file}`)).body['attachedTo']).toBeUndefined();
    await expectStatus(
      200,
      merchant.post(path, { decision: 'refuse', refusalCode: 'goods_used', evidenceIds: [file] }),
    );
    expect((await consumer.get(`/v1/evidence/${file}`)).body).toMatchObject({ attachedTo: { subject: `case/${id}` } });
    expect((await api.as('consumer', 'c-2').get(`/v1/evidence/${file}`)).status).toBe(404);
  });

  it('another’s is refused, and nothing is signalled', async () => {
    const file = await upload('merchant', 'm-1');
    const order = await deliveredOrder(api);
    expect(await consumer.post('/v1/cases', applicationFor(order.id, { evidenceIds: [file] }))).toMatchObject({
      status: 422,
      body: { code: 'evidence_unknown', errors: [{ field: 'evidenceIds' }] },
    });
    expect((await consumer.get(`/v1/cases?orderId=${order.id}`)).body.items).toEqual([]);
  });
});

describe('what describes and guards the API', () => {
  it('OpenAPI 3.1 has every route with its errors, and the page needs nothing from elsewhere', async () => {
    const { body } = await api.request('GET', '/openapi.json');
    expect(body['openapi']).toBe('3.1.0');
    expect(body).toEqual(JSON.parse(JSON.stringify(describeApi(routes))));
    const paths = body['paths'] as Record<string, Record<string, { responses: Record<string, unknown> }>>;
    for (const { method, path } of routes) {
      const operation = paths[path.replace(/:(\w+)/g, '{$1}')]?.[method];
      for (const status of ['401', '403', '429', '500', '503'])
        expect(Object.keys(operation?.responses ?? {})).toContain(status);
    }
    const patterns = [...JSON.stringify(body).matchAll(/"pattern":("(?:[^"\\]|\\.)*")/g)].map(
      ([, pattern]) => JSON.parse(pattern ?? '') as string,
    );
    expect(patterns.length).toBeGreaterThan(0);
    expect(patterns.some((pattern) => new RegExp(pattern, 'u').test('c-1'))).toBe(true);
    for (const pattern of patterns) expect(pattern).not.toMatch(/\/u$/);
    const page = await api.request('GET', '/docs/');
    expect(page.status).toBe(200);
    expect(page.body['text']).not.toMatch(/(src|href)="https?:/);
    expect((await api.request('GET', '/docs/swagger-ui-init.js')).body['text']).toContain(
      '/v1/cases/{id}/merchant-decision',
    );
    expect((await api.request('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
  });

  it('security headers, a request id on every answer, and no cache between callers', async () => {
    const own = await consumer.get('/v1/cases', { 'x-request-id': 'mine-1' });
    expect(own.headers.get('x-request-id')).toBe('mine-1');
    expect(own.headers.get('x-content-type-options')).toBe('nosniff');
    expect(own.headers.get('content-security-policy')).toContain("default-src 'self'");
    expect(own.headers.get('x-powered-by')).toBeNull();
    expect(own.headers.get('cache-control')).toBe('private, no-cache');
    const failed = await consumer.get('/v1/nothing', { 'x-request-id': 'bad id\u00ff' });
    expect(failed.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
    expect(failed.body['requestId']).toBe(failed.headers.get('x-request-id'));
  });

  it('healthy, ready, measured', async () => {
    expect(await api.request('GET', '/healthz')).toMatchObject({ status: 200, body: { status: 'ok' } });
    await expect
      .poll(() => api.request('GET', '/readyz'))
      .toMatchObject({
        status: 200,
        body: { status: 'ready', mongodb: 'up', temporal: 'up' },
      });
    expect((await api.request('GET', '/metrics')).body['text']).toContain('route="/v1/cases"');
  });
});
