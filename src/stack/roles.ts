import { closeSync, openSync, readSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type RunningProcess, startProcess, untilReady } from './processes.ts';
import type { ServerHandle } from './servers.ts';

/** Longer than a worker gives the activities under way. */
const workerGraceMs = 40_000;

/** One of our own programs, run as a process of its own. */
export interface RoleOptions {
  /** On top of this process's own environment. */
  env: NodeJS.ProcessEnv;
  logFile: string;
}

/** The sandbox payment provider's settings. */
export interface ProviderOptions {
  port: number;
  /** Where it keeps its movements. */
  dataFile: string;
  callbackUrl: string;
  callbackSecret: string;
  logFile: string;
}

/** The mail catcher's settings. */
export interface MailCatcherOptions {
  port: number;
  smtpPort: number;
  /** Where it keeps its mails. */
  dataFile: string;
  logFile: string;
}

/** A role that answers at a URL. */
export interface ServingRole {
  url: string;
  handle: ServerHandle;
}

/** Starts the sandbox payment provider and waits until it listens. @throws Error with the end of its log */
export async function startProvider(options: ProviderOptions): Promise<ServingRole> {
  const env = {
    PORT: String(options.port),
    DATA_FILE: options.dataFile,
    CALLBACK_URL: options.callbackUrl,
    CALLBACK_SECRET: options.callbackSecret,
  };
  let url = '';
  const handle = await startRole(
    'provider',
    '../provider/sandbox/main.ts',
    { env, logFile: options.logFile },
    {
      line: (said) => {
        if (typeof said['url'] !== 'string') return undefined;
        url = said['url'];
        return true;
      },
    },
  );
  return { url, handle };
}

/** Starts the mail catcher and waits until it listens. @throws Error with the end of its log */
export async function startMailCatcher(options: MailCatcherOptions): Promise<ServingRole & { smtpUrl: string }> {
  const env = { PORT: String(options.port), SMTP_PORT: String(options.smtpPort), DATA_FILE: options.dataFile };
  let urls = { url: '', smtpUrl: '' };
  const handle = await startRole(
    'mail',
    '../mail/catcher/main.ts',
    { env, logFile: options.logFile },
    {
      line: ({ url, smtpUrl }) => {
        if (typeof url !== 'string' || typeof smtpUrl !== 'string') return undefined;
        urls = { url, smtpUrl };
        return true;
      },
    },
  );
  return { ...urls, handle };
}

/** Starts a worker and waits until it polls for tasks. @throws Error with the end of its log */
export function startWorker(options: RoleOptions): Promise<ServerHandle> {
  return startRole(
    'worker',
    '../worker/main.ts',
    { ...options, graceMs: workerGraceMs },
    {
      line: (said) => (said['worker_ready'] === true ? true : undefined),
    },
  );
}

/** Starts the API on this port and waits until it is ready for requests. @throws Error with the end of its log */
export async function startApi(port: number, options: RoleOptions): Promise<ServingRole> {
  const url = `http://127.0.0.1:${port}`;
  const env = { ...options.env, HOST: '127.0.0.1', PORT: String(port) };
  const handle = await startRole(
    'api',
    '../api/main.ts',
    { ...options, env },
    {
      url: `${url}/readyz`,
    },
  );
  return { url, handle };
}

/** How a role tells that it is ready: a line of JSON in its output, or 200 at a URL. */
type Readiness = { line: (said: Record<string, unknown>) => true | undefined } | { url: string };

async function startRole(
  name: string,
  entry: string,
  options: RoleOptions & { graceMs?: number },
  ready: Readiness,
): Promise<ServerHandle> {
  const start = async (): Promise<RunningProcess> => {
    const from = sizeOf(options.logFile);
    const child = await startProcess({
      name,
      command: process.execPath,
      args: ['--import', import.meta.resolve('tsx'), fileURLToPath(new URL(entry, import.meta.url))],
      env: { ...process.env, ...options.env },
      logFile: options.logFile,
      ...(options.graceMs !== undefined && { graceMs: options.graceMs }),
    });
    try {
      await untilReady(child, async () => {
        if ('url' in ready) return (await fetch(ready.url)).ok ? true : undefined;
        return jsonLines(options.logFile, from).some(ready.line) ? true : undefined;
      });
    } catch (error) {
      await child.stop();
      throw error;
    }
    return child;
  };
  const handle: ServerHandle = {
    process: await start(),
    restart: async () => {
      handle.process = await start();
    },
  };
  return handle;
}

/** The JSON objects among the lines a log got since it had `from` bytes. */
function jsonLines(file: string, from: number): Record<string, unknown>[] {
  const log = openSync(file, 'r');
  try {
    const added = Buffer.alloc(Math.max(0, sizeOf(file) - from));
    readSync(log, added, 0, added.length, from);
    return added
      .toString('utf8')
      .split('\n')
      .flatMap((line) => {
        try {
          return line.startsWith('{') ? [JSON.parse(line) as Record<string, unknown>] : [];
        } catch {
          return [];
        }
      });
  } finally {
    closeSync(log);
  }
}

function sizeOf(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.size ?? 0;
}
