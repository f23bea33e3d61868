import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, mongo } from 'mongoose';
import type {
  CaseDocument,
  OrderDocument,
  OutboxDocument,
  OutcomeDocument,
  ProfileDocument,
  TicketDocument,
} from './documents.ts';
import { isStoreUnavailable, StoreUnavailable } from './reading.ts';

/** What is watched: subjects, commands' outcomes, what people are told, and what they say of themselves. */
type Watched = {
  cases: CaseDocument;
  orders: OrderDocument;
  tickets: TicketDocument;
  outcomes: OutcomeDocument;
  outbox: OutboxDocument;
  profiles: ProfileDocument;
};

/**
 * A document as it was written, whole; `bytes` is its size. `position` is the change's place among all changes: a string that
 * sorts as they happened, and from which they can be read again for as long as the server keeps its log.
 */
export type Change = {
  [Name in keyof Watched]: { collection: Name; document: Watched[Name]; position: string; bytes: number };
}[keyof Watched];

/** What happens to a watch. */
export type Watcher = {
  onChange: (change: Change) => void;
  /**
   * The stream is open, for the first time or again, and tells of everything after `position`. Unless it is `continued`, what was
   * written before may have passed unseen.
   */
  onOpen: (position: string, continued: boolean) => void;
  /** Nothing more was written up to this position. */
  onIdle: (position: string) => void;
  onFailure: (error: unknown) => void;
};

/** The position means nothing to the server, or is no longer in its log. */
export class PositionUnusable extends Error {
  override readonly name = 'PositionUnusable';
}

const reopenAfterMs = 250;
/** How long the server waits for a change before it says that there is none; also how long stopping may take. */
const maxAwaitTimeMS = 250;
/** The place where the stream stopped is no longer in the server's log, or means nothing to it. */
const unusableToken = [136, 222, 260, 280, 286];
const watched: readonly (keyof Watched)[] = ['cases', 'orders', 'tickets', 'outcomes', 'outbox', 'profiles'];

/**
 * Watches what is written, for as long as the signal allows. Lost, the stream is opened again where it stopped, or from now on
 * where that is no longer possible.
 */
export async function watchChanges(
  connection: Connection,
  signal: AbortSignal,
  { onChange, onOpen, onIdle, onFailure }: Watcher,
): Promise<void> {
  let position: string | undefined;
  while (!signal.aborted) {
    let stream: mongo.ChangeStream | undefined;
    const close = () => void stream?.close().catch(() => undefined);
    try {
      stream = open(connection, watched, position);
      signal.addEventListener('abort', close, { once: true });
      // The first call opens the cursor; until then nothing is watched.
      let event = await nextOf(stream);
      const continued = position !== undefined;
      position ??= positionOf(event ?? { _id: stream.resumeToken });
      onOpen(position, continued);
      while (!signal.aborted) {
        position = positionOf(event ?? { _id: stream.resumeToken });
        const change = event && changeOf(event);
        if (change) onChange(change);
        else onIdle(position);
        event = await nextOf(stream);
      }
    } catch (error) {
      if (signal.aborted) return;
      const isUnusable = unusableToken.includes(Number((error as { code?: unknown }).code));
      if (isUnusable || error instanceof PositionUnusable) position = undefined;
      onFailure(error);
      await delay(reopenAfterMs, undefined, { signal }).catch(() => undefined);
    } finally {
      signal.removeEventListener('abort', close);
      await stream?.close().catch(() => undefined);
    }
  }
}

/**
 * Reads again what was written after a position, and goes on with what is being written, until the reader stops; without a
 * change, how far it has come.
 * @throws PositionUnusable
 */
export async function* readChangesAfter(
  connection: Connection,
  position: string,
): AsyncGenerator<{ position: string; change: Change | undefined }> {
  const stream = open(connection, ['cases', 'orders', 'tickets', 'outbox'], position);
  try {
    for (;;) {
      const event = await nextOf(stream);
      yield {
        position: positionOf(event ?? { _id: stream.resumeToken }),
        change: event ? changeOf(event) : undefined,
      };
    }
  } catch (error) {
    // Whatever else the server says of a place that it is given is about that place.
    const isItsWord = error instanceof mongo.MongoServerError && !isStoreUnavailable(error);
    throw isItsWord ? new PositionUnusable(error.message, { cause: error }) : error;
  } finally {
    await stream.close().catch(() => undefined);
  }
}

function open(
  connection: Connection,
  collections: readonly string[],
  position: string | undefined,
): mongo.ChangeStream {
  if (!connection.db) throw new StoreUnavailable('the database has not been connected yet');
  const pipeline = [
    { $match: { 'ns.coll': { $in: collections }, operationType: { $in: ['insert', 'replace'] } } },
    { $project: { operationType: 1, ns: 1, fullDocument: 1 } },
  ];
  const from = position === undefined ? {} : { resumeAfter: { _data: position } };
  return connection.db.watch(pipeline, { ...from, maxAwaitTimeMS });
}

/**
 * The next event; null where none came for a while.
 * @throws PositionUnusable where the server has closed the stream for good, as when the database is dropped: it would be closed
 * at the same place again.
 */
async function nextOf(stream: mongo.ChangeStream): Promise<mongo.ChangeStreamDocument | null> {
  const event = await stream.tryNext();
  if (!event && stream.closed) throw new PositionUnusable('the server has closed the stream of changes');
  return event;
}

/** Where an event stands: its resume token in hex, which sorts by time. */
const positionOf = ({ _id }: { _id: unknown }): string => (_id as { _data: string })._data;

function changeOf(event: mongo.ChangeStreamDocument): Change | undefined {
  if (event.operationType !== 'insert' && event.operationType !== 'replace') return undefined;
  const { fullDocument: document, ns } = event;
  const bytes = mongo.BSON.calculateObjectSize(document);
  return { collection: ns.coll, document, position: positionOf(event), bytes } as unknown as Change;
}
