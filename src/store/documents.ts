import type { Address } from '../domain/address.ts';
import type { CaseState } from '../domain/case/case.ts';
import type { Deadline } from '../domain/deadline.ts';
import type { OutageExtension } from '../domain/deadlineExtension.ts';
import type { Gate, MoneyChange } from '../domain/money/gate.ts';
import type { LedgerEntry } from '../domain/money/ledger.ts';
import type { Money } from '../domain/money/money.ts';
import type { Notice } from '../domain/notice.ts';
import type { Allocation } from '../domain/order/allocation.ts';
import type { OrderState } from '../domain/order/order.ts';
import type { Outcome } from '../domain/outcome.ts';
import type { Actor, Role } from '../domain/parties.ts';
import type { PolicyDocument } from '../domain/policy/policy.ts';
import type { Queue } from '../domain/queue.ts';
import type { TicketState } from '../domain/ticket/ticket.ts';

/** What lists sort and filter by; taken from the state whenever it is written. SEE-3 */
export type Listed = {
  status: string;
  consumerId: string;
  merchantId: string;
  orderId: string;
  kind?: string;
  reason?: string;
  deadlineAt?: Date;
  /** Where it stands in line for an agent, and its place there, smallest first. */
  queues?: Queue[];
  queuePlace?: number;
  /** Since when it waits there. */
  queuedSince?: Date;
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
/** Listed by its category as its kind. */
export type TicketDocument = SubjectDocument<TicketState>;

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

/** An in-app message; `_id` is `<subject>/<seq>/<inbox>/in_app`, `message/<id>` for `<seq>` where somebody wrote. The words are found when it is read. */
export type OutboxDocument = Omit<Notice, 'to'> & {
  _id: string;
  channel: 'in_app';
  to: string;
  createdAt: Date;
  readAt?: Date;
};

/** One try at delivering: when, how long it took, and what the receiver said, or why it said nothing. */
export type Try = { at: Date; durationMs: number; status?: number; error?: string };

export const deliveryStates = ['pending', 'sent', 'skipped', 'failed'] as const;
export type DeliveryState = (typeof deliveryStates)[number];

/** What a courier sends and how that went. TELL-1, TELL-2 */
type Delivery = {
  _id: string;
  /** The destination: an inbox, or `webhook/<endpoint>`. */
  to: string;
  /** Place on its subject's timeline: the order among what happened at the same moment. */
  seq: number;
  createdAt: Date;
  state: DeliveryState;
  /** While it is pending. */
  nextTryAt?: Date;
  /** Who sends it, and what it must not hold up: one mail server, one endpoint. */
  courier: number;
  lane: string;
  /** When there was first something to send; sending it again by hand starts anew. */
  since: Date;
  /** Failed tries since then. */
  tried: number;
  /** The last 20. */
  tries: Try[];
  /** When it was sent: 90 days later it goes. What was not sent stays. */
  sentAt?: Date;
  /** Why it was skipped or has failed. */
  reason?: string;
  /** Commands that have asked for it to be sent again; the last 20. */
  resentBy?: string[];
};

/** A mail; `_id` is `<subject>/<seq>/<inbox>/email`. Address, language and words are found when it is sent. */
export type MailDocument = Omit<Notice, 'to'> & Delivery & { channel: 'email' };

/** A webhook; `_id` is `<subject>/<seq>/webhook/<endpoint>`. `body` is what is sent, the same at every try. */
export type WebhookDocument = Delivery & { channel: 'webhook'; event: string; body: string };

/** What waits in the outbox beside in-app messages, and what became of it. */
export type DeliveryDocument = MailDocument | WebhookDocument;

/** A secret that webhooks are signed with, good until it has been replaced for a day; `by` is the command that made it. */
export type WebhookSecret = { secret: string; by: string; until?: Date };

/** Somebody who wants to be told over HTTP. `_id` is made from the command that registered it. */
export type EndpointDocument = {
  _id: string;
  url: string;
  events: string[];
  description?: string;
  enabled: boolean;
  /** Why the courier has switched it off. */
  disabledReason?: string;
  /** Newest first. */
  secrets: WebhookSecret[];
  createdAt: Date;
  updatedAt: Date;
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
  /** What it was answered, where no workflow takes it: repeats are answered the same. */
  answer?: unknown;
};

/** An agent's claim of a subject, which holds until `until`, that moment included; `_id` is `case/<id>`, `order/<id>` or `ticket/<id>`. */
export type LeaseDocument = {
  _id: string;
  agent: string;
  until: Date;
  /** The command that the agent works on under it; once that is accepted, the lease has done its service. */
  command?: string;
  /** The agent had claimed it before that command. */
  claimed?: boolean;
};

/**
 * What somebody wrote on an order or a case; never changed, since it counts as evidence. TELL-3. `_id` is the command's id;
 * `seq` counts an order's messages and those of its cases without gaps.
 */
export type ConversationDocument = {
  _id: string;
  subject: string;
  seq: number;
  orderId: string;
  caseId?: string;
  by: { role: Role; id: string };
  text: string;
  evidenceIds: string[];
  createdAt: Date;
};

/** How a consumer rates what was done for it, once. TELL-4. `_id` is the subject, such as `case/<id>` */
export type RatingDocument = {
  _id: string;
  commandId: string;
  orderId: string;
  consumerId: string;
  merchantId: string;
  /** Who decided on the platform's behalf. */
  agents: string[];
  rating: number;
  comment?: string;
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

/** What came of a subject when everything that ran was extended. */
export type ExtensionResult = 'extended' | 'not_concerned' | 'ended' | 'unanswered';

/** An admin's extension of everything that runs. `_id` is the command's id; kept */
export type DeadlineExtensionDocument = {
  _id: string;
  request: Omit<OutageExtension, 'runningSince'> & { merchantId?: string };
  requestedBy: string;
  /** What began later is not its concern. */
  requestedAt: Date;
  finishedAt?: Date;
  withoutDeadline: number;
};

/** `_id` is `<extension>/<subject>` */
export type ExtendedSubjectDocument = { _id: string; extension: string; subject: string; result: ExtensionResult };

/** What decides on outgoing money: one document, `gate`, changed by compare-and-set on `revision`. */
export type MoneyDocument = Gate & { _id: string; revision: number };

/** Money that was let go, and of which nobody knows what came of it: in whose day's sum it is. `_id` is its key; kept for 10 days. */
export type MoneyUnansweredDocument = { _id: string; day: string; amount: Money; at: Date };

/** What admins have ordered of outgoing money; only added to. `_id` is the command's id */
export type MoneyChangeDocument = { _id: string; change: MoneyChange };

/** What a republication is about: one subject, all of an order, all that are open, or all that Temporal still knows. */
export type RepublicationScope = { subject: string } | { orderId: string } | { every: 'open' | 'all' };

/** A request to write again what subjects' workflows have decided. `_id` is the command's id; kept. */
export type RepublicationDocument = {
  _id: string;
  scope: RepublicationScope;
  requestedBy: Actor;
  requestedAt: Date;
  doneAt?: Date;
  done?: RepublicationCounts;
  /** Subjects that could not be republished, and why; the first 100. */
  failed?: { subject: string; reason: string }[];
};

/** How many subjects were looked at, by what their workflow was found to be, and how many batches were written again. */
export type RepublicationCounts = { running: number; takenUp: number; ended: number; failed: number; batches: number };

/** What a reconciliation found not to agree, with how it is mended. */
export const differenceCodes = [
  'movement_without_entry',
  'entry_without_movement',
  'amounts_differ',
  'moved_twice',
  'ledger_unbalanced',
  'consumed_without_money',
  'reserved_by_ended_case',
  'open_case_holds_nothing',
  'reserved_by_nobody',
  'allocated_twice',
  'open_without_workflow',
  'workflow_without_document',
  'document_final_workflow_runs',
  'document_behind_workflow',
  'document_ahead_of_workflow',
  'document_differs',
  'workflow_failing',
] as const;
export type DifferenceCode = (typeof differenceCodes)[number];

/** A call that mends a difference, where one does. */
export type MendingCall = { method: 'POST'; path: string; body: Record<string, unknown> };

/** A difference that a reconciliation found, and found again; `_id` is `<reconciliation>/<code>/<what>`, so that it is entered once. */
export type DifferenceDocument = {
  _id: string;
  reconciliation: string;
  code: DifferenceCode;
  /** As `case/<id>`, where it is of one. */
  subject?: string;
  orderId?: string;
  movementKey?: string;
  /** What is there, and what ought to be. */
  detail: string;
  mend: string;
  call?: MendingCall;
  at: Date;
};

/** A comparison of the provider's movements, the ledger, the allocations and the workflows. `_id` is made of what asked for it; kept. */
export type ReconciliationDocument = {
  _id: string;
  requestedBy: Actor;
  requestedAt: Date;
  /** What happened in this period is compared, and all that is open. */
  from: Date;
  to: Date;
  /** Whether every running workflow is asked how far it has got, and not only those that changed in the period. */
  askAll: boolean;
  doneAt?: Date;
  /** How much was looked at, by what it is. */
  looked?: Record<string, number>;
  differences?: number;
  /** What could not be compared, and why. */
  notCompared?: string[];
};

/** A movement as the provider listed it; `_id` is `<key>#<reference>`. Gone 90 days after it was last seen. */
export type MovementDocument = {
  _id: string;
  key: string;
  /** The key without its attempt: money moves once a purpose. */
  purpose: string;
  kind: 'refund' | 'payout';
  orderId: string;
  amount: number;
  currency: string;
  reference: string;
  at: Date;
  seenAt: Date;
};
/** A build of the worker, and the hash of the workflow code that it stands for. `_id` is `<deployment>/<build id>`; kept. */
export type WorkerBuildDocument = { _id: string; codeSha256: string; enteredAt: Date };

/** An in-app inbox: a party's own, or the one that all agents share. */
export const inboxOf = (role: string, id: string): string => (role === 'agent' ? 'agent/*' : `${role}/${id}`);

/** An endpoint as a destination. */
export const endpointDestination = (endpointId: string): string => `webhook/${endpointId}`;
