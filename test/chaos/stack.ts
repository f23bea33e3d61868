import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readSettings } from '../../src/settings.ts';
import { freePorts } from '../../src/stack/ports.ts';
import { type RunningProcess, startProcess, stopAll } from '../../src/stack/processes.ts';
import { startApi, startMailCatcher, startProvider, startWorker } from '../../src/stack/roles.ts';
import { type ServerHandle, startServers } from '../../src/stack/servers.ts';
import { bundleWorkflows } from '../../src/worker/worker.ts';
import { type Way, wayTo } from '../api/proxy.ts';
import { temporalOnPostgres } from './postgres.ts';

/** What runs: how many of each role, whose Temporal, and after how many events of its history a workflow is told to continue as new. */
export type Shape = { apis: number; workers: number; temporal: 'dev' | 'postgres'; eventsARun: number };

/** The whole service as processes that can be killed, frozen and cut off from one another. */
export type Stack = {
  folder: string;
  secret: string;
  apiUrls: string[];
  providerUrl: string;
  mailUrl: string;
  /** The provider's own book on disk. */
  providerFile: string;
  /** Straight to the servers, whatever way is cut. */
  mongodbUrl: string;
  temporalAddress: string;
  namespace: string;
  /** By name: `api-1`, `worker-2`, `mongodb`, `temporal`, `provider`, `mail`, and `postgres` where it is there. */
  machines: Record<string, ServerHandle>;
  /** By name: `api-1 → mongodb`. */
  ways: Record<string, Way>;
  /** Starts a worker beside the others that dies at a moment chosen for it. */
  startDoomed: (doom: { words?: string; after?: string }) => Promise<RunningProcess>;
  logOf: (name: string) => string;
};

const namespace = 'default';
const database = 'aftersales';

/**
 * Runs `use` over the whole service, each role at the end of ways of its own to the servers; stops all of it at the end. What ends in
 * an error, or where `use` answers that it failed, leaves its logs.
 */
export async function withStack<Result extends { failed: boolean }>(
  shape: Shape,
  progress: (message: string) => void,
  use: (stack: Stack) => Promise<Result>,
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'aftersales-chaos-'));
  const ways: Record<string, Way> = {};
  let interrupted: Promise<never> | undefined;
  const end = async () => {
    await stopAll(2_000);
    await Promise.all(Object.values(ways).map((way) => way.close()));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted ??= end().then(() => process.exit(130));
    });
  }
  try {
    const stack = await start(shape, folder, ways, progress);
    const result = await use(stack);
    await end();
    if (result.failed) progress(`what was running has left its logs in ${join(folder, 'logs')}`);
    else await rm(folder, { recursive: true, force: true });
    return result;
  } catch (error) {
    await interrupted;
    await end();
    progress(`failed: what was running has left its logs in ${join(folder, 'logs')}`);
    throw error;
  }
}

async function start(
  shape: Shape,
  folder: string,
  ways: Record<string, Way>,
  progress: (message: string) => void,
): Promise<Stack> {
  const { cache } = readSettings(process.env);
  const logOf = (name: string) => join(folder, 'logs', `${name}.log`);
  const machines: Record<string, ServerHandle> = {};
  const temporalConfig = { 'limit.historyCount.suggestContinueAsNew': shape.eventsARun };
  const onPostgres =
    shape.temporal === 'postgres'
      ? await temporalOnPostgres({ folder, cache, namespace, temporalConfig, logOf, progress })
      : undefined;
  const servers = await startServers({
    folder,
    cache,
    env: process.env,
    progress,
    temporalConfig,
    ...(onPostgres ? { temporal: { ...onPostgres, namespace } } : {}),
  });
  if (servers.mongod) machines['mongodb'] = servers.mongod;
  if (servers.temporal) machines['temporal'] = servers.temporal;
  Object.assign(machines, onPostgres?.machines);

  const secret = randomBytes(32).toString('hex');
  const callbackSecret = randomBytes(32).toString('hex');
  const workflowBundle = join(folder, 'workflows.js');
  await writeFile(workflowBundle, (await bundleWorkflows()).code);
  const ports = await freePorts(Array.from({ length: shape.apis + 3 }, () => 0));
  const providerFile = join(folder, 'provider.jsonl');
  const provider = await startProvider({
    port: ports[shape.apis] ?? 0,
    dataFile: providerFile,
    callbackUrl: `http://127.0.0.1:${ports[0]}/v1/provider-callbacks/sandbox`,
    callbackSecret,
    logFile: logOf('provider'),
  });
  machines['provider'] = provider.handle;
  const mail = await startMailCatcher({
    port: ports[shape.apis + 1] ?? 0,
    smtpPort: ports[shape.apis + 2] ?? 0,
    dataFile: join(folder, 'mails.jsonl'),
    logFile: logOf('mail'),
  });
  machines['mail'] = mail.handle;

  const hostOf = { mongodb: new URL(servers.mongodbUrl).host, temporal: servers.temporalAddress };
  const wayFrom = async (from: string, to: string, host: string) => {
    const [name = '', port] = host.split(':');
    const way = await wayTo(name, Number(port));
    ways[`${from} → ${to}`] = way;
    return way.port;
  };
  const environmentOf = async (name: string) => ({
    AFTERSALES_HOME: folder,
    AUTH_SECRET: secret,
    PAYMENT_CALLBACK_SECRET: callbackSecret,
    RATE_LIMIT: '100000',
    LOG_LEVEL: 'warn',
    SMTP_URL: mail.smtpUrl,
    PRIVATE_WEBHOOKS: 'allow',
    MONGODB_URL: `mongodb://127.0.0.1:${await wayFrom(name, 'mongodb', hostOf.mongodb)}/${database}?directConnection=true`,
    TEMPORAL_ADDRESS: `127.0.0.1:${await wayFrom(name, 'temporal', hostOf.temporal)}`,
    TEMPORAL_NAMESPACE: namespace,
    WORKFLOW_BUNDLE: workflowBundle,
  });
  progress(`starting ${shape.workers} workers and ${shape.apis} APIs`);
  const numbers = (count: number) => Array.from({ length: count }, (_, index) => index + 1);
  const workers = numbers(shape.workers).map(async (number) => {
    const name = `worker-${number}`;
    const env = {
      ...(await environmentOf(name)),
      PAYMENT_PROVIDER_URL: `http://127.0.0.1:${await wayFrom(name, 'provider', new URL(provider.url).host)}`,
    };
    machines[name] = await startWorker({ env, logFile: logOf(name) });
  });
  const apis = numbers(shape.apis).map(async (number) => {
    const name = `api-${number}`;
    const api = await startApi(ports[number - 1] ?? 0, { env: await environmentOf(name), logFile: logOf(name) });
    machines[name] = api.handle;
    return api.url;
  });
  const [apiUrls] = await Promise.all([Promise.all(apis), Promise.all(workers)]);
  return {
    folder,
    secret,
    apiUrls,
    providerUrl: provider.url,
    mailUrl: mail.url,
    providerFile,
    mongodbUrl: servers.mongodbUrl,
    temporalAddress: servers.temporalAddress,
    namespace,
    machines,
    ways,
    logOf,
    startDoomed: ({ words, after }) =>
      startProcess({
        name: 'doomed worker',
        command: process.execPath,
        args: [
          '--import',
          import.meta.resolve('tsx'),
          fileURLToPath(new URL('../e2e/doomedWorker.ts', import.meta.url)),
        ],
        env: {
          ...process.env,
          DATABASE_URL: servers.mongodbUrl,
          TEMPORAL_ADDRESS: servers.temporalAddress,
          TASK_QUEUE: 'aftersales',
          PROVIDER_URL: provider.url,
          WORKFLOW_BUNDLE: workflowBundle,
          ...(words ? { DOOM: words } : {}),
          ...(after ? { DOOM_AFTER: after } : {}),
        },
        logFile: logOf('doomed-worker'),
        graceMs: 5_000,
      }),
  };
}
