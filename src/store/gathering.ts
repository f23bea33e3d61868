import { setTimeout as delay } from 'node:timers/promises';
import DataLoader from 'dataloader';
import type { mongo } from 'mongoose';
import { inTime } from './reading.ts';

/** As many as one answer of the database holds in its first batch. */
const mostAtOnce = 100;
/** A read that takes longer than this holds up no other. */
const longestMs = 20;

/** These documents, one or many: asked for alone, one is found on the shortest way. */
export const withIds = <Document extends { _id: string }>(ids: readonly string[]): mongo.Filter<Document> =>
  ({ _id: ids.length === 1 ? ids[0] : { $in: ids } }) as mongo.Filter<Document>;

/**
 * Reads by id, gathered: what is asked for while a read is under way is read together by the next one. Nothing is remembered, so
 * whoever asks sees all that had been written by then; the more ask at once, the less each costs.
 */
export function gathering<Found extends { _id: string }>(
  find: (ids: readonly string[]) => Promise<Found[]>,
): (id: string) => Promise<Found | null> {
  return gathered(async (ids) => {
    const found = new Map((await find(ids)).map((one) => [one._id, one]));
    return ids.map((id) => found.get(id) ?? null);
  });
}

/** One and the same read, gathered in the same way. */
export function shared<Answer>(read: () => Promise<Answer>): () => Promise<Answer> {
  const all = gathered<Answer>(async (asked) => {
    const answer = await read();
    return asked.map(() => answer);
  });
  return () => all('');
}

function gathered<Answer>(read: (asked: readonly string[]) => Promise<Answer[]>): (asked: string) => Promise<Answer> {
  let underWay: Promise<unknown> = Promise.resolve();
  const loader = new DataLoader<string, Answer>(
    (asked) => {
      const reading = read(asked);
      underWay = Promise.race([reading.catch(() => undefined), delay(longestMs, undefined, { ref: false })]);
      return reading;
    },
    {
      cache: false,
      maxBatchSize: mostAtOnce,
      // those whose requests have come in one turn of the event loop go together, too
      batchScheduleFn: (dispatch) => void underWay.then(() => setImmediate(dispatch)),
    },
  );
  return (asked) => inTime(loader.load(asked));
}
