import type { LedgerEntry } from '../../domain/money/ledger.ts';
import type { AllocationChange } from '../../domain/order/allocation.ts';
import { carriedOutcomes, type Outcome } from '../../domain/outcome.ts';
import type { TimelineItem } from '../../domain/timeline.ts';
import type { Batch } from '../../store/batch.ts';
import { stored } from './activities.ts';
import type { Waiting } from './inbox.ts';

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

/** How far a subject has been written, as its document tells it. */
export type Written = { writeSeq: number; timelineSeq: number; version: number; updatedAt: number };

/** What writes of an ended run may still be on their way never comes near what a run that took the subject up writes. */
const ahead = 1_000;

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
  /** Commands judged since the last write that stands: where what is stored turns out to be newer, they are judged anew. */
  private judged: Waiting[] = [];
  private judgedInFlight: Waiting[] = [];
  /** What is stored is newer: nothing is written until this run has gone on from that, or it could overtake it. */
  private behind = false;
  private readonly onBehind: () => void;

  constructor(
    subject: string,
    document: SubjectRecord['document'],
    onBehind: () => void,
    from: Partial<RecordSnapshot> = {},
  ) {
    this.subject = subject;
    this.document = document;
    this.onBehind = onBehind;
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

  /** How far this run has got: what a query is answered. */
  get progress(): Pick<Written, 'writeSeq' | 'timelineSeq'> {
    return { writeSeq: this.writeSeq, timelineSeq: this.timelineSeq };
  }

  get isBehind(): boolean {
    return this.behind;
  }

  /** Has the whole subject written anew. */
  rewrite(): void {
    this.behind = false;
    this.dirty = true;
  }

  /** Leaves behind what an ended run may still have on its way. */
  leap(): void {
    this.writeSeq += ahead;
  }

  /**
   * Goes on from a document that is newer than this run, as after Temporal was restored from an older backup. What this run alone
   * knew is dropped: it never stood. Answers the commands it was decided on, for them to be judged anew.
   */
  adopt({ writeSeq, timelineSeq, outcomes }: Pick<RecordSnapshot, 'writeSeq' | 'timelineSeq' | 'outcomes'>): Waiting[] {
    const again = [...this.judgedInFlight, ...this.judged];
    for (const { envelope } of again) this.outcomes.delete(envelope.commandId);
    this.restore({
      writeSeq: Math.max(writeSeq, this.writeSeq),
      timelineSeq: Math.max(timelineSeq, this.timelineSeq),
      outcomes: [...this.outcomes.values(), ...outcomes],
      dirty: true,
    });
    this.judged = [];
    this.judgedInFlight = [];
    this.behind = false;
    return again.filter(({ envelope }) => !this.outcomes.has(envelope.commandId));
  }

  addJudged(command: Waiting): void {
    this.judged.push(command);
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
    if (this.dirty && !this.writing && !this.behind) void this.write();
  }

  private async write(): Promise<void> {
    this.writing = true;
    while (this.dirty) {
      const { unsaved } = this;
      this.unsaved = nothing();
      this.inFlight = unsaved;
      this.judgedInFlight = this.judged;
      this.judged = [];
      this.dirty = false;
      this.writeSeq += 1;
      const document = this.document();
      const recent = [...this.outcomes.values()].slice(-carriedOutcomes);
      const stands = await stored.persist.executeWithOptions({ summary: `write ${this.writeSeq}` }, [
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
      if (stands !== 'behind') {
        this.judgedInFlight = [];
        continue;
      }
      this.judged = [...this.judgedInFlight, ...this.judged];
      this.judgedInFlight = [];
      this.behind = true;
      this.onBehind();
      break;
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
