import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import type { Api } from '../api/harness.ts';

/** A worker that is killed when it would tell Temporal anything with these words in it; resolves when it has died of it. */
export function startDoomedWorker(
  api: Api,
  providerUrl: string,
  doom: string,
): { process: ChildProcess; death: Promise<unknown> } {
  const child = spawn(
    process.execPath,
    ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL('./doomedWorker.ts', import.meta.url))],
    {
      env: {
        ...process.env,
        DATABASE_URL: api.databaseUrl,
        TEMPORAL_ADDRESS: inject('temporalAddress'),
        TASK_QUEUE: api.taskQueue,
        PROVIDER_URL: providerUrl,
        DOOM: doom,
      },
      stdio: 'ignore',
    },
  );
  return { process: child, death: once(child, 'exit') };
}
