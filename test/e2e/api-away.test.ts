import { randomUUID } from 'node:crypto';
import { afterEach, expect, inject, it, vi } from 'vitest';
import type { ApiDeps } from '../../src/api/app.ts';
import { lazyClient, temporalGateway } from '../../src/api/temporal.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, orderBody } from '../api/harness.ts';
import { type Way, wayTo } from '../api/proxy.ts';

const undo: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

type Ways = { mongodb?: Way; temporal?: Way };

async function start({ mongodb, temporal }: Ways = {}, overrides: Partial<ApiDeps> = {}): Promise<Api> {
  const api = await apiHere({
    overrides,
    ...(temporal ? { apiTemporalAddress: `127.0.0.1:${temporal.port}` } : {}),
    ...(mongodb ? { apiMongodbUrl: `mongodb://127.0.0.1:${mongodb.port}/?directConnection=true` } : {}),
  });
  undo.push(api.close);
  return api;
}

async function wayToTemporal(): Promise<Way> {
  const [host = '', port = ''] = inject('temporalAddress').split(':');
  const way = await wayTo(host, Number(port));
  undo.push(way.close);
  return way;
}

async function wayToMongodb(): Promise<Way> {
  const { hostname, port } = new URL(inject('mongodbUrl'));
  const way = await wayTo(hostname, Number(port));
  undo.push(way.close);
  return way;
}

/** How many signals a workflow has ever got. */
async function signalsOf(api: Api, workflowId: string): Promise<number> {
  const { events } = await api.temporal.workflow.getHandle(workflowId).fetchHistory();
  return (events ?? []).filter((event) => event.workflowExecutionSignaledEventAttributes).length;
}

it('no worker: 202 with where to ask; a worker later decides it, and the same key is answered with it', async () => {
  const api = await start();
  const service = api.as('service', 's-1');
  const key = randomUUID();
  const body = orderBody();
  const pending = await service.post('/v1/orders', body, { key, pending: true });
  expect(pending).toMatchObject({ status: 202, body: { commandId: expect.any(String) } });
  const location = pending.headers.get('location') ?? '';
  expect(location).toBe(`/v1/commands/${pending.body.commandId}`);
  expect((await service.get(location)).body).toMatchObject({
    id: pending.body.commandId,
    state: 'pending',
    subject: expect.stringMatching(/^order\//),
  });
  expect(await api.as('service', 's-2').get(location)).toMatchObject({
    status: 404,
    body: { code: 'command_not_found' },
  });

  await api.startWorker();
  await expect.poll(async () => (await service.get(location)).body).toMatchObject({ state: 'accepted', version: 1 });
  expect(await service.post('/v1/orders', body, { key })).toMatchObject({
    status: 201,
    body: { status: 'pending_payment' },
  });
});

it('Temporal away: reads are served, commands get 503 within seconds, and the same key goes through when it is back', async () => {
  const temporal = await wayToTemporal();
  const api = await start({ temporal });
  await api.startWorker();
  const order = await deliveredOrder(api);
  const consumer = api.as('consumer', 'c-1');
  const key = randomUUID();

  temporal.cut();
  const timers = vi.spyOn(globalThis, 'setTimeout');
  const reply = await consumer.post('/v1/cases', applicationFor(order.id), { key, once: true });
  expect(reply).toMatchObject({ status: 503, body: { code: 'outcome_unknown' } });
  expect(reply.headers.get('retry-after')).toBe('1');
  // Between the tries it waited, one after the other, no longer than the caller has: 3 s.
  const pauses = timers.mock.calls.flatMap(([callback, ms]) => (callback.name === 'retry' ? [ms ?? 0] : []));
  timers.mockRestore();
  expect(pauses.length).toBeGreaterThan(1);
  expect(pauses.reduce((sum, ms) => sum + ms, 0)).toBeLessThanOrEqual(3_000);
  expect(await consumer.get(`/v1/orders/${order.id}`)).toMatchObject({ status: 200, body: { status: 'delivered' } });
  await expect
    .poll(() => api.request('GET', '/readyz'))
    .toMatchObject({ status: 503, body: { mongodb: 'up', temporal: 'down' } });
  expect(await api.request('GET', '/healthz')).toMatchObject({ status: 200 });

  const admin = api.as('admin', 'x-1');
  const { version: _, ...policy } = (await admin.get('/v1/policies/current')).body as Record<string, unknown>;
  await expectStatus(201, admin.post('/v1/policies', policy));
  temporal.mend();
  const again = async () => (await consumer.post('/v1/cases', applicationFor(order.id), { key })).status;
  await expect.poll(again).toBe(201);
  // POL-2: it begins under the policy of when it was first received
  expect((await consumer.get('/v1/cases')).body.items).toMatchObject([{ policyVersion: 1 }]);
});

it('Temporal away at the start: the API starts, reads, and goes on when it comes', async () => {
  const temporal = await wayToTemporal();
  temporal.cut();
  const api = await start({ temporal });
  const service = api.as('service', 's-1');
  expect(await service.get('/v1/orders')).toMatchObject({ status: 200, body: { items: [] } });
  const key = randomUUID();
  expect(await service.post('/v1/orders', orderBody(), { key, once: true })).toMatchObject({
    status: 503,
    body: { code: 'outcome_unknown' },
  });
  await api.startWorker();
  temporal.mend();
  await expect.poll(async () => (await service.post('/v1/orders', orderBody(), { key })).status).toBe(201);
});

it('Temporal away while it stops: a call about to be repeated ends with the connection, and the process lives on', async () => {
  const temporal = await wayToTemporal();
  temporal.cut();
  const { client, close } = lazyClient({
    connectionOptions: { address: `127.0.0.1:${temporal.port}` },
    namespace: 'default',
  });
  const retries = vi.spyOn(globalThis, 'setTimeout');
  const asked = client.connection.workflowService.getSystemInfo({});
  // The SDK sets its timer for the next try when a try has failed, and that timer is still to fire when the channel closes.
  await expect.poll(() => retries.mock.calls.some(([callback]) => callback.name === 'retry')).toBe(true);
  retries.mockRestore();
  await close();
  await expect(asked).rejects.toThrow('the connection is closed');
});

it('MongoDB away: 503 in seconds and nothing is signalled; the same key goes through when it is back, also to who waits', async () => {
  const mongodb = await wayToMongodb();
  const api = await start({ mongodb });
  await api.startWorker();
  const order = await deliveredOrder(api);
  const consumer = api.as('consumer', 'c-1');
  const { id } = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
  const key = randomUUID();

  mongodb.cut();
  const startedAt = Date.now();
  const impatient = api.as('consumer', 'c-1', { impatient: true });
  expect(await impatient.post(`/v1/cases/${id}/withdrawal`, {}, { key })).toMatchObject({
    status: 503,
    body: { code: 'store_unavailable' },
  });
  expect(await impatient.get(`/v1/cases/${id}`)).toMatchObject({ status: 503, body: { code: 'store_unavailable' } });
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  expect(await signalsOf(api, `case/${id}`)).toBe(0);
  await expect
    .poll(() => api.request('GET', '/readyz'))
    .toMatchObject({ status: 503, body: { mongodb: 'down', temporal: 'up' } });

  mongodb.mend();
  const reply = async () => (await consumer.post(`/v1/cases/${id}/withdrawal`, {}, { key })).status;
  await expect.poll(reply).toBe(200);
  expect((await consumer.get(`/v1/cases/${id}`)).body).toMatchObject({ status: 'closed', closeReason: 'withdrawn' });
});

it('MongoDB silent: whoever reads or writes hears in seconds that it is away, counts wait longer, all is answered when it speaks', async () => {
  const mongodb = await wayToMongodb();
  const api = await start({ mongodb });
  const impatient = { impatient: true } as const;
  const consumer = api.as('consumer', 'c-1', impatient);
  const paths = ['/v1/cases', '/v1/cases?sort=deadline', '/v1/orders', `/v1/cases/${randomUUID()}`, '/v1/messages'];
  const asked = () => Promise.all(paths.map(async (path) => (await consumer.get(path)).status));
  await expect.poll(asked).toEqual([200, 200, 200, 404, 200]);

  const [agent, admin] = [api.as('agent', 'a-1', impatient), api.as('admin', 'x-1', impatient)];
  const wrote = () =>
    Promise.all(
      [
        consumer.put('/v1/me/profile', { language: 'en', emailOn: true }),
        agent.post(`/v1/queues/tickets/${randomUUID()}/release`, {}),
        admin.post('/v1/reconciliations', {}),
        admin.post('/v1/republications', { every: 'open' }),
      ].map(async (reply) => (await reply).status),
    );

  mongodb.hold();
  const startedAt = Date.now();
  // counts are given ten seconds, and so outlast a silence that a single read does not
  const figures = agent.get('/v1/figures');
  expect(await Promise.all([asked(), wrote()])).toEqual([
    [503, 503, 503, 503, 503],
    [503, 503, 503, 503],
  ]);
  expect(Date.now() - startedAt).toBeLessThan(20_000);
  mongodb.mend();
  await expectStatus(200, figures);
  await expect.poll(asked).toEqual([200, 200, 200, 404, 200]);
});

it('more than 100 commands of one subject waiting: 429, and the others are answered', async () => {
  const lazy = lazyClient({ connectionOptions: { address: inject('temporalAddress') }, namespace: 'default' });
  undo.push(lazy.close);
  const gateway = temporalGateway(lazy.client, 'no-worker');
  let open: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const slow: typeof gateway = {
    ...gateway,
    async signalWithStart(...handOver) {
      await gate;
      return gateway.signalWithStart(...handOver);
    },
  };
  const api = await start({}, { temporal: slow });
  const service = api.as('service', 's-1');
  const orderId = randomUUID();
  const pay = (n: number) =>
    service.post(`/v1/orders/${orderId}/payment`, { transactionId: `t-${n}`, amount: 1 }, { once: true });
  const waiting = Promise.all(Array.from({ length: 100 }, (_, n) => pay(n)));
  await expect
    .poll(async () => (await api.request('GET', '/metrics')).body['text'])
    .toContain('aftersales_commands_waiting 100\n');

  const refused = await pay(100);
  expect(refused).toMatchObject({ status: 429, body: { code: 'too_many_pending' } });
  expect(refused.headers.get('retry-after')).toBe('1');
  open();
  // None has been decided without a worker; some took so long to be handed over that their sender must ask again.
  const statuses = new Set((await waiting).map(({ status }) => status));
  expect([...statuses].filter((status) => status !== 202 && status !== 503)).toEqual([]);
});

it('a caller that asks too often: 429 with Retry-After; others are served', async () => {
  const api = await start({}, { rateLimit: 5 });
  const replies = await Promise.all(Array.from({ length: 12 }, () => api.as('consumer', 'c-1').get('/v1/cases')));
  const refused = replies.filter(({ status }) => status === 429);
  expect(refused.length).toBeGreaterThanOrEqual(2);
  expect(refused[0]).toMatchObject({ body: { code: 'rate_limited' } });
  expect(refused[0]?.headers.get('retry-after')).toBe('1');
  expect((await api.as('consumer', 'c-2').get('/v1/cases')).status).toBe(200);
});

it('who comes through a proxy is counted by its own address where that proxy is trusted, and else is the proxy', async () => {
  const ask = (api: Api, from: string) =>
    Promise.all(
      Array.from({ length: 8 }, async () => {
        const headers = { authorization: 'Bearer nobody', 'x-forwarded-for': from };
        return (await fetch(`${api.url}/v1/cases`, { headers })).status;
      }),
    );
  const [trusting, other] = await Promise.all([
    start({}, { rateLimit: 8, trustedProxies: ['loopback'] }),
    start({}, { rateLimit: 8 }),
  ]);
  const all = await Promise.all(['203.0.113.1', '203.0.113.2', '203.0.113.3'].map((from) => ask(trusting, from)));
  expect(all.flat()).toEqual(Array.from({ length: 24 }, () => 401));
  const together = await Promise.all(['203.0.113.1', '203.0.113.2', '203.0.113.3'].map((from) => ask(other, from)));
  expect(together.flat()).toContain(429);
});
