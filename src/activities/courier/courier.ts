import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import type { DeliveryDocument, Try } from '../../store/documents.ts';
import type { OutboxStore } from '../../store/outbox.ts';
import { someAtOnce } from '../someAtOnce.ts';
import type { Sent } from './send.ts';

/** What a courier needs of the world. */
export type CourierDeps = {
  outbox: Pick<OutboxStore, 'lanesDue' | 'due' | 'record'>;
  /** Sends an entry once; fails where the database is away. */
  send: (entry: DeliveryDocument) => Promise<Sent>;
  /** How often it looks for what is new, ms; also how long it waits where the database is away. */
  lookEveryMs: number;
  /** UTC ms */
  clock: () => number;
  /** Told of what keeps it from working. */
  onFailure: (error: unknown) => void;
  /** Told of each try that its receiver did not take. */
  onUntaken: (entry: DeliveryDocument, tried: Try) => void;
};

/** What a lane takes up at once, and how much of it is on the wire at the same time. */
const batchSize = 50;
const atOnce = 5;

/** What must go out in order: one person's mail, one subject's events to one endpoint. */
const threadOf = ({ channel, to, _id }: DeliveryDocument) =>
  channel === 'email' ? to : _id.split('/').slice(0, 2).join('/');

function threadsOf(entries: DeliveryDocument[]): DeliveryDocument[][] {
  const threads = new Map<string, DeliveryDocument[]>();
  for (const entry of entries) {
    const thread = threads.get(threadOf(entry));
    if (thread) thread.push(entry);
    else threads.set(threadOf(entry), [entry]);
  }
  return [...threads.values()];
}

/**
 * Sends what is due of one courier's share until it is told to stop; what is on the wire then is still brought to its end. Each lane
 * (the mail server, each endpoint) is served apart from all others, so that one that hangs holds up nobody else. TELL-2
 */
export async function deliver(courier: number, deps: CourierDeps, stop: AbortSignal): Promise<void> {
  const { outbox, send, lookEveryMs, clock, onFailure, onUntaken } = deps;
  // every lane listens to it
  setMaxListeners(0, stop);
  const served = new Map<string, Promise<void>>();
  const pause = () => delay(lookEveryMs, undefined, { signal: stop }).catch(() => undefined);

  /** Sends an entry and writes down what came of it; not written, it would be sent again. */
  async function handle(entry: DeliveryDocument): Promise<void> {
    const sent = await send(entry);
    if (sent.tried?.error !== undefined) onUntaken(entry, sent.tried);
    for (;;) {
      try {
        return await outbox.record(entry, sent.tried, sent.ending);
      } catch (error) {
        onFailure(error);
        if (stop.aborted) return;
        await pause();
      }
    }
  }

  async function handleInTurn(thread: DeliveryDocument[]): Promise<void> {
    for (const entry of thread) if (!stop.aborted) await handle(entry);
  }

  async function serve(lane: string): Promise<void> {
    while (!stop.aborted) {
      const due = await outbox.due(courier, lane, new Date(clock()), batchSize);
      if (due.length === 0) return;
      await someAtOnce(threadsOf(due), atOnce, handleInTurn);
    }
  }

  while (!stop.aborted) {
    try {
      for (const lane of await outbox.lanesDue(courier, new Date(clock()))) {
        if (served.has(lane)) continue;
        const serving = serve(lane)
          .catch(onFailure)
          .finally(() => served.delete(lane));
        served.set(lane, serving);
      }
    } catch (error) {
      onFailure(error);
    }
    await pause();
  }
  await Promise.all(served.values());
}
