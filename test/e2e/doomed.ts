import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { Api } from '../api/harness.ts';

type Doomed = { process: ChildProcess; death: Promise<unknown> };

/** A worker of its own script here, which kills it at its moment; resolves when it has died of it. */
export function startDoomed(script: string, api: Api, providerUrl: string, env: NodeJS.ProcessEnv): Doomed {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL(script, import.meta.url))],
    {
      env: {
        ...process.env,
        DATABASE_URL: api.databaseUrl,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        TASK_QUEUE: api.taskQueue,
        PROVIDER_URL: providerUrl,
        ...env,
      },
      stdio: 'ignore',
    },
  );
  return { process: child, death: once(child, 'exit') };
}

/** A worker that is killed when it would tell Temporal anything with these words in it. */
export const startDoomedWorker = (api: Api, providerUrl: string, doom: string): Doomed =>
  startDoomed('./doomedWorker.ts', api, providerUrl, { DOOM: doom });
