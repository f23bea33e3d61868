import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client, Connection } from '@temporalio/client';
import { readSettings } from '../../src/settings.ts';
import { type RunningProcess, startProcess, stopAll } from '../../src/stack/processes.ts';
import { startWorker } from '../../src/stack/roles.ts';
import { type ServerHandle, startServers } from '../../src/stack/servers.ts';
import { startService } from '../../src/stack/service.ts';
import { bareTaskQueue } from './bare/flow.ts';

/** Everything that is measured, running on data of its own. */
export type Bench = {
  apiUrl: string;
  providerUrl: string;
  /** Starts one more worker of cases and answers its process id. */
  startAnotherWorker: () => Promise<number>;
  mongodbUrl: string;
  authSecret: string;
  temporal: Client;
  /** Where Temporal keeps what it knows. */
  temporalFiles: string[];
  /** The processes a case goes through, and those a bare workflow does, by name; the driver is this one. */
  pids: Record<'case' | 'bare', Record<string, number>>;
  /** The bare workflow's worker; polls by the time its first workflow is answered. */
  bareWorker: RunningProcess;
  /** Where profiles are written, where API and worker were started to be profiled. */
  profileFolder?: string;
};

/** Bounds nothing here: it is not what is measured. */
const rateLimit = 1_000_000;

/** What has API and worker write profiles when they are told to. */
function profiling(folder: string | undefined): NodeJS.ProcessEnv {
  if (folder === undefined) return {};
  const hook = `--require ${fileURLToPath(new URL('profile/hook.cjs', import.meta.url))}`;
  return { NODE_OPTIONS: `${process.env['NODE_OPTIONS'] ?? ''} ${hook}`.trim(), PROFILE_FOLDER: folder };
}

/** Starts the whole service with settings as they come, and beside it a worker for the bare workflow; stops and removes all of it at the end. */
export async function withBench<Result>(
  progress: (message: string) => void,
  measure: (bench: Bench) => Promise<Result>,
  { profileFolder }: { profileFolder?: string | undefined } = {},
): Promise<Result> {
  const folder = await mkdtemp(join(tmpdir(), 'aftersales-bench-'));
  const clear = async () => {
    await stopAll();
    await rm(folder, { recursive: true, force: true });
  };
  let interrupted: Promise<never> | undefined;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      interrupted ??= clear().then(() => process.exit(130));
    });
  }
  try {
    const { cache } = readSettings(process.env);
    const servers = await startServers({ folder, cache, env: process.env, progress });
    const authSecret = randomBytes(32).toString('hex');
    const service = await startService({
      servers,
      folder,
      ports: { api: 0, provider: 0, mail: 0 },
      callbackSecret: randomBytes(32).toString('hex'),
      env: {
        AFTERSALES_HOME: folder,
        AUTH_SECRET: authSecret,
        RATE_LIMIT: String(rateLimit),
        ...profiling(profileFolder),
      },
      progress,
    });
    const bareWorker = await startProcess({
      name: 'bare worker',
      command: process.execPath,
      args: ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('bare/worker.ts', import.meta.url))],
      env: { ...process.env, TEMPORAL_ADDRESS: servers.temporalAddress, TASK_QUEUE: bareTaskQueue },
      logFile: join(folder, 'logs', 'bare-worker.log'),
    });
    const connection = await Connection.connect({ address: servers.temporalAddress });
    const pidsOf = (handles: Record<string, ServerHandle | undefined>) =>
      Object.fromEntries(
        Object.entries(handles).flatMap(([name, handle]) => (handle ? [[name, handle.process.pid]] : [])),
      );
    const { mongod, temporal } = servers;
    const driver = process.pid;
    const result = await measure({
      apiUrl: service.apiUrl,
      providerUrl: service.providerUrl,
      async startAnotherWorker() {
        const logFile = join(folder, 'logs', `worker-${randomUUID()}.log`);
        return (await startWorker({ env: service.env, logFile })).process.pid;
      },
      mongodbUrl: servers.mongodbUrl,
      authSecret,
      temporalFiles: ['', '-wal'].map((end) => join(folder, `temporal.sqlite${end}`)),
      temporal: new Client({ connection, namespace: servers.temporalNamespace }),
      pids: {
        case: { ...pidsOf({ ...service.handles, temporal, mongod }), driver },
        bare: { ...pidsOf({ temporal }), worker: bareWorker.pid, driver },
      },
      bareWorker,
      ...(profileFolder === undefined ? {} : { profileFolder }),
    });
    await connection.close();
    await clear();
    return result;
  } catch (error) {
    // What is being stopped fails: that is no failure of its own.
    await interrupted;
    await stopAll();
    progress(`failed: what was running has left its logs in ${join(folder, 'logs')}`);
    throw error;
  }
}
