import { randomUUID } from 'node:crypto';
import * as fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { readCursor } from '../../src/api/list.ts';
import { type Api, applicationFor, authSecret, type Person, startApi } from '../api/harness.ts';
import { seed } from '../attack/seed.ts';

let api: Api;
let consumer: Person;
let ids: Record<string, string[]>;
beforeAll(async () => {
  api = await startApi({
    mongodbUrl: inject('mongodbUrl'),
    temporalAddress: inject('temporalAddress'),
    scratch: inject('scratch'),
  });
  await api.startWorker();
  ids = await seed(api);
  consumer = api.as('consumer', 'c-1');
});
afterAll(() => api.close());
const idOf = (kind: string) => ids[kind]?.[0] ?? '';

describe('queries', () => {
  it.each([
    'status[$ne]=x',
    'status=applied&status[$ne]=x',
    'consumerId[$gt]=',
    'q=%00',
    'q[]=a',
    'limit=1e400',
    'limit=-0',
    '__proto__[role]=admin',
    'cursor=WyJjcmVhdGVkQXQiLDFlOTksIiJd.',
  ])('%s is refused by field, and no pattern or operator reaches the database', async (query) => {
    expect(await consumer.get(`/v1/orders?${query}`)).toMatchObject({
      status: 422,
      body: { code: 'validation_failed' },
    });
  });

  it('a pattern that would never end is searched for as it is written', async () => {
    expect(await consumer.get(`/v1/orders?q=${encodeURIComponent('(a+)+$'.repeat(30))}`)).toMatchObject({
      status: 200,
      body: { items: [] },
    });
  });
});

describe('bodies', () => {
  it.each([
    ['an operator for an id', { orderId: { $gt: '' } }],
    ['a field of the server’s', { consumerId: 'c-2' }],
    ['a status', { status: 'closed' }],
    ['a constructor', { constructor: { prototype: { role: 'admin' } } }],
  ])('%s: 422', async (_, fields) => {
    expect(await consumer.post('/v1/cases', applicationFor(idOf('orders'), fields))).toMatchObject({ status: 422 });
  });

  it('a quarter of a million brackets: refused, and the process lives', async () => {
    const raw = `${'['.repeat(250_000)}${']'.repeat(250_000)}`;
    expect((await consumer.post('/v1/cases', undefined, { raw })).status).toBeLessThan(500);
    expect((await api.request('GET', '/healthz')).status).toBe(200);
  });
});

describe('paths and headers', () => {
  it.each([
    '/v1/orders/%00',
    '/v1/orders/%2e%2e%2fadmin',
    '/v1/orders/..%2f..%2fhealthz',
    '/v1//orders',
    '/v1/orders/x.',
  ])('%s: 404', async (path) => {
    expect((await consumer.get(path)).status).toBe(404);
  });
  it('a broken escape: 400', async () => expect((await consumer.get('/v1/orders/%E0%A4%A')).status).toBe(400));
  it('X-HTTP-Method-Override makes no other method of a request', async () => {
    const headers = { 'x-http-method-override': 'POST', 'idempotency-key': randomUUID() };
    expect((await consumer.get('/v1/orders', headers)).status).toBe(200);
  });
  it('no other origin may read, and nothing is kept for others', async () => {
    const { headers } = await consumer.get('/v1/orders', { origin: 'https://evil.example.com' });
    expect(headers.get('access-control-allow-origin')).toBeNull();
    expect(headers.get('cache-control')).toBe('private, no-cache');
  });
});

it.each([[['admin']], [{ $ne: '' }], ['Admin']])('a token whose role is %j: 401', async (role) => {
  const key = new TextEncoder().encode(authSecret);
  const token = await new SignJWT({ role }).setProtectedHeader({ alg: 'HS256' }).setSubject('x-1').sign(key);
  expect((await api.request('GET', '/v1/policies', { authorization: `Bearer ${token}` })).status).toBe(401);
});

it('another’s evidence can’t be attached; another’s key opens nothing', async () => {
  const stranger = api.as('merchant', 'm-1');
  const message = (evidenceId: string) => ({ text: '见附件', evidenceIds: [evidenceId] });
  const path = `/v1/orders/${idOf('orders')}/messages`;
  expect(await stranger.post(path, message(idOf('evidence')))).toMatchObject({
    status: 422,
    body: { code: 'evidence_not_yours' },
  });

  const key = randomUUID();
  const mine = await consumer.post(path, { text: '你好' }, { key });
  const theirs = await stranger.post(path, { text: '您好' }, { key });
  expect([mine.status, theirs.status]).toEqual([201, 201]);
  expect(theirs.body.id).not.toBe(mine.body.id);
});

it('a cursor is one of ours or refused, whatever it is', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json().map((json) => Buffer.from(json).toString('base64url')),
      ),
      (text) => {
        expect(() => readCursor('createdAt', text)).toThrow('cursor: is not the nextCursor of such a list');
      },
    ),
  );
});
