import { randomUUID } from 'node:crypto';
import { type Journal, openJournal } from './journal.ts';
import { type Instruction, isSameInstruction, type Operation, type Standing } from './operation.ts';

/** How a new operation is to end. */
export type Ending = 'done' | 'declined' | 'pending';

/** A line of the journal: an operation as it was taken, or how a pending one ended. */
type Entry = { entry: 'taken'; operation: Operation } | { entry: 'settled'; key: string; standing: Standing };

type Kept = { operation: Operation; onDisk: Promise<void> };

/**
 * The provider's book: at most one operation a key, whatever is asked at once, and none is answered for before it is on the
 * disk.
 */
export class Book {
  private readonly kept = new Map<string, Kept>();
  /** In the order in which the money moved. */
  private readonly moved: Operation[] = [];
  private readonly journal: Journal;

  private constructor(journal: Journal, entries: Entry[]) {
    this.journal = journal;
    for (const entry of entries) this.keepMoved(this.apply(entry, Promise.resolve()));
  }

  /**
   * Opens the book of an earlier run, or a new one. `onBroken` hears of a write that failed: nothing is taken after it, and only a
   * new start knows what the disk has.
   * @throws Error when the file can't be read or holds something else
   */
  static async open(file: string, onBroken: (error: unknown) => void): Promise<Book> {
    const entries: Entry[] = [];
    const journal = await openJournal(file, (entry) => entries.push(entry as Entry), onBroken);
    return new Book(journal, entries);
  }

  has(key: string): boolean {
    return this.kept.has(key);
  }

  /** The operation under this key, once it is on the disk; undefined where there is none. */
  async find(key: string): Promise<Operation | undefined> {
    const found = this.kept.get(key);
    await found?.onDisk;
    return found?.operation;
  }

  /** Takes an instruction, or answers a repeat as before; `reused` where the key stands for something else. `now` in UTC ms. */
  async take(instruction: Instruction, ending: Ending, now: number): Promise<Operation | 'reused'> {
    // Nothing may be awaited between not finding a key and recording it: of equal keys that come at once, one is recorded.
    const before = this.kept.get(instruction.key);
    if (before) {
      await before.onDisk;
      return isSameInstruction(before.operation, instruction) ? before.operation : 'reused';
    }
    return this.record({
      entry: 'taken',
      operation: { ...instruction, ...standing(ending, `sbx-${randomUUID()}`, now) },
    });
  }

  /**
   * Ends a pending operation; one that ended already is answered as it ended, and is not new. Undefined where nobody knows the
   * key. `now` in UTC ms.
   */
  async settle(
    key: string,
    ending: 'done' | 'declined',
    now: number,
  ): Promise<{ operation: Operation; isNew: boolean } | undefined> {
    await this.kept.get(key)?.onDisk;
    const before = this.kept.get(key)?.operation;
    if (!before) return undefined;
    if (before.outcome !== 'pending') return { operation: (await this.find(key)) ?? before, isNew: false };
    const entry: Entry = { entry: 'settled', key, standing: standing(ending, before.reference, now) };
    return { operation: await this.record(entry), isNew: true };
  }

  /** Operations whose money moved, the earliest first. */
  movements(): readonly Operation[] {
    return this.moved;
  }

  pending(): Operation[] {
    return [...this.kept.values()].flatMap(({ operation }) => (operation.outcome === 'pending' ? [operation] : []));
  }

  close(): Promise<void> {
    return this.journal.close();
  }

  private async record(entry: Entry): Promise<Operation> {
    const onDisk = this.journal.append(entry);
    // Known by its key at once, so that what is asked at the same time finds it and waits for the same write.
    const operation = this.apply(entry, onDisk);
    await onDisk;
    this.keepMoved(operation);
    return operation;
  }

  private apply(entry: Entry, onDisk: Promise<void>): Operation {
    const operation = entry.entry === 'taken' ? entry.operation : this.ended(entry.key, entry.standing);
    this.kept.set(operation.key, { operation, onDisk });
    return operation;
  }

  private keepMoved(operation: Operation): void {
    if (operation.outcome === 'done') this.moved.push(operation);
  }

  private ended(key: string, end: Standing): Operation {
    const before = this.kept.get(key);
    if (!before) throw new Error(`the journal settles ${key}, which was never taken`);
    return { ...before.operation, ...end };
  }
}

function standing(ending: Ending, reference: string, at: number): Standing {
  return ending === 'declined'
    ? { outcome: ending, reference, reason: 'the account that is to be credited is closed', at }
    : { outcome: ending, reference, at };
}
