import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';
import { caseRulesVersion } from '../../src/domain/case/case.ts';

it('a release records what its workflows leave behind, by its own rules, once', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'aftersales-recording-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const record = () =>
    promisify(execFile)(process.execPath, [
      '--import',
      import.meta.resolve('tsx'),
      'test/replay/record.ts',
      '9.9.9',
      '--only',
      'case-refund-only',
      '--into',
      folder,
    ]);
  await record();
  expect(readdirSync(join(folder, '9.9.9'))).toEqual(['case-refund-only.json']);
  const recorded = readFileSync(join(folder, '9.9.9', 'case-refund-only.json'), 'utf8');
  const { workflowId, history } = JSON.parse(recorded) as { workflowId: string; history: { events: object[] } };
  expect(workflowId).toMatch(/^case\//);
  expect(history.events.length).toBeGreaterThan(20);
  const payloads = [...recorded.matchAll(/"data":\s*"([\w+/=]+)"/g)].map(([, data]) => atob(data!));
  expect(payloads.join('\n')).toContain(`"rulesVersion":${caseRulesVersion}`);
  await expect(record()).rejects.toThrow('a release is recorded once');
});
