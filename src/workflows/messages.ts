import type { Channel } from '../domain/case/case.ts';
import type { Application } from '../domain/case/commands.ts';
import type { Received } from '../domain/decision.ts';
import type { OrderFacts } from '../domain/order/facts.ts';
import type { Actor } from '../domain/parties.ts';
import type { Policy } from '../domain/policy/policy.ts';
import type { TicketFacts } from '../domain/ticket/ticket.ts';

/** Workflow types by name, so that a client starts them without loading their code. */
export const workflowTypes = {
  order: 'orderWorkflow',
  case: 'caseWorkflow',
  ticket: 'ticketWorkflow',
  courier: 'courierWorkflow',
  deadlineExtension: 'deadlineExtensionWorkflow',
  republication: 'republicationWorkflow',
  reconciliation: 'reconciliationWorkflow',
} as const;

/** The queue that workers take workflow and activity tasks from, unless the settings name another. */
export const defaultTaskQueue = 'aftersales';

/** The name under which the marketplace's own subjects are known everywhere: workflow id, timeline, outcomes, ledger. */
export const caseSubject = (caseId: string) => `case/${caseId}`;
export const orderSubject = (orderId: string) => `order/${orderId}`;
export const ticketSubject = (ticketId: string) => `ticket/${ticketId}`;

/** Signals that the service sends to its own workflows, beside the commands of the domain. */
export const innerSignals = {
  /** The provider says that it has settled the payment under this key: ask it now. */
  paymentNotice: 'paymentNotice',
  /** The last open case of an order has ended: it may complete. ORD-1 */
  casesEnded: 'casesEnded',
  /** What MongoDB has of the subject is to be compared with what the workflow has, and the newer of the two goes on. */
  republish: 'republish',
  /** A command that was acknowledged elsewhere is on its way here: the deadline that ran when it was received waits for it. POL-4 */
  actionComing: 'actionComing',
} as const;

/** Which command is coming, and when it was received (UTC ms); or that it was refused, and isn't. */
export type ActionComing = { commandId: string } & ({ receivedAt: number } | { isNot: true });

/** What travels with a command from the API, as the second argument of its signal; one sent by hand comes without it. */
export type Envelope = Received & { commandId: string; actor: Actor; expectedVersion?: number };

/**
 * Settings a workflow needs for its whole life; fixed at its start, since a replay must see the same. `rulesVersion` says by which
 * rules it is decided, whatever code goes on with it later; without one, by the first.
 */
export type ShellSettings = { graceMs: number; rulesVersion?: number };

/** The version of the rules of a run that was started with these settings. */
export const rulesVersionOf = ({ rulesVersion = 1 }: ShellSettings): number => rulesVersion;

/** A workflow's task that was tried so often is not just slow. */
export const failingFrom = 3;

/** How long a payment's try, the longest there is, may go on after its workflow has ended, ms. */
export const lastTryMs = 45_000;
/** What an operator reads of a timer that waits for that, where another run had it under way. */
export const earlierTrySummary = 'what an earlier run had under way';

/**
 * A subject goes on from its document, because its workflow is gone. `afterMs` after the start the document is read: what an ended
 * run had under way is over by then.
 */
export type TakingUp = { afterMs: number };

/** What an order's workflow starts from; `resume` continues one that has ended, from what it had last written (ORD-9). */
export type OrderInput = { orderId: string; settings: ShellSettings } & (
  | { facts: OrderFacts; placed: Envelope; resume?: undefined }
  | { resume: true; takingUp?: TakingUp }
);

/** A case that goes on from its document, or is ended by the platform. */
export type CaseTakingUp = TakingUp & { abandoned?: { reason: string; by: Envelope } };

/** What a case's workflow starts from: its application, or its document. */
export type CaseInput = CaseApplied | { caseId: string; settings: ShellSettings; takingUp: CaseTakingUp };

/** A case's application, and the policy current when it was received (POL-2). */
export type CaseApplied = {
  caseId: string;
  /** Whose order it must be: an application for someone else's is refused. */
  consumerId: string;
  application: Application;
  channel: Channel;
  policy: Policy;
  applied: Envelope;
  settings: ShellSettings;
  takingUp?: undefined;
};

/** What a ticket's workflow starts from: what was asked, or its document. INT-8 */
export type TicketInput = TicketOpened | { ticketId: string; settings: ShellSettings; takingUp: TakingUp };
export type TicketOpened = {
  ticketId: string;
  facts: TicketFacts;
  opened: Envelope;
  settings: ShellSettings;
  takingUp?: undefined;
};

/** A job that is kept in the database under this id. */
export type JobInput = { id: string };

/** A reconciliation that was asked for; the daily one is kept under its workflow's id. */
export type ReconciliationInput = Partial<JobInput>;

/** Which courier it is, and how long it may be silent before Temporal takes it for dead. */
export type CourierInput = { courier: number; heartbeatTimeoutMs: number };

/** Which extension of everything that runs it is, and after how long it looks once more, ms. */
export type ExtensionInput = { id: string; lookAgainAfterMs: number };

/** A courier's workflow id. Another queue in the same namespace is another service's, with couriers of its own. */
export const courierId = (courier: number, taskQueue: string) =>
  taskQueue === defaultTaskQueue ? `courier/${courier}` : `courier/${taskQueue}/${courier}`;
