import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type CaseEvent, type CaseState, evolve, evolveAll, isFinal, openedCase } from '../../src/domain/case/case.ts';
import type { CaseCommandName } from '../../src/domain/case/commands.ts';
import { caseDeadlines, expireCaseDeadline } from '../../src/domain/case/deadlines.ts';
import { availableActions, decideCase, fixReturnAddress } from '../../src/domain/case/decide.ts';
import { caseBookings, caseEffects, caseSettlement } from '../../src/domain/case/effects.ts';
import { caseKinds } from '../../src/domain/case/kinds.ts';
import { takePaymentAnswer, takeSettlementCheck } from '../../src/domain/case/payment.ts';
import { accept, type Decision } from '../../src/domain/decision.ts';
import type { Effect } from '../../src/domain/effects.ts';
import type { LedgerEntry } from '../../src/domain/money/ledger.ts';
import type { Found, ProviderAnswer } from '../../src/domain/money/provider.ts';
import type { OrderCommandName } from '../../src/domain/order/commands.ts';
import { expireOrderDeadline, orderDeadlines } from '../../src/domain/order/deadlines.ts';
import { availableOrderActions, decideOrder } from '../../src/domain/order/decide.ts';
import { orderBookings, orderEffects } from '../../src/domain/order/effects.ts';
import {
  evolveOrder,
  evolveOrderAll,
  isFinalOrder,
  type OrderEvent,
  type OrderState,
  placedOrder,
} from '../../src/domain/order/order.ts';
import { takeOrderPaymentAnswer, takeOrderSettlementCheck } from '../../src/domain/order/payment.ts';
import { type Role, roles, system } from '../../src/domain/parties.ts';
import { anAddress, aPolicy, hours } from '../builders.ts';
import * as caseStory from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { caseActions, orderActions, validCaseCommands, validOrderCommands } from './validCommands.ts';

// Walks: subjects live through whatever may happen to them in whatever order, with a provider that fails in every way.
// What must hold then holds at every step, not at the steps that somebody thought of.

/** A provider as the sandbox is: it pays once a key, refuses for good, times out before or after, and is away at times. */
class Provider {
  readonly paid = new Map<string, number>();
  private readonly declined = new Set<string>();

  answer(key: string, amount: number, mood: number): ProviderAnswer {
    const known = this.find(key, mood);
    if (known.outcome !== 'none') return known;
    const whim = mood % 5;
    if (whim === 0) return { outcome: 'unknown', reason: 'timeout before' };
    if (whim === 1) {
      this.declined.add(key);
      return { outcome: 'declined', reason: 'refused' };
    }
    this.paid.set(key, amount);
    return whim === 2 ? { outcome: 'unknown', reason: 'timeout after' } : { outcome: 'done', reference: key, at: 0 };
  }

  find(key: string, mood: number): Found {
    if (mood % 7 === 0) return { outcome: 'unknown', reason: 'away' };
    if (this.paid.has(key)) return { outcome: 'done', reference: key, at: 0 };
    return this.declined.has(key) ? { outcome: 'declined', reason: 'refused' } : { outcome: 'none' };
  }
}
const goodMood = 4;

const check = (holds: boolean, what: string) => {
  if (!holds) throw new Error(what);
};

/** A subject with what the shell keeps of it: pending effects, money booked, all events. */
abstract class Walker<State extends { version: number; updatedAt: number }, Event extends { type: string }> {
  readonly provider = new Provider();
  readonly ledger: LedgerEntry[] = [];
  readonly events: Event[] = [];
  state: State;
  pending = new Map<string, Effect>();
  now: number;

  constructor(state: State, now: number) {
    this.state = state;
    this.now = now;
  }

  abstract evolveAll(state: State, events: Event[]): State;
  abstract effectsOf(event: Event): Effect[];
  abstract bookingsOf(event: Event): LedgerEntry[];
  abstract takeAnswer(key: string, answer: ProviderAnswer): Event[];
  abstract takeCheck(key: string, found: Found): Decision<Event>;
  abstract command(role: Role, index: number, variant: number): void;
  abstract deadline(late: number): void;
  abstract other(effect: Effect, mood: number): void;
  abstract isOver(): boolean;
  abstract canGoOn(): boolean;
  /** What must hold of every change. */
  abstract verify(before: State, events: Event[]): void;

  apply({ events }: Pick<Decision<Event>, 'events'>): void {
    const before = this.state;
    this.state = this.evolveAll(before, events);
    this.events.push(...events);
    for (const event of events) this.ledger.push(...this.bookingsOf(event));
    for (const effect of events.flatMap((event) => this.effectsOf(event))) {
      if (effect.type === 'checkPayment') this.pending.delete(effect.paymentKey);
      this.pending.set(effect.key, effect);
    }
    check(new Set(this.ledger.map(({ id }) => id)).size === this.ledger.length, 'nothing is booked twice (REF-5)');
    check(this.isOver() || this.pending.size > 0 || this.canGoOn(), `a dead end: ${JSON.stringify(this.state)}`);
    this.verify(before, events);
  }

  /** One of the pending effects has its result; a payment whose outcome is open stays pending. */
  effect(pick: number, mood: number): void {
    const effects = [...this.pending.values()];
    const effect = effects[pick % Math.max(1, effects.length)];
    if (!effect) return;
    if (effect.type === 'pay') {
      const answer = this.provider.answer(effect.key, effect.amount.amount, mood);
      if (answer.outcome === 'done' || answer.outcome === 'declined') this.pending.delete(effect.key);
      this.apply({ events: this.takeAnswer(effect.key, answer) });
    } else if (effect.type === 'checkPayment') {
      this.pending.delete(effect.key);
      this.apply(this.takeCheck(effect.key, this.provider.find(effect.paymentKey, mood)));
    } else this.other(effect, mood);
  }

  step({ what, role, index, variant, mood }: Step): void {
    this.now += 1_000;
    if (what === 'command') this.command(role, index, variant);
    else if (what === 'deadline') this.deadline(mood % 3 === 0 ? hours(1) : 0);
    else this.effect(index, mood);
  }
}

type Step = { what: 'command' | 'deadline' | 'effect'; role: Role; index: number; variant: number; mood: number };
const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.constantFrom('command', 'command', 'command', 'deadline', 'effect', 'effect'),
    role: fc.constantFrom(...roles),
    index: fc.nat(40),
    variant: fc.nat(5),
    mood: fc.nat(104),
  }),
  { minLength: 1, maxLength: 50 },
);

/** Two times out of three something on offer to somebody, else anything at all. */
function choose<Name extends string>(
  names: Name[],
  open: (role: Role) => Name[],
  { asked, index, variant }: { asked: Role; index: number; variant: number },
): [Role, Name] {
  const offers = roles.flatMap((role) => open(role).map((name): [Role, Name] => [role, name]));
  return variant % 3 > 0 && offers.length > 0 ? offers[index % offers.length]! : [asked, names[index % names.length]!];
}

class CaseWalker extends Walker<CaseState, CaseEvent> {
  settlements = 0;
  private readonly opened: CaseEvent;

  constructor([opened]: CaseEvent[]) {
    super(openedCase(opened as Extract<CaseEvent, { type: 'caseOpened' }>), opened!.at);
    this.opened = opened!;
  }
  evolveAll = evolveAll;
  effectsOf = (event: CaseEvent) => caseEffects(this.state, event);
  bookingsOf = (event: CaseEvent) => caseBookings(this.state, event);
  takeAnswer = (key: string, answer: ProviderAnswer) => takePaymentAnswer(this.state, key, answer, this.now);
  takeCheck = (key: string, found: Found) => takeSettlementCheck(this.state, key, found, this.now);
  isOver = () => isFinal(this.state.stage.status);
  canGoOn = () =>
    caseDeadlines(this.state).length > 0 || roles.some((role) => availableActions(this.state, role).length > 0);

  command(asked: Role, index: number, variant: number): void {
    const names = Object.keys(caseActions) as CaseCommandName[];
    const open = (role: Role) => names.filter((name) => availableActions(this.state, role).includes(caseActions[name]));
    const [role, name] = choose(names, open, { asked, index, variant });
    const fields = validCaseCommands(this.state)[name];
    const chosen = fields[variant % fields.length]!;
    const decision = decideCase(this.state, name, chosen, {
      commandId: `cmd-${this.now}`,
      // an appeal is another agent's to decide (INT-9)
      actor: { role, id: name === 'appealRuling' ? `another ${role}` : role },
      at: this.now,
    });
    check(
      (decision.answer.kind === 'refused') === (!open(role).includes(name) || this.onlyConsentIsLeft(name, chosen)),
      `${name} by the ${role} in ${this.state.stage.status}: offered and allowed differ`,
    );
    this.apply(decision);
  }

  /** After a refusal the decision is on offer for a consent alone. CASE-16 */
  private onlyConsentIsLeft(name: CaseCommandName, fields: object): boolean {
    const { status } = this.state.stage;
    if (name === 'merchantDecision')
      return status !== 'pending_merchant_review' && 'decision' in fields && fields.decision === 'refuse';
    return (
      name === 'receiptConfirmation' &&
      status !== 'awaiting_merchant_receipt' &&
      'outcome' in fields &&
      fields.outcome === 'refused'
    );
  }

  deadline(late: number): void {
    const [shown] = caseDeadlines(this.state);
    if (!shown) return;
    const { rule: _rule, waitingFor: _who, onExpiry: _then, ...passed } = shown;
    const due = Math.max(this.now, passed.at);
    this.now = due + late;
    this.apply({ events: expireCaseDeadline(this.state, passed, due, this.now) });
  }

  other(effect: Effect, mood: number): void {
    this.pending.delete(effect.key);
    this.apply({
      events: fixReturnAddress(this.state, mood % 2 === 0 ? anAddress : null, { actor: system, at: this.now }),
    });
  }

  verify(before: CaseState, events: CaseEvent[]): void {
    const { state } = this;
    this.settlements += events.filter((event) => caseSettlement(state, event) !== undefined).length;
    check(state.version - before.version <= 1 && state.version >= before.version, 'the version moves once a change');
    check(
      !isFinal(before.stage.status) || JSON.stringify(before.stage) === JSON.stringify(state.stage),
      'one final state, once',
    );
    check(this.settlements === (this.isOver() ? 1 : 0), 'the reservation ends with the case, once (ELIG-5)');
    const byHand = this.ledger.filter(({ credit }) => credit === 'settled_by_hand').length;
    check(this.provider.paid.size + byHand <= 1, 'the consumer is paid twice (CASE-14, tricky case 18)');
    const out = this.ledger.filter(({ kind }) => kind === 'refund' || kind === 'compensation');
    check(
      out.length <= 1 &&
        out.every(({ amount }) => amount === state.remedy.amount && amount <= state.facts.refundAmount),
      'just the refund, once (REF-3)',
    );
    const voucher = this.events.some(({ type }) => type === 'voucherAccepted');
    check(!(voucher && this.provider.paid.size > 0), 'exactly one of refunded and compensated (tricky case 8)');
    const claims = this.ledger.filter(({ kind }) => kind === 'claim').length;
    check(claims === (state.stage.status === 'compensated' ? 1 : 0), 'a claim for each compensation');
    if (state.stage.status === 'refunded')
      check(out.length === 1 || voucher || state.remedy.amount === 0, 'refunded, and no money (vendure#3152)');
    if (state.stage.status === 'replaced') check(out.length === 0, 'replaced and refunded (CASE-17)');
    if (before.stage.status === 'receipt_refused')
      check(state.stage.status !== 'awaiting_buyer_return', 'the goods travel twice (INT-6)');
    if (state.stage.status === 'awaiting_buyer_return')
      check(
        state.returnAddress !== null || [...this.pending.values()].some(({ type }) => type === 'resolveReturnAddress'),
        'nowhere to send the goods (CASE-2)',
      );
  }

  /** The state as it comes of the events alone. */
  replayed = (): CaseState => ({
    ...this.events.reduce(evolve, openedCase(this.opened as Extract<CaseEvent, { type: 'caseOpened' }>)),
    version: this.state.version,
  });
}

class OrderWalker extends Walker<OrderState, OrderEvent> {
  private readonly placed: OrderEvent;

  constructor([placed]: OrderEvent[]) {
    super(placedOrder(placed as Extract<OrderEvent, { type: 'orderPlaced' }>), placed!.at);
    this.placed = placed!;
  }
  evolveAll = evolveOrderAll;
  effectsOf = (event: OrderEvent) => orderEffects(this.state, event);
  bookingsOf = (event: OrderEvent) => orderBookings(this.state, event);
  takeAnswer = (key: string, answer: ProviderAnswer) => takeOrderPaymentAnswer(this.state, key, answer, this.now);
  takeCheck = (key: string, found: Found) => takeOrderSettlementCheck(this.state, key, found, this.now);
  isOver = () => isFinalOrder(this.state.stage.status) && this.state.refunds.every(({ state }) => state === 'settled');
  canGoOn = () =>
    orderDeadlines(this.state).length > 0 || roles.some((role) => availableOrderActions(this.state, role).length > 0);

  command(asked: Role, index: number, variant: number): void {
    const names = Object.keys(orderActions) as OrderCommandName[];
    const open = (role: Role) =>
      names.filter((name) => availableOrderActions(this.state, role).includes(orderActions[name]));
    const [role, name] = choose(names, open, { asked, index, variant });
    const fields = validOrderCommands(this.state)[name];
    const wrong =
      name === 'payment' && variant % 3 === 0 ? { transactionId: `t-${variant}`, amount: 5 + variant } : undefined;
    this.apply(
      decideOrder(this.state, name, wrong ?? fields[variant % fields.length]!, {
        commandId: `cmd-${this.now}`,
        actor: { role, id: role },
        at: this.now,
      }),
    );
  }

  deadline(late: number): void {
    const [shown] = orderDeadlines(this.state);
    if (!shown) return;
    const { rule: _rule, waitingFor: _who, onExpiry: _then, ...passed } = shown;
    const due = Math.max(this.now, passed.at);
    this.now = due + late;
    this.apply({ events: expireOrderDeadline(this.state, passed, due, this.now) });
  }

  other(effect: Effect): void {
    this.pending.delete(effect.key);
    this.apply(accept({ type: 'orderCompleted', actor: system, rule: 'ORD-1', at: this.now }));
  }

  verify(before: OrderState, events: OrderEvent[]): void {
    const { state } = this;
    check(state.version - before.version <= 1 && state.version >= before.version, 'the version moves once a change');
    check(!isFinalOrder(before.stage.status) || before.stage.status === state.stage.status, 'one final state, once');
    const received = Object.values(state.payments).reduce((sum, amount) => sum + amount, 0);
    const byHand = this.ledger
      .filter(({ credit }) => credit === 'settled_by_hand')
      .reduce((sum, { amount }) => sum + amount, 0);
    const out = [...this.provider.paid.values()].reduce((sum, amount) => sum + amount, 0) + byHand;
    check(out <= received, `${out} went out of ${received} (REF-3, spree#14678)`);
    const settled = this.events.filter(({ type }) => type === 'refundSettled') as Extract<
      OrderEvent,
      { type: 'refundSettled' }
    >[];
    check(new Set(settled.map(({ refund }) => refund.purpose)).size === settled.length, 'a purpose is refunded once');
    const late = state.refunds.filter(({ purpose }) => purpose.startsWith('late_payment:'));
    const own = state.paid > 0 && state.facts.paymentMethod === 'online' ? 1 : 0;
    check(late.length === Object.keys(state.payments).length - own, 'all that was not asked for goes back (ORD-9)');
    check(
      events.every(({ type }) => type !== 'orderCancelled') || before.stage.status !== 'delivered',
      'nobody cancels a delivered order (ORD-8)',
    );
  }

  replayed = (): OrderState => ({
    ...this.events.reduce(evolveOrder, placedOrder(this.placed as Extract<OrderEvent, { type: 'orderPlaced' }>)),
    version: this.state.version,
  });
}

/** Nobody acts any more but time, a provider that works again, and agents on what has failed or was escalated. */
function leaveAlone(walker: CaseWalker): void {
  const rules = (name: 'ruling' | 'appealRuling', turn: number) =>
    walker.apply(
      decideCase(
        walker.state,
        name,
        { favour: 'merchant', liability: 'consumer', reasons: '证据不足' },
        { commandId: `a-${turn}`, actor: { role: 'agent', id: `senior-${name}` }, at: walker.now },
      ),
    );
  for (let turn = 0; turn < 60 && !walker.isOver(); turn++) {
    walker.now += 1_000;
    if (walker.pending.size > 0) walker.effect(0, goodMood);
    else if (availableActions(walker.state, 'agent').includes('refund-retry'))
      walker.apply(
        decideCase(
          walker.state,
          'refundRetry',
          {},
          { commandId: `a-${turn}`, actor: { role: 'agent', id: 'a' }, at: walker.now },
        ),
      );
    else if (caseDeadlines(walker.state).length > 0) walker.deadline(0);
    else rules(walker.state.stage.status === 'under_appeal' ? 'appealRuling' : 'ruling', turn);
  }
}

const cases = fc
  .record({
    kind: fc.constantFrom(...caseKinds),
    paymentMethod: fc.constantFrom('online' as const, 'cod' as const),
    refundAmount: fc.constantFrom(12_900, 1, 0),
    silence: fc.constantFrom('approve' as const, 'allow_intervention' as const),
  })
  .map(({ silence, ...facts }) => caseStory.opened({ ...facts, policy: aPolicy({ onMerchantSilence: silence }) }));

describe('whatever happens, in whatever order', () => {
  it('CASE-1 to CASE-17, INT-1 to INT-9, REF-3, REF-4: a case is paid at most once, ends once, and is never stuck', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(cases, steps, (opened, path) => {
        const walker = new CaseWalker(opened);
        for (const step of path) walker.step(step);
        expect(walker.replayed()).toEqual(walker.state);
        leaveAlone(walker);
        expect(walker.isOver(), walker.state.stage.status).toBe(true);
        ends.add(walker.state.stage.status);
      }),
      { numRuns: 400, seed: 7 },
    );
    expect([...ends].sort(), 'the walks came to every ending').toEqual([
      'closed',
      'compensated',
      'refunded',
      'replaced',
    ]);
  }, 30_000);

  it('ORD-1 to ORD-11, REF-3, REF-4: an order never pays out more than it received, ends once, and is never stuck', () => {
    const ends = new Set<string>();
    fc.assert(
      fc.property(fc.constantFrom(orderStory.placed(), orderStory.codPlaced()), steps, (placed, path) => {
        const walker = new OrderWalker(placed);
        for (const step of path) walker.step(step);
        expect(walker.replayed()).toEqual(walker.state);
        ends.add(walker.state.stage.status);
      }),
      { numRuns: 1_500, seed: 7 },
    );
    expect([...ends]).toEqual(
      expect.arrayContaining(['cancelled', 'completed', 'delivered', 'pending_payment', 'shipped']),
    );
  }, 30_000);
});
