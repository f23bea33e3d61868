import { setTimeout as delay, setImmediate } from 'node:timers/promises';
import { type Change, PositionUnusable } from '../../store/changes.ts';
import type { Store } from '../../store/store.ts';
import type { Connection } from './connection.ts';
import type { Item } from './item.ts';
import type { RecentItems } from './recent.ts';

/** Whoever comes again at the same moment, as after a restart, shares one reading. */
const gatherMs = 50;
const againAfterMs = 250;
/** How long all wait for one who reads slowly. */
const slowestMs = 1_000;
/** After so many changes whatever else the process has to do comes first. */
const othersEvery = 200;

/** Where a catching up ended: at the recent items, or nowhere, since what was missed can't be read any more. */
export type CaughtUp = 'recent' | 'unusable';

type Member = { connection: Connection; tell: (caughtUp: CaughtUp) => void };

type Deps = {
  store: Pick<Store, 'changesAfter'>;
  recent: RecentItems;
  itemOf: (change: Change) => Promise<Item | undefined>;
  onFailure: (error: unknown) => void;
};

/** Tells those who were away for longer what the recent items no longer have, out of the database's own log. */
export function catchingUp({ store, recent, itemOf, onFailure }: Deps) {
  let waiting: Member[] = [];
  let isRunning = false;
  let stopped = false;

  async function run(): Promise<void> {
    isRunning = true;
    while (waiting.length > 0) {
      await delay(gatherMs);
      const round = waiting;
      waiting = [];
      await together(round);
    }
    isRunning = false;
  }

  /** One reading for all, from the oldest place; whose place is unusable drops out, the others go on. */
  async function together(round: Member[]): Promise<void> {
    let members = round;
    for (;;) {
      members = members.filter(({ connection }) => connection.isOpen());
      if (members.length === 0 || stopped) return;
      const oldest = members.map(({ connection }) => connection.after()).reduce((a, b) => (a < b ? a : b));
      try {
        await read(oldest, members);
        for (const { tell } of members) tell('recent');
        return;
      } catch (error) {
        if (error instanceof PositionUnusable) {
          for (const { connection, tell } of members) if (connection.after() === oldest) tell('unusable');
          members = members.filter(({ connection }) => connection.after() !== oldest);
        } else {
          onFailure(error);
          await delay(againAfterMs);
        }
      }
    }
  }

  /** Passes on everything after a position that the recent items don't have. */
  async function read(after: string, members: Member[]): Promise<void> {
    const connections = members.map(({ connection }) => connection);
    let changes = 0;
    for await (const { position, change } of store.changesAfter(after)) {
      changes += 1;
      if (changes % othersEvery === 0) await setImmediate();
      if (stopped || !connections.some((one) => one.isOpen())) return;
      const item = change && position <= recent.from() ? await itemOf(change) : undefined;
      if (item) {
        for (const one of connections) one.pass(item);
        await Promise.all(connections.filter((one) => one.isFull()).map((one) => one.drained(slowestMs)));
      }
      if (position >= recent.from()) {
        // before anything is awaited: what is kept moves on meanwhile
        for (const one of connections) one.skipTo(recent.from());
        return;
      }
    }
  }

  return {
    /** Brings a connection to where the recent items begin. */
    join: (connection: Connection): Promise<CaughtUp> =>
      new Promise((tell) => {
        waiting.push({ connection, tell });
        if (!isRunning) void run();
      }),

    stop(): void {
      stopped = true;
    },
  };
}
