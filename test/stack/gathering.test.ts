import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { gathering, shared } from '../../src/store/gathering.ts';

/** Reads that end when they are told to. */
function store() {
  const reads: { ids: readonly string[]; end: () => void; fail: (error: Error) => void }[] = [];
  const find = (ids: readonly string[]) =>
    new Promise<{ _id: string }[]>((resolve, reject) => {
      reads.push({ ids, end: () => resolve(ids.filter((id) => id !== 'none').map((_id) => ({ _id }))), fail: reject });
    });
  return { reads, read: gathering(find) };
}

/** Until the event loop has turned often enough for a read to be sent. */
async function sent(isSo: () => boolean): Promise<void> {
  while (!isSo()) await turn();
}

describe('reads that are asked for at once', () => {
  it('go together, and what is asked while they are under way goes into the next: nobody gets an older answer', async () => {
    const { reads, read } = store();
    const first = [read('a'), read('b'), read('a')];
    await sent(() => reads.length === 1);
    const later = [read('a'), read('none')];
    reads[0]?.end();
    expect(await Promise.all(first)).toEqual([{ _id: 'a' }, { _id: 'b' }, { _id: 'a' }]);
    await sent(() => reads.length === 2);
    reads[1]?.end();
    expect(await Promise.all(later)).toEqual([{ _id: 'a' }, null]);
    expect(reads.map(({ ids }) => ids)).toEqual([
      ['a', 'b', 'a'],
      ['a', 'none'],
    ]);
  });

  it('one that fails, or takes long, fails and holds up nobody else', async () => {
    const { reads, read } = store();
    const failing = read('a');
    await sent(() => reads.length === 1);
    const other = read('b');
    await sent(() => reads.length === 2); // though the first has not come back
    reads[1]?.end();
    expect(await other).toEqual({ _id: 'b' });
    reads[0]?.fail(new Error('away'));
    await expect(failing).rejects.toThrow('away');
  });

  it('one and the same read is made once for all who ask meanwhile', async () => {
    let made = 0;
    const read = shared(async () => ++made);
    expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
    expect(await read()).toBe(2);
  });
});
