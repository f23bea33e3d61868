import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, inject, it } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { authSecret, callbackSecret, orderBody, ownDatabase } from '../api/harness.ts';
import { openStream } from '../api/sse.ts';

const main = fileURLToPath(new URL('../../src/api/main.ts', import.meta.url));
const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

type Said = { msg?: string; port?: number; path?: string; req?: { path: string } };

/** The API as a process of its own; `heard` waits for a line of its log, `said` is all it ever wrote. */
function startProcess(env: Record<string, string>) {
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

const settings = (mongodbUrl: string) => ({
  MONGODB_URL: mongodbUrl,
  TEMPORAL_ADDRESS: inject('temporalAddress'),
  AUTH_SECRET: authSecret,
  PAYMENT_CALLBACK_SECRET: callbackSecret,
  PORT: '0',
  TASK_QUEUE: `t-${randomUUID()}`,
});

it('wrong settings: every fault at once, exit code 1, before anything starts', async () => {
  const { exited, said } = startProcess({ PORT: '99999', AUTH_SECRET: 'short', DEADLINE_GRACE: 'soon' });
  expect(await exited).toEqual([1, null]);
  for (const setting of ['PORT', 'AUTH_SECRET', 'DEADLINE_GRACE', 'MONGODB_URL', 'TEMPORAL_ADDRESS'])
    expect(said()).toContain(setting);
});

it('asked to stop, it answers what is under way, then ends; its log has no names, phones, addresses or tokens', async () => {
  const { child, exited, heard, said } = startProcess(settings(ownDatabase(inject('mongodbUrl'))));
  const { port } = await heard('listening');
  const token = await signToken({ role: 'service', sub: 's-1' }, authSecret);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' };
  const url = `http://127.0.0.1:${port}`;
  const body = JSON.stringify(orderBody());
  const slow = fetch(`${url}/v1/orders?`, { method: 'POST', headers, body });
  const waiting = async () => (await fetch(`${url}/metrics`)).text();
  await expect.poll(waiting, { timeout: 10_000 }).toContain('aftersales_commands_waiting 1\n');
  child.kill('SIGTERM');
  expect((await slow).status).toBe(202);
  expect(await exited).toEqual([0, null]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  const { name, phone, street } = orderBody().shippingAddress;
  for (const secret of [name, phone, street, token, authSecret]) expect(said()).not.toContain(secret);
  expect(said()).toContain('/v1/orders');
});

it('asked to stop, it ends open streams at once: they keep nobody from stopping', async () => {
  const { child, exited, heard } = startProcess(settings(ownDatabase(inject('mongodbUrl'))));
  const { port } = await heard('listening');
  const streams = await Promise.all(
    ['c-1', 'c-2'].map((sub) => openStream(`http://127.0.0.1:${port}`, { role: 'consumer', sub })),
  );
  const askedAt = Date.now();
  child.kill('SIGTERM');
  await Promise.all(streams.map(({ ended }) => ended));
  expect(await exited).toEqual([0, null]);
  expect(Date.now() - askedAt).toBeLessThan(8_000); // connections left open are cut after 10 s
});

it('MongoDB not there yet: it tries until it is, and ends when asked meanwhile', async () => {
  const { child, exited, heard } = startProcess(settings('mongodb://127.0.0.1:1/nowhere'));
  await heard('MongoDB is not there yet');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});
