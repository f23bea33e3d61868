import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { listAll, personOf } from '../../src/cli/demo/connection.ts';
import { movementsAt } from '../../src/cli/demo/proof.ts';
import { type Party } from '../../src/cli/tokens.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { readSettings } from '../../src/settings.ts';
import { readSecret, readStack, type StackDescription } from '../../src/stack/home.ts';

/** A program with everything it has said so far, in a process group of its own, as a terminal would have it. */
interface Running {
  said: () => string;
  ended: Promise<number | null>;
  /** To the whole group; what has ended hears nothing. */
  signal: (signal: 'SIGINT' | 'SIGKILL') => void;
}

const { cache } = readSettings(process.env);
let home: string;
let service: Running;
let stack: StackDescription;
let secret: string;
/** The commands of the README's quick start, in its order: the service, the demo, and then curl. */
let commands: { start: string; demo: string; curl: string };

function run(command: string, env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', command], {
    env: {
      PATH: process.env['PATH'],
      HOME: process.env['HOME'],
      AFTERSALES_HOME: home,
      AFTERSALES_CACHE: cache,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    said: () => text,
    ended: once(child, 'close').then(([code]) => code as number | null),
    signal: (signal) => void (child.exitCode === null && process.kill(-child.pid!, signal)),
  };
}

/** Waits until the program has said this, or has ended without. */
async function says(running: Running, text: string): Promise<void> {
  let ended = false;
  void running.ended.then(() => (ended = true));
  await vi.waitUntil(() => running.said().includes(text) || ended, { timeout: 280_000, interval: 100 });
  if (!running.said().includes(text)) throw new Error(`it did not say "${text}":\n${running.said()}`);
}

const as = (party: Party) =>
  personOf({ apiUrl: stack.apiUrl, secret, providerUrl: stack.providerUrl }, party, AbortSignal.timeout(30_000));

async function policyInForce(): Promise<unknown> {
  const { version: _version, ...document } = await as({ role: 'admin', sub: 'ad-1' }).get<{ version: number }>(
    '/v1/policies/current',
  );
  return document;
}

beforeAll(async () => {
  const readme = await readFile('README.md', 'utf8');
  const quickStart = /^## Quick start\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
  const blocks = (language: string) =>
    [...quickStart.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\``, 'gms'))].map(([, text]) => text!);
  const [start, demo] = blocks('sh');
  commands = { start: start!, demo: demo!, curl: blocks('bash').join('\n') };

  home = join(await mkdtemp(join(tmpdir(), 'aftersales-quick-start-')), 'home');
  service = run(commands.start, { PORT: '0' });
  await says(service, 'Ctrl-C stops everything');
  stack = (await readStack(home))!;
  secret = (await readSecret(home, 'auth-secret'))!;
});

afterAll(async () => {
  service.signal('SIGINT');
  await service.ended;
  await rm(join(home, '..'), { recursive: true, force: true });
});

// A reader who meets a busy machine's 202 runs it again: the block asks once, so as to be read.
it('the README’s quick start by curl goes from an order to one refund without postage', { retry: 2 }, async () => {
  const asked = run(`${commands.curl}\necho "$order_id $case_id"`, { API: stack.apiUrl, PROVIDER: stack.providerUrl });
  onTestFinished(() => asked.signal('SIGKILL'));
  expect(await asked.ended, asked.said()).toBe(0);
  const [orderId, caseId] = asked.said().trimEnd().split('\n').at(-1)!.split(' ');

  const consumer = as({ role: 'consumer', sub: 'c-1' });
  expect(await consumer.get(`/v1/cases/${caseId}`)).toMatchObject({
    orderId,
    status: 'refunded',
    refund: { amount: 12_900, currency: 'CNY', state: 'settled' },
  });
  expect(await consumer.get(`/v1/orders/${orderId}`)).toMatchObject({
    paid: { amount: 13_900 },
    postage: 1_000,
    lines: [{ returnedQuantity: 1, refundedAmount: { amount: 12_900 } }],
  });
  const movements = (await movementsAt(stack.providerUrl)).filter((one) => one.orderId === orderId);
  expect(movements).toMatchObject([{ key: `case/${caseId}/refund/1`, kind: 'refund', amount: 12_900 }]);
  // What it shows its reader is just that.
  expect(asked.said()).toContain(`key: 'case/${caseId}/refund/1'`);
  expect(asked.said()).toContain('"rule":"CASE-11"');
});

// Everybody in it has seconds for everything: on a machine that stalls for as long somebody comes too late.
it('npm run demo proves every ending, and puts the policy before in force again', { retry: 1 }, async () => {
  const allCases = () => listAll<{ id: string; status: string }>(as({ role: 'agent', sub: 'a-1' }), '/v1/cases');
  const before = new Set((await allCases()).map(({ id }) => id));
  const demo = run(commands.demo);
  onTestFinished(() => demo.signal('SIGKILL'));
  expect(await demo.ended, demo.said()).toBe(0);
  expect(demo.said()).toMatch(/\n11 stories, \d+ checks, 0 differences, /);
  expect(demo.said()).not.toContain('✗');
  const cited =
    'CASE-3 CASE-5 CASE-7 CASE-9 CASE-11 CASE-12 CASE-13 CASE-17 INT-1 INT-2 INT-3 INT-5 INT-8 INT-9 ORD-3 ORD-9 TELL-4';
  for (const rule of cited.split(' ')) expect(demo.said()).toContain(`(${rule}`);
  expect(await policyInForce()).toEqual(defaultPolicy);
  const endings = (await allCases()).filter(({ id }) => !before.has(id)).map(({ status }) => status);
  expect(endings.toSorted()).toEqual([
    'closed',
    'closed',
    'compensated',
    'refunded',
    'refunded',
    'refunded',
    'refunded',
    'refunded',
    'refunded',
    'replaced',
  ]);
});

it('a demo that ends otherwise than it must says what differed, and fails', async () => {
  const fault = { operation: 'refund', mode: 'decline', times: 1 };
  const headers = { 'content-type': 'application/json' };
  await fetch(`${stack.providerUrl}/faults`, { method: 'POST', headers, body: JSON.stringify(fault) });
  const named = {
    AFTERSALES_HOME: join(home, 'none'),
    AFTERSALES_API_URL: stack.apiUrl,
    AUTH_SECRET: secret,
    PAYMENT_PROVIDER_URL: stack.providerUrl,
  };
  const demo = run(`${commands.demo.trimEnd()} -- ordinary`, named);
  onTestFinished(() => demo.signal('SIGKILL'));
  expect(await demo.ended, demo.said()).toBe(1);
  expect(demo.said()).toMatch(/✗ An ordinary online return .*\n +\S+ did not come to refunded: it is refund_failed/);
  expect(await policyInForce()).toEqual(defaultPolicy);
});

it('Ctrl-C in the middle of the demo puts the policy before in force again', async () => {
  const demo = run(`${commands.demo.trimEnd()} -- silence`);
  onTestFinished(() => demo.signal('SIGKILL'));
  await says(demo, 'The consumer applies');
  expect(await policyInForce()).not.toEqual(defaultPolicy);
  demo.signal('SIGINT');
  await demo.ended;
  expect(demo.said()).toContain('The policy before is in force again');
  expect(await policyInForce()).toEqual(defaultPolicy);
});

it('Ctrl-C stops the service in order', async () => {
  service.signal('SIGINT');
  expect(await service.ended, service.said()).toBe(0);
});
