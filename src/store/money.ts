import { randomUUID } from 'node:crypto';
import type { Refusal } from '../domain/decision.ts';
import {
  cameBack,
  type Gate,
  gateAt,
  type Held,
  type HoldCause,
  letGo,
  type MoneyChange,
  type MoneyOrder,
  type Movement,
  obeyMoneyOrder,
  openGate,
  takenOut,
  whyHeld,
} from '../domain/money/gate.ts';
import type { Found } from '../domain/money/provider.ts';
import { isDuplicateKey } from './allocations.ts';
import type { Models } from './models.ts';
import { collectionOf, inTime } from './reading.ts';

/** Judges the gate as it is and answers; the same gate means that nothing is to be written. */
type Judge<Answer> = (gate: Gate) => { gate: Gate; answer: Answer };
type Waiting = { judge: Judge<unknown>; resolve: (answer: unknown) => void; reject: (error: unknown) => void };

const theGate = 'gate';
/** A payment can wait for its gate through an election of the database; what calls the API has its own, shorter limit. */
const gateMs = 5_000;
const inGateTime = <Answer>(answer: Promise<Answer>) => inTime(answer, gateMs);
/** As many are judged together and written at once; what comes meanwhile waits for the next write. */
const mostTogether = 200;

/**
 * The one document on which money is let go, changed by compare-and-set on what was judged. Whoever lets go writes it, to a majority:
 * so a stop that was acknowledged is seen by whatever is let go after it, on any worker, and no race goes over a cap. A process
 * judges all that waits at once, so that a rush costs few writes.
 */
export function moneyStore({
  money,
  moneyUnanswered,
  moneyChanges,
}: Pick<Models, 'money' | 'moneyUnanswered' | 'moneyChanges'>) {
  const waiting: Waiting[] = [];
  let writing = false;

  async function read(): Promise<{ revision: number; gate: Gate }> {
    const stored = await inGateTime(collectionOf(money).findOne({ _id: theGate }));
    if (!stored) return { revision: 0, gate: openGate };
    const { _id, revision, ...gate } = stored;
    return { revision, gate };
  }

  async function replaced(from: number, gate: Gate): Promise<boolean> {
    const to = { _id: theGate, revision: from + 1, ...gate };
    if (from > 0)
      return (
        (await inGateTime(collectionOf(money).replaceOne({ _id: theGate, revision: from }, to))).matchedCount === 1
      );
    try {
      await inGateTime(collectionOf(money).insertOne(to));
      return true;
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      return false;
    }
  }

  /** Each call in time: one that is never answered would hold up all money of this process. */
  async function judgeTogether(judges: Judge<unknown>[]): Promise<unknown[]> {
    for (;;) {
      const { revision, gate } = await read();
      let after = gate;
      const answers = judges.map((judge) => {
        const judged = judge(after);
        after = judged.gate;
        return judged.answer;
      });
      if (after === gate || (await replaced(revision, after))) return answers;
    }
  }

  async function write(): Promise<void> {
    writing = true;
    while (waiting.length > 0) {
      const together = waiting.splice(0, mostTogether);
      try {
        const answers = await judgeTogether(together.map(({ judge }) => judge));
        for (const [index, { resolve }] of together.entries()) resolve(answers[index]);
      } catch (error) {
        for (const { reject } of together) reject(error);
      }
    }
    writing = false;
  }

  function change<Answer>(judge: Judge<Answer>): Promise<Answer> {
    return new Promise((resolve, reject) => {
      waiting.push({ judge, resolve: resolve as (answer: unknown) => void, reject });
      if (!writing) void write();
    });
  }

  const countedOn = async (key: string): Promise<string | undefined> =>
    (await inGateTime(collectionOf(moneyUnanswered).findOne({ _id: key })))?.day;

  /** Enters the last order in the audit, where it isn't yet. */
  async function file(last: MoneyChange | null): Promise<void> {
    if (!last) return;
    try {
      await collectionOf(moneyChanges).insertOne({ _id: last.id, change: last });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
    }
  }

  /** Counted once: what came back without a word stays in its day's sum under its key. */
  async function keepCount(key: string, at: number): Promise<void> {
    const { gate } = await read();
    const back = gate.underWay.find((one) => one.key === key);
    if (!back) return;
    const counted = { day: back.countedOn, amount: back.amount, at: new Date(at) };
    await inGateTime(collectionOf(moneyUnanswered).updateOne({ _id: key }, { $set: counted }, { upsert: true }));
  }

  return {
    /** As it stands at `at`, UTC ms. */
    gate: async (at: number): Promise<Gate> => gateAt((await read()).gate, at),

    /** Whether the movement would be held back at `at` (UTC ms); letting go decides. */
    async whyHeld(movement: Movement, at: number): Promise<HoldCause | undefined> {
      const { gate } = await read();
      const held = whyHeld(gateAt(gate, at), movement);
      return held === 'daily_cap' ? whyHeld(gateAt(gate, at), movement, await countedOn(movement.key)) : held;
    },

    /** Lets a movement go at `at` (UTC ms), or says that it is held back. Counted once, however often its key is tried. */
    async letGo(movement: Movement, at: number): Promise<Held | undefined> {
      const counted = await countedOn(movement.key);
      const token = randomUUID();
      return change((gate) => {
        const judged = letGo(gate, movement, { token, at, countedOn: counted });
        return { gate: judged.gate, answer: judged.held };
      });
    },

    /**
     * What the movement under `key` has come back with; `wasLetGo` now, or found by asking only. What may have been paid without our
     * knowing stays counted; what was not is taken out of its day's sum.
     */
    async cameBack(key: string, outcome: Found['outcome'], wasLetGo: boolean, at: number): Promise<void> {
      const open = outcome === 'unknown' || outcome === 'pending';
      if (open && !wasLetGo) return;
      const notPaid = outcome === 'declined' || outcome === 'none';
      if (open) await keepCount(key, at);
      // removed first, and taken out of one of the two places: twice, the day would have room that it hasn't
      const kept = open ? null : await inGateTime(collectionOf(moneyUnanswered).findOneAndDelete({ _id: key }));
      await change((gate) => {
        const after = cameBack(gate, key, notPaid);
        const isKeptAlone = after === gate && notPaid && kept;
        return { gate: isKeptAlone ? takenOut(gate, kept.amount, kept.day) : after, answer: undefined };
      });
    },

    /**
     * Carries out what an admin orders, once for its id, and enters it in the audit.
     * @returns why it is refused, where it is: it would change nothing
     */
    async obey(
      wanted: MoneyOrder & { id: string; at: number; by: string; reason: string },
    ): Promise<Refusal | undefined> {
      let filed: string | undefined;
      for (;;) {
        const { revision, gate } = await read();
        // an order that is in force is in the audit before the next one takes its place; nothing else comes between reading and writing
        if (gate.last && gate.last.id !== filed) {
          await file(gate.last);
          filed = gate.last.id;
          if (await collectionOf(moneyChanges).findOne({ _id: wanted.id })) return undefined;
          continue;
        }
        const judged = obeyMoneyOrder(gate, wanted);
        if ('refusal' in judged) return judged.refusal;
        if (!(await replaced(revision, judged.gate))) continue;
        await file(judged.change);
        return undefined;
      }
    },

    /** Up to `limit` orders below a number, newest first. */
    async changes(limit: number, below?: number): Promise<MoneyChange[]> {
      await file((await read()).gate.last);
      const filter = below === undefined ? {} : { 'change.seq': { $lt: below } };
      const found = await collectionOf(moneyChanges).find(filter).sort({ 'change.seq': -1 }).limit(limit).toArray();
      return found.map(({ change: entry }) => entry);
    },
  };
}
export type MoneyStore = ReturnType<typeof moneyStore>;
