import { setTimeout as delay } from 'node:timers/promises';
import type { Connection, mongo } from 'mongoose';
import type { CaseDocument, OrderDocument, OutcomeDocument, TicketDocument } from './documents.ts';
import { StoreUnavailable } from './reading.ts';

/** What was written of a subject, or of a command's outcome. */
export type Change =
  | { collection: 'cases'; document: CaseDocument }
  | { collection: 'orders'; document: OrderDocument }
  | { collection: 'tickets'; document: TicketDocument }
  | { collection: 'outcomes'; document: OutcomeDocument };

type Watcher = {
  onChange: (change: Change) => void;
  /** The stream is open, for the first time or again: what was written before may have passed unseen. */
  onOpen: () => void;
  onFailure: (error: unknown) => void;
};

const reopenAfterMs = 250;
/** The place where the stream stopped is no longer in the server's log, or means nothing to it. */
const unusableToken = [136, 222, 260, 280, 286];

/**
 * Watches subjects and outcomes as they are written, for as long as the signal allows. Lost, the stream is opened again where it
 * stopped, or from now on where that is no longer possible.
 */
export async function watchChanges(
  connection: Connection,
  signal: AbortSignal,
  { onChange, onOpen, onFailure }: Watcher,
): Promise<void> {
  let resumeAfter: mongo.ResumeToken | undefined;
  while (!signal.aborted) {
    let stream: mongo.ChangeStream | undefined;
    try {
      stream = open(connection, resumeAfter);
      const close = () => void stream?.close().catch(() => undefined);
      signal.addEventListener('abort', close, { once: true });
      // The first call opens the cursor; until then nothing is watched.
      let event = await stream.tryNext();
      onOpen();
      while (!signal.aborted) {
        if (event) {
          resumeAfter = event._id;
          const change = changeOf(event);
          if (change) onChange(change);
        }
        event = await stream.next();
      }
    } catch (error) {
      if (signal.aborted) return;
      if (unusableToken.includes(Number((error as { code?: unknown }).code))) resumeAfter = undefined;
      onFailure(error);
      await delay(reopenAfterMs, undefined, { signal }).catch(() => undefined);
    } finally {
      await stream?.close().catch(() => undefined);
    }
  }
}

function open(connection: Connection, resumeAfter: mongo.ResumeToken | undefined): mongo.ChangeStream {
  if (!connection.db) throw new StoreUnavailable('the database has not been connected yet');
  const pipeline = [
    {
      $match: {
        'ns.coll': { $in: ['cases', 'orders', 'tickets', 'outcomes'] },
        operationType: { $in: ['insert', 'replace'] },
      },
    },
    { $project: { operationType: 1, ns: 1, fullDocument: 1 } },
  ];
  return connection.db.watch(pipeline, { ...(resumeAfter ? { resumeAfter } : {}), maxAwaitTimeMS: 1_000 });
}

function changeOf(event: mongo.ChangeStreamDocument): Change | undefined {
  if (event.operationType !== 'insert' && event.operationType !== 'replace') return undefined;
  return { collection: event.ns.coll, document: event.fullDocument } as unknown as Change;
}
