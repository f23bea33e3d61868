import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { authSecret, callbackSecret } from './harness.ts';

const main = fileURLToPath(new URL('../../src/api/main.ts', import.meta.url));
const children: ChildProcess[] = [];

/** Ends all that were started here. */
export function killProcesses(): void {
  for (const child of children.splice(0)) child.kill('SIGKILL');
}

type Said = { msg?: string; port?: number; path?: string; req?: { path: string } };

/** The API as a process of its own; `heard` waits for a line of its log, `said` is all it ever wrote. */
export function startProcess(env: Record<string, string>) {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx'), main], {
    env: { PATH: process.env['PATH'], TEMPORAL_NAMESPACE: 'default', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  const lines: string[] = [];
  let check: () => void = () => undefined;
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      check();
    });
  }
  const exited = once(child, 'close') as Promise<[code: number | null, signal: string | null]>;
  const heard = (msg: string) =>
    new Promise<Said>((resolve, reject) => {
      check = () => {
        const found = lines
          .map((line) => (line.startsWith('{') ? (JSON.parse(line) as Said) : {}))
          .find((said) => said.msg?.includes(msg));
        if (found) resolve(found);
      };
      check();
      void exited.then(() => reject(new Error(`ended before it said "${msg}":\n${lines.join('\n')}`)));
    });
  return { child, exited, heard, said: () => lines.join('\n') };
}

/** Settings of an API over the test's servers. */
export const processSettings = (mongodbUrl: string) => ({
  MONGODB_URL: mongodbUrl,
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  AUTH_SECRET: authSecret,
  PAYMENT_CALLBACK_SECRET: callbackSecret,
  PORT: '0',
  TASK_QUEUE: `t-${randomUUID()}`,
});
