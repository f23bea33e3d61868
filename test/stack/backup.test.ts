import { execFileSync } from 'node:child_process';
import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { listAll, type Person, personOf } from '../../src/cli/demo/connection.ts';
import { movementsAt } from '../../src/cli/demo/proof.ts';
import { seed } from '../../src/cli/seed.ts';
import { type Party, signToken } from '../../src/cli/tokens.ts';
import { readSettings } from '../../src/settings.ts';
import { type Servers, startServers } from '../../src/stack/servers.ts';
import { type Service, startService } from '../../src/stack/service.ts';

// The drill of docs/backup.md: a service with cases under way is backed up; each kind of backup is restored into fresh servers,
// and the cases go on there.

const secret = 's'.repeat(32);
const { cache } = readSettings(process.env);
const hasMongodump = isThere('mongodump') && isThere('mongorestore');
const photo = '一侧没有声音';

/** Everything a MongoDB database holds, in the types it is stored in. */
type Dump = { name: string; indexes: mongo.IndexDescriptionInfo[]; documents: mongo.Document[] }[];
type Case = { id: string; status: string; refund: { amount: number; state: string } };

let parent: string;
let backup: { dump: Dump; orders: string[]; waiting: string; ended: string; unread: string; evidenceId: string };
let endedAsItWas: unknown[];

function isThere(command: string): boolean {
  try {
    execFileSync(command, ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

async function withDatabase<Result>(url: string, work: (database: mongo.Db) => Promise<Result>): Promise<Result> {
  const client = await mongo.MongoClient.connect(url, { promoteValues: false });
  try {
    return await work(client.db());
  } finally {
    await client.close();
  }
}

const dumpOf = (url: string) =>
  withDatabase(url, async (database): Promise<Dump> => {
    const names = (await database.listCollections({ type: 'collection' }, { promoteValues: true }).toArray())
      .map(({ name }) => name)
      .toSorted();
    const collections = names.map(async (name) => ({
      name,
      indexes: (await database.collection(name).indexes({ promoteValues: true })).toSorted((a, b) =>
        String(a.name).localeCompare(String(b.name)),
      ),
      documents: await database.collection(name).find().sort({ _id: 1 }).toArray(),
    }));
    return Promise.all(collections);
  });

const restoreByDriver = (url: string, dump: Dump) =>
  withDatabase(url, async (database) => {
    for (const { name, indexes, documents } of dump) {
      const collection = await database.createCollection(name);
      const further = indexes.filter((index) => index.name !== '_id_').map(({ v: _, ...index }) => index);
      if (further.length > 0) await collection.createIndexes(further);
      if (documents.length > 0) await collection.insertMany(documents);
    }
  });

/** The same server for the tools, which take all of it. */
const wholeServer = (url: string) => url.replace('/aftersales?', '/?');
const script = (name: string, env: NodeJS.ProcessEnv, file: string) =>
  execFileSync(`deploy/backup/${name}`, [file], { env: { PATH: process.env['PATH'], ...env }, stdio: 'pipe' });
const archive = () => join(parent, 'mongodb.archive.gz');

const serversIn = (folder: string) => startServers({ folder, cache, env: process.env, progress: () => undefined });
const serviceOver = (servers: Servers, folder: string) =>
  startService({
    servers,
    folder,
    ports: { api: 0, provider: 0, mail: 0 },
    callbackSecret: secret,
    env: { AFTERSALES_HOME: folder, AUTH_SECRET: secret },
    progress: () => undefined,
  });

const asOf =
  ({ apiUrl, providerUrl }: Service) =>
  (role: Party['role'], sub: string): Person =>
    personOf({ apiUrl, secret, providerUrl }, { role, sub }, AbortSignal.timeout(60_000));

async function untilStatus(person: Person, id: string, status: string): Promise<Case> {
  return vi.waitFor(
    async () => {
      const found = await person.get<Case>(`/v1/cases/${id}`);
      expect(found.status).toBe(status);
      return found;
    },
    { timeout: 60_000, interval: 100 },
  );
}

/** What people and books say of a case. */
const told = async (agent: Person, id: string) => [
  await agent.get(`/v1/cases/${id}`),
  await listAll(agent, `/v1/cases/${id}/timeline`),
  await listAll(agent, `/v1/ledger?caseId=${id}`),
];

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'aftersales-backup-'));
  const folder = join(parent, 'original');
  const servers = await serversIn(folder);
  const service = await serviceOver(servers, folder);
  try {
    const as = asOf(service);
    const orders = await seed(service.apiUrl, secret);
    const orderOf = (title: string) => orders.find((order) => order.title === title)!;
    const apply = async (title: string, evidenceIds: string[]) => {
      const { id: orderId, consumer } = orderOf(title);
      const lines = [{ lineId: 'l-1', quantity: 1 }];
      const body = { orderId, kind: 'return_and_refund', reason: 'no_reason_7d', lines, description: '不合适' };
      return (await as('consumer', consumer).post<Case>('/v1/cases', { ...body, evidenceIds })).id;
    };
    const sendBack = async (id: string, consumer: string, merchant: string) => {
      await as('merchant', merchant).post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' });
      const parcel = { carrier: 'SF', trackingNumber: `SF-${id}` };
      await as('consumer', consumer).post(`/v1/cases/${id}/tracking-number`, parcel);
    };
    const evidenceId = await as('consumer', 'c-1').upload('other', '说明.txt', photo);
    const [waiting, ended, unread] = [
      await apply('无线耳机', [evidenceId]),
      await apply('马克杯', []),
      await apply('羽绒服', []),
    ];
    await sendBack(waiting, 'c-1', 'm-1');
    await sendBack(ended, 'c-1', 'm-2');
    await as('merchant', 'm-2').post(`/v1/cases/${ended}/receipt-confirmation`, { outcome: 'received' });
    await untilStatus(as('consumer', 'c-1'), ended, 'refunded');
    endedAsItWas = await told(as('agent', 'a-1'), ended);

    // API and worker first: nothing is decided or written any more.
    await service.stop();
    if (hasMongodump) script('back-up-mongodb.sh', { BACKUP_MONGODB_URL: wholeServer(servers.mongodbUrl) }, archive());
    const dump = await dumpOf(servers.mongodbUrl);
    backup = { dump, orders: orders.map(({ id }) => id), waiting, ended, unread, evidenceId };
  } finally {
    await service.stop();
    await servers.stop();
  }
});

afterAll(async () => {
  await rm(parent, { recursive: true, force: true });
});

/** Fresh servers: Temporal's database and the provider's books as they were, MongoDB's files only where they are the backup. */
async function freshServers(name: string, withMongodb: boolean): Promise<{ servers: Servers; folder: string }> {
  const folder = join(parent, name);
  for (const entry of await readdir(join(parent, 'original'))) {
    if (entry === 'logs' || (entry === 'mongodb' && !withMongodb)) continue;
    await cp(join(parent, 'original', entry), join(folder, entry), { recursive: true });
  }
  const servers = await serversIn(folder);
  onTestFinished(() => servers.stop());
  return { servers, folder };
}

async function goesOn(servers: Servers, folder: string): Promise<void> {
  expect(await dumpOf(servers.mongodbUrl)).toEqual(backup.dump);
  const service = await serviceOver(servers, folder);
  onTestFinished(() => service.stop());
  const as = asOf(service);
  const { waiting, ended, unread, evidenceId, orders } = backup;

  expect(await told(as('agent', 'a-1'), ended)).toEqual(endedAsItWas);
  // The same requests under the same keys are answered as before.
  expect((await seed(service.apiUrl, secret)).map(({ id }) => id)).toEqual(orders);
  const token = await signToken({ role: 'merchant', sub: 'm-1' }, secret);
  const content = async () => {
    const headers = { authorization: `Bearer ${token}` };
    return (await fetch(`${service.apiUrl}/v1/evidence/${evidenceId}/content`, { headers })).text();
  };
  await vi.waitFor(async () => expect(await content()).toBe(photo), { timeout: 60_000 });

  await as('merchant', 'm-1').post(`/v1/cases/${waiting}/receipt-confirmation`, { outcome: 'received' });
  const refunded = await untilStatus(as('consumer', 'c-1'), waiting, 'refunded');
  const movements = await movementsAt(service.providerUrl);
  expect(movements.map(({ key }) => key).toSorted()).toEqual(
    [ended, waiting].map((id) => `case/${id}/refund/1`).toSorted(),
  );
  expect(movements.find(({ key }) => key.includes(waiting))?.amount).toBe(refunded.refund.amount);
  const refusal = { decision: 'refuse', refusalCode: 'agreed_otherwise' };
  await as('merchant', 'm-1').post(`/v1/cases/${unread}/merchant-decision`, refusal);
  await untilStatus(as('consumer', 'c-2'), unread, 'application_refused');
}

describe('a backup taken with API and worker stopped, restored into fresh servers: cases go on, money moves once', () => {
  it('by copying files', async () => {
    const { servers, folder } = await freshServers('copied', true);
    await goesOn(servers, folder);
  });

  it('by documents and indexes alone', async () => {
    const { servers, folder } = await freshServers('documents', false);
    await restoreByDriver(servers.mongodbUrl, backup.dump);
    await goesOn(servers, folder);
  });

  it.skipIf(!hasMongodump)('by deploy/backup, which refuses to overwrite either way', async () => {
    const { servers, folder } = await freshServers('tools', false);
    const env = {
      RESTORE_MONGODB_URL: wholeServer(servers.mongodbUrl),
      BACKUP_MONGODB_URL: wholeServer(servers.mongodbUrl),
    };
    script('restore-mongodb.sh', env, archive());
    expect(() => script('restore-mongodb.sh', env, archive())).toThrow(/duplicate key/);
    expect(() => script('back-up-mongodb.sh', env, archive())).toThrow(/is there already/);
    await goesOn(servers, folder);
  });
});
