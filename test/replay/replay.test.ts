import { isDeepStrictEqual } from 'node:util';
import type { WorkflowBundle } from '@temporalio/worker';
import { beforeAll, describe, expect, it } from 'vitest';
import { bundleBuild, ruleChange, shellChange } from './builds.ts';
import { carriedOut, readRecording, recordings, replay, taskByTask } from './replaying.ts';

/** All recordings, read once. */
const read = recordings.map(([release, file]) => ({ release, file, ...readRecording(release, file) }));

// One worker replays them all: starting one takes longer than most replays.
describe.each([
  ['without tracing', false],
  ['with tracing', true],
])('what earlier releases left behind goes on under this code, by a worker that keeps it, %s', (_, traced) => {
  let replayed: Awaited<ReturnType<typeof replay>>;
  beforeAll(async () => {
    const bundle = await bundleBuild({}, { traced });
    replayed = await replay(
      bundle,
      read.map(({ workflowId, history }) => ({ workflowId, events: history.events })),
    );
  });

  it.each(read.map(({ release, file }, index) => [release, file, index] as const))('%s %s', (__, ___, index) => {
    expect(replayed[index]).toEqual(carriedOut(read[index]!.history.events));
  });
});

describe('what earlier releases left behind goes on under this code, by a worker that keeps nothing between tasks', () => {
  const tasks = read.flatMap(({ workflowId, release, file, history }) =>
    taskByTask(history.events).map((task) => ({ workflowId, recording: `${release} ${file}`, ...task })),
  );
  let replayed: Awaited<ReturnType<typeof replay>>;
  beforeAll(async () => {
    replayed = await replay(await bundleBuild({}), tasks);
  });

  it.each(read.map(({ release, file }) => `${release} ${file}`))('%s', (recording) => {
    const own = tasks.flatMap((task, index) =>
      task.recording === recording ? [{ ...task, carried: replayed[index] }] : [],
    );
    expect(own.length).toBeGreaterThan(0);
    for (const { before, carried } of own)
      expect(carried instanceof Error ? carried : carried?.slice(0, before.length)).toEqual(before);
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
