import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { watchChanges } from '../../src/store/changes.ts';
import { gathering } from '../../src/store/gathering.ts';
import { eachInTime, isStoreUnavailable } from '../../src/store/reading.ts';

describe.concurrent('a read that the driver never answers', () => {
  const never = () => new Promise<never>(() => undefined);
  it.each([
    ['a list', eachInTime({ read: never }).read],
    ['a gathered read', () => gathering(never)('a')],
  ])('%s: whoever asked hears after 2.5 s that the database is away', async (_, read) => {
    const before = Date.now();
    const error = await read().catch((thrown: unknown) => thrown);
    expect(isStoreUnavailable(error)).toBe(true);
    expect(Date.now() - before).toBeGreaterThanOrEqual(2_490);
  });

  it('an answer, and a failure, are handed on as they are', async () => {
    const { found, failed } = eachInTime({
      found: async (id: string) => id,
      failed: () => Promise.reject(new RangeError('no')),
    });
    expect(await found('a')).toBe('a');
    await expect(failed()).rejects.toThrow(RangeError);
  });
});

it('a watch that is opened again and again listens for its end once', async () => {
  const end = new AbortController();
  const stream = { tryNext: () => Promise.reject(new Error('away')), close: async () => undefined, closed: false };
  const connection = { db: { watch: () => stream } } as unknown as Parameters<typeof watchChanges>[0];
  let failures = 0;
  const watching = watchChanges(connection, end.signal, {
    onChange: () => undefined,
    onOpen: () => undefined,
    onIdle: () => undefined,
    onFailure() {
      failures += 1;
      if (failures === 4) end.abort();
      else expect(getEventListeners(end.signal, 'abort')).toHaveLength(1);
    },
  });
  await watching;
  expect(failures).toBe(4);
});
