import type { ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Change } from '../../store/changes.ts';
import type { Store } from '../../store/store.ts';
import type { Caller } from '../authentication.ts';
import { ratingOf } from '../cases/feedback.ts';
import type { Listener } from '../changeFeed.ts';
import { placesPerCaller } from '../places.ts';
import { Problem } from '../problems.ts';
import { catchingUp } from './catchUp.ts';
import { type Connection, connectionTo } from './connection.ts';
import { type Item, itemOf } from './item.ts';
import { recentItems } from './recent.ts';

/** What bounds the streams of one process. */
export type StreamLimits = {
  heartbeatMs: number;
  /** Recent changes kept, for those who come again. */
  mostItems: number;
  mostBytes: number;
  /** Bytes a reader may leave unread. */
  mostUnread: number;
  mostOfACaller: number;
  /** Who was away for longer reads the lists anew: the log is read for all who come again, by one after the other. */
  longestAwayMs: number;
};

export const streamLimits: StreamLimits = {
  heartbeatMs: 15_000,
  mostItems: 10_000,
  mostBytes: 32 * 1024 * 1024,
  mostUnread: 1024 * 1024,
  mostOfACaller: 5,
  longestAwayMs: 10 * 60_000,
};

const againAfterMs = 250;
/** How long a caller waits for the feed to begin. */
const beginWithinMs = 2_000;

/** As resume tokens look, with the second of the change in front; whether one can be used is for the database to say. */
const positionPattern = /^82([0-9A-F]{8})[0-9A-F]{6,4086}$/;

/** When what a position names was written, UTC ms; undefined for what is no position. */
function writtenAt(position: string): number | undefined {
  const seconds = positionPattern.exec(position)?.[1];
  return seconds === undefined ? undefined : Number.parseInt(seconds, 16) * 1_000;
}

type Deps = {
  store: Store;
  limits: StreamLimits;
  onFailure: (error: unknown) => void;
  /** UTC ms */
  clock: () => number;
};

/**
 * The open streams of this process, all fed by the one feed. What was written goes through here one after the other, into the
 * recent items and to whoever may see it.
 */
export function streamHub({ store, limits, onFailure, clock }: Deps) {
  const recent = recentItems(limits);
  const open = new Set<Connection>();
  /** Connections that have seen everything so far, by whom they are for. */
  const live = new Map<string, Set<Connection>>();
  const places = placesPerCaller(limits.mostOfACaller);
  const catchUps = catchingUp({ store, recent, itemOf: prepared, onFailure });
  let begun: () => void = () => undefined;
  const beginning = new Promise<void>((resolve) => {
    begun = resolve;
  });
  const stopping = new AbortController();
  /** Everything before has been told. */
  let told: Promise<void> = Promise.resolve();

  /** In turn, so that the order is kept although some must be looked up. */
  function inTurn(step: () => void | Promise<void>): void {
    told = told.then(step).catch(onFailure);
  }

  /** A change with what its document doesn't say: looked up until the database answers, as nothing may be left out. */
  async function prepared(change: Change): Promise<Item | undefined> {
    if (change.collection !== 'cases') return itemOf(change, null);
    while (!stopping.signal.aborted) {
      try {
        return itemOf(change, await ratingOf({ store }, change.document));
      } catch (error) {
        onFailure(error);
        await delay(againAfterMs);
      }
    }
    return undefined;
  }

  async function tell(change: Change): Promise<void> {
    if (change.position <= recent.to()) return;
    if (change.collection === 'profiles') {
      const { _id, language } = change.document;
      for (const connection of open) if (connection.keys.has(_id)) connection.speak(language);
    }
    const item = await prepared(change);
    if (!item) {
      recent.advance(change.position);
      return;
    }
    recent.push(item);
    for (const audience of item.audiences) for (const connection of live.get(audience) ?? []) connection.send(item);
  }

  const listener: Listener = {
    onChange: (change) => inTurn(() => tell(change)),
    onIdle: (position) => inTurn(() => recent.advance(position)),
    onOpen: (position, continued) =>
      inTurn(() => {
        if (continued) return;
        recent.begin(position);
        for (const connection of open) if (isLive(connection)) connection.reset(position);
        begun();
      }),
  };

  function goLive(connection: Connection): void {
    for (const key of connection.keys) {
      const others = live.get(key) ?? new Set();
      live.set(key, others.add(connection));
    }
  }

  const isLive = (connection: Connection): boolean =>
    [...connection.keys].some((key) => live.get(key)?.has(connection));

  function leave(connection: Connection): void {
    open.delete(connection);
    for (const key of connection.keys) {
      const others = live.get(key);
      others?.delete(connection);
      if (others?.size === 0) live.delete(key);
    }
  }

  /** Tells what was missed, as fast as it is read, and from then on what happens. */
  async function follow(connection: Connection): Promise<void> {
    let reader = recent.readAfter(connection.after());
    while (!reader) {
      if ((await catchUps.join(connection)) === 'unusable') connection.reset(recent.to());
      reader = recent.readAfter(connection.after());
    }
    for (;;) {
      if (!connection.isOpen()) return;
      const item = reader.next();
      if (item === 'gone') {
        connection.cut();
        return;
      }
      if (!item) break;
      connection.pass(item);
      if (connection.isFull()) await connection.drained();
    }
    goLive(connection);
  }

  /** A live connection has seen what there was; one that says it has seen what never comes has not, and must begin anew. */
  function beat(): void {
    for (const connection of open) {
      if (isLive(connection) && connection.after() > recent.to()) connection.reset(recent.to());
      if (isLive(connection)) connection.skipTo(recent.to());
      connection.beat();
    }
  }
  const heart = setInterval(beat, limits.heartbeatMs);
  heart.unref();

  /** @throws Problem where the feed has not begun: the database is away. */
  async function untilBegun(): Promise<void> {
    const late = new AbortController();
    try {
      await Promise.race([beginning, delay(beginWithinMs, undefined, { signal: late.signal })]);
    } finally {
      late.abort();
    }
    if (recent.from() === '') {
      throw Problem.of('store_unavailable', 'the database is away: try again', { headers: { 'Retry-After': '2' } });
    }
  }

  /** Counts a caller's stream; answers what gives it back. @throws Problem where it has too many. */
  function admit(caller: Caller): () => void {
    if (stopping.signal.aborted) throw Problem.of('stopping', 'this process is about to stop: try again');
    const giveBack = places.take(caller);
    if (giveBack) return giveBack;
    const detail = `you have ${limits.mostOfACaller} streams open: close one, or share it`;
    throw Problem.of('too_many_streams', detail, { headers: { 'Retry-After': '5' } });
  }

  return {
    listener,
    size: (): number => open.size,

    /**
     * Makes a response the caller's stream, from `lastSeen` on, or from now. `begin` writes the headers once it is known that it
     * will be one.
     * @throws Problem
     */
    async connect(
      response: ServerResponse,
      { caller, lastSeen, begin }: { caller: Caller; lastSeen: string | undefined; begin: () => void },
    ): Promise<void> {
      // whoever has gone already would never give its place back
      if (response.destroyed) return;
      const giveBack = admit(caller);
      response.once('close', giveBack);
      const [{ language }] = await Promise.all([store.profiles.read(caller.role, caller.id), untilBegun()]);
      if (response.destroyed) return;
      if (stopping.signal.aborted) throw Problem.of('stopping', 'this process is about to stop: try again');
      const isUsable = lastSeen === undefined || (writtenAt(lastSeen) ?? 0) > clock() - limits.longestAwayMs;
      const after = isUsable && lastSeen !== undefined ? lastSeen : recent.to();
      const connection = connectionTo(response, { caller, language, after, mostUnread: limits.mostUnread, clock });
      begin();
      open.add(connection);
      response.once('close', () => leave(connection));
      connection.begin();
      if (!isUsable) connection.reset(recent.to());
      follow(connection).catch((error: unknown) => {
        onFailure(error);
        connection.cut();
      });
    },

    /** Ends every stream, and opens no more: their readers come again, elsewhere, and go on where they were. */
    end: (): void => {
      stopping.abort();
      clearInterval(heart);
      catchUps.stop();
      for (const connection of open) connection.end();
    },

    /** When what was written has been told. */
    settled: (): Promise<void> => told,
  };
}
export type StreamHub = ReturnType<typeof streamHub>;
