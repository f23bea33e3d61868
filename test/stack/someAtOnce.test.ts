import { expect, it } from 'vitest';
import { someAtOnce } from '../../src/activities/someAtOnce.ts';

it('works through all, so many at once and no more', async () => {
  let underWay = 0;
  let most = 0;
  const done: number[] = [];
  await someAtOnce(Array(20).keys(), 3, async (item) => {
    underWay += 1;
    most = Math.max(most, underWay);
    await Promise.resolve();
    underWay -= 1;
    done.push(item);
  });
  expect(done).toEqual([...Array(20).keys()]);
  expect(most).toBe(3);
});

it('after the first failure nothing is begun, and it fails once what is under way is over', async () => {
  const begun: string[] = [];
  let endSlow = () => {};
  const slow = new Promise<void>((end) => {
    endSlow = end;
  });
  let over = false;
  const all = someAtOnce(['fails', 'slow', 'never', 'nor this'], 2, async (item) => {
    begun.push(item);
    if (item === 'fails') throw new Error('it fails');
    await slow;
  });
  const ended = all.finally(() => {
    over = true;
  });
  ended.catch(() => undefined);
  await new Promise((turned) => setImmediate(turned));
  expect(over).toBe(false);
  endSlow();
  await expect(ended).rejects.toThrow('it fails');
  expect(begun).toEqual(['fails', 'slow']);
});
