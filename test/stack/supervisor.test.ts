import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { freePorts } from '../../src/stack/ports.ts';
import { startProcess, startTimeOf, untilReady } from '../../src/stack/processes.ts';
import type { ServerHandle } from '../../src/stack/servers.ts';
import { supervise } from '../../src/stack/supervisor.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aftersales-processes-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

function run(name: string, script: string) {
  return startProcess({ name, command: '/bin/sh', args: ['-c', script], logFile: join(folder, `${name}.log`) });
}

async function handleOf(name: string): Promise<ServerHandle> {
  const up = join(folder, `${name}.up`);
  const script = `trap 'echo ${name} >> ${folder}/stopped; exit 0' TERM; echo $$ >> ${up}; while :; do sleep 0.05; done`;
  /** Started once it would hear that it is to stop. */
  const start = async () => {
    const started = await run(name, script);
    await untilReady(started, async () => (await readFile(up, 'utf8')).includes(`${started.pid}\n`) || undefined);
    return started;
  };
  const handle: ServerHandle = {
    process: await start(),
    restart: async () => {
      handle.process = await start();
    },
  };
  return handle;
}

it('a process that ends is brought back and reported; all are stopped last first', async () => {
  const told: string[] = [];
  // The first time it can't be noted: that is told, and the process is kept all the same.
  const changed = vi.fn<() => Promise<void>>(async () => void told.push('noted')).mockRejectedValueOnce('no room');
  const handles = { mongod: await handleOf('mongod'), worker: await handleOf('worker'), api: await handleOf('api') };
  const supervisor = supervise(handles, (message) => told.push(message), changed);
  const first = handles.worker.process;
  process.kill(first.pid, 'SIGKILL');
  await vi.waitFor(() => expect(told).toContain('no room'), { timeout: 60_000 });
  const second = handles.worker.process;
  expect(second.pid).not.toBe(first.pid);
  process.kill(second.pid, 'SIGKILL');
  await vi.waitFor(() => expect(told).toContain('worker is back'), { timeout: 60_000 });
  expect(told).toEqual([
    expect.stringContaining('worker ended (SIGKILL)'),
    'no room',
    expect.stringContaining('worker ended (SIGKILL)'),
    'noted',
    'worker is back',
  ]);
  expect(handles.worker.process.pid).not.toBe(second.pid);

  await supervisor.stop();
  expect((await readFile(join(folder, 'stopped'), 'utf8')).trim().split('\n')).toEqual(['api', 'worker', 'mongod']);
  for (const { process } of Object.values(handles)) expect(startTimeOf(process.pid)).toBeUndefined();
});

it('stopping takes what the process started with it, by force where it does not listen', async () => {
  const stubborn = await run('stubborn', `trap '' TERM; sh -c 'trap "" TERM; echo $$; while :; do sleep 1; done'`);
  const grandchild = await untilReady(stubborn, async () => {
    return Number((await readFile(stubborn.logFile, 'utf8')).trim()) || undefined;
  });
  await stubborn.stop(200);
  expect(await stubborn.exited).toBe('SIGKILL');
  await vi.waitFor(() => expect(startTimeOf(grandchild)).toBeUndefined(), { timeout: 60_000 });
});

it('one that ends before it is ready is told with the end of its log', async () => {
  const broken = await run('broken', 'echo no such database; exit 3');
  await expect(untilReady(broken, async () => undefined)).rejects.toThrow(/^broken: exit code 3\.[^]*no such database/);
});

it('one that cannot be run at all is told by name', async () => {
  const spec = { name: 'absent', command: join(folder, 'absent'), args: [], logFile: join(folder, 'absent.log') };
  await expect(startProcess(spec)).rejects.toThrow(/^absent could not be started/);
});

it('a taken port is replaced by a free one, and no two are the same', async () => {
  const [taken = 0] = await freePorts([0]);
  const ports = await freePorts([taken, taken, 0]);
  expect(ports[0]).toBe(taken);
  expect(new Set(ports).size).toBe(3);
});
