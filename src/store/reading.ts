import type { Model, mongo } from 'mongoose';

/** How long one answer of the database may take before whoever asked is told that it is away. */
const timeoutMS = 2_000;
/** A little more, for a driver that does not keep to it. */
const longestAnswerMs = 2_500;

/** A model's collection without hydration, for reads and single writes on a request's path. */
export function collectionOf<Document extends { _id: string | number }>(
  model: Model<Document>,
): mongo.Collection<Document> {
  const { db } = model.db;
  if (!db) throw new StoreUnavailable('the database has not been connected yet');
  return db.collection<Document>(model.collection.collectionName, { timeoutMS });
}

/** How long the database may count over much for one answer: longer than a request's usual reads, and no longer; ms. */
const longestCountMs = 10_000;
/** For what is counted in a {@link countable} collection: it gives up with an error that {@link isTooSlow} knows. */
export const counting = { maxTimeMS: longestCountMs } as const;

/** A model's collection for counts over much: without the limit of other reads, which the driver would put in place of theirs. */
export function countable<Document extends { _id: string | number }>(
  model: Model<Document>,
): mongo.Collection<Document> {
  const { db } = model.db;
  if (!db) throw new StoreUnavailable('the database has not been connected yet');
  return db.collection<Document>(model.collection.collectionName);
}

/** What was counted, or that the database is away, which is given a little more than its own limit to say that it is too much. */
export const countedInTime = <Counted>(counted: Promise<Counted>): Promise<Counted> =>
  within(counted, longestCountMs + 2_000);

/** The database can't be reached, or did not answer in time. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * A read's answer, or that the database is away: whoever asked hears within 2.5 s. The driver's own limit says so earlier; but once,
 * on a busy machine, a read whose connection broke under it was never answered. Of 2,700 reads cut off on purpose afterwards
 * none was lost, so what did it is not known.
 * @throws StoreUnavailable
 */
export const inTime = <Answer>(answer: Promise<Answer>): Promise<Answer> => within(answer, longestAnswerMs);

function within<Answer>(answer: Promise<Answer>, ms: number): Promise<Answer> {
  // a bare timer: one that is aborted makes an error each time, which costs a read a tenth of its CPU time
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new StoreUnavailable('the database did not answer in time')), ms);
    answer.finally(() => clearTimeout(late)).then(resolve, reject);
  });
}

/** These reads, each answered in time. */
export function eachInTime<Reads extends Record<string, (...asked: never[]) => Promise<unknown>>>(reads: Reads): Reads {
  const bounded = Object.entries(reads).map(([name, read]) => [name, (...asked: never[]) => inTime(read(...asked))]);
  return Object.fromEntries(bounded) as Reads;
}

const away = [
  'StoreUnavailable',
  'MongoServerSelectionError',
  'MongoNetworkError',
  'MongoNetworkTimeoutError',
  'MongoOperationTimeoutError',
  'MongoNotConnectedError',
  'MongoTopologyClosedError',
  'MongoPoolClearedError',
  'MongoPoolClosedError',
  'MongoWaitQueueTimeoutError',
  'MongoClientClosedError',
  'MongoExpiredSessionError',
];
/** A connection that broke between being chosen and being written to. */
const broken = ['EPIPE', 'ECONNRESET', 'ECONNREFUSED'];
/** Not primary, shutting down, stepping down: the same call will do once another primary is there. */
const steppingDown = [91, 189, 10_058, 10_107, 11_600, 11_602, 13_435, 13_436];

const maxTimeExpired = 50;

/** Whether the database was there, and would have taken longer than it was given. */
export const isTooSlow = (error: unknown): boolean =>
  error instanceof Error && (error as { code?: unknown }).code === maxTimeExpired;

/** Whether an error says that the database is away, and not that something is wrong with the request. */
export function isStoreUnavailable(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, errorResponse } = error as { code?: unknown; errorResponse?: unknown };
  // of several writes at once the driver hangs the cause on an error of its own
  if (error.name === 'MongoBulkWriteError' && errorResponse instanceof Error) return isStoreUnavailable(errorResponse);
  return away.includes(error.name) || broken.includes(String(code)) || steppingDown.includes(Number(code));
}
