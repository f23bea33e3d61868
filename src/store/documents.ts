import type { Address } from '../domain/address.ts';
import type { CaseState } from '../domain/case/case.ts';
import type { Deadline } from '../domain/deadline.ts';
import type { LedgerEntry } from '../domain/money/ledger.ts';
import type { Notice } from '../domain/notice.ts';
import type { Allocation } from '../domain/order/allocation.ts';
import type { OrderState } from '../domain/order/order.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Actor, Role } from '../domain/parties.ts';
import type { PolicyDocument } from '../domain/policy/policy.ts';

/** What lists sort and filter by; taken from the state whenever it is written. SEE-3 */
export type Listed = {
  status: string;
  consumerId: string;
  merchantId: string;
  orderId: string;
  kind?: string;
  reason?: string;
  deadlineAt?: Date;
  /** Words people search by: titles, descriptions, numbers. */
  text: string;
  createdAt: Date;
  updatedAt: Date;
};

/**
 * A subject as its workflow last wrote it, whole: its state and its last outcomes appear together. `writeSeq` grows with every
 * write, so that an older one that arrives late changes nothing; `timelineSeq` is the last entry of its timeline.
 */
export type SubjectDocument<State> = Listed & {
  _id: string;
  writeSeq: number;
  timelineSeq: number;
  version: number;
  state: State;
  outcomes: Outcome[];
  /** When the consumer's personal data was taken out; whoever writes it anew writes it without this. */
  erasedAt?: Date;
};
export type CaseDocument = SubjectDocument<CaseState>;
export type OrderDocument = SubjectDocument<OrderState>;

/** An entry of a subject's timeline: who, what, when, why, under which rule. SEE-1. `_id` is `<subject>/<seq>` */
export type TimelineDocument = {
  _id: string;
  subject: string;
  seq: number;
  at: Date;
  type: string;
  actor: Actor;
  rule: string;
  deadline?: Pick<Deadline, 'kind' | 'at'>;
  detail: Record<string, unknown>;
  status: string;
};

/** What came of a command that no document carries, or none any more; kept for 90 days. `_id` is the command's id */
export type OutcomeDocument = Omit<Outcome, 'commandId' | 'at'> & { _id: string; subject: string; at: Date };

/** A notice on its way; `_id` is `<subject>/<seq>/<recipient>/<channel>`. In-app messages are read from here. */
export type OutboxDocument = Omit<Notice, 'to'> & {
  _id: string;
  channel: 'in_app';
  to: string;
  createdAt: Date;
  readAt?: Date;
};

export type LedgerDocument = Omit<LedgerEntry, 'id' | 'at'> & { _id: string; at: Date };

/** `_id` is the order's id */
export type AllocationDocument = Omit<Allocation, 'orderId'> & { _id: string };

/** `_id` is the version */
export type PolicyDocumentStored = { _id: number; document: PolicyDocument; publishedBy: string; publishedAt: Date };

/** TELL-5. `_id` is `<role>/<sub>` */
export type ProfileDocument = {
  _id: string;
  email?: string;
  language: 'zh-CN' | 'en';
  emailOn: boolean;
  returnAddress?: Address;
};

/** A command as it was first received: what repeats of it are compared with. `_id` is the command's id; kept for 90 days. */
export type CommandDocument = {
  _id: string;
  subject: string;
  bodyHash: string;
  /** UTC ms: the first receipt counts, whenever the command is handed over (POL-4) */
  receivedAt: number;
  by: { role: Role; id: string };
  at: Date;
};

/** A consumer's personal data was asked to be erased: by whom, when, and what was done. `_id` is the command's id; kept. */
export type ErasureDocument = {
  _id: string;
  /** The marketplace's own name for somebody, which ledger and outcomes keep. */
  consumerId: string;
  requestedBy: string;
  requestedAt: Date;
  doneAt?: Date;
  /** How much was changed or removed, by place. */
  erased?: Record<string, number>;
};

/** An in-app inbox: a party's own, or the one that all agents share. */
export const inboxOf = (role: string, id: string): string => (role === 'agent' ? 'agent/*' : `${role}/${id}`);
