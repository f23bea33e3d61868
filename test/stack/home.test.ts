import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { HomeInUseError, openHome, readSecret, readStack, type StackDescription } from '../../src/stack/home.ts';
import { startTimeOf } from '../../src/stack/processes.ts';

let folder: string;

beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'aftersales-home-')), 'home');
});

afterEach(async () => {
  await rm(join(folder, '..'), { recursive: true, force: true });
});

const described = (pids: StackDescription['pids']): StackDescription => ({
  apiUrl: 'http://127.0.0.1:1',
  temporalAddress: '127.0.0.1:2',
  temporalUiUrl: null,
  mongodbUrl: 'mongodb://127.0.0.1:3',
  providerUrl: 'http://127.0.0.1:4',
  mailUrl: null,
  pids,
});

it('is held by one run at a time', async () => {
  const home = await openHome(folder);
  await expect(openHome(folder)).rejects.toThrow(HomeInUseError);
  await home.release();
  await (await openHome(folder)).release();
  expect(await readdir(folder)).toEqual([]);
});

it('goes to exactly one of several that ask at once, also past a stale lock', async () => {
  await (await openHome(folder)).release();
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid: process.pid, startTime: 'another life' }));
  const asked = await Promise.allSettled(Array.from({ length: 8 }, () => openHome(folder)));
  const held = asked.filter((result) => result.status === 'fulfilled');
  expect(held).toHaveLength(1);
  await held[0]!.value.release();
});

it('is taken over from a run that was killed, whose processes are stopped first', async () => {
  const left = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  await once(left, 'spawn');
  const home = await openHome(folder);
  const pid = left.pid!;
  await home.describe(described({ mongod: { pid, startTime: startTimeOf(pid)! } }));
  // As after kill -9 of the run: everything is where it was, and its holder is gone.
  await writeFile(join(folder, 'lock'), JSON.stringify({ pid, startTime: 'another life' }));
  const next = await openHome(folder);
  expect(startTimeOf(pid)).toBeUndefined();
  expect(await readStack(folder)).toBeUndefined();
  await next.release();
});

it('leaves a process alone that only has the number of one that was left', async () => {
  const bystander = spawn('sleep', ['600'], { detached: true, stdio: 'ignore' });
  await once(bystander, 'spawn');
  try {
    const home = await openHome(folder);
    await home.describe(described({ mongod: { pid: bystander.pid!, startTime: 'another life' } }));
    await writeFile(join(folder, 'lock'), '');
    await (await openHome(folder)).release();
    expect(startTimeOf(bystander.pid!)).toBeDefined();
  } finally {
    bystander.kill('SIGKILL');
  }
});

it('keeps its secrets, each its own, readable by their owner only', async () => {
  const home = await openHome(folder);
  const secret = await home.secret('auth-secret');
  expect(secret).toMatch(/^[0-9a-f]{64}$/);
  expect(await home.secret('callback-secret')).not.toBe(secret);
  await home.release();
  const again = await openHome(folder);
  expect(await again.secret('auth-secret')).toBe(secret);
  expect(await readSecret(folder, 'auth-secret')).toBe(secret);
  expect((await stat(join(folder, 'auth-secret'))).mode & 0o777).toBe(0o600);
  await again.release();
});

it('tells what runs, until it is released', async () => {
  const home = await openHome(folder);
  await home.describe(described({}));
  expect(JSON.parse(await readFile(join(folder, 'stack.json'), 'utf8'))).toEqual(described({}));
  await home.release();
  expect(await readStack(folder)).toBeUndefined();
});
