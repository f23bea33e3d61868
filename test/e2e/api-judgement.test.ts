import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, orderBody, type Person } from '../api/harness.ts';

let api: Api;
let consumer: Person;
let merchant: Person;
let service: Person;

beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  consumer = api.as('consumer', 'c-1');
  merchant = api.as('merchant', 'm-1');
  service = api.as('service', 's-1');
});
afterAll(() => api.close());

async function newCase(more: Record<string, unknown> = {}) {
  const order = await deliveredOrder(api, more);
  return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
}

describe('the order of judgement', () => {
  it('role, then JSON, then fields, then ownership, then rules', async () => {
    const { id } = await newCase();
    const path = `/v1/cases/${id}/merchant-decision`;
    expect(await consumer.post(path, undefined, { raw: '{broken', key: null })).toMatchObject({
      status: 403,
      body: { code: 'role_not_allowed' },
    });
    expect(await api.as('merchant', 'm-2').post(path, undefined, { raw: '{broken' })).toMatchObject({
      status: 400,
      body: { code: 'malformed_json' },
    });
    expect(await api.as('merchant', 'm-2').post(path, { decision: 'maybe' })).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
    expect(await api.as('merchant', 'm-2').post(path, { decision: 'approve' })).toMatchObject({
      status: 404,
      body: { code: 'case_not_found' },
    });
    expect(await merchant.post(path, { decision: 'refuse', refusalCode: 'goods_used' })).toMatchObject({
      status: 422,
      body: { code: 'evidence_required', errors: [{ field: 'evidenceIds' }] },
    });
    expect(
      await consumer.post(`/v1/cases/${id}/tracking-number`, { carrier: 'SF', trackingNumber: '1' }),
    ).toMatchObject({
      status: 409,
      body: { code: 'action_not_available' },
    });
    expect((await merchant.get(`/v1/cases/${id}`)).body).toMatchObject({
      status: 'pending_merchant_review',
      version: 1,
    });
  });

  it('strangers learn nothing of a case or an order (tricky case 13)', async () => {
    const { id, orderId } = await newCase();
    for (const stranger of [api.as('consumer', 'c-2'), api.as('merchant', 'm-2')]) {
      for (const path of [`/v1/cases/${id}`, `/v1/cases/${id}/timeline`, `/v1/orders/${orderId}`]) {
        const denied = await stranger.get(path);
        const absent = await stranger.get(path.replace(/[0-9a-f-]{36}/, randomUUID()));
        expect(denied.status).toBe(404);
        expect({ ...denied.body, requestId: '' }).toEqual({ ...absent.body, requestId: '' });
      }
      expect((await stranger.get('/v1/cases')).body.items).toEqual([]);
      expect((await stranger.get(`/v1/cases?orderId=${orderId}`)).body.items).toEqual([]);
    }
    expect(await api.as('consumer', 'c-2').post(`/v1/cases/${id}/withdrawal`)).toMatchObject({
      status: 404,
      body: { code: 'case_not_found' },
    });
    expect(await service.get(`/v1/cases/${id}`)).toMatchObject({ status: 403 });
    expect((await api.as('admin', 'ad-1').get(`/v1/cases/${id}`)).status).toBe(200);
  });

  it('404 and 405 for what there isn’t', async () => {
    expect(await consumer.get('/v1/secrets')).toMatchObject({ status: 404, body: { code: 'not_found' } });
    const reply = await consumer.put('/v1/cases', {});
    expect(reply).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    for (const other of [consumer.put('/v1/evidence/x', {}), consumer.post('/v1/stream', {})])
      expect(await other).toMatchObject({ status: 405, body: { code: 'method_not_allowed' } });
    expect(reply.headers.get('allow')).toBe('POST, GET');
    expect(await consumer.get('/v1/orders/%E0%A4%A')).toMatchObject({
      status: 400,
      body: { code: 'request_malformed' },
    });
  });
});

describe('a key makes a command the same command', () => {
  it('repeated: answered as the first, done once', async () => {
    const { id } = await newCase();
    const key = randomUUID();
    const first = await expectStatus(
      200,
      merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve', note: 'ok' }, { key }),
    );
    const again = await expectStatus(
      200,
      merchant.post(`/v1/cases/${id}/merchant-decision`, { note: 'ok', decision: 'approve' }, { key }),
    );
    expect(again.body).toEqual(first.body);
    const { items } = (await merchant.get(`/v1/cases/${id}/timeline`)).body;
    expect(items.filter(({ type }: { type: string }) => type === 'applicationApproved')).toHaveLength(1);
  });

  it('repeated with another body: 422, and the first stands', async () => {
    const { id } = await newCase();
    const key = randomUUID();
    await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }, { key }));
    const reply = await merchant.post(
      `/v1/cases/${id}/merchant-decision`,
      { decision: 'refuse', refusalCode: 'out_of_window' },
      { key },
    );
    expect(reply).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    expect((await merchant.get(`/v1/cases/${id}`)).body.status).toBe('awaiting_buyer_return');
  });

  it('eight at once: one command, eight equal answers', async () => {
    const { id } = await newCase();
    const key = randomUUID();
    const replies = await Promise.all(
      Array.from({ length: 8 }, () =>
        merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }, { key }),
      ),
    );
    expect(replies.map(({ status }) => status)).toEqual(Array(8).fill(200));
    expect(new Set(replies.map(({ body }) => JSON.stringify(body))).size).toBe(1);
    expect((await merchant.get(`/v1/cases/${id}`)).body.version).toBe(2);
  });

  it('an application repeated makes one case; another caller’s same key is another', async () => {
    const line = { lineId: 'l-1', sku: 's', title: 'x', quantity: 3, unitPrice: 100, noReasonReturn: true };
    const order = await deliveredOrder(api, { lines: [line] });
    const key = randomUUID();
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => consumer.post('/v1/cases', applicationFor(order.id), { key })),
    );
    expect(new Set(replies.map(({ status, body }) => `${status} ${body.id}`)).size).toBe(1);
    const byAgent = await expectStatus(
      201,
      api.as('agent', 'a-1').post('/v1/cases', applicationFor(order.id), { key }),
    );
    expect(byAgent.body).toMatchObject({ channel: 'agent', consumerId: 'c-1' });
    expect(byAgent.body.id).not.toBe(replies[0]?.body.id);
    expect((await consumer.get(`/v1/cases?orderId=${order.id}`)).body.items).toHaveLength(2);
  });

  it('a refused application is answered as refused again', async () => {
    const order = await deliveredOrder(api);
    const key = randomUUID();
    const ask = () =>
      consumer.post('/v1/cases', applicationFor(order.id, { lines: [{ lineId: 'l-1', quantity: 5 }] }), { key });
    const first = await ask();
    expect(first).toMatchObject({ status: 409, body: { code: 'quantity_not_available' } });
    expect({ ...(await ask()).body, requestId: '' }).toEqual({ ...first.body, requestId: '' });
  });
});

describe('If-Match', () => {
  it('a stale version: 412, nothing moves (tricky case 4)', async () => {
    const { id } = await newCase();
    const { headers } = await merchant.get(`/v1/cases/${id}`);
    expect(headers.get('etag')).toBe('"1"');
    const reply = await merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }, { ifMatch: '"7"' });
    expect(reply).toMatchObject({ status: 412, body: { code: 'stale_version' } });
    expect((await merchant.get(`/v1/cases/${id}`)).body).toMatchObject({
      status: 'pending_merchant_review',
      version: 1,
    });
    expect(
      await merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }, { ifMatch: 'W/"1"' }),
    ).toMatchObject({ status: 200 });
  });

  it('a case that has not changed is not sent again', async () => {
    const { id } = await newCase();
    const { status } = await merchant.get(`/v1/cases/${id}`, { 'if-none-match': '"1"' });
    expect(status).toBe(304);
    await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }));
    expect((await merchant.get(`/v1/cases/${id}`, { 'if-none-match': '"1"' })).status).toBe(200);
  });
});

describe('races', () => {
  it('two applications for the last unit: one is accepted (tricky case 10)', async () => {
    const order = await deliveredOrder(api);
    const replies = await Promise.all(
      Array.from({ length: 4 }, () => consumer.post('/v1/cases', applicationFor(order.id))),
    );
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect((await consumer.get(`/v1/cases?orderId=${order.id}`)).body.items).toHaveLength(1);
  });

  it('approve against refuse, both on the version they saw: exactly one stands', async () => {
    const { id } = await newCase();
    const path = `/v1/cases/${id}/merchant-decision`;
    const replies = await Promise.all([
      merchant.post(path, { decision: 'approve' }, { ifMatch: '"1"' }),
      merchant.post(path, { decision: 'refuse', refusalCode: 'out_of_window' }, { ifMatch: '"1"' }),
    ]);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 412]);
    const won = replies.find(({ status }) => status === 200);
    expect((await merchant.get(path.replace('/merchant-decision', ''))).body.status).toBe(won?.body.status);
  });

  it('eight confirmations of receipt at once: one refund', async () => {
    const { id } = await newCase();
    await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }));
    await expectStatus(200, consumer.post(`/v1/cases/${id}/tracking-number`, { carrier: 'SF', trackingNumber: '1' }));
    const replies = await Promise.all(
      Array.from({ length: 8 }, () => merchant.post(`/v1/cases/${id}/receipt-confirmation`, { outcome: 'received' })),
    );
    expect(replies.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(replies.filter(({ status }) => status === 409)).toHaveLength(7);
    await expect.poll(async () => (await consumer.get(`/v1/cases/${id}`)).body.status).toBe('refunded');
    const ledger = (await api.as('agent', 'a-1').get(`/v1/ledger?caseId=${id}`)).body.items;
    expect(ledger).toMatchObject([{ kind: 'refund', amount: 12_900, currency: 'CNY', caseId: id }]);
  });
});

describe('money that nothing asks for (ORD-9)', () => {
  it('for an order that nobody knows is raised to agents', async () => {
    const orderId = randomUUID();
    const reply = await service.post(`/v1/orders/${orderId}/payment`, { transactionId: 't-x', amount: 500 });
    expect(reply).toMatchObject({ status: 200, body: { orderId, raisedToAgent: true } });
    const inbox = (await api.as('agent', 'a-1').get('/v1/messages')).body.items;
    expect(inbox.filter((message: { orderId: string }) => message.orderId === orderId)).toHaveLength(1);
  });

  it('for an order that was cancelled goes back in full, once', async () => {
    const { id } = (await expectStatus(201, service.post('/v1/orders', orderBody()))).body;
    await expectStatus(200, consumer.post(`/v1/orders/${id}/cancellation`, { reason: 'changed_mind' }));
    const payment = { transactionId: `late-${id}`, amount: 13_900 };
    await expectStatus(200, service.post(`/v1/orders/${id}/payment`, payment));
    await expectStatus(200, service.post(`/v1/orders/${id}/payment`, payment));
    const refunds = async () => (await consumer.get(`/v1/orders/${id}`)).body.refunds;
    await expect
      .poll(refunds)
      .toEqual([
        { amount: 13_900, currency: 'CNY', state: 'settled', purpose: 'late_payment', transactionId: `late-${id}` },
      ]);
    expect((await consumer.get(`/v1/orders/${id}`)).body.status).toBe('cancelled');
  });

  it('a command on an order that has ended: 409', async () => {
    const { id } = (await expectStatus(201, service.post('/v1/orders', orderBody()))).body;
    await expectStatus(200, consumer.post(`/v1/orders/${id}/cancellation`, { reason: 'changed_mind' }));
    expect(await merchant.post(`/v1/orders/${id}/shipment`, { carrier: 'SF', trackingNumber: '1' })).toMatchObject({
      status: 409,
      body: { code: 'order_ended' },
    });
  });
});
