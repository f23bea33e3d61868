import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readSettings } from '../../src/settings.ts';
import { type ServingRole, startProvider } from '../../src/stack/roles.ts';
import { type Servers, startServers } from '../../src/stack/servers.ts';
import {
  type Api,
  applicationFor,
  type Body,
  callbackSecret,
  deliveredOrder,
  expectStatus,
  type Person,
  type Reply,
  startApi,
} from '../api/harness.ts';

// The drills of docs/backup.md for a pair of backups of which one is older: MongoDB behind Temporal, and Temporal behind MongoDB. In
// its order: outgoing money is stopped, then the workers start, republish, reconcile, money again. The provider is never restored: it
// has moved nothing in between, and has paid once at the end.

const { cache } = readSettings(process.env);
let folder: string;
let servers: Servers;
let provider: ServingRole;
let api: Api | undefined;
const taskQueue = 'restored';

const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 60_000, interval: 100 });
const start = () => startServers({ folder, cache, env: process.env, progress: () => undefined });

/** The API over the servers as they are now, in the place of the one before, without a worker. */
async function apiAlone(): Promise<Api> {
  const { mongodbUrl, temporalAddress } = servers;
  const databaseUrl = mongodbUrl;
  const after = { databaseUrl, taskQueue };
  api = await startApi({ mongodbUrl, temporalAddress, scratch: folder, databaseUrl, after });
  return api;
}

/** API and worker over the servers as they are now. */
async function up(): Promise<Api> {
  const alone = await apiAlone();
  await alone.startWorker(provider.url);
  return alone;
}

const money = async (what: 'stop' | 'resume') =>
  (await expectStatus(200, as('admin', 'x-1').post(`/v1/money/${what}`, { reason: '恢复演练' }))).body;

/** API alone, money stopped, then the workers: steps 1 and 2. */
async function upWithoutMoney(): Promise<void> {
  const alone = await apiAlone();
  await money('stop');
  await alone.startWorker(provider.url);
}

async function down(): Promise<void> {
  await api?.close();
  api = undefined;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aftersales-restore-'));
  servers = await start();
  provider = await startProvider({
    port: 0,
    dataFile: join(folder, 'provider.jsonl'),
    callbackUrl: 'http://127.0.0.1:9/nobody',
    callbackSecret,
    logFile: join(folder, 'provider.log'),
  });
});
afterAll(async () => {
  await down();
  await provider.handle.process.stop();
  await servers.stop();
  await rm(folder, { recursive: true, force: true });
});

const as = (role: Parameters<Api['as']>[0], sub: string): Person => (api as Api).as(role, sub);
const consumer = () => as('consumer', 'c-1');
const merchant = () => as('merchant', 'm-1');
const status = async (id: string) => (await consumer().get(`/v1/cases/${id}`)).body.status;
const untilStatus = (id: string, wanted: string) => until(async () => expect(await status(id)).toBe(wanted));

/** What came of a command, however long it takes. */
async function obeyed(who: Person, asked: Promise<Reply>): Promise<string> {
  const { status: code, body } = await asked;
  if (code !== 202) return code < 300 ? 'accepted' : body.code;
  return until(async () => {
    const found = (await who.get(`/v1/commands/${body.commandId}`)).body;
    expect(found['state']).not.toBe('pending');
    return found.code ?? String(found['state']);
  });
}

async function apply(order: { id: string }): Promise<string> {
  const reply = await consumer().post('/v1/cases', applicationFor(order.id));
  if (reply.status === 201) return reply.body.id;
  return until(async () => {
    const { body } = await consumer().get(`/v1/commands/${reply.body.commandId}`);
    expect(body['state']).toBe('accepted');
    return String(body['subject']).slice('case/'.length);
  });
}

async function sentBack(order: { id: string }): Promise<string> {
  const id = await apply(order);
  expect(await obeyed(merchant(), merchant().post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }))).toBe(
    'accepted',
  );
  const parcel = { carrier: 'SF', trackingNumber: 'SF1' };
  expect(await obeyed(consumer(), consumer().post(`/v1/cases/${id}/tracking-number`, parcel))).toBe('accepted');
  return id;
}

const received = (id: string) => merchant().post(`/v1/cases/${id}/receipt-confirmation`, { outcome: 'received' });

async function done(path: string, body: object): Promise<Body> {
  const admin = as('admin', 'x-1');
  const { id } = (await expectStatus(201, admin.post(path, body))).body;
  return until(async () => {
    const found = (await admin.get(`${path}/${id}`)).body;
    expect(found['state']).toBe('done');
    return found;
  });
}

/** Republish, then reconcile: what the procedure has done until the books agree. */
async function setRight(): Promise<void> {
  expect(await done('/v1/republications', { every: 'all' })).toMatchObject({ failed: [] });
  await until(async () => {
    const report = await done('/v1/reconciliations', { graceSeconds: 0, askAll: true });
    expect((report['differences'] as { items: unknown[] }).items).toEqual([]);
    expect(report['notCompared']).toEqual([]);
  });
}

const movements = async () => (await (await fetch(`${provider.url}/movements`)).json()) as { orderId: string }[];

async function movementsOf(orderId: string): Promise<number> {
  return (await movements()).filter((one) => one.orderId === orderId).length;
}

/** What an agent sees of a refund that the switch holds back. */
const untilHeld = (id: string) =>
  until(async () => {
    const { body } = await as('agent', 'a-1').get(`/v1/cases/${id}`);
    expect(body).toMatchObject({ status: 'refunding', refund: { held: { cause: 'stopped' } } });
  });

const told = async (id: string) => {
  const { body } = await consumer().get(`/v1/cases/${id}/timeline?limit=100`);
  return body.items.map(({ type }) => type);
};

async function withDatabase<Result>(work: (database: mongo.Db) => Promise<Result>): Promise<Result> {
  const client = await mongo.MongoClient.connect(servers.mongodbUrl);
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
}

it('MongoDB restored to before what Temporal knows: republished, everything is there again, and money moved once', async () => {
  await up();
  const [first, second] = [await deliveredOrder(api as Api), await deliveredOrder(api as Api)];
  const ending = await sentBack(first);
  const backup = await withDatabase(async (database) =>
    Promise.all(
      (await database.listCollections({ type: 'collection' }).toArray()).map(async ({ name }) => ({
        name,
        documents: await database.collection(name).find().toArray(),
      })),
    ),
  );

  // what the backup lacks: a refund, and a case that it has never heard of, on an order that was delivered before
  expect(await obeyed(merchant(), received(ending))).toBe('accepted');
  await untilStatus(ending, 'refunded');
  const applied = await sentBack(second);
  const before = [await told(ending), await told(applied)];
  await down();

  await withDatabase(async (database) => {
    for (const { name, documents } of backup) {
      await database.collection(name).deleteMany({});
      if (documents.length > 0) await database.collection(name).insertMany(documents);
    }
    for (const { name } of await database.listCollections({ type: 'collection' }).toArray())
      if (!backup.some((one) => one.name === name)) await database.collection(name).deleteMany({});
  });
  const moved = await movements();
  await upWithoutMoney();
  expect(await status(ending)).toBe('awaiting_merchant_receipt');
  expect((await consumer().get(`/v1/cases/${applied}`)).status).toBe(404);

  await setRight();
  expect([await status(ending), await status(applied)]).toEqual(['refunded', 'awaiting_merchant_receipt']);
  expect([await told(ending), await told(applied)]).toEqual(before);
  // the unit is held again: nobody can apply for it twice (ELIG-5)
  expect(await obeyed(consumer(), consumer().post('/v1/cases', applicationFor(second.id)))).toBe(
    'quantity_not_available',
  );
  // somebody who gets in too early: the case hears it, and its refund waits
  expect(await obeyed(merchant(), received(applied))).toBe('accepted');
  await untilHeld(applied);
  expect(await movements()).toEqual(moved);
  await money('resume');
  await untilStatus(applied, 'refunded');
  expect([await movementsOf(first.id), await movementsOf(second.id)]).toEqual([1, 1]);
  await setRight();
  await down();
}, 240_000);

it('Temporal restored to before what MongoDB knows: workflows go on from the documents, and money moved once', async () => {
  await up();
  const orders = [
    await deliveredOrder(api as Api),
    await deliveredOrder(api as Api),
    await deliveredOrder(api as Api),
    await deliveredOrder(api as Api),
  ] as const;
  const [ending, disputed, waiting] = [await sentBack(orders[0]), await apply(orders[1]), await apply(orders[2])];
  await down();
  await servers.stop();
  const files = (await readdir(folder)).filter((name) => name.startsWith('temporal.sqlite'));
  expect(files.length).toBeGreaterThan(0);
  for (const name of files) await cp(join(folder, name), join(folder, `old-${name}`));
  servers = await start();

  // what Temporal will have forgotten: a refund, a refusal, an approval, and a case it has never heard of
  await up();
  expect(await obeyed(merchant(), received(ending))).toBe('accepted');
  await untilStatus(ending, 'refunded');
  const refusal = { decision: 'refuse', refusalCode: 'agreed_otherwise' };
  expect(await obeyed(merchant(), merchant().post(`/v1/cases/${disputed}/merchant-decision`, refusal))).toBe(
    'accepted',
  );
  const approval = { decision: 'approve' };
  expect(await obeyed(merchant(), merchant().post(`/v1/cases/${waiting}/merchant-decision`, approval))).toBe(
    'accepted',
  );
  const unheardOf = await sentBack(orders[3]);
  const before = await told(ending);
  await down();
  await servers.stop();
  for (const name of await readdir(folder)) if (name.startsWith('temporal.sqlite')) await rm(join(folder, name));
  for (const name of files) await cp(join(folder, `old-${name}`), join(folder, name));
  servers = await start();
  const moved = await movements();
  await upWithoutMoney();

  // a workflow that knows less is found out by its first write: it goes on from the document, and judges the command there
  const request = { reason: 'merchant_refused', statement: '请平台介入', evidenceIds: [] };
  const asked = consumer().post(`/v1/cases/${disputed}/intervention-request`, request);
  expect(await obeyed(consumer(), asked)).toBe('accepted');
  expect(await told(disputed)).toEqual(['caseOpened', 'applicationRefused', 'takenUp', 'interventionRequested']);
  // one whose command its old state would have taken, too: the refund has been paid
  expect((await received(ending)).status).toBe(409);

  await setRight();
  expect(await Promise.all([ending, disputed, waiting, unheardOf].map(status))).toEqual([
    'refunded',
    'intervention_requested',
    'awaiting_buyer_return',
    'awaiting_merchant_receipt',
  ]);
  expect((await told(ending)).slice(0, before.length)).toEqual(before);
  expect(await obeyed(merchant(), received(unheardOf))).toBe('accepted');
  await untilHeld(unheardOf);
  expect(await movements()).toEqual(moved);
  await money('resume');
  await untilStatus(unheardOf, 'refunded');
  expect(await Promise.all(orders.map(({ id }) => movementsOf(id)))).toEqual([1, 0, 0, 1]);
  await setRight();
}, 240_000);
