import type { Envelope } from '../messages.ts';

/** A command that has arrived and waits for its turn. One sent by hand must be checked before it is judged. */
export type Waiting = { name: string; fields: unknown; envelope: Envelope; byHand: boolean; checked: boolean };

/**
 * Commands in arrival order. One received after a running deadline is held until that deadline has fired; those in time overtake it.
 * POL-3, POL-4
 */
export class Inbox {
  private readonly waiting: Waiting[];

  constructor(waiting: Waiting[] = []) {
    this.waiting = waiting;
  }

  get size(): number {
    return this.waiting.length;
  }

  add(command: Waiting): void {
    this.waiting.push(command);
  }

  /** Commands that came before all that waits, to be judged anew. */
  putBack(commands: Waiting[]): void {
    this.waiting.unshift(...commands);
  }

  has(commandId: string): boolean {
    return this.waiting.some(({ envelope }) => envelope.commandId === commandId);
  }

  /** The next command to judge, left in its place; `deadlineAt` is when the running deadline passes, UTC ms. */
  next(deadlineAt: number | undefined): Waiting | undefined {
    return this.waiting.find(({ envelope }) => deadlineAt === undefined || envelope.receivedAt <= deadlineAt);
  }

  /** What was sent by hand and waits. */
  get sentByHand(): Waiting[] {
    return this.waiting.filter(({ byHand }) => byHand);
  }

  /** What was received after a moment, UTC ms. */
  receivedAfter(at: number): Waiting[] {
    return this.waiting.filter(({ envelope }) => envelope.receivedAt > at);
  }

  remove(command: Waiting): void {
    this.waiting.splice(this.waiting.indexOf(command), 1);
  }

  /** All that waits, for the next run. */
  toJSON(): Waiting[] {
    return this.waiting;
  }
}
