import type { Channel, InterventionReason } from '../case/case.ts';
import type { Application } from '../case/commands.ts';
import type { Deadline, ShownDeadline } from '../deadline.ts';
import type { CancellationReason } from '../order/commands.ts';
import type { Actor } from '../parties.ts';
import type { Policy } from '../policy/policy.ts';
import type { RefusalCode } from '../refusals.ts';

/** Decides differently on old histories where a rule's code has changed: set at a ticket's start, never after. */
export const ticketRulesVersion = 3;

/** Where a support ticket 客服工单 can stand, in the order in which it comes there. Spelled as in DOMAIN.md. INT-8 */
export const ticketStatuses = ['open', 'investigating', 'waiting_for_consumer', 'resolved'] as const;
export type TicketStatus = (typeof ticketStatuses)[number];

/** What a ticket is about: 退货, 退款, 物流, 取消订单, 其他. */
export const ticketCategories = ['return', 'refund', 'logistics', 'cancellation', 'other'] as const;
export type TicketCategory = (typeof ticketCategories)[number];

/** Where a ticket can come from: 意见反馈, or the service chat. INT-8 */
export const ticketChannels = ['feedback', 'service_chat'] as const satisfies readonly Channel[];
export type TicketChannel = (typeof ticketChannels)[number];

/** How an agent resolves a ticket. `no_answer` is the deadline's. INT-8 */
export const ticketOutcomes = ['open_case', 'request_intervention', 'cancel_order', 'answered', 'no_answer'] as const;
export type TicketOutcome = (typeof ticketOutcomes)[number];

/** What a ticket is about; never changes. `openedAt` in UTC ms. */
export type TicketFacts = {
  id: string;
  orderId: string;
  consumerId: string;
  /** The order's: it has no part in the ticket. */
  merchantId: string;
  channel: TicketChannel;
  category: TicketCategory;
  description: string;
  evidenceIds: string[];
  /** Current when the ticket was opened: its deadlines follow it (POL-2). */
  policy: Policy;
  openedAt: number;
};

/** What was asked or replied; `at` in UTC ms. */
export type Entry = { by: Actor; text: string; evidenceIds: string[]; at: number };

/** What an agent has done elsewhere in the consumer's stead. INT-8, ORD-4, ORD-8 */
export type ActForConsumer =
  | { outcome: 'open_case'; case: Omit<Application, 'orderId'> }
  | {
      outcome: 'request_intervention';
      intervention: { caseId: string; reason: InterventionReason; statement: string; evidenceIds: string[] };
    }
  | { outcome: 'cancel_order'; cancellation: { reason: CancellationReason } };

/** A resolution while it is being found out whether it stands; `at` is when it was given, `receivedAt` when first, where it was repeated late; UTC ms. */
export type Resolving = {
  commandId: string;
  note: string;
  act: ActForConsumer;
  agent: Actor;
  at: number;
  receivedAt?: number;
};

/** How the ticket ended, and what that led to; nobody writes a note where the consumer did not answer. */
export type Resolution = {
  outcome: TicketOutcome;
  note?: string;
  by: Actor;
  at: number;
  caseId?: string;
  orderId?: string;
};

/** The ticket's place and what only that place has. */
export type TicketStage =
  | { status: 'open' }
  | { status: 'investigating' }
  | { status: 'waiting_for_consumer'; deadline: Deadline; question: string }
  | { status: 'resolved'; resolution: Resolution };

export type TicketState = {
  rulesVersion: number;
  facts: TicketFacts;
  stage: TicketStage;
  /** Questions and replies, oldest first. */
  thread: Entry[];
  /** The agent that has claimed it, or was the first to ask. */
  assignedTo: Actor | null;
  resolving: Resolving | null;
  /** What an event of the ticket was at last, UTC ms. */
  updatedAt: number;
  /** Moves on each accepted change; the ETag. */
  version: number;
};

/** Who did it, when (UTC ms), and under which rule. */
type By = { at: number; actor: Actor; rule: string };

/** What can have happened to a ticket. */
export type TicketEvent = By &
  (
    | { type: 'ticketOpened'; facts: TicketFacts }
    | { type: 'ticketClaimed' }
    | { type: 'consumerAsked'; question: string; deadline: Deadline }
    | { type: 'consumerReplied'; text: string; evidenceIds: string[] }
    | { type: 'resolutionStarted'; commandId: string; note: string; act: ActForConsumer; receivedAt?: number }
    | { type: 'resolutionRefused'; code: RefusalCode; reason: string }
    | {
        type: 'ticketResolved';
        outcome: TicketOutcome;
        note?: string;
        caseId?: string;
        orderId?: string;
        passedDeadline?: Deadline;
      }
    | { type: 'deadlineExtended'; deadline: Deadline; was: number; reason: string }
    | { type: 'reminded'; about: ShownDeadline }
    | { type: 'signalRefused'; signal: string; code: string; detail: string }
  );

export const isResolved = ({ stage }: Pick<TicketState, 'stage'>): boolean => stage.status === 'resolved';

/** Until when (UTC ms) something that concerns the ticket is still under way: 0 once it is resolved, undefined before. */
export const ticketListensUntil = (state: Pick<TicketState, 'stage'>): number | undefined =>
  isResolved(state) ? 0 : undefined;

/**
 * The deadline that runs. It stands still while a resolution is under way, so that the consumer's silence can't end a ticket that an
 * agent has just resolved.
 */
export const runningTicketDeadline = ({ stage, resolving }: TicketState): Deadline | undefined =>
  stage.status === 'waiting_for_consumer' && !resolving ? stage.deadline : undefined;

/** Events that tell of something without changing where the ticket stands: the version stays. */
const silent: readonly TicketEvent['type'][] = ['signalRefused', 'resolutionRefused', 'reminded'];

/** A ticket's first event. */
export type TicketOpened = Extract<TicketEvent, { type: 'ticketOpened' }>;

/** The ticket after its first event. */
export function openedTicket({ facts, at }: TicketOpened, rulesVersion: number): TicketState {
  return {
    rulesVersion,
    facts,
    stage: { status: 'open' },
    thread: [],
    assignedTo: null,
    resolving: null,
    updatedAt: at,
    version: 1,
  };
}

/** The state after an event; replaying a ticket's events gives its state. */
export function evolveTicket(state: TicketState, event: TicketEvent): TicketState {
  return { ...state, ...changes(state, event), updatedAt: event.at };
}

/** The state after all events of one accepted change: its version moves once. */
export function evolveTicketAll(state: TicketState, events: TicketEvent[]): TicketState {
  const after = events.reduce(evolveTicket, state);
  return events.some(({ type }) => !silent.includes(type)) ? { ...after, version: state.version + 1 } : after;
}

function changes(state: TicketState, event: TicketEvent): Partial<TicketState> {
  const { actor: by, at } = event;
  switch (event.type) {
    case 'ticketOpened':
      return openedTicket(event, state.rulesVersion);
    case 'ticketClaimed':
      return { stage: { status: 'investigating' }, assignedTo: by };
    case 'consumerAsked':
      return {
        stage: { status: 'waiting_for_consumer', deadline: event.deadline, question: event.question },
        thread: [...state.thread, { by, text: event.question, evidenceIds: [], at }],
        assignedTo: state.assignedTo ?? by,
      };
    case 'consumerReplied':
      return {
        ...(state.stage.status === 'waiting_for_consumer' ? { stage: { status: 'investigating' } } : {}),
        thread: [...state.thread, { by, text: event.text, evidenceIds: event.evidenceIds, at }],
      };
    case 'resolutionStarted': {
      const { commandId, note, act, receivedAt } = event;
      const first = receivedAt === undefined ? {} : { receivedAt };
      return { resolving: { commandId, note, act, agent: by, at, ...first } };
    }
    case 'resolutionRefused':
      return { resolving: null };
    case 'ticketResolved': {
      const { outcome, note, caseId, orderId } = event;
      const led = { ...(caseId ? { caseId } : {}), ...(orderId ? { orderId } : {}) };
      const resolution: Resolution = { outcome, ...(note ? { note } : {}), by, at, ...led };
      return { stage: { status: 'resolved', resolution }, resolving: null };
    }
    case 'deadlineExtended':
      return state.stage.status === 'waiting_for_consumer'
        ? { stage: { ...state.stage, deadline: event.deadline } }
        : {};
    case 'reminded':
    case 'signalRefused':
      return {};
    default:
      return event satisfies never;
  }
}
