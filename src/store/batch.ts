import type { LedgerEntry } from '../domain/money/ledger.ts';
import type { Notice } from '../domain/notice.ts';
import type { AllocationChange } from '../domain/order/allocation.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Queue } from '../domain/queue.ts';
import type { TimelineItem } from '../domain/timeline.ts';

/** What is written of a subject at once, as it travels through Temporal: JSON, times in UTC ms. */
export type Batch = {
  subject: string;
  /** Absent where a refused application leaves no document. */
  document?: {
    collection: 'cases' | 'orders' | 'tickets';
    id: string;
    writeSeq: number;
    timelineSeq: number;
    version: number;
    listed: ListedFields;
    state: unknown;
    outcomes: Outcome[];
  };
  timeline: TimelineItem[];
  /** Everything that was answered since the last batch. */
  outcomes: Outcome[];
  notices: { seq: number; at: number; notice: Notice }[];
  ledger: LedgerEntry[];
  allocation: AllocationChange[];
};

/** What lists sort and filter by; times in UTC ms. */
export type ListedFields = {
  status: string;
  consumerId: string;
  merchantId: string;
  orderId: string;
  kind?: string;
  reason?: string;
  deadlineAt?: number;
  /** Where it stands in line for an agent, and its place there, smallest first. */
  queues?: Queue[];
  queuePlace?: number;
  text: string;
  createdAt: number;
  updatedAt: number;
};
