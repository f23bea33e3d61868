import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { reportErrors } from '../../src/stack/errorLog.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aftersales-log-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true, force: true });
});

it('tells what is logged as an error from now on, each once, whole lines only', async () => {
  const log = join(folder, 'api.log');
  await writeFile(log, '{"level":50,"msg":"of an earlier run"}\n');
  const told: string[] = [];
  const end = await reportErrors([['api', log]], (message) => told.push(message));
  await appendFile(
    log,
    '{"level":30,"msg":"fine"}\nnot JSON\n{"level":50,"msg":"no","err":{"message":"database"}}\n{"level":50,"ms',
  );
  await vi.waitFor(() => expect(told).toContain(`api: no: database (more in ${log})`), { timeout: 60_000 });
  await appendFile(log, 'g":"later"}\n');
  await vi.waitFor(() => expect(told.at(-1)).toBe(`api: later (more in ${log})`), { timeout: 60_000 });
  expect(told).toHaveLength(2);
  await end();
});
