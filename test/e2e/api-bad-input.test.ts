import { randomUUID } from 'node:crypto';
import { SignJWT, UnsecuredJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  applicationFor,
  authSecret,
  deliveredOrder,
  expectStatus,
  orderBody,
  type Person,
  type Reply,
  stored,
} from '../api/harness.ts';

let api: Api;
let consumer: Person;
let order: { id: string };
let foreign: { id: string };
const key = new TextEncoder().encode(authSecret);

beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  consumer = api.as('consumer', 'c-1');
  const line = { lineId: 'l-1', sku: 's', title: 'x', quantity: 2, unitPrice: 100, noReasonReturn: false };
  order = await deliveredOrder(api, { lines: [line] });
  foreign = await deliveredOrder(api, { consumerId: 'c-2' });
});
afterAll(() => api.close());

/** The reply to what must change nothing at all. */
async function changesNothing<T>(ask: () => Promise<T>): Promise<T> {
  const before = await stored(api);
  const reply = await ask();
  expect(await stored(api)).toEqual(before);
  return reply;
}

describe('an application with bad fields is refused by name, and nothing changes', () => {
  const lines = (quantity: unknown) => ({ lines: [{ lineId: 'l-1', quantity }] });
  const cases: [what: string, fields: Record<string, unknown>, field: string][] = [
    ['quantity -1', lines(-1), 'lines.0.quantity'],
    ['quantity 0', lines(0), 'lines.0.quantity'],
    ['quantity 0.5', lines(0.5), 'lines.0.quantity'],
    ['quantity "2"', lines('2'), 'lines.0.quantity'],
    ['quantity 10²¹', lines(1e21), 'lines.0.quantity'],
    [
      'a line twice',
      {
        lines: [
          { lineId: 'l-1', quantity: 1 },
          { lineId: 'l-1', quantity: 1 },
        ],
      },
      'lines',
    ],
    ['no lines', { lines: [] }, 'lines'],
    ['what only an agent may say', { goodsAtMerchant: true }, 'goodsAtMerchant'],
    ['an unknown field', { refundAmount: 1 }, 'refundAmount'],
    ['an unknown field in a line', { lines: [{ lineId: 'l-1', quantity: 1, price: 0 }] }, 'lines.0.price'],
    ['an unknown kind', { kind: 'gift' }, 'kind'],
    ['a sub-reason of another reason', { subReason: 'colour' }, 'subReason'],
    ['a blank description', { description: '  ' }, 'description'],
    ['a description of 4,001 characters', { description: 'x'.repeat(4001) }, 'description'],
    ['an order id that is none', { orderId: '1' }, 'orderId'],
    ['a file twice', { evidenceIds: Array(2).fill(randomUUID()) }, 'evidenceIds'],
  ];
  it.each(cases)('%s', async (_, fields, field) => {
    const reply = await changesNothing(() => consumer.post('/v1/cases', applicationFor(order.id, fields)));
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ field }] } });
    expect(reply.headers.get('content-type')).toContain('application/problem+json');
  });

  it('names every field at fault at once', async () => {
    const reply = await changesNothing(() =>
      consumer.post('/v1/cases', applicationFor('1', { kind: 'gift', surprise: true })),
    );
    expect(reply.body.errors.map(({ field }: { field: string }) => field).sort()).toEqual([
      'kind',
      'orderId',
      'surprise',
    ]);
  });
});

describe('an application against the rules is refused, and takes no quantity', () => {
  const quantityLeft = async () =>
    (await consumer.get(`/v1/orders/${order.id}/return-options`)).body.lines[0]?.returnableQuantity;
  const cases: [what: string, fields: () => Record<string, unknown>, status: number, code: string][] = [
    ['someone else’s order', () => ({ orderId: foreign.id }), 404, 'order_not_found'],
    ['an order that there isn’t', () => ({ orderId: randomUUID() }), 404, 'order_not_found'],
    ['a line that there isn’t', () => ({ lines: [{ lineId: 'l-9', quantity: 1 }] }), 422, 'line_unknown'],
    ['a line that can’t be returned for no reason', () => ({ reason: 'no_reason_7d' }), 409, 'line_not_returnable'],
    ['more than was bought', () => ({ lines: [{ lineId: 'l-1', quantity: 3 }] }), 409, 'quantity_not_available'],
    [
      'an exchange for no reason',
      () => ({ kind: 'exchange', reason: 'no_reason_7d' }),
      409,
      'reason_not_allowed_for_kind',
    ],
    [
      'a re-shipment for no reason',
      () => ({ kind: 'reship', reason: 'no_reason_7d' }),
      409,
      'reason_not_allowed_for_kind',
    ],
    ['a file that there isn’t', () => ({ evidenceIds: [randomUUID()] }), 422, 'evidence_unknown'],
  ];
  it.each(cases)('%s', async (_, fields, status, code) => {
    const reply = await consumer.post('/v1/cases', applicationFor(order.id, fields()));
    expect(reply).toMatchObject({ status, body: { code } });
    expect(await quantityLeft()).toBe(2);
    expect((await consumer.get('/v1/cases')).body.items).toEqual([]);
  });
});

describe('ELIG-3: before delivery there is cancellation, and no case', () => {
  const service = () => api.as('service', 's-1');
  const merchant = () => api.as('merchant', 'm-1');
  const agent = () => api.as('agent', 'a-1');
  const pays = (id: string) => service().post(`/v1/orders/${id}/payment`, { transactionId: `t-${id}`, amount: 13_900 });
  const ships = (id: string) =>
    merchant().post(`/v1/orders/${id}/shipment`, { carrier: 'SF', trackingNumber: `SF-${id}` });
  const confirms = (id: string) => merchant().post(`/v1/orders/${id}/confirmation`);
  const cancels = (who: () => Person, reason: string) => (id: string) =>
    who().post(`/v1/orders/${id}/cancellation`, { reason });

  const cases: [what: string, paymentMethod: string, steps: ((id: string) => Promise<Reply>)[], code: string][] = [
    ['not paid', 'online', [], 'order_not_delivered'],
    ['paid', 'online', [pays], 'order_not_delivered'],
    ['shipped', 'online', [pays, ships], 'order_not_delivered'],
    ['not confirmed', 'cod', [], 'order_not_delivered'],
    ['shipped cod', 'cod', [confirms, ships], 'order_not_delivered'],
    ['cancelled unpaid', 'online', [cancels(() => consumer, 'changed_mind')], 'order_cancelled'],
    ['cancelled on the way', 'online', [pays, ships, cancels(agent, 'parcel_refused')], 'order_cancelled'],
  ];
  it.each(cases)('an order that is %s (%s)', async (_, paymentMethod, steps, code) => {
    const { id } = (await expectStatus(201, service().post('/v1/orders', orderBody({ paymentMethod })))).body;
    for (const step of steps) await expectStatus(200, step(id));
    const before = (await consumer.get(`/v1/orders/${id}`)).body;
    const reply = await consumer.post('/v1/cases', applicationFor(id));
    expect(reply).toMatchObject({ status: 409, body: { code } });
    expect(await consumer.get(`/v1/cases?orderId=${id}`)).toMatchObject({ status: 200, body: { items: [] } });
    expect((await consumer.get(`/v1/orders/${id}`)).body).toMatchObject({ status: before.status, lines: before.lines });
    // the next tests look whether anything changes
    const refunds = async () => (await consumer.get(`/v1/orders/${id}`)).body['refunds'] as { state: string }[];
    await expect.poll(async () => (await refunds()).every(({ state }) => state === 'settled')).toBe(true);
  });
});

describe('a request that can’t be read is refused before anything is looked at', () => {
  it('a body of 50 MB: 413', async () => {
    const raw = JSON.stringify({ description: 'x'.repeat(50 * 1024 * 1024) });
    const reply = await changesNothing(() => consumer.post('/v1/cases', undefined, { raw }));
    expect(reply).toMatchObject({ status: 413, body: { code: 'body_too_large' } });
  });

  it('broken JSON: 400', async () => {
    const reply = await changesNothing(() => consumer.post('/v1/cases', undefined, { raw: '{"orderId": ' }));
    expect(reply).toMatchObject({ status: 400, body: { code: 'malformed_json' } });
  });

  it.each(['[]', '"text"', '1', 'null'])('JSON that is no object (%s): 422', async (raw) => {
    const reply = await changesNothing(() => consumer.post('/v1/cases', undefined, { raw }));
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
  });

  it('a body that is not JSON: 415', async () => {
    const reply = await changesNothing(() =>
      consumer.post('/v1/cases', undefined, {
        raw: 'a=1',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
      }),
    );
    expect(reply).toMatchObject({ status: 415, body: { code: 'unsupported_media_type' } });
  });

  it('__proto__ is a field like any other that is not known', async () => {
    const raw = JSON.stringify(applicationFor(order.id)).replace('{', '{"__proto__":{"kind":"refund_only"},');
    const reply = await changesNothing(() => consumer.post('/v1/cases', undefined, { raw }));
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ field: '__proto__' }] } });
  });

  it('no Idempotency-Key: 400', async () => {
    const reply = await changesNothing(() => consumer.post('/v1/cases', applicationFor(order.id), { key: null }));
    expect(reply).toMatchObject({ status: 400, body: { code: 'idempotency_key_required' } });
  });

  it('an Idempotency-Key of 256 characters: 400', async () => {
    const reply = await changesNothing(() =>
      consumer.post('/v1/cases', applicationFor(order.id), { key: 'k'.repeat(256) }),
    );
    expect(reply).toMatchObject({ status: 400, body: { code: 'idempotency_key_invalid' } });
  });

  it('an If-Match that is no version: 400', async () => {
    const reply = await changesNothing(() =>
      consumer.post(`/v1/cases/${randomUUID()}/withdrawal`, {}, { ifMatch: 'seven' }),
    );
    expect(reply).toMatchObject({ status: 400, body: { code: 'if_match_invalid' } });
  });
});

describe('an order with bad fields is refused by name, and nothing changes', () => {
  const line = { lineId: 'l-1', sku: 's', title: 'x', quantity: 1, unitPrice: 100, noReasonReturn: true };
  const cases: [what: string, fields: Record<string, unknown>, field: string][] = [
    ['a negative price', { lines: [{ ...line, unitPrice: -1 }] }, 'lines.0.unitPrice'],
    ['a discount beyond the price', { lines: [{ ...line, discount: 101 }] }, 'lines.0.discount'],
    ['a line twice', { lines: [line, line] }, 'lines'],
    ['a currency that is none', { currency: 'yuan' }, 'currency'],
    ['postage of half a cent', { postage: 0.5 }, 'postage'],
    ['no address', { shippingAddress: undefined }, 'shippingAddress'],
    ['a way to pay that there isn’t', { paymentMethod: 'barter' }, 'paymentMethod'],
  ];
  it.each(cases)('%s', async (_, fields, field) => {
    const reply = await changesNothing(() => api.as('service', 's-1').post('/v1/orders', orderBody(fields)));
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    expect(reply.body.errors[0]?.field).toBe(field);
  });
});

describe('without a good token there is nothing to see: 401, before routing', () => {
  const sign = (payload: Record<string, unknown>, expires = '1h', alg = 'HS256') =>
    new SignJWT(payload).setProtectedHeader({ alg }).setExpirationTime(expires);
  const tokens: [what: string, token: () => Promise<string> | string][] = [
    ['alg none', () => new UnsecuredJWT({ role: 'agent' }).setSubject('a-1').setExpirationTime('1h').encode()],
    ['an expired token', () => sign({ role: 'agent' }, '-1m').setSubject('a-1').sign(key)],
    [
      'another secret',
      () =>
        sign({ role: 'agent' })
          .setSubject('a-1')
          .sign(new TextEncoder().encode('x'.repeat(40))),
    ],
    [
      'another algorithm',
      () =>
        sign({ role: 'agent' }, '1h', 'HS512')
          .setSubject('a-1')
          .sign(new TextEncoder().encode(authSecret.repeat(2))),
    ],
    ['no sub', () => sign({ role: 'agent' }).sign(key)],
    ['no role', () => sign({}).setSubject('a-1').sign(key)],
    ['a role that there isn’t', () => sign({ role: 'root' }).setSubject('a-1').sign(key)],
    ['a token that is none', () => 'abc'],
  ];
  it.each(tokens)('%s', async (_, token) => {
    const headers = { authorization: `Bearer ${await token()}` };
    const reply = await changesNothing(() =>
      api.request('POST', `/v1/cases/${randomUUID()}/refund-retry`, headers, '{broken'),
    );
    expect(reply).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(reply.headers.get('www-authenticate')).toBe('Bearer');
  });

  it('no token at all, on a route that there isn’t', async () => {
    expect(await api.request('GET', '/v1/secrets')).toMatchObject({ status: 401 });
    expect(await api.request('GET', '/v1')).toMatchObject({ status: 401 });
  });
});

it('a payment provider that can’t sign changes nothing: 401', async () => {
  const body = JSON.stringify({
    key: `order/${order.id}/cancellation/1`,
    outcome: 'done',
    reference: 'r',
    at: new Date().toISOString(),
  });
  const signature = `t=${Math.floor(Date.now() / 1000)},v1=${'0'.repeat(64)}`;
  const reply = await changesNothing(() =>
    api.request('POST', '/v1/provider-callbacks/sandbox', { 'x-provider-signature': signature }, body),
  );
  expect(reply).toMatchObject({ status: 401, body: { code: 'bad_signature' } });
});
