import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { readSettings } from '../../src/settings.ts';
import { readSecret, readStack, type StackDescription } from '../../src/stack/home.ts';
import { isAlive } from '../../src/stack/processes.ts';

let parent: string;
let home: string;
const { cache } = readSettings(process.env);

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'aftersales-start-'));
  home = join(parent, 'home');
});

afterAll(async () => {
  await rm(parent, { recursive: true, force: true });
});

interface Started {
  process: ChildProcess;
  /** Everything it has said so far. */
  said: () => string;
  ended: Promise<number | null>;
}

/** What `npm start` runs. */
function start(env: NodeJS.ProcessEnv = {}): Started {
  const child = spawn(process.execPath, ['scripts/with-deps.mjs', 'src/cli/start.ts'], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AFTERSALES_HOME: home,
      AFTERSALES_CACHE: cache,
      PORT: '0',
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  onTestFinished(() => void child.kill('SIGKILL'));
  return { process: child, said: () => text, ended: once(child, 'close').then(([code]) => code as number | null) };
}

async function ready(started: Started): Promise<StackDescription> {
  let ended = false;
  void started.ended.then(() => (ended = true));
  await vi.waitUntil(() => started.said().includes('Ctrl-C stops everything') || ended, {
    timeout: 280_000,
    interval: 100,
  });
  const stack = await readStack(home);
  if (stack === undefined) throw new Error(`npm start did not get ready:\n${started.said()}`);
  return stack;
}

interface OrderList {
  items: { id: string; status: string }[];
}

async function ordersOf(stack: StackDescription): Promise<OrderList['items']> {
  const token = await signToken({ role: 'agent', sub: 'a-1' }, (await readSecret(home, 'auth-secret')) ?? '');
  const { items } = await vi.waitFor(
    async () => {
      const response = await fetch(`${stack.apiUrl}/v1/orders?limit=100`, {
        headers: { authorization: `Bearer ${token}` },
      });
      expect(response.status).toBe(200);
      return (await response.json()) as OrderList;
    },
    { timeout: 60_000 },
  );
  return items.toSorted((a, b) => a.id.localeCompare(b.id));
}

async function goneSoon(stack: StackDescription): Promise<void> {
  const left = () => Object.entries(stack.pids).filter(([, identity]) => isAlive(identity));
  await vi.waitFor(() => expect(left()).toEqual([]), { timeout: 60_000 });
}

it('wrong settings are told all at once, before anything starts', async () => {
  const started = start({ PORT: 'x', RATE_LIMIT: 'x', AUTH_SECRET: 'x' });
  expect(await started.ended).toBe(1);
  expect(started.said()).toMatch(/3 settings are wrong:\n.*PORT.*\n.*AUTH_SECRET.*\n.*RATE_LIMIT/);
  expect(existsSync(home)).toBe(false);
});

it('npm start brings up everything, keeps it up, stops it in order, and finds it again', async () => {
  const first = start();
  const stack = await ready(first);
  expect(Object.keys(stack.pids)).toEqual(['mongod', 'temporal', 'provider', 'mail', 'worker', 'api']);
  const urls = [
    `${stack.apiUrl}/readyz`,
    `${stack.apiUrl}/docs`,
    stack.temporalUiUrl ?? '',
    `${stack.providerUrl}/movements`,
    stack.mailUrl ?? '',
  ];
  // a machine that has just started all of it may be too busy to be ready within a second
  await vi.waitFor(
    async () =>
      expect(await Promise.all(urls.map(async (url) => (await fetch(url)).status))).toEqual(urls.map(() => 200)),
    { timeout: 60_000 },
  );
  for (const url of [...urls, stack.mongodbUrl, stack.temporalAddress]) {
    expect(first.said()).toContain(url.replace('/readyz', ''));
  }
  expect(first.said().match(/eyJ[\w-]+\.[\w-]+\.[\w-]+/g)?.length).toBeGreaterThanOrEqual(8);
  const orders = await ordersOf(stack);
  expect(orders.map(({ status }) => status).toSorted()).toEqual([
    'delivered',
    'delivered',
    'delivered',
    'pending_payment',
    'shipped',
    'stocking_up',
  ]);

  const second = start();
  expect(await second.ended).toBe(1);
  expect(second.said()).toContain(`${home} is in use by process ${first.process.pid}`);

  process.kill(stack.pids['worker']!.pid, 'SIGKILL');
  await vi.waitUntil(() => first.said().includes('worker is back'), { timeout: 180_000 });
  expect((await readStack(home))?.pids['worker']).not.toEqual(stack.pids['worker']);
  const described = (await readStack(home)) ?? stack;

  first.process.kill('SIGINT');
  expect(await first.ended).toBe(0);
  await goneSoon(described);
  expect(await readStack(home)).toBeUndefined();

  // only the first start has to make its own
  const bundled = { WORKFLOW_BUNDLE: process.env['WORKFLOW_BUNDLE'] };
  const again = start(bundled);
  const secondStack = await ready(again);
  expect(await ordersOf(secondStack)).toEqual(orders);

  again.process.kill('SIGKILL');
  await again.ended;
  const third = start(bundled);
  const thirdStack = await ready(third);
  await goneSoon(secondStack);
  expect(await ordersOf(thirdStack)).toEqual(orders);
  third.process.kill('SIGTERM');
  expect(await third.ended).toBe(0);
  await goneSoon(thirdStack);
}, 900_000);
