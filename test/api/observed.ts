import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, Connection } from '@temporalio/client';
import { inject } from 'vitest';
import { type Person, personOf } from '../../src/cli/demo/connection.ts';
import type { Role } from '../../src/domain/parties.ts';
import { type Service, startService } from '../../src/stack/service.ts';
import { authSecret, callbackSecret, ownDatabase } from './harness.ts';
import { type Way, wayTo } from './proxy.ts';

/** One sample of a scrape. */
export type Sample = { name: string; labels: Record<string, string>; value: number };

/** API, worker and provider as processes of their own, behind ways to MongoDB and Temporal that can be cut. */
export type Observed = Service & {
  mongodb: Way;
  temporal: Way;
  /** The database itself, whatever way is cut. */
  databaseUrl: string;
  /** Gives the worker a workflow that it doesn't know, whose task fails again and again until the workflow is ended. */
  failTasks: () => Promise<{ end: () => Promise<void> }>;
  as: (role: Role, sub: string) => Person;
  workerUrl: () => Promise<string>;
  /** What a role shows; undefined where it can't be reached. */
  scrape: (role: 'api' | 'worker') => Promise<Sample[] | undefined>;
  log: (role: 'api' | 'worker') => Promise<Record<string, unknown>[]>;
  /** What the provider does wrong next. */
  fault: (fault: { operation: string; mode: string; times: number }) => Promise<unknown>;
  end: () => Promise<void>;
};

/** Starts all of it over the given servers, with a database and a queue of its own. */
export async function startObserved(env: NodeJS.ProcessEnv = {}): Promise<Observed> {
  const { hostname, port } = new URL(inject('mongodbUrl'));
  const [host = '', temporalPort = ''] = inject('temporalAddress').split(':');
  const mongodb = await wayTo(hostname, Number(port));
  const temporal = await wayTo(host, Number(temporalPort));
  const databaseUrl = ownDatabase(inject('mongodbUrl'));
  const { pathname } = new URL(databaseUrl);
  const folder = join(inject('scratch'), randomUUID());
  const taskQueue = `t-${randomUUID()}`;
  const service = await startService({
    servers: {
      mongodbUrl: `mongodb://127.0.0.1:${mongodb.port}${pathname}?directConnection=true`,
      temporalAddress: `127.0.0.1:${temporal.port}`,
      temporalNamespace: 'default',
      temporalUiUrl: undefined,
      mongod: undefined,
      temporal: undefined,
      stop: async () => undefined,
    },
    folder,
    ports: { api: 0, provider: 0, mail: 0 },
    callbackSecret,
    env: {
      AUTH_SECRET: authSecret,
      TASK_QUEUE: taskQueue,
      WORKER_PORT: '0',
      DEADLINE_GRACE: 'PT0S',
      DOMAIN_METRICS_EVERY: 'PT1S',
      LOG_LEVEL: 'debug',
      ...env,
    },
    progress: () => undefined,
  });

  const log: Observed['log'] = async (role) => linesOf(await readFile(join(folder, 'logs', `${role}.log`), 'utf8'));
  const workerUrl = async () => {
    const ready = (await log('worker')).findLast((line) => line['worker_ready'] === true);
    const { port: workerPort } = ready!['health'] as { port: number };
    return `http://127.0.0.1:${workerPort}`;
  };
  return {
    ...service,
    mongodb,
    temporal,
    databaseUrl,
    log,
    workerUrl,
    async failTasks() {
      const connection = await Connection.connect({ address: inject('temporalAddress') });
      const { workflow } = new Client({ connection });
      const handle = await workflow.start('of-another-build', { taskQueue, workflowId: randomUUID() });
      return {
        async end() {
          await handle.terminate();
          await connection.close();
        },
      };
    },
    as: (role, sub) =>
      personOf(
        { apiUrl: service.apiUrl, secret: authSecret, providerUrl: service.providerUrl },
        { role, sub },
        AbortSignal.timeout(280_000),
      ),
    async scrape(role) {
      const url = role === 'api' ? service.apiUrl : await workerUrl();
      const answer = await fetch(`${url}/metrics`).catch(() => undefined);
      return answer?.ok ? samplesOf(await answer.text()) : undefined;
    },
    fault: (fault) =>
      fetch(`${service.providerUrl}/faults`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(fault),
      }),
    async end() {
      mongodb.mend();
      temporal.mend();
      await service.stop();
      await Promise.all([mongodb.close(), temporal.close()]);
    },
  };
}

/** Whole lines only: the last may still be being written. */
const linesOf = (text: string) =>
  text
    .slice(0, text.lastIndexOf('\n') + 1)
    .split('\n')
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Reads Prometheus’ text format. */
function samplesOf(text: string): Sample[] {
  return text.split('\n').flatMap((line) => {
    const [, name, labels = '', value] = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)/.exec(line) ?? [];
    if (name === undefined || value === undefined) return [];
    const pairs = [...labels.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)].map(([, key, quoted]) => [key, quoted]);
    return [{ name, labels: Object.fromEntries(pairs) as Record<string, string>, value: Number(value) }];
  });
}

/** The sum of a metric's samples that have these labels; undefined where there is none. */
export function valueOf(
  samples: Sample[] | undefined,
  name: string,
  labels: Record<string, string> = {},
): number | undefined {
  const found = (samples ?? []).filter(
    (one) => one.name === name && Object.entries(labels).every(([key, value]) => one.labels[key] === value),
  );
  return found.length === 0 ? undefined : found.reduce((sum, { value }) => sum + value, 0);
}
