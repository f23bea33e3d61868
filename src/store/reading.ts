import type { Model, mongo } from 'mongoose';

/** How long whoever asked waits for one answer of the database before it is told that it is away. */
const longestAnswerMs = 2_500;
/** How long the database may look for what is listed, or shown as a gauge: it gives up a little earlier with an error that {@link isTooSlow} knows. */
export const listing = { maxTimeMS: 2_000 } as const;

/** A model's collection without hydration. */
export function collectionOf<Document extends { _id: string | number }>(
  model: Model<Document>,
): mongo.Collection<Document> {
  const { db } = model.db;
  if (!db) throw new StoreUnavailable('the database has not been connected yet');
  return db.collection<Document>(model.collection.collectionName);
}

/** How long the database may count over much for one answer: longer than a request's usual reads, and no longer; ms. */
const longestCountMs = 10_000;
/** For what is counted: it gives up with an error that {@link isTooSlow} knows. */
export const counting = { maxTimeMS: longestCountMs } as const;

/** What was counted, or that the database is away, which is given a little more than its own limit to say that it is too much. */
export const countedInTime = <Counted>(counted: Promise<Counted>): Promise<Counted> =>
  within(counted, longestCountMs + 2_000);

/** The database can't be reached, or did not answer in time. */
export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
}

/**
 * An answer, or that the database is away: whoever asked hears within 2.5 s, or the `ms` that it can wait. The driver says nothing of a server that is silent until
 * its socket has been so for 30 s: its own `timeoutMS` does nothing (MongoDB's driver 7.8, whatever its documentation says). What was being
 * written may have been written all the same.
 * @throws StoreUnavailable
 */
export const inTime = <Answer>(answer: Promise<Answer>, ms: number = longestAnswerMs): Promise<Answer> =>
  within(answer, ms);

function within<Answer>(answer: Promise<Answer>, ms: number): Promise<Answer> {
  // a bare timer: one that is aborted makes an error each time, which costs a read a tenth of its CPU time
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new StoreUnavailable('the database did not answer in time')), ms);
    answer.finally(() => clearTimeout(late)).then(resolve, reject);
  });
}

type Calls = Record<string, (...asked: never[]) => Promise<unknown>>;

/** These reads and writes, each answered in time. */
export function eachInTime<All extends Calls>(calls: All): All {
  const bounded = Object.entries(calls).map(([name, call]) => [name, (...asked: never[]) => inTime(call(...asked))]);
  return Object.fromEntries(bounded) as All;
}

const away = [
  'StoreUnavailable',
  'MongoServerSelectionError',
  // the same, of a connection that has never stood
  'MongooseServerSelectionError',
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
