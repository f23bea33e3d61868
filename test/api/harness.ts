import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type Worker, type WorkflowBundle } from '@temporalio/worker';
import { pino } from 'pino';
import { createSandboxProvider, verifySandboxCallback } from '../../src/activities/payments/sandbox.ts';
import { type ApiDeps, createApp } from '../../src/api/app.ts';
import { lazyClient, temporalGateway } from '../../src/api/temporal.ts';
import { signToken } from '../../src/cli/tokens.ts';
import { parsePayloadKeys } from '../../src/codec/keys.ts';
import { dataConverterOf, payloadCodec } from '../../src/codec/payloadCodec.ts';
import type { Role } from '../../src/domain/parties.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import type { WorkerVersion } from '../../src/settings.ts';
import { freePorts } from '../../src/stack/ports.ts';
import { type ServingRole, startMailCatcher, startProvider } from '../../src/stack/roles.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { openEvidence } from '../../src/store/evidence.ts';
import { prepareCollections } from '../../src/store/models.ts';
import { openStore } from '../../src/store/store.ts';
import { type CourierTiming, courierOver, startCouriers } from '../../src/worker/courier.ts';
import { activitiesOver, maintenanceOver } from '../../src/worker/deps.ts';
import { bundleWorkflows, createWorker } from '../../src/worker/worker.ts';
import { patiently } from './patiently.ts';

export const authSecret = 'a secret for tests only, long enough for HS256';
/** Of the Temporal UI whose operators may have payloads decrypted. */
export const uiOrigin = 'http://127.0.0.1:8233';
export const callbackSecret = 'a callback secret for tests only, long enough';

/** What tests read of answers; whether it is there is for them to say. */
export type Body = {
  id: string;
  orderId: string;
  status: string;
  code: string;
  type: string;
  version: number;
  commandId: string;
  items: Body[];
  nextCursor: string | null;
  errors: { field: string; detail: string }[];
  lines: { returnableQuantity: number }[];
  [other: string]: unknown;
};

/** An answer as it came over HTTP. */
export type Reply = { status: number; headers: Headers; body: Body };

/**
 * `once`: not again where the first answer says that it is not decided yet; `pending`: that answer will do where it has arrived for
 * certain (202), and it is asked again where that is not known.
 */
export type Ask = {
  once?: true;
  pending?: true;
  key?: string | null;
  ifMatch?: string;
  headers?: Record<string, string>;
  raw?: string;
};

/**
 * Somebody with a token. On a busy machine a decision may take longer than a request waits, and so may the database: what is not known
 * or not answered is asked again, a command with its key.
 */
export type Person = {
  get: (path: string, headers?: Record<string, string>) => Promise<Reply>;
  post: (path: string, body?: unknown, ask?: Ask) => Promise<Reply>;
  put: (path: string, body: unknown) => Promise<Reply>;
  upload: (path: string, form: FormData) => Promise<Reply>;
};

export type Api = {
  url: string;
  taskQueue: string;
  databaseUrl: string;
  database: Awaited<ReturnType<typeof connectDatabase>>;
  temporal: Client;
  /** Who is `impatient` takes the first answer, also where it says that the database is away. */
  as: (role: Role, sub: string, how?: { impatient?: true }) => Person;
  /** Any request at all, with a token of one's own or none. */
  request: (method: string, path: string, headers?: Record<string, string>, body?: string | FormData) => Promise<Reply>;
  /**
   * Starts a worker, with a sandbox provider of its own unless it is to use one that runs; with couriers where asked for, and with the
   * API's keys unless it is to have others.
   */
  startWorker: (providerUrl?: string, more?: MoreOfWorker) => Promise<RunningWorker>;
  /** Starts a mail catcher that outlives workers. */
  startMail: () => Promise<Awaited<ReturnType<typeof startMailCatcher>>>;
  /** Starts a sandbox provider that outlives workers; answers its URL. */
  startProvider: () => Promise<string>;
  close: () => Promise<void>;
};
type MoreOfWorker = {
  courier?: Couriers;
  payloadKeys?: string;
  build?: Build;
  /** How long its reconciliations wait before they look again, ms. */
  againAfterMs?: number;
};
/** Workflow code that isn’t this repository’s, under its build id where it has one. */
export type Build = { bundle: WorkflowBundle; version?: WorkerVersion };
export type RunningWorker = { providerUrl: string; stop: () => Promise<void> };

/** Couriers that mail to this server, or to none. */
export type Couriers = { smtpUrl?: string; privateWebhooks?: boolean };

/** A courier's hours in milliseconds. */
export const quickTiming: CourierTiming = {
  lookEveryMs: 20,
  heartbeatEveryMs: 200,
  heartbeatTimeoutMs: 10_000,
  roundMs: 60_000,
  mailTimeoutMs: 10_000,
  answerMs: 5_000,
  backOff: {
    mail: { firstMs: 50, longestMs: 400, giveUpMs: 600_000 },
    webhook: { firstMs: 50, longestMs: 400, giveUpMs: 600_000 },
  },
};

/** What is not decided has been waited for for seconds; a database that is away may say so at once. */
const mostTries = 20;
const pauseMs = 500;

/** The first reply that is not to be asked for again. */
async function settled(ask: () => Promise<Reply>, isOpen: (reply: Reply) => boolean): Promise<Reply> {
  for (let tries = 1; ; tries += 1) {
    const reply = await ask();
    if (!isOpen(reply) || tries === mostTries) return reply;
    if (isStoreAway(reply)) await delay(pauseMs);
  }
}
const isStoreAway = ({ status, body }: Reply) => status === 503 && body.code === 'store_unavailable';

/** What an API of the tests stands on. */
export type ApiOptions = {
  mongodbUrl: string;
  temporalAddress: string;
  scratch: string;
  overrides?: Partial<ApiDeps>;
  apiTemporalAddress?: string;
  apiMongodbUrl?: string;
  /** Another API's data, which outlives this one. */
  databaseUrl?: string;
  /** As the setting gives them; without, nothing is encrypted. */
  payloadKeys?: string | undefined;
  /** Another API's database and queue, to go on in its place. */
  after?: Pick<Api, 'databaseUrl' | 'taskQueue'>;
};

const keysOf = (text: string | undefined) => (text ? parsePayloadKeys(text) : undefined);

/** A database of its own in the given server. */
export function ownDatabase(mongodbUrl: string): string {
  const url = new URL(mongodbUrl);
  url.pathname = `/t-${randomUUID().slice(0, 8)}`;
  return url.href;
}

/** An API in this process on a port of its own, with real servers behind it; a worker runs when it is asked for. */
export async function startApi({
  mongodbUrl,
  temporalAddress,
  scratch,
  overrides,
  apiTemporalAddress,
  apiMongodbUrl,
  databaseUrl: shared,
  payloadKeys,
  after,
}: ApiOptions): Promise<Api> {
  const databaseUrl = after?.databaseUrl ?? shared ?? ownDatabase(mongodbUrl);
  const databaseName = new URL(databaseUrl).pathname;
  const taskQueue = after?.taskQueue ?? `t-${randomUUID().slice(0, 8)}`;
  const database = await patiently(() => connectDatabase(databaseUrl));
  const store = openStore(database);
  await patiently(() => prepareCollections(database));
  await patiently(() => store.policies.seed(defaultPolicy, new Date()));
  let apiDatabase = database;
  if (apiMongodbUrl) {
    const url = new URL(apiMongodbUrl);
    url.pathname = databaseName;
    apiDatabase = await patiently(() => connectDatabase(url.href));
  }
  const keys = keysOf(payloadKeys);
  const lazy = lazyClient(
    { connectionOptions: { address: apiTemporalAddress ?? temporalAddress }, namespace: 'default' },
    keys,
  );
  const { app, close } = createApp({
    store: apiDatabase === database ? store : openStore(apiDatabase),
    temporal: temporalGateway(lazy.client, taskQueue),
    providers: {
      sandbox: (body, signature, now) => verifySandboxCallback(callbackSecret, body, signature, now, 300_000),
    },
    auth: { secret: authSecret },
    codec: keys && { codec: payloadCodec(keys), origins: [uiOrigin] },
    rateLimit: 100_000,
    evidence: await patiently(() => openEvidence(apiDatabase)),
    graceMs: 0,
    lastTryMs: 200,
    privateWebhooks: true,
    log: pino({ level: process.env['TEST_LOG'] ?? 'silent' }),
    clock: Date.now,
    ...overrides,
  });
  const server = createServer(app);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const temporalConnection = await Connection.connect({ address: temporalAddress });
  const temporal = new Client({ connection: temporalConnection });
  const workers: RunningWorker[] = [];
  const providers: ServingRole[] = [];
  const mails: ServingRole[] = [];

  const request: Api['request'] = async (method, path, headers = {}, body) => {
    const response = await fetch(`${url}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
    const text = await response.text();
    const json = response.headers.get('content-type')?.includes('json') ?? false;
    return { status: response.status, headers: response.headers, body: (json ? JSON.parse(text) : { text }) as Body };
  };

  const as: Api['as'] = (role, sub, { impatient = false } = {}) => {
    const token = signToken({ role, sub }, authSecret);
    const headers = async (more: Record<string, string> = {}) => ({ authorization: `Bearer ${await token}`, ...more });
    const json = { 'content-type': 'application/json' };
    const isAway = (reply: Reply) => !impatient && isStoreAway(reply);
    return {
      get: async (path, more) => settled(async () => request('GET', path, await headers(more)), isAway),
      put: async (path, body) =>
        settled(async () => request('PUT', path, await headers(json), JSON.stringify(body)), isAway),
      upload: async (path, form) => {
        const key = { 'idempotency-key': randomUUID() };
        return settled(async () => request('POST', path, await headers(key), form), isAway);
      },
      async post(path, body = {}, { once, pending, key = randomUUID(), ifMatch, headers: more = {}, raw } = {}) {
        const own = {
          ...json,
          ...(key === null ? {} : { 'idempotency-key': key }),
          ...(ifMatch ? { 'if-match': ifMatch } : {}),
          ...more,
        };
        const isUndecided = ({ status, body: { code } }: Reply) =>
          (status === 202 && !pending) || code === 'outcome_unknown';
        return settled(
          async () => request('POST', path, await headers(own), raw ?? JSON.stringify(body)),
          (reply) => key !== null && (isAway(reply) || (!once && isUndecided(reply))),
        );
      },
    };
  };

  return {
    url,
    taskQueue,
    databaseUrl,
    database,
    temporal,
    as,
    request,
    async startWorker(providerUrl, { courier, build, payloadKeys: workerKeys = payloadKeys, againAfterMs = 300 } = {}) {
      const provider = providerUrl ? undefined : await runProvider(scratch, url);
      const worker = await runWorker({
        temporalAddress,
        databaseUrl,
        taskQueue,
        providerUrl: providerUrl ?? provider!.url,
        provider,
        courier,
        build,
        payloadKeys: workerKeys,
        againAfterMs,
      });
      workers.push(worker);
      return worker;
    },
    async startProvider() {
      const provider = await runProvider(scratch, url);
      providers.push(provider);
      return provider.url;
    },
    async startMail() {
      const name = randomUUID();
      const [port = 0, smtpPort = 0] = await freePorts([0, 0]);
      const dataFile = join(scratch, `${name}.jsonl`);
      const mail = await startMailCatcher({ port, smtpPort, dataFile, logFile: join(scratch, `${name}.log`) });
      mails.push(mail);
      return mail;
    },
    async close() {
      for (const worker of workers) await worker.stop();
      for (const provider of [...providers, ...mails]) await provider.handle.process.stop();
      await stopServer(server);
      await close();
      await Promise.all([lazy.close(), temporalConnection.close()]);
      if (!shared) await database.dropDatabase();
      await database.close();
      if (apiDatabase !== database) await apiDatabase.close();
    },
  };
}

let bundled: Promise<WorkflowBundle> | undefined;
let runtime = false;

/** The one that is there for all test files, or, outside of them, one for this process. */
async function theBundle(): Promise<WorkflowBundle | { codePath: string }> {
  const codePath = process.env['WORKFLOW_BUNDLE'];
  return codePath ? { codePath } : await (bundled ??= bundleWorkflows());
}

type WorkerPlace = {
  temporalAddress: string;
  databaseUrl: string;
  taskQueue: string;
  providerUrl: string;
  /** Stopped with the worker. */
  provider: ServingRole | undefined;
  courier: Couriers | undefined;
  payloadKeys: string | undefined;
  build: Build | undefined;
  againAfterMs: number;
};

function runProvider(scratch: string, apiUrl: string): Promise<ServingRole> {
  const name = randomUUID();
  return startProvider({
    port: 0,
    dataFile: join(scratch, `${name}.jsonl`),
    callbackUrl: `${apiUrl}/v1/provider-callbacks/sandbox`,
    callbackSecret,
    logFile: join(scratch, `${name}.log`),
  });
}

async function runWorker({
  temporalAddress,
  databaseUrl,
  taskQueue,
  providerUrl,
  provider,
  courier,
  payloadKeys,
  build,
  againAfterMs,
}: WorkerPlace): Promise<RunningWorker> {
  if (!runtime) Runtime.install({ logger: new DefaultLogger('ERROR') });
  runtime = true;
  const connection = await NativeConnection.connect({ address: temporalAddress });
  const clientConnection = await Connection.connect({ address: temporalAddress });
  const database = await patiently(() => connectDatabase(databaseUrl));
  const dataConverter = dataConverterOf(keysOf(payloadKeys));
  const client = new Client({ connection: clientConnection, ...(dataConverter ? { dataConverter } : {}) });
  const paying = createSandboxProvider({ url: providerUrl, timeoutMs: 6_000 });
  const activities = activitiesOver(database, paying, client);
  const mail = {
    smtpUrl: courier?.smtpUrl,
    mailFrom: 'After-sales <service@example.com>',
    privateWebhooks: courier?.privateWebhooks ?? true,
  };
  const stopping = new AbortController();
  const { signal } = stopping;
  const waits = { taskQueue, deadlineGraceMs: 0, lastTryMs: 200, againAfterMs };
  const worker: Worker = await createWorker({
    connection,
    namespace: 'default',
    taskQueue,
    activities: {
      ...activities,
      ...maintenanceOver(database, paying, client, waits, signal),
      ...(courier && courierOver(database, mail, pino({ level: 'silent' }), signal, quickTiming)),
    },
    workflowBundle: build?.bundle ?? (await theBundle()),
    version: build?.version,
    dataConverter,
  });
  if (courier) await startCouriers(client, taskQueue, quickTiming);
  const running = worker.run();
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    worker.shutdown();
    stopping.abort();
    await running;
    await Promise.all([connection.close(), clientConnection.close(), database.close()]);
    await provider?.handle.process.stop();
  };
  return { providerUrl, stop: () => (stopped ??= stop()) };
}

async function stopServer(server: Server): Promise<void> {
  const closed = new Promise<void>((done) => server.close(() => done()));
  server.closeAllConnections();
  await closed;
}

/** An order as the marketplace would send it; 12900 of goods in one line, 1000 of postage. */
export const orderBody = (more: Record<string, unknown> = {}) => ({
  consumerId: 'c-1',
  merchantId: 'm-1',
  paymentMethod: 'online',
  currency: 'CNY',
  postage: 1_000,
  lines: [{ lineId: 'l-1', sku: 'sku-1', title: '无线耳机', quantity: 1, unitPrice: 12_900, noReasonReturn: true }],
  shippingAddress: {
    name: '张三',
    phone: '13800000000',
    province: '上海市',
    city: '上海市',
    district: '徐汇区',
    street: '漕溪北路 1 号',
  },
  ...more,
});

/** An order of c-1 at m-1 that has been delivered; takes a running worker. */
export async function deliveredOrder(api: Api, more: Record<string, unknown> = {}): Promise<Body> {
  const service = api.as('service', 's-1');
  const body = orderBody(more);
  const { id } = (await expectStatus(201, service.post('/v1/orders', body))).body;
  if (body.paymentMethod === 'online') {
    const amount = body.lines.reduce(
      (sum, line) => sum + line.quantity * line.unitPrice - ((line as { discount?: number }).discount ?? 0),
      body.postage,
    );
    await expectStatus(200, service.post(`/v1/orders/${id}/payment`, { transactionId: `t-${id}`, amount }));
  }
  const merchant = api.as('merchant', body.merchantId);
  if (body.paymentMethod === 'cod') await expectStatus(200, merchant.post(`/v1/orders/${id}/confirmation`));
  await expectStatus(200, merchant.post(`/v1/orders/${id}/shipment`, { carrier: 'SF', trackingNumber: `SF-${id}` }));
  return (await expectStatus(200, service.post(`/v1/orders/${id}/delivery`))).body;
}

/** An application for the first line of an order. */
export const applicationFor = (orderId: string, more: Record<string, unknown> = {}) => ({
  orderId,
  kind: 'return_and_refund',
  reason: 'quality_problem',
  lines: [{ lineId: 'l-1', quantity: 1 }],
  description: '一侧没有声音',
  ...more,
});

/** The reply, which must have this status. */
export async function expectStatus(status: number, asked: Promise<Reply>): Promise<Reply> {
  const reply = await asked;
  if (reply.status !== status)
    throw new Error(`answered ${reply.status}, not ${status}: ${JSON.stringify(reply.body)}`);
  return reply;
}

/** What is stored, to show that nothing has changed. */
export async function stored({ database }: Api): Promise<Record<string, unknown>> {
  const names = [
    'cases',
    'orders',
    'tickets',
    'timeline',
    'outcomes',
    'outbox',
    'ledger',
    'allocations',
    'commands',
    'policies',
    'profiles',
    'leases',
    'conversations',
    'ratings',
    'webhooks',
  ];
  const all = names.map(
    async (name) => [name, await database.collection(name).find().sort({ _id: 1 }).toArray()] as const,
  );
  return Object.fromEntries(await Promise.all(all));
}
