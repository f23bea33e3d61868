import { randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { postWebhook } from '../../src/activities/webhooks/post.ts';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  type Person,
  stored,
} from '../api/harness.ts';

const secretOfTests = `whsec_${Buffer.alloc(32).toString('base64')}`;

type Call = { headers: IncomingHttpHeaders; body: string };
type Delivery = Body & { state: string; webhookId: string; tries: { status?: number; error?: string }[] };
type Told = { type: string; data: { subject: string; seq: number; event: string; status: string } };

const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 60_000, interval: 50 });

/** Somebody who is told: notes every call, and answers it as `answer` says; 204 unless told otherwise. */
class Receiver {
  readonly calls: Call[] = [];
  answer: (response: ServerResponse) => void = (response) => response.writeHead(204).end();
  private readonly server: Server = createServer((request, response) => {
    void text(request).then((body) => {
      this.calls.push({ headers: request.headers, body });
      this.answer(response);
    });
  });

  async listen(): Promise<this> {
    await new Promise<void>((listening) => this.server.listen(0, '127.0.0.1', listening));
    return this;
  }
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}/hooks`;
  }
  /** What it was told, each call checked against the secret. */
  told(secret: string): Told[] {
    return this.calls.map(
      ({ body, headers }) => new Webhook(secret).verify(body, headers as Record<string, string>) as Told,
    );
  }
  close(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

let api: Api;
let admin: Person;
const receivers: Receiver[] = [];
const receiver = async () => {
  const one = await new Receiver().listen();
  receivers.push(one);
  return one;
};

beforeAll(async () => {
  api = await apiHere();
  admin = api.as('admin', 'ad-1');
  await api.startWorker(undefined, { courier: {} });
});
afterAll(async () => {
  for (const one of receivers) one.close();
  await api.close();
});

const register = async (url: string, more: Record<string, unknown> = {}) =>
  (await expectStatus(201, admin.post('/v1/webhooks', { url, ...more }))).body as Body & { secret: string };
const switchOff = async ({ id, url }: Body) =>
  expectStatus(200, admin.put(`/v1/webhooks/${id}`, { url, events: ['*'], enabled: false }));
const deliveriesOf = async (id: string, query = '?limit=100') =>
  (await expectStatus(200, admin.get(`/v1/webhooks/${id}/deliveries${query}`))).body.items as Delivery[];
const sendTest = async (id: string) =>
  (await expectStatus(200, admin.post(`/v1/webhooks/${id}/test`))).body as Delivery;
const ended = (id: string, deliveryId: string, state: string) =>
  until(async () => {
    const found = (await deliveriesOf(id)).find((one) => one.id === deliveryId);
    expect(found?.state).toBe(state);
    return found!;
  });

/** A case that has been refunded; answers its timeline. */
async function refundedCase(): Promise<{ caseId: string; timeline: Body[] }> {
  const order = await deliveredOrder(api);
  const consumer = api.as('consumer', 'c-1');
  const applied = await expectStatus(
    201,
    consumer.post('/v1/cases', applicationFor(order.id, { kind: 'refund_only' })),
  );
  const caseId = applied.body.id;
  await expectStatus(
    200,
    api.as('merchant', 'm-1').post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' }),
  );
  await until(async () => expect((await consumer.get(`/v1/cases/${caseId}`)).body.status).toBe('refunded'));
  return { caseId, timeline: (await consumer.get(`/v1/cases/${caseId}/timeline`)).body.items };
}

describe('TELL-1: who asks for events is told of them', () => {
  it('TELL-2: a live receiver has everything, signed and in order, while one that hangs is tried ever again, and has it in the end', async () => {
    const [live, dead, orders] = [await receiver(), await receiver(), await receiver()];
    dead.answer = () => undefined;
    const toLive = await register(live.url, { events: ['case.*'] });
    const toDead = await register(dead.url);
    const toOrders = await register(orders.url, { events: ['order.order_delivered'] });
    const { caseId, timeline } = await refundedCase();
    const about = (told: Told[]) => told.filter(({ data }) => data.subject === `case/${caseId}`);
    await until(async () => expect(about(live.told(toLive.secret))).toHaveLength(timeline.length));
    expect(
      about(live.told(toLive.secret)).map(({ type, data: { seq, event, status } }) => ({ type, seq, event, status })),
    ).toEqual(
      timeline.map(({ seq, type, status }) => ({
        type: `case.${type.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
        seq,
        event: type,
        status,
      })),
    );
    expect(about(live.told(toLive.secret)).at(-1)?.data).toMatchObject({ final: true, rule: 'CASE-11' });
    await until(async () =>
      expect(orders.told(toOrders.secret).map(({ type }) => type)).toEqual(['order.order_delivered']),
    );

    await until(async () => expect((await deliveriesOf(toDead.id)).some(({ tries }) => tries.length > 1)).toBe(true));
    const waiting = await deliveriesOf(toDead.id);
    expect(new Set(waiting.map(({ state }) => state))).toEqual(new Set(['pending']));
    const tried = waiting.find(({ tries }) => tries.length > 1)!;
    expect(tried.tries).toEqual(
      tried.tries.map(() => ({
        at: expect.any(String),
        durationMs: expect.any(Number),
        error: 'no answer within 5000 ms',
      })),
    );
    expect(tried['nextTryAt']).not.toBeNull();

    dead.answer = (response) => response.writeHead(200).end('thanks');
    await until(async () => expect(await deliveriesOf(toDead.id, '?state=pending')).toEqual([]));
    expect(await deliveriesOf(toDead.id, '?state=sent&limit=100')).toHaveLength(waiting.length);
    const bodies = new Map<string, Set<string>>();
    for (const { headers, body } of dead.calls) {
      const id = String(headers['webhook-id']);
      bodies.set(id, (bodies.get(id) ?? new Set()).add(body));
    }
    expect([...bodies.keys()].toSorted()).toEqual(waiting.map(({ webhookId }) => webhookId).toSorted());
    expect([...bodies.values()].every(({ size }) => size === 1)).toBe(true);
    for (const one of [toLive, toDead, toOrders]) await switchOff(one);
  });

  it('is told once the state can be read', async () => {
    const hook = await receiver();
    const seen: Promise<string>[] = [];
    const read = async (body: string) => {
      const { subject } = (JSON.parse(body) as Told).data;
      return (await api.as('agent', 'a-1').get(`/v1/cases/${subject.split('/')[1]}`)).body.status;
    };
    hook.answer = (response) => {
      seen.push(read(hook.calls.at(-1)!.body));
      response.writeHead(204).end();
    };
    const endpoint = await register(hook.url, { events: ['case.refund_settled'] });
    await refundedCase();
    await until(async () => expect(await Promise.all(seen)).toEqual(['refunded']));
    await switchOff(endpoint);
  });
});

describe('TELL-2: a worker that stops', () => {
  it('finishes what is on the wire, and the courier goes on at another', async () => {
    const hook = await receiver();
    const own = await apiHere();
    onTestFinished(own.close);
    const providerUrl = await own.startProvider();
    const worker = await own.startWorker(providerUrl, { courier: {} });
    const ownAdmin = own.as('admin', 'ad-1');
    const { id } = (await ownAdmin.post('/v1/webhooks', { url: hook.url })).body;
    const held = new Promise<ServerResponse>((called) => (hook.answer = called));
    await expectStatus(200, ownAdmin.post(`/v1/webhooks/${id}/test`));
    const response = await held;
    const stopped = worker.stop();
    response.writeHead(204).end();
    await stopped;
    expect((await ownAdmin.get(`/v1/webhooks/${id}/deliveries`)).body.items).toMatchObject([{ state: 'sent' }]);

    hook.answer = (again) => again.writeHead(204).end();
    await own.startWorker(providerUrl, { courier: {} });
    await expectStatus(200, ownAdmin.post(`/v1/webhooks/${id}/test`));
    await until(async () =>
      expect((await ownAdmin.get(`/v1/webhooks/${id}/deliveries?state=sent`)).body.items).toHaveLength(2),
    );
    expect(hook.calls).toHaveLength(2);
  });
});

describe('an administrator looks after webhooks', () => {
  it('shows the secret when it is made, and then no more', async () => {
    const key = randomUUID();
    const body = { url: 'http://localhost:1/hooks', description: 'the shop’s own' };
    const made = await expectStatus(201, admin.post('/v1/webhooks', body, { key }));
    expect(made.body).toMatchObject({
      ...body,
      events: ['*'],
      enabled: true,
      secret: expect.stringMatching(/^whsec_.{44}$/),
    });
    expect(made.headers.get('location')).toBe(`/v1/webhooks/${made.body.id}`);
    expect((await admin.post('/v1/webhooks', body, { key })).body).toEqual(made.body);
    const { secret: _, ...shown } = made.body as Body & { secret: string };
    expect((await admin.get(`/v1/webhooks/${made.body.id}`)).body).toEqual(shown);
    expect((await admin.get('/v1/webhooks?limit=1')).body.items).toEqual([shown]);
    await switchOff(made.body);
  });

  it('has a delivery sent again under the same id, once a key', async () => {
    const hook = await receiver();
    const { id } = await register(hook.url);
    const { id: deliveryId, webhookId } = await sendTest(id);
    await ended(id, deliveryId, 'sent');
    const path = `/v1/webhooks/${id}/deliveries/${encodeURIComponent(deliveryId)}/resend`;
    const key = randomUUID();
    expect((await expectStatus(200, admin.post(path, {}, { key }))).body).toMatchObject({ state: 'pending' });
    await ended(id, deliveryId, 'sent');
    expect((await expectStatus(200, admin.post(path, {}, { key }))).body).toMatchObject({ state: 'sent' });
    expect(hook.calls.map(({ headers }) => headers['webhook-id'])).toEqual([webhookId, webhookId]);
    expect((await deliveriesOf(id))[0]?.tries.map(({ status }) => status)).toEqual([204, 204]);
    expect(await admin.post(`/v1/webhooks/${id}/deliveries/none/resend`)).toMatchObject({
      status: 404,
      body: { code: 'delivery_not_found' },
    });
  });

  it('after a rotation both secrets are good', async () => {
    const hook = await receiver();
    const { id, secret } = await register(hook.url);
    const key = randomUUID();
    const rotate = () => admin.post(`/v1/webhooks/${id}/secret-rotation`, {}, { key });
    const [rotated, again] = await Promise.all([rotate(), rotate()]);
    const fresh = rotated.body['secret'] as string;
    expect(again.body).toEqual(rotated.body);
    expect(fresh).not.toBe(secret);
    await ended(id, (await sendTest(id)).id, 'sent');
    expect(String(hook.calls[0]?.headers['webhook-signature']).split(' ')).toHaveLength(2);
    for (const one of [secret, fresh]) expect(hook.told(one)).toMatchObject([{ type: 'webhook.test' }]);

    await api.database
      .collection('webhooks')
      .updateOne({ _id: id as never }, { $set: { 'secrets.1.until': new Date() } });
    await ended(id, (await sendTest(id)).id, 'sent');
    hook.calls.shift();
    expect(hook.told(fresh)).toHaveLength(1);
    expect(() => hook.told(secret)).toThrow('No matching signature found');
  });

  it('410 switches it off; switched on again, it can be sent what it missed', async () => {
    const hook = await receiver();
    hook.answer = (response) => response.writeHead(410).end();
    const { id, url } = await register(hook.url);
    const gone = await sendTest(id);
    expect(await ended(id, gone.id, 'failed')).toMatchObject({
      reason: expect.stringContaining('410'),
      tries: [{ status: 410 }],
    });
    expect((await admin.get(`/v1/webhooks/${id}`)).body).toMatchObject({
      enabled: false,
      disabledReason: expect.stringContaining('410'),
    });
    for (const path of ['test', `deliveries/${encodeURIComponent(gone.id)}/resend`])
      expect(await admin.post(`/v1/webhooks/${id}/${path}`)).toMatchObject({
        status: 409,
        body: { code: 'webhook_disabled' },
      });

    hook.answer = (response) => response.writeHead(204).end();
    const on = await expectStatus(200, admin.put(`/v1/webhooks/${id}`, { url, events: ['*'], enabled: true }));
    expect(on.body).not.toHaveProperty('disabledReason');
    await expectStatus(200, admin.post(`/v1/webhooks/${id}/deliveries/${encodeURIComponent(gone.id)}/resend`));
    await ended(id, gone.id, 'sent');
  });

  it('follows no redirect, and skips what waits for one that was switched off', async () => {
    const [hook, elsewhere] = [await receiver(), await receiver()];
    hook.answer = (response) => response.writeHead(307, { location: elsewhere.url }).end();
    const endpoint = await register(hook.url);
    const { id: deliveryId } = await sendTest(endpoint.id);
    await until(async () => expect((await deliveriesOf(endpoint.id))[0]?.tries[0]).toMatchObject({ status: 307 }));
    await switchOff(endpoint);
    expect(await ended(endpoint.id, deliveryId, 'skipped')).toMatchObject({ reason: 'the endpoint is switched off' });
    expect(elsewhere.calls).toEqual([]);
  });

  it('pages through deliveries, newest first', async () => {
    const hook = await receiver();
    const { id } = await register(hook.url);
    const sent = [];
    for (let count = 0; count < 3; count++) sent.push((await sendTest(id)).id);
    const first = (await admin.get(`/v1/webhooks/${id}/deliveries?limit=2`)).body;
    const rest = (await admin.get(`/v1/webhooks/${id}/deliveries?limit=2&cursor=${first.nextCursor}`)).body;
    expect([...first.items, ...rest.items].map((one) => one.id)).toEqual(sent.toReversed());
    expect(rest.nextCursor).toBeNull();
    // nothing is left on its way when the next test looks whether anything changes
    for (const one of sent) await ended(id, one, 'sent');
  });
});

describe('what can’t be is refused by name, and nothing changes', () => {
  const good = { url: 'https://example.com/hooks', events: ['case.*'], enabled: true };
  const cases: [what: string, fields: Record<string, unknown>, field: string][] = [
    ['no URL', { url: 'example' }, 'url'],
    ['ftp', { url: 'ftp://example.com' }, 'url'],
    ['a name and password', { url: 'https://me:secret@example.com' }, 'url'],
    ['a fragment', { url: 'https://example.com/#here' }, 'url'],
    ['a URL of 2,049 characters', { url: `https://example.com/${'x'.repeat(2_029)}` }, 'url'],
    ['an unknown event', { events: ['case.gone'] }, 'events.0'],
    ['an event that tells of nothing', { events: ['case.*', 'case.signal_refused'] }, 'events.1'],
    ['an event twice', { events: ['case.*', 'case.*'] }, 'events'],
    ['no event', { events: [] }, 'events'],
    ['a description of 201 characters', { description: 'x'.repeat(201) }, 'description'],
    ['an unknown field', { secret: 'mine' }, 'secret'],
  ];
  it.each(cases)('%s', async (_, fields, field) => {
    const { id, url } = await register('http://localhost:1/hooks', { events: ['case.ruled'] });
    const before = await stored(api);
    const { enabled: _enabled, ...body } = { ...good, ...fields };
    for (const reply of [
      await admin.post('/v1/webhooks', body),
      await admin.put(`/v1/webhooks/${id}`, { ...good, ...fields }),
    ])
      expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ field }] } });
    expect(await stored(api)).toEqual(before);
    await switchOff({ id, url: url as string } as unknown as Body);
  });

  it('somebody who is no administrator', async () => {
    for (const role of ['consumer', 'merchant', 'agent', 'service'] as const)
      expect(await api.as(role, 'x-1').get('/v1/webhooks')).toMatchObject({
        status: 403,
        body: { code: 'role_not_allowed' },
      });
  });

  it('a webhook that there isn’t', async () => {
    const none = `/v1/webhooks/${randomUUID()}`;
    const replies = [
      await admin.get(none),
      await admin.put(none, good),
      await admin.get(`${none}/deliveries`),
      await admin.post(`${none}/test`),
      await admin.post(`${none}/secret-rotation`),
      await admin.post(`${none}/deliveries/x/resend`),
    ];
    expect(replies.map(({ status, body }) => [status, body.code])).toEqual(
      replies.map(() => [404, 'webhook_not_found']),
    );
  });
});

describe('PRIVATE_WEBHOOKS=refuse: what is inside is not called', () => {
  const inside = [
    'http://127.0.0.1:9/',
    'http://2130706433/',
    'http://0x7f.1/',
    'http://localhost/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://192.168.1.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://0.0.0.0/',
    'http://[::1]/',
    'http://[::ffff:10.0.0.1]/',
    'http://[fe80::1]/',
    'http://[fd00:ec2::254]/',
    'http://[64:ff9b::a00:1]/',
  ];
  let strict: Api;
  beforeAll(async () => {
    strict = await apiHere({ after: api, databaseUrl: api.databaseUrl, overrides: { privateWebhooks: false } });
  });
  afterAll(() => strict.close());

  it.each(inside)('%s is refused when it is registered, and when an endpoint is moved there', async (url) => {
    const somebody = strict.as('admin', 'ad-1');
    const { id } = (await expectStatus(201, somebody.post('/v1/webhooks', { url: 'https://192.0.66.1/' }))).body;
    const before = await stored(strict);
    const refused = { status: 422, body: { code: 'validation_failed', errors: [{ field: 'url' }] } };
    expect(await somebody.post('/v1/webhooks', { url })).toMatchObject(refused);
    expect(await somebody.put(`/v1/webhooks/${id}`, { url, events: ['*'], enabled: true })).toMatchObject(refused);
    expect((await stored(strict))['webhooks']).toEqual(before['webhooks']);
  });

  const post = (url: string, privateToo: boolean) =>
    postWebhook({ url, secrets: [secretOfTests], id: 'w-1', body: '{}' }, Date.now(), { answerMs: 10_000, privateToo });

  it('one that switches protocols has not answered: it fails, and holds up nothing', async () => {
    const one = createSocketServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => socket.write('HTTP/1.1 101 x\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'));
    });
    await new Promise<void>((listening) => one.listen(0, '127.0.0.1', listening));
    const { port } = one.address() as AddressInfo;
    expect(await post(`http://127.0.0.1:${port}/`, true)).toEqual({
      outcome: 'failed',
      error: 'the connection was closed without an answer',
    });
    one.close();
  });

  it.each(['address', 'name'])(
    'an %s inside that was registered before is not called: nothing reaches it',
    async (by) => {
      const one = await receiver();
      const url = by === 'name' ? one.url.replace('127.0.0.1', 'localhost') : one.url;
      expect(await post(url, false)).toMatchObject({
        outcome: 'failed',
        error: expect.stringContaining('PRIVATE_WEBHOOKS'),
      });
      expect(one.calls).toEqual([]);
      expect(await post(one.url, true)).toEqual({ outcome: 'sent', status: 204 });
    },
  );
});
