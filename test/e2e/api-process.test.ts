import { afterEach, expect, inject, it } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { authSecret, orderBody, ownDatabase } from '../api/harness.ts';
import { killProcesses, processSettings, startProcess } from '../api/process.ts';
import { openStream } from '../api/sse.ts';

afterEach(killProcesses);

it('wrong settings: every fault at once, exit code 1, before anything starts', async () => {
  const { exited, said } = startProcess({ PORT: '99999', AUTH_SECRET: 'short', DEADLINE_GRACE: 'soon' });
  expect(await exited).toEqual([1, null]);
  for (const setting of ['PORT', 'AUTH_SECRET', 'DEADLINE_GRACE', 'MONGODB_URL', 'TEMPORAL_ADDRESS'])
    expect(said()).toContain(setting);
});

it('asked to stop, it answers what is under way, then ends; its log has no names, phones, addresses or tokens', async () => {
  const { child, exited, heard, said } = startProcess(processSettings(ownDatabase(inject('mongodbUrl'))));
  const { port } = await heard('listening');
  const token = await signToken({ role: 'service', sub: 's-1' }, authSecret);
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': 'k' };
  const url = `http://127.0.0.1:${port}`;
  const body = JSON.stringify(orderBody());
  const slow = fetch(`${url}/v1/orders?`, { method: 'POST', headers, body });
  const waiting = async () => (await fetch(`${url}/metrics`)).text();
  await expect.poll(waiting).toContain('aftersales_commands_waiting 1\n');
  child.kill('SIGTERM');
  expect((await slow).status).toBe(202);
  expect(await exited).toEqual([0, null]);
  await expect(fetch(`${url}/healthz`)).rejects.toThrow('fetch failed');
  const { name, phone, street } = orderBody().shippingAddress;
  for (const secret of [name, phone, street, token, authSecret]) expect(said()).not.toContain(secret);
  expect(said()).toContain('/v1/orders');
});

it('asked to stop, it ends open streams at once: they keep nobody from stopping', async () => {
  const { child, exited, heard } = startProcess(processSettings(ownDatabase(inject('mongodbUrl'))));
  const { port } = await heard('listening');
  const streams = await Promise.all(
    ['c-1', 'c-2'].map((sub) => openStream(`http://127.0.0.1:${port}`, { role: 'consumer', sub })),
  );
  const askedAt = Date.now();
  child.kill('SIGTERM');
  await Promise.all(streams.map(({ ended }) => ended));
  expect(await exited).toEqual([0, null]);
  expect(Date.now() - askedAt).toBeLessThan(9_500); // connections left open are cut after 10 s
});

it('MongoDB not there yet: it tries until it is, and ends when asked meanwhile', async () => {
  const { child, exited, heard } = startProcess(processSettings('mongodb://127.0.0.1:1/nowhere'));
  await heard('MongoDB is not there yet');
  child.kill('SIGTERM');
  expect(await exited).toEqual([0, null]);
});

it('a wrong password is no reason to wait: it ends and says so', async () => {
  const url = new URL(ownDatabase(inject('mongodbUrl')));
  Object.assign(url, { username: 'nobody', password: 'wrong' });
  const { exited, said } = startProcess(processSettings(url.href));
  expect(await exited).toEqual([1, null]);
  expect(said()).toContain('Authentication failed');
});
