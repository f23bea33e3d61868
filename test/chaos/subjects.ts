import type { Opened } from '../../src/activities/opening.ts';
import {
  type CaseEvent,
  type CaseState,
  evolve,
  evolveAll,
  isFinal,
  openedCase,
  refundState,
} from '../../src/domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../../src/domain/case/commands.ts';
import { caseDeadlines, caseListensUntil, expireCaseDeadline } from '../../src/domain/case/deadlines.ts';
import { decideCase, fixReturnAddress } from '../../src/domain/case/decide.ts';
import { caseBookings, caseEffects, caseSettlement } from '../../src/domain/case/effects.ts';
import { caseNotices } from '../../src/domain/case/notices.ts';
import { takePaymentAnswer, takeSettlementCheck } from '../../src/domain/case/payment.ts';
import { accept } from '../../src/domain/decision.ts';
import type { Settlement } from '../../src/domain/order/allocation.ts';
import type { OrderCommandName, OrderCommands } from '../../src/domain/order/commands.ts';
import { expireOrderDeadline, orderDeadlines } from '../../src/domain/order/deadlines.ts';
import { decideOrder, placeOrder } from '../../src/domain/order/decide.ts';
import { orderBookings, orderEffects } from '../../src/domain/order/effects.ts';
import { orderNotices } from '../../src/domain/order/notices.ts';
import {
  evolveOrder,
  evolveOrderAll,
  isFinalOrder,
  type OrderEvent,
  type OrderState,
  placedOrder,
} from '../../src/domain/order/order.ts';
import { takeOrderPaymentAnswer, takeOrderSettlementCheck } from '../../src/domain/order/payment.ts';
import { system } from '../../src/domain/parties.ts';
import { durationMs } from '../../src/domain/policy/duration.ts';
import type { TicketCommandName, TicketCommands } from '../../src/domain/ticket/commands.ts';
import { expireTicketDeadline, ticketDeadlines } from '../../src/domain/ticket/deadlines.ts';
import { decideTicket, openTicket, takeActed } from '../../src/domain/ticket/decide.ts';
import { ticketEffects } from '../../src/domain/ticket/effects.ts';
import { ticketNotices } from '../../src/domain/ticket/notices.ts';
import {
  evolveTicket,
  evolveTicketAll,
  isResolved,
  openedTicket,
  type TicketEvent,
  type TicketState,
} from '../../src/domain/ticket/ticket.ts';
import {
  type CaseApplied,
  type OrderInput,
  rulesVersionOf,
  type TicketOpened as TicketInput,
} from '../../src/workflows/messages.ts';
import type { AnyEvent, AnyState, Rules } from '../../src/workflows/shell/rules.ts';

/** How a subject stands, in the words that the API and Temporal show it with; amounts in minor units. */
export type Standing = {
  status: string;
  final: boolean;
  closeReason?: string;
  amount?: number;
  money?: string;
};

/** How a subject begins: from its workflow's input alone, or from what its order's reservation said. */
type Beginning<State, Event> =
  | { state: State; event: Event; commandId: string }
  | { refused: { code: string; detail: string }; commandId: string };

/** The domain's rules of one kind of subject, as the oracle calls them: pure functions, nothing of the workflows. */
export type SubjectRules<State extends AnyState, Event extends AnyEvent> = Pick<
  Rules<State, Event>,
  | 'decide'
  | 'evolve'
  | 'evolveAll'
  | 'deadlines'
  | 'expire'
  | 'effects'
  | 'takeResult'
  | 'bookings'
  | 'notices'
  | 'policyOf'
  | 'listensUntil'
> & {
  begin: (input: unknown, opening: Opened | undefined) => Beginning<State, Event> | 'awaits_reservation';
  standing: (state: State) => Standing;
  /** What an ended case means for its order's quantity and money. ELIG-5 */
  settlement: (state: State, event: Event) => Settlement | undefined;
};

const caseRules: SubjectRules<CaseState, CaseEvent> = {
  begin(input, opening) {
    const { applied, settings } = input as CaseApplied;
    const { commandId } = applied;
    if (!opening) return 'awaits_reservation';
    if (opening.refusal) return { refused: opening.refusal, commandId };
    const event = opening.opened;
    return { state: openedCase(event, rulesVersionOf(settings)), event, commandId };
  },
  decide: (state, name, fields, by) =>
    decideCase(state, name as CaseCommandName, fields as CaseCommands[CaseCommandName], by),
  evolve,
  evolveAll,
  deadlines: caseDeadlines,
  expire: expireCaseDeadline,
  effects: caseEffects,
  bookings: caseBookings,
  notices: caseNotices,
  policyOf: ({ facts }) => facts.policy,
  listensUntil: caseListensUntil,
  settlement: caseSettlement,
  takeResult(state, effect, result, at) {
    if (result.type === 'pay') return accept(...takePaymentAnswer(state, effect.key, result.answer, at));
    if (result.type === 'checkPayment') return takeSettlementCheck(state, effect.key, result.found, at);
    if (result.type !== 'resolveReturnAddress') return accept();
    return accept(...fixReturnAddress(state, result.address, { actor: system, at }));
  },
  standing: (state) => ({
    status: state.stage.status,
    final: isFinal(state.stage.status),
    ...(state.stage.status === 'closed' ? { closeReason: state.stage.reason } : {}),
    amount: state.remedy.amount,
    money: refundState(state),
  }),
};

const orderRules: SubjectRules<OrderState, OrderEvent> = {
  begin(input) {
    const given = input as OrderInput;
    if (given.resume) throw new TypeError('an order that goes on begins with what it was');
    const { facts, settings, placed } = given;
    const { commandId, actor, receivedAt, handedOverAt = receivedAt } = placed;
    // placed by a repeat much later than the first try, it has its time to pay from then on (0018)
    const late = handedOverAt - receivedAt > durationMs(facts.policy.outageTolerance);
    const event = placeOrder(facts, { actor, at: late ? handedOverAt : receivedAt });
    return { state: placedOrder(event, rulesVersionOf(settings)), event, commandId };
  },
  decide: (state, name, fields, by) =>
    decideOrder(state, name as OrderCommandName, fields as OrderCommands[OrderCommandName], by),
  evolve: evolveOrder,
  evolveAll: evolveOrderAll,
  deadlines: orderDeadlines,
  expire: expireOrderDeadline,
  effects: orderEffects,
  bookings: orderBookings,
  notices: orderNotices,
  policyOf: ({ facts }) => facts.policy,
  listensUntil: (state) =>
    isFinalOrder(state.stage.status) && state.refunds.every((refund) => refund.state === 'settled') ? 0 : undefined,
  settlement: () => undefined,
  takeResult(state, effect, result, at) {
    if (result.type === 'pay') return accept(...takeOrderPaymentAnswer(state, effect.key, result.answer, at));
    if (result.type === 'checkPayment') return takeOrderSettlementCheck(state, effect.key, result.found, at);
    if (result.type === 'completeOrder') return accept({ type: 'orderCompleted', actor: system, rule: 'ORD-1', at });
    return accept();
  },
  standing: ({ stage, refunds }) => ({
    status: stage.status,
    // an order may wait for its parties for as long as they like, but not for its money or for a payment beyond its deadline
    final: stage.status !== 'pending_payment' && refunds.every(({ state }) => state === 'settled'),
  }),
};

const ticketRules: SubjectRules<TicketState, TicketEvent> = {
  begin(input) {
    const { facts, opened, settings } = input as TicketInput;
    const event = openTicket(facts, { actor: opened.actor, at: opened.receivedAt });
    return { state: openedTicket(event, rulesVersionOf(settings)), event, commandId: opened.commandId };
  },
  decide: (state, name, fields, by) =>
    decideTicket(state, name as TicketCommandName, fields as TicketCommands[TicketCommandName], by),
  evolve: evolveTicket,
  evolveAll: evolveTicketAll,
  deadlines: ticketDeadlines,
  expire: expireTicketDeadline,
  effects: ticketEffects,
  bookings: () => [],
  notices: ticketNotices,
  policyOf: ({ facts }) => facts.policy,
  listensUntil: (state) => (isResolved(state) ? 0 : undefined),
  settlement: () => undefined,
  takeResult: (state, _, result, at) =>
    result.type === 'actForConsumer' ? takeActed(state, result.acted, at) : accept(),
  standing: (state) => ({ status: state.stage.status, final: isResolved(state) }),
};

export type SubjectKind = 'case' | 'order' | 'ticket';

/** The rules of each kind of subject. */
export const rulesOf = { case: caseRules, order: orderRules, ticket: ticketRules } as unknown as Record<
  SubjectKind,
  SubjectRules<AnyState, AnyEvent>
>;
