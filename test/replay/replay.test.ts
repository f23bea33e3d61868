import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { historyFromJSON } from '@temporalio/common/lib/proto-utils.js';
import { Worker, type WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleWorkflows } from '../../src/worker/worker.ts';

const root = fileURLToPath(new URL('./histories/', import.meta.url));
const histories = readdirSync(root).flatMap((release) =>
  readdirSync(`${root}${release}`).map((file) => [release, file] as const),
);

type Recorded = { workflowId: string; history: object };
const read = (release: string, file: string) =>
  JSON.parse(readFileSync(`${root}${release}/${file}`, 'utf8')) as Recorded;

describe.each([
  ['without tracing', false],
  ['with tracing', true],
])('what earlier releases left behind goes on under this code, %s', (_, traced) => {
  let workflowBundle: WorkflowBundle;
  beforeAll(async () => {
    workflowBundle = await bundleWorkflows({ traced });
  });

  it.each(histories)('%s %s', async (release, file) => {
    const { workflowId, history } = read(release, file);
    await Worker.runReplayHistory({ workflowBundle }, historyFromJSON(history), workflowId);
  });

  it('a history that this code would not have written is noticed', async () => {
    const [release, file] = histories.find(([, name]) => name === 'case-refunded.json') ?? ['', ''];
    const { workflowId, history } = read(release, file);
    const altered = JSON.parse(
      JSON.stringify(history).replaceAll('"name":"persist"', '"name":"remember"'),
    ) as Recorded['history'];
    const replaying = Worker.runReplayHistory({ workflowBundle }, historyFromJSON(altered), workflowId);
    await expect(replaying).rejects.toThrow(/[Nn]ondeterminism|TMPRL1100/);
  });
});
