import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { ApiDeps } from '../../src/api/app.ts';
import { signToken } from '../../src/cli/tokens.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { openStore } from '../../src/store/store.ts';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  type ApiOptions,
  applicationFor,
  authSecret,
  deliveredOrder,
  expectStatus,
  ownDatabase,
} from '../api/harness.ts';
import { wayTo } from '../api/proxy.ts';
import { type Event, type OpenStream, openStream } from '../api/sse.ts';

const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function start(overrides: Partial<ApiDeps> = {}, more: Partial<ApiOptions> = {}) {
  const api = await apiHere({ overrides, ...more });
  undo.push(api.close);
  return api;
}

type Who = Parameters<typeof openStream>[1];
const c1: Who = { role: 'consumer', sub: 'c-1' };

async function open({ url }: Api, who: Who, after?: string): Promise<OpenStream> {
  const stream = await openStream(url, who, after);
  undo.push(stream.close);
  return stream;
}

/** Puts a message into an inbox, as a workflow does; answers its id. */
async function tell({ database }: Api, to: string, text = 'x'): Promise<string> {
  const _id = `order/${randomUUID()}/1/${to}/in_app`;
  const message = { channel: 'in_app', to, event: 'orderShipped', automatic: false, orderId: 'o', status: 'shipped' };
  await database.collection('outbox').insertOne({ _id: _id as never, ...message, text, createdAt: new Date() });
  return _id;
}
const isMessage = (id: string) => (event: Event) => event.data['id'] === id;
const names = (events: Event[]) => events.map(({ event }) => event);
const idsOf = (events: Event[]) => events.map(({ data }) => data['id']);

describe('what is pushed, and to whom', () => {
  let api: Api;
  beforeAll(async () => {
    api = await apiHere();
    await api.startWorker();
    return api.close;
  });

  it('each hears of its own as it would read it, strangers hear nothing (SEE-1, TELL-1)', async () => {
    const whos: Who[] = [
      c1,
      { role: 'merchant', sub: 'm-1' },
      { role: 'agent', sub: 'a-1' },
      { role: 'admin', sub: 'ad-1' },
      { role: 'service', sub: 's-1' },
      { role: 'consumer', sub: 'c-2' },
      { role: 'merchant', sub: 'm-2' },
    ];
    const streams = await Promise.all(whos.map((who) => open(api, who)));
    const [consumer, merchant, agent, admin, service, ...strangers] = streams as [OpenStream, ...OpenStream[]];
    const order = await deliveredOrder(api);
    const posted = await expectStatus(201, api.as('consumer', 'c-1').post('/v1/cases', applicationFor(order.id)));
    const { id } = posted.body;
    for (const [at, seen] of [consumer, merchant!, agent!, admin!].entries()) {
      const { data } = await seen.until(({ event }) => event === 'case');
      const { role, sub } = whos[at]!;
      expect(data).toEqual((await api.as(role, sub).get(`/v1/cases/${id}`)).body);
    }
    expect(consumer.events.find(({ event }) => event === 'case')?.data['availableActions']).toEqual(['withdrawal']);

    const orders = ['pending_payment', 'stocking_up', 'shipped', 'delivered'];
    for (const seen of [consumer, merchant!, service!]) {
      const told = seen.events.filter(({ event }) => event === 'order');
      expect(told.map(({ data }) => data)).toEqual(
        orders.map((status, at) => ({ id: order.id, status, version: at + 1, updatedAt: expect.any(String) })),
      );
    }
    const messages = (await api.as('consumer', 'c-1').get('/v1/messages')).body.items;
    const pushed = consumer.events.filter(({ event }) => event === 'message').map(({ data }) => data);
    expect(pushed).toEqual(messages.toReversed());
    expect(new Set(names(service!.events))).toEqual(new Set(['order']));
    expect(names(agent!.events)).toEqual(['case']);
    expect(names(admin!.events)).toEqual(['case']);

    const forAgents = await tell(api, 'agent/*');
    const last = await Promise.all(['consumer/c-2', 'merchant/m-2'].map((to) => tell(api, to)));
    await agent!.until(isMessage(forAgents));
    for (const [at, stranger] of strangers.entries()) {
      await stranger.until(isMessage(last[at]!));
      expect(idsOf(stranger.events)).toEqual([last[at]]);
    }
  });

  it('messages come in the language the reader has now', async () => {
    const who: Who = { role: 'consumer', sub: 'c-zh' };
    const stream = await open(api, who);
    const first = await tell(api, 'consumer/c-zh');
    expect((await stream.until(isMessage(first))).data['title']).toBe('订单已发货');
    await api.as('consumer', 'c-zh').put('/v1/me/profile', { language: 'en', emailOn: true });
    const second = await tell(api, 'consumer/c-zh');
    expect((await stream.until(isMessage(second))).data['title']).toBe('The order was shipped');
    const later = await open(api, who, stream.lastId());
    const third = await tell(api, 'consumer/c-zh');
    expect((await later.until(isMessage(third))).data['title']).toBe('The order was shipped');
  });

  it('is no page to be kept or buffered, and a request like any other', async () => {
    const stream = await open(api, c1);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    expect(await api.request('GET', '/v1/stream')).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
    expect(await api.as('consumer', 'c-1').get('/v1/stream?since=1')).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'since' }] },
    });
  });

  it('a caller has five at most; closing one makes room', async () => {
    const who: Who = { role: 'merchant', sub: 'm-five' };
    const streams: OpenStream[] = [];
    for (let count = 0; count < 5; count += 1) streams.push(await open(api, who));
    const sixth = () => api.as('merchant', 'm-five').get('/v1/stream');
    expect(await sixth()).toMatchObject({ status: 429, body: { code: 'too_many_streams' } });
    await open(api, { role: 'merchant', sub: 'm-six' });
    streams[0]!.close();
    const again = () => openStream(api.url, who).then(({ close }) => close(), String);
    await expect.poll(again).toBeUndefined();
  });
});

describe('nothing is lost, nothing comes twice, and the order is kept', () => {
  const to = 'consumer/c-1';

  /** Reads on in a new connection whenever it has seen a few; answers all that it saw, up to the last. */
  async function readInPieces(apiOf: (piece: number) => Api, last: Promise<string>, first: OpenStream) {
    const seen: Event[] = [];
    let end = '';
    void last.then((id) => (end = id));
    for (let piece = 1, stream = first; ; piece += 1) {
      await Promise.race([
        stream.until(() => stream.events.length >= 7),
        // Who has seen the last before it was known to be the last waits for nothing more.
        last.then((id) => seen.find(isMessage(id)) ?? stream.until(isMessage(id))),
      ]);
      stream.close();
      await stream.ended;
      seen.push(...stream.events);
      if (seen.some(isMessage(end))) return seen;
      stream = await open(apiOf(piece), c1, stream.lastId());
    }
  }

  async function tellMany(api: Api, count: number): Promise<string> {
    let id = '';
    for (let number = 0; number < count; number += 1) {
      id = await tell(api, to);
      await tell(api, 'consumer/c-2');
    }
    return id;
  }

  it('over dropped connections, while changes come', async () => {
    const api = await start();
    const whole = await open(api, c1);
    const first = await open(api, c1);
    const last = tellMany(api, 200);
    const pieces = await readInPieces(() => api, last, first);
    await whole.until(isMessage(await last));
    expect(whole.events).toHaveLength(200);
    expect(pieces).toEqual(whole.events);
  });

  it('where the process keeps few changes, out of the database’s log', async () => {
    const api = await start({ stream: { mostItems: 3 } });
    const whole = await open(api, c1);
    const first = await open(api, c1);
    const last = tellMany(api, 100);
    const pieces = await readInPieces(() => api, last, first);
    await whole.until(isMessage(await last));
    expect(pieces).toEqual(whole.events);
  });

  it('from one process to another, also one that began later', async () => {
    const api = await start();
    const whole = await open(api, c1);
    const first = await open(api, c1);
    const last = tellMany(api, 60);
    const other = await start({}, { databaseUrl: api.databaseUrl });
    const pieces = await readInPieces((piece) => (piece % 2 === 1 ? other : api), last, first);
    await whole.until(isMessage(await last));
    expect(pieces).toEqual(whole.events);
  });

  it('across a restart, for many at once, each from where it was', async () => {
    const api = await start();
    const whole = await open(api, c1);
    await whole.until(isMessage(await tellMany(api, 30)));
    const ids = [...whole.events];
    const restarted = await start({ stream: { mostOfACaller: 100 } }, { databaseUrl: api.databaseUrl });
    const streams = await Promise.all(ids.map(({ id }) => open(restarted, c1, id)));
    const last = await tell(api, to);
    await whole.until(isMessage(last));
    for (const [at, stream] of streams.entries()) {
      await stream.until(isMessage(last));
      expect(stream.events).toEqual(whole.events.slice(at + 1));
    }
  });

  it('while MongoDB is away and back', async () => {
    const { hostname, port } = new URL(inject('mongodbUrl'));
    const way = await wayTo(hostname, Number(port));
    undo.push(way.close);
    const apiMongodbUrl = `mongodb://127.0.0.1:${way.port}/?directConnection=true`;
    const api = await start({}, { apiMongodbUrl });
    const stream = await open(api, c1);
    const before = await tell(api, to);
    await stream.until(isMessage(before));
    way.cut();
    const meanwhile = [await tell(api, to), await tell(api, to)];
    way.mend();
    const after = await tell(api, to);
    await stream.until(isMessage(after));
    expect(idsOf(stream.events)).toEqual([before, ...meanwhile, after]);
  });

  it('a reader too slow is cut, and goes on where it was', async () => {
    const api = await start({ stream: { mostUnread: 100_000 } });
    const who: Who = { role: 'agent', sub: 'a-1' };
    const slow = await open(api, who);
    slow.pause();
    const ids: string[] = [];
    const text = '话'.repeat(4_000);
    const cut = { done: false };
    void slow.ended.then(() => (cut.done = true));
    const count = async () =>
      /aftersales_streams_open (\d+)/.exec(String((await api.request('GET', '/metrics')).body['text']))?.[1];
    while ((await count()) !== '0') ids.push(await tell(api, 'agent/*', text));
    slow.resume();
    await slow.ended;
    const again = await open(api, who, slow.lastId());
    ids.push(await tell(api, 'agent/*'));
    await again.until(isMessage(ids.at(-1)!));
    expect(idsOf([...slow.events, ...again.events])).toEqual(ids);
  });
});

describe('what was missed and can’t be told any more', () => {
  /** The position of a change like this one, an hour before: the log has none, where it is looked into at all. */
  const anHourBefore = (position: string) => {
    const seconds = Number.parseInt(position.slice(2, 10), 16) - 3_600;
    return `82${seconds.toString(16).toUpperCase().padStart(8, '0')}${position.slice(10)}`;
  };

  it.each<[string, (seen: string) => string, number?]>([
    ['longer ago than is caught up with', anHourBefore],
    ['of no server', () => '8200FF00000000000000'],
    ['nonsense', () => 'yesterday'],
    ['longer ago than the log goes', anHourBefore, 86_400_000],
  ])('%s: reset, and on from now', async (_, position, longestAwayMs) => {
    const api = await start(longestAwayMs === undefined ? {} : { stream: { longestAwayMs } });
    const before = await open(api, c1);
    const { id: seen } = await before.until(isMessage(await tell(api, 'consumer/c-1')));
    const stream = await open(api, c1, position(seen));
    await stream.until(({ event }) => event === 'reset');
    expect(stream.lastId() >= seen).toBe(true);
    await stream.until(isMessage(await tell(api, 'consumer/c-1')));
    expect(names(stream.events)).toEqual(['reset', 'message']);
  });

  it('the feed itself has lost its place: reset for all, and on from there', async () => {
    const databaseUrl = ownDatabase(inject('mongodbUrl'));
    const database = await connectDatabase(databaseUrl);
    undo.push(() => database.close());
    const store = openStore(database);
    let loseItsPlace = (_: string): void => undefined;
    // The server's own log can't be made to forget within a test: this says so in its stead.
    const watch: typeof store.watch = (signal, watcher) => {
      loseItsPlace = (position) => watcher.onOpen(position, false);
      return store.watch(signal, watcher);
    };
    const api = await start({ store: { ...store, watch } }, { databaseUrl });
    undo.push(() => database.dropDatabase());
    const [one, other] = [await open(api, c1), await open(api, { role: 'agent', sub: 'a-1' })];
    const before = await one.until(isMessage(await tell(api, 'consumer/c-1')));
    loseItsPlace(before.id);
    const after = await tell(api, 'consumer/c-1');
    await one.until(isMessage(after));
    expect(names(one.events)).toEqual(['message', 'reset', 'message']);
    await other.until(({ event }) => event === 'reset');
    const back = await open(api, c1, before.id);
    await back.until(isMessage(after));
    expect(back.events).toEqual(one.events.slice(2));
  });

  it('the server closes the feed for good, as when its database is dropped: reset, and on from there', async () => {
    const api = await start();
    const stream = await open(api, c1);
    await api.database.dropDatabase();
    await stream.until(({ event }) => event === 'reset');
    await stream.until(isMessage(await tell(api, 'consumer/c-1')));
    expect(names(stream.events)).toEqual(['reset', 'message']);
  });

  it('what never was: reset with the next heartbeat', async () => {
    const api = await start({ stream: { heartbeatMs: 50 } });
    const stream = await open(api, c1, `82FF${'0'.repeat(20)}`);
    await stream.until(({ event }) => event === 'reset');
    await stream.until(isMessage(await tell(api, 'consumer/c-1')));
  });

  it('takes nothing from the others who come again at the same moment', async () => {
    const api = await start();
    const before = await open(api, c1);
    const ids = [await tell(api, 'consumer/c-1'), await tell(api, 'consumer/c-1')];
    await before.until(isMessage(ids[1]!));
    // which catches up with whatever the log has
    const restarted = await start({ stream: { longestAwayMs: 86_400_000 } }, { databaseUrl: api.databaseUrl });
    const [good, bad] = await Promise.all([
      open(restarted, c1, before.events[0]!.id),
      open(restarted, { role: 'consumer', sub: 'c-2' }, anHourBefore(before.events[0]!.id)),
    ]);
    await Promise.all([good.until(isMessage(ids[1]!)), bad.until(({ event }) => event === 'reset')]);
    expect(good.events).toEqual(before.events.slice(1));
  });
});

describe('its end', () => {
  it('comes with the token’s end, which it says', async () => {
    let ahead = 0;
    const api = await start({ clock: () => Date.now() + ahead });
    const token = await signToken({ role: 'consumer', sub: 'c-1' }, authSecret, '1h');
    const { exp } = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()) as { exp: number };
    await open(api, { role: 'consumer', sub: 'c-2' });
    ahead = exp * 1_000 - Date.now() - 20_000;
    const stream = await open(api, { ...c1, token });
    await stream.until(isMessage(await tell(api, 'consumer/c-1')));
    await stream.ended;
    expect(names(stream.events)).toEqual(['message', 'expired']);
  });

  it('a heartbeat says how far the reader has seen, though nothing was for it', async () => {
    const api = await start({ stream: { heartbeatMs: 20 } });
    const stream = await open(api, c1);
    const other = await open(api, { role: 'consumer', sub: 'c-2' });
    const { id } = await other.until(isMessage(await tell(api, 'consumer/c-2')));
    await expect.poll(() => stream.lastId() >= id).toBe(true);
    expect(stream.events).toEqual([]);
  });
});

it('a thousand streams of a thousand consumers: each hears of its own and of nothing else', async () => {
  const api = await start();
  const numbers = Array.from({ length: 1_000 }, (_, number) => number);
  const streams: OpenStream[] = [];
  for (let from = 0; from < numbers.length; from += 50) {
    const lot = numbers.slice(from, from + 50).map((number) => open(api, { role: 'consumer', sub: `c-${number}` }));
    streams.push(...(await Promise.all(lot)));
  }
  const at = new Date();
  const messages = numbers.map((number) => ({
    _id: `order/o-${number}/1/consumer/c-${number}/in_app` as never,
    channel: 'in_app',
    to: `consumer/c-${number}`,
    event: 'orderShipped',
    automatic: false,
    orderId: `o-${number}`,
    status: 'shipped',
    createdAt: at,
  }));
  const orders = numbers.map((number) => ({
    _id: `o-${number}` as never,
    consumerId: `c-${number}`,
    merchantId: 'm-1',
    status: 'shipped',
    version: 2,
    updatedAt: at,
    outcomes: [],
  }));
  await api.database.collection('outbox').insertMany(messages);
  await api.database.collection('orders').insertMany(orders);
  for (const [number, stream] of streams.entries()) {
    await stream.until(({ event }) => event === 'order');
    expect(stream.events.map(({ event, data }) => [event, data['id']])).toEqual([
      ['message', messages[number]!._id],
      ['order', orders[number]!._id],
    ]);
  }
});
