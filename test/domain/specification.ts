import { expect } from 'vitest';
import type { Address } from '../../src/domain/address.ts';
import {
  type CaseEvent,
  type CaseState,
  caseRulesVersion,
  evolve,
  evolveAll,
  isFinal,
  openedCase,
  openPayment,
} from '../../src/domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../../src/domain/case/commands.ts';
import { caseDeadlines, expireCaseDeadline } from '../../src/domain/case/deadlines.ts';
import { availableActions, decideCase, fixReturnAddress } from '../../src/domain/case/decide.ts';
import { caseEffects } from '../../src/domain/case/effects.ts';
import { takePaymentAnswer, takeSettlementCheck } from '../../src/domain/case/payment.ts';
import type { Deadline } from '../../src/domain/deadline.ts';
import { accept, type Decision } from '../../src/domain/decision.ts';
import type { ActedForConsumer, Effect } from '../../src/domain/effects.ts';
import type { Found, ProviderAnswer } from '../../src/domain/money/provider.ts';
import type { OrderCommandName, OrderCommands } from '../../src/domain/order/commands.ts';
import { expireOrderDeadline, orderDeadlines } from '../../src/domain/order/deadlines.ts';
import { availableOrderActions, decideOrder } from '../../src/domain/order/decide.ts';
import { orderEffects } from '../../src/domain/order/effects.ts';
import {
  evolveOrder,
  evolveOrderAll,
  isFinalOrder,
  type OrderEvent,
  type OrderState,
  orderRulesVersion,
  placedOrder,
} from '../../src/domain/order/order.ts';
import { takeOrderPaymentAnswer, takeOrderSettlementCheck } from '../../src/domain/order/payment.ts';
import { type Actor, roles, system } from '../../src/domain/parties.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import type { TicketCommandName, TicketCommands } from '../../src/domain/ticket/commands.ts';
import { expireTicketDeadline, ticketDeadlines } from '../../src/domain/ticket/deadlines.ts';
import { availableTicketActions, decideTicket, takeActed } from '../../src/domain/ticket/decide.ts';
import { ticketEffects } from '../../src/domain/ticket/effects.ts';
import {
  evolveTicket,
  evolveTicketAll,
  isResolved,
  openedTicket,
  type TicketEvent,
  type TicketOpened,
  type TicketState,
  ticketRulesVersion,
} from '../../src/domain/ticket/ticket.ts';

export const consumer: Actor = { role: 'consumer', id: 'c-1' };
export const merchant: Actor = { role: 'merchant', id: 'm-1' };
export const agent: Actor = { role: 'agent', id: 'a-1' };
export const service: Actor = { role: 'service', id: 's-1' };
export const operator: Actor = { role: 'operator', id: 'temporal' };

/** What may happen to a subject in a given state. */
export type Happening<State, Event> = (state: State) => Decision<Event>;

/** What every subject's rules have in common; scenarios need no more of them. */
export type SubjectRules<State, Event> = {
  start: (first: Event) => State;
  evolve: (state: State, event: Event) => State;
  evolveAll: (state: State, events: Event[]) => State;
  effects: (state: State, event: Event) => Effect[];
  /** Whether somebody or something can still move a subject that has not ended; true where it has ended. */
  goesOn: (state: State, pending: readonly Effect[]) => boolean;
  isFinal: (state: State) => boolean;
  status: (state: State) => string;
  /** Events that leave the version where it is. */
  silent: readonly string[];
};

type AnyState = { version: number };
type AnyEvent = { type: string };

const effectKeyEndedBy = (event: {
  type: string;
  key?: string;
  payment?: { key: string };
  refund?: { key: string };
}) =>
  event.type.endsWith('Settled') || event.type === 'refundDeclined' || event.type === 'payoutDeclined'
    ? (event.payment?.key ?? event.refund?.key ?? event.key)
    : undefined;

/** What is still to be carried out after these events, as the shell would keep it. */
export function pendingAfter<Event extends AnyEvent>(
  before: readonly Effect[],
  events: readonly Event[],
  started: readonly Effect[],
): Effect[] {
  const ended = new Set(events.map((event) => effectKeyEndedBy(event as never)));
  const stopped = new Set(started.flatMap((effect) => (effect.type === 'checkPayment' ? [effect.paymentKey] : [])));
  const resultOf: Record<string, Effect['type']> = {
    returnAddressFixed: 'resolveReturnAddress',
    orderCompleted: 'completeOrder',
    refundSettled: 'checkPayment',
    compensationSettled: 'checkPayment',
    payoutSettled: 'checkPayment',
    manualSettlementRefused: 'checkPayment',
    ticketResolved: 'actForConsumer',
    resolutionRefused: 'actForConsumer',
  };
  const back = new Set(events.map(({ type }) => resultOf[type]));
  const going = before.filter((effect) => !ended.has(effect.key) && !stopped.has(effect.key) && !back.has(effect.type));
  return [...going, ...started];
}

/** Specifies a subject: given events, when something happens, it brings events or is refused. */
export function specify<State extends AnyState, Event extends AnyEvent>(rules: SubjectRules<State, Event>) {
  const replay = (events: Event[]) => {
    let state = rules.start(events[0]!);
    let pending: Effect[] = rules.effects(state, events[0]!);
    for (const event of events.slice(1)) {
      state = rules.evolveAll(state, [event]);
      pending = pendingAfter(pending, [event], rules.effects(state, event));
    }
    return { state, pending };
  };

  return (...givenEvents: Event[]) => ({
    ...replay(givenEvents),
    when(happens: Happening<State, Event>) {
      const { state, pending } = replay(givenEvents);
      const frozen = structuredClone(state);
      const { events, answer } = happens(state);
      expect(state, 'deciding changes nothing').toEqual(frozen);
      const after = rules.evolveAll(state, events);

      // what holds of every change, whatever it is about
      const oneByOne = events.reduce(rules.evolve, state);
      expect(after, 'events alone give the state').toEqual({ ...oneByOne, version: after.version });
      const counts = events.some(({ type }) => !rules.silent.includes(type));
      expect(after.version - state.version, 'the version moves once per change').toBe(counts ? 1 : 0);
      const started = events.flatMap((event) => rules.effects(after, event));
      expect(rules.goesOn(after, pendingAfter(pending, events, started)), `${rules.status(after)} is no dead end`).toBe(
        true,
      );
      if (rules.isFinal(state)) expect(rules.status(after), 'one final state, once').toBe(rules.status(state));

      return {
        state: after,
        events,
        effects: started,
        /** It is accepted, and exactly these events come of it, each with at least these fields. */
        brings: (...expected: Partial<Event>[]) => {
          expect(answer).toEqual({ kind: 'accepted' });
          expect(events).toMatchObject(expected);
          return { state: after, effects: started };
        },
        /** It is accepted, and nothing happens: it is known already. */
        changesNothing: () => {
          expect(answer).toEqual({ kind: 'accepted' });
          expect(events).toEqual([]);
        },
        /** It is to be answered by what an effect finds out. */
        isDeferred: (...expected: Partial<Event>[]) => {
          expect(answer).toEqual({ kind: 'deferred' });
          expect(events).toMatchObject(expected);
          return { state: after, effects: started };
        },
        /** It is refused with this code; `more.keeps` is what is written down all the same. */
        isRefused: (code: RefusalCode, more: { field?: string; keeps?: Partial<Event>[] } = {}) => {
          expect(answer).toMatchObject({
            kind: 'refused',
            refusal: { code, ...(more.field ? { field: more.field } : {}) },
          });
          expect(answer.kind === 'refused' && answer.refusal.detail.length).toBeGreaterThan(10);
          expect(events).toMatchObject(more.keeps ?? []);
          expect(events).toHaveLength(more.keeps?.length ?? 0);
          return { state: after, effects: started };
        },
      };
    },
  });
}

const someoneCanAct = (actions: (role: (typeof roles)[number]) => string[]) =>
  roles.some((role) => actions(role).length > 0);

export const caseRules: SubjectRules<CaseState, CaseEvent> = {
  start: (first) => openedCase(first as Extract<CaseEvent, { type: 'caseOpened' }>, caseRulesVersion),
  evolve,
  evolveAll,
  effects: caseEffects,
  goesOn: (state, pending) =>
    isFinal(state.stage.status) ||
    caseDeadlines(state).length > 0 ||
    pending.length > 0 ||
    someoneCanAct((role) => availableActions(state, role)),
  isFinal: ({ stage }) => isFinal(stage.status),
  status: ({ stage }) => stage.status,
  silent: ['signalRefused', 'voucherKept', 'manualSettlementRefused', 'reminded'],
};
export const givenCase = specify(caseRules);

export const orderRules: SubjectRules<OrderState, OrderEvent> = {
  start: (first) => placedOrder(first as Extract<OrderEvent, { type: 'orderPlaced' }>, orderRulesVersion),
  evolve: evolveOrder,
  evolveAll: evolveOrderAll,
  effects: orderEffects,
  goesOn: (state, pending) =>
    isFinalOrder(state.stage.status) ||
    orderDeadlines(state).length > 0 ||
    pending.length > 0 ||
    someoneCanAct((role) => availableOrderActions(state, role)),
  isFinal: ({ stage }) => isFinalOrder(stage.status),
  status: ({ stage }) => stage.status,
  silent: ['signalRefused', 'manualSettlementRefused', 'reminded'],
};
export const givenOrder = specify(orderRules);

export const ticketRules: SubjectRules<TicketState, TicketEvent> = {
  start: (first) => openedTicket(first as TicketOpened, ticketRulesVersion),
  evolve: evolveTicket,
  evolveAll: evolveTicketAll,
  effects: ticketEffects,
  goesOn: (state, pending) =>
    isResolved(state) ||
    ticketDeadlines(state).length > 0 ||
    pending.length > 0 ||
    someoneCanAct((role) => availableTicketActions(state, role)),
  isFinal: isResolved,
  status: ({ stage }) => stage.status,
  silent: ['signalRefused', 'resolutionRefused', 'reminded'],
};
export const givenTicket = specify(ticketRules);

type When = { by: Actor; at: number; expectedVersion?: number };
const given = ({ by: actor, ...rest }: When) => ({ commandId: 'cmd-1', actor, ...rest });

/** A command on a case. */
export const does =
  <Name extends CaseCommandName>(name: Name, fields: CaseCommands[Name], when: When): Happening<CaseState, CaseEvent> =>
  (state) =>
    decideCase(state, name, fields, given(when));

/** A command on an order. */
export const orders =
  <Name extends OrderCommandName>(
    name: Name,
    fields: OrderCommands[Name],
    when: When,
  ): Happening<OrderState, OrderEvent> =>
  (state) =>
    decideOrder(state, name, fields, given(when));

/** A command on a ticket. */
export const asks =
  <Name extends TicketCommandName>(
    name: Name,
    fields: TicketCommands[Name],
    when: When,
  ): Happening<TicketState, TicketEvent> =>
  (state) =>
    decideTicket(state, name, fields, given(when));

const theOnly = <One extends Deadline>(deadlines: One[]): One => {
  expect(deadlines).toHaveLength(1);
  return deadlines[0]!;
};

/** The running deadline, the one of this kind where there are two, fires `late` ms after it could; by default at once. */
export const deadlinePasses =
  (late = 0, kind?: Deadline['kind']): Happening<CaseState, CaseEvent> =>
  (state) => {
    const running = caseDeadlines(state).filter((one) => kind === undefined || one.kind === kind);
    const { rule: _rule, waitingFor: _for, onExpiry: _then, ...deadline } = theOnly(running);
    return accept(...expireCaseDeadline(state, deadline, deadline.at, deadline.at + late));
  };
export const orderDeadlinePasses =
  (late = 0): Happening<OrderState, OrderEvent> =>
  (state) => {
    const { rule: _rule, waitingFor: _for, onExpiry: _then, ...deadline } = theOnly(orderDeadlines(state));
    const due = Math.max(deadline.at, deadline.from);
    return accept(...expireOrderDeadline(state, deadline, due, due + late));
  };

export const ticketDeadlinePasses =
  (late = 0): Happening<TicketState, TicketEvent> =>
  (state) => {
    const { rule: _rule, waitingFor: _for, onExpiry: _then, ...deadline } = theOnly(ticketDeadlines(state));
    return accept(...expireTicketDeadline(state, deadline, deadline.at, deadline.at + late));
  };

/** What has become elsewhere of a ticket's resolution. */
export const becomes =
  (acted: ActedForConsumer, at: number): Happening<TicketState, TicketEvent> =>
  (state) =>
    takeActed(state, acted, at);

/** The provider's word on the payment under `key`. */
export const providerAnswers =
  (key: string, answer: ProviderAnswer, at: number): Happening<CaseState, CaseEvent> =>
  (state) =>
    accept(...takePaymentAnswer(state, key, answer, at));
export const providerAnswersOrder =
  (key: string, answer: ProviderAnswer, at: number): Happening<OrderState, OrderEvent> =>
  (state) =>
    accept(...takeOrderPaymentAnswer(state, key, answer, at));

type Settled = { key: string; settlement?: { commandId: string } } | undefined;
const checkKey = (of: Settled | ReturnType<typeof openPayment>) =>
  of ? `${'payment' in of ? of.payment.key : of.key}/check/${of.settlement?.commandId}` : 'none';
const beingSettled = ({ refunds }: OrderState) => refunds.find(({ settlement }) => settlement !== undefined);

/** What the provider knows of a payment that an agent wants to settle by hand. */
export const providerFinds =
  (found: Found, at: number): Happening<CaseState, CaseEvent> =>
  (state) =>
    takeSettlementCheck(state, checkKey(openPayment(state)), found, at);
export const providerFindsForOrder =
  (found: Found, at: number): Happening<OrderState, OrderEvent> =>
  (state) =>
    takeOrderSettlementCheck(state, checkKey(beingSettled(state)), found, at);

/** The merchant's profile has been read. */
export const profileRead =
  (address: Address | null, at: number): Happening<CaseState, CaseEvent> =>
  (state) =>
    accept(...fixReturnAddress(state, address, { actor: system, at }));
