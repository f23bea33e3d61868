import type { LedgerEntry } from '../../domain/money/ledger.ts';
import type { AllocationChange } from '../../domain/order/allocation.ts';
import { carriedOutcomes, type Outcome } from '../../domain/outcome.ts';
import type { TimelineItem } from '../../domain/timeline.ts';
import type { Batch } from '../../store/batch.ts';
import { stored } from './activities.ts';

/** How many outcomes a workflow remembers, to answer repeats as before. */
const rememberedOutcomes = 500;

type Unsaved = Pick<Batch, 'timeline' | 'outcomes' | 'notices' | 'ledger' | 'allocation'>;
const nothing = (): Unsaved => ({ timeline: [], outcomes: [], notices: [], ledger: [], allocation: [] });

export type RecordSnapshot = {
  writeSeq: number;
  timelineSeq: number;
  outcomes: Outcome[];
  unsaved: Unsaved;
  dirty: boolean;
};

/**
 * What is to be written of a subject. One batch is on its way at a time; what is decided meanwhile goes into the next, so that a
 * store that is away for hours costs one pending activity and loses nothing.
 */
export class SubjectRecord {
  private readonly subject: string;
  private readonly document: () =>
    | Omit<NonNullable<Batch['document']>, 'writeSeq' | 'timelineSeq' | 'outcomes'>
    | undefined;
  private writeSeq = 0;
  private timelineSeq = 0;
  private outcomes = new Map<string, Outcome>();
  private unsaved = nothing();
  /** Handed to a write that has not come back: the next run writes it again. */
  private inFlight = nothing();
  private dirty = false;
  private writing = false;

  constructor(subject: string, document: SubjectRecord['document'], from: Partial<RecordSnapshot> = {}) {
    this.subject = subject;
    this.document = document;
    this.restore(from);
  }

  /** Goes on from what an earlier run left, or a document holds. */
  restore({
    writeSeq = 0,
    timelineSeq = 0,
    outcomes = [],
    unsaved = nothing(),
    dirty = false,
  }: Partial<RecordSnapshot>): void {
    this.writeSeq = writeSeq;
    this.timelineSeq = timelineSeq;
    this.outcomes = new Map(outcomes.map((outcome) => [outcome.commandId, outcome]));
    this.unsaved = unsaved;
    this.dirty = dirty;
  }

  get isWritten(): boolean {
    return !this.dirty && !this.writing;
  }

  outcomeOf(commandId: string): Outcome | undefined {
    return this.outcomes.get(commandId);
  }

  /** Enters an item on the timeline; answers its number. */
  addToTimeline(item: (seq: number) => TimelineItem): number {
    this.timelineSeq += 1;
    this.unsaved.timeline.push(item(this.timelineSeq));
    this.dirty = true;
    return this.timelineSeq;
  }

  addNotices(notices: Batch['notices']): void {
    this.unsaved.notices.push(...notices);
    this.dirty ||= notices.length > 0;
  }

  addMoney(entries: LedgerEntry[], changes: AllocationChange[]): void {
    this.unsaved.ledger.push(...entries);
    this.unsaved.allocation.push(...changes);
  }

  addOutcome(outcome: Outcome): void {
    this.outcomes.set(outcome.commandId, outcome);
    const [oldest] = this.outcomes.keys();
    if (oldest !== undefined && this.outcomes.size > rememberedOutcomes) this.outcomes.delete(oldest);
    this.unsaved.outcomes.push(outcome);
    this.dirty = true;
  }

  /** Sees to it that all that is unsaved gets written; returns at once. */
  save(): void {
    if (this.dirty && !this.writing) void this.write();
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.dirty) {
      const { unsaved } = this;
      this.unsaved = nothing();
      this.inFlight = unsaved;
      this.dirty = false;
      this.writeSeq += 1;
      const document = this.document();
      const recent = [...this.outcomes.values()].slice(-carriedOutcomes);
      await stored.persist.executeWithOptions({ summary: `write ${this.writeSeq}` }, [
        `${this.subject}/${this.writeSeq}`,
        {
          subject: this.subject,
          ...(document
            ? { document: { ...document, writeSeq: this.writeSeq, timelineSeq: this.timelineSeq, outcomes: recent } }
            : {}),
          ...unsaved,
        },
      ]);
      this.inFlight = nothing();
    }
    this.writing = false;
  }

  toJSON(): RecordSnapshot {
    const { writeSeq, timelineSeq, inFlight, unsaved } = this;
    const both = <Key extends keyof Unsaved>(key: Key) => [...inFlight[key], ...unsaved[key]] as Unsaved[Key];
    return {
      writeSeq,
      timelineSeq,
      outcomes: [...this.outcomes.values()],
      unsaved: {
        timeline: both('timeline'),
        outcomes: both('outcomes'),
        notices: both('notices'),
        ledger: both('ledger'),
        allocation: both('allocation'),
      },
      dirty: this.dirty || this.writing,
    };
  }
}
