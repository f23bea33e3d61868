import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Connection } from '@temporalio/client';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { readSettings } from '../../src/settings.ts';
import { startTimeOf } from '../../src/stack/processes.ts';
import { type Servers, startServers } from '../../src/stack/servers.ts';

let folder: string;
const { cache } = readSettings(process.env);
const start = (more: { ui?: boolean; codecEndpoint?: string } = {}) =>
  startServers({ folder, cache, env: process.env, progress: () => undefined, ...more });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aftersales-servers-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function withClients(servers: Servers, work: (mongodb: mongo.Db, temporal: Client) => Promise<void>) {
  const mongodb = await mongo.MongoClient.connect(servers.mongodbUrl);
  const connection = await Connection.connect({ address: servers.temporalAddress });
  try {
    await work(mongodb.db(), new Client({ connection, namespace: servers.temporalNamespace }));
  } finally {
    await mongodb.close();
    await connection.close();
  }
}

it('keep data and running workflows across kill -9 and a start on other ports', async () => {
  const first = await start();
  await withClients(first, async (mongodb, temporal) => {
    await mongodb.collection('things').insertOne({ name: 'kept' }, { writeConcern: { w: 'majority', journal: true } });
    const signal = { signal: 'later', signalArgs: [1], taskQueue: 'nobody' };
    await temporal.workflow.signalWithStart('parked', { ...signal, workflowId: 'parked/1' });
  });
  for (const server of [first.mongod, first.temporal]) process.kill(server!.process.pid, 'SIGKILL');
  expect(await first.mongod?.process.exited).toBe('SIGKILL');
  expect(await first.temporal?.process.exited).toBe('SIGKILL');

  const second = await start();
  try {
    expect(second.mongodbUrl).not.toBe(first.mongodbUrl);
    expect(second.temporalAddress).not.toBe(first.temporalAddress);
    await withClients(second, async (mongodb, temporal) => {
      expect(await mongodb.collection('things').findOne()).toMatchObject({ name: 'kept' });
      expect(await temporal.workflow.getHandle('parked/1').describe()).toMatchObject({ status: { name: 'RUNNING' } });
    });
  } finally {
    await second.stop();
  }
  expect(startTimeOf(second.mongod!.process.pid)).toBeUndefined();
  expect(startTimeOf(second.temporal!.process.pid)).toBeUndefined();
});

it('are a replica set with change streams, and a Temporal that searches by our attributes, keeping 72 h', async () => {
  const servers = await start();
  try {
    await withClients(servers, async (mongodb, temporal) => {
      const changes = mongodb.collection('watched').watch();
      const change = changes.next();
      await vi.waitFor(
        async () => {
          await mongodb.collection('watched').insertOne({});
          expect(await Promise.race([change, Promise.resolve(undefined)])).toMatchObject({ operationType: 'insert' });
        },
        { timeout: 60_000 },
      );
      await changes.close();

      await temporal.workflow.start('parked', {
        workflowId: 'case/searched',
        taskQueue: 'nobody',
        searchAttributes: { MerchantId: ['m-1'], DeadlineAt: [new Date('2026-01-02T00:00:00Z')] },
      });
      await vi.waitFor(
        async () => {
          const query = `MerchantId = 'm-1' AND DeadlineAt < '2026-01-03T00:00:00Z'`;
          expect(await temporal.workflow.count(query)).toMatchObject({ count: 1 });
        },
        { timeout: 60_000 },
      );
      const { config } = await temporal.workflowService.describeNamespace({ namespace: 'default' });
      expect(Number(config?.workflowExecutionRetentionTtl?.seconds)).toBe(72 * 3_600);
    });
  } finally {
    await servers.stop();
  }
});

it('come back on the same ports when restarted', async () => {
  const servers = await start();
  try {
    process.kill(servers.mongod!.process.pid, 'SIGKILL');
    await servers.mongod!.process.exited;
    await servers.mongod!.restart();
    await withClients(servers, async (mongodb) => {
      expect(await mongodb.command({ ping: 1 })).toMatchObject({ ok: 1 });
    });
  } finally {
    await servers.stop();
  }
});

it('end when the program that started them is killed', async () => {
  const program = spawn(process.execPath, ['--import', 'tsx', 'test/stack/programs/startServers.ts', folder], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = await once(createInterface(program.stdout), 'line');
  const pids = JSON.parse(String(line[0])) as number[];
  expect(pids).toHaveLength(2);
  for (const pid of pids) expect(startTimeOf(pid)).toBeDefined();
  program.kill('SIGKILL');
  await once(program, 'exit');
  await vi.waitFor(() => expect(pids.map(startTimeOf)).toEqual([undefined, undefined]), { timeout: 60_000 });
});

it('tell Temporal’s UI where it has payloads decrypted', async () => {
  const codecEndpoint = 'http://127.0.0.1:8080/codec';
  const servers = await start({ ui: true, codecEndpoint });
  try {
    const asked = async () => (await fetch(`${servers.temporalUiUrl}/api/v1/settings`)).json();
    const settings = await vi.waitFor(asked, { timeout: 60_000 });
    expect(settings).toMatchObject({ Codec: { Endpoint: codecEndpoint } });
  } finally {
    await servers.stop();
  }
});
