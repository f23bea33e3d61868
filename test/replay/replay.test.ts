import { isDeepStrictEqual } from 'node:util';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleBuild, ruleChange, shellChange } from './builds.ts';
import { carriedOut, readRecording, recordings, replay, taskByTask } from './replaying.ts';

describe.each([
  ['without tracing', false],
  ['with tracing', true],
])('what earlier releases left behind goes on under this code, %s', (_, traced) => {
  let bundle: WorkflowBundle;
  beforeAll(async () => {
    bundle = await bundleBuild({}, { traced });
  });

  it.each(recordings)('%s %s, by a worker that keeps it', async (release, file) => {
    const { workflowId, history } = readRecording(release, file);
    expect(await replay(bundle, [{ workflowId, events: history.events }])).toEqual([carriedOut(history.events)]);
  });

  // once is enough: what carries traces looks on
  it.each(traced ? [] : recordings)('%s %s, by a worker that keeps nothing between tasks', async (release, file) => {
    const { workflowId, history } = readRecording(release, file);
    const tasks = taskByTask(history.events);
    const carried = await replay(
      bundle,
      tasks.map(({ events }) => ({ workflowId, events })),
    );
    for (const [index, { before }] of tasks.entries()) {
      const one = carried[index];
      expect(one instanceof Error ? one : one?.slice(0, before.length)).toEqual(before);
    }
  });
});

/** How many of the recordings this code would have had go otherwise, and how many it would not replay. */
async function otherwise(bundle: WorkflowBundle): Promise<{ decided: number; refused: number }> {
  const all = recordings.map(([release, file]) => readRecording(release, file));
  const replayed = await replay(
    bundle,
    all.map(({ workflowId, history: { events } }) => ({ workflowId, events })),
  );
  const refused = replayed.filter((one) => one instanceof Error);
  for (const { name } of refused) expect(name).toBe('DeterminismViolationError');
  const decided = replayed.filter(
    (one, index) => !(one instanceof Error) && !isDeepStrictEqual(one, carriedOut(all[index]!.history.events)),
  );
  return { decided: decided.length, refused: refused.length };
}

describe('a change under running cases', () => {
  it.each([
    ['rules by their version, the shell by a patch', { ...ruleChange.two, 'shell/shell.ts': shellChange.patched }],
    ['a second time', { ...ruleChange.three, 'shell/shell.ts': shellChange.patched }],
  ])('%s: every recording goes on as it was', async (_, edits) => {
    expect(await otherwise(await bundleBuild(edits))).toEqual({ decided: 0, refused: 0 });
  });

  it.each([
    ['of the shell without a patch', { 'shell/shell.ts': shellChange.unpatched }],
    ['of the shell whose old way was taken out too early', { 'shell/shell.ts': shellChange.deprecated }],
  ])('%s is noticed', async (_, edits) => {
    expect((await otherwise(await bundleBuild(edits))).refused).toBeGreaterThan(20);
  });

  it('of a rule for running cases too is noticed, also where Temporal would be asked for the same things', async () => {
    const { decided, refused } = await otherwise(await bundleBuild(ruleChange.forAll));
    expect(decided).toBeGreaterThan(5);
    expect(refused).toBeGreaterThan(0);
  });
});
