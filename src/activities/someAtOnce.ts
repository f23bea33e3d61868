/** The items one by one. Who leaves a loop over it by failing ends it for all that share it, which an array's own would not. */
function* oneByOne<Item>(items: Iterable<Item>): Generator<Item> {
  yield* items;
}

/**
 * Works through items with `limit` under way at once. The first failure is thrown once those under way are over, and nothing is begun
 * after it: what was left would otherwise go on beside whoever tries the whole again.
 */
export async function someAtOnce<Item>(
  items: Iterable<Item>,
  limit: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const left = oneByOne(items);
  const workers = Array.from({ length: limit }, async () => {
    for (const item of left) await work(item);
  });
  const failed = (await Promise.allSettled(workers)).find((one) => one.status === 'rejected');
  if (failed) throw failed.reason;
}
