import type { Activities } from '../../src/activities/activities.ts';
import type { Opened } from '../../src/activities/opening.ts';
import { type Deadline, nextReminder, type Reminder } from '../../src/domain/deadline.ts';
import type { Given } from '../../src/domain/decision.ts';
import type { Effect } from '../../src/domain/effects.ts';
import type { LedgerEntry } from '../../src/domain/money/ledger.ts';
import type { Found, ProviderAnswer } from '../../src/domain/money/provider.ts';
import type { Notice } from '../../src/domain/notice.ts';
import type { Settlement } from '../../src/domain/order/allocation.ts';
import { type Actor, system } from '../../src/domain/parties.ts';
import { durationMs } from '../../src/domain/policy/duration.ts';
import type { AnyEvent, AnyState, EffectResult } from '../../src/workflows/shell/rules.ts';
import type { Announced, CameBack, HeardCommand, Run, Turn } from './history.ts';
import { rulesOf, type SubjectKind, type SubjectRules } from './subjects.ts';

/** What became of a command by the rules. */
export type Ruled = { state: 'accepted' | 'refused'; code?: string };

/** A deadline that passed, or a reminder that was sent: when it could fire at the earliest (`due`), and when it did; UTC ms. */
export type PassedDeadline = { kind: string; due: number; firedAt: number; extended: boolean };

/** Money that the provider must have moved: each once, with this amount in minor units. */
export type DueMovement = { key: string; kind: 'refund' | 'payout'; amount: number };

/** What must have become of a subject. */
export type Computed = {
  /** Undefined where it never came into being: an application that was refused, a start that was never decided. */
  state: AnyState | undefined;
  /** Every event in order, with the status after it. */
  events: { event: AnyEvent; status: string }[];
  /** What people are told, each of an event by its number. TELL-1 */
  notices: { seq: number; notice: Notice }[];
  commands: Map<string, Ruled>;
  heard: HeardCommand[];
  passed: PassedDeadline[];
  ledger: LedgerEntry[];
  movements: DueMovement[];
  settlement: Settlement | undefined;
};

/** How long an action that was announced may take to come when nothing is wrong any more, ms (decision 0019). */
const bringingMs = 60_000;

const ranAt = (moment: number, { from, at }: Deadline): boolean => from < moment && moment <= at;

type Deciding = { answer: { kind: string; refusal?: { code: string } }; events: AnyEvent[] };

/**
 * Judges anew, by the rules alone, all that a subject was told: DOMAIN.md's order of things over the pure domain, written a second
 * time and apart from the workflows' shell, so that a fault of the shell is a difference. Clocks are those on record: when a command
 * was received decides whether it was in time (POL-3, POL-4), when a deadline really fired decides from when the next one counts (POL-6).
 */
class Oracle {
  private state: AnyState | undefined;
  private readonly waiting: HeardCommand[] = [];
  private readonly pending = new Map<string, Effect>();
  private readonly deferred = new Map<string, string>();
  private alarm: { due: number; fired: boolean } | undefined;
  private graceMs = 0;
  /** The last moment of which was reminded, UTC ms. */
  private remindedUpTo = 0;
  /** When its workflow could first act on it: an application waits for its order's reservation. */
  private begunAt = 0;
  private readonly known = new Set<string>();
  /** Actions on their way by another subject: when each was received, and when its workflow heard of it; UTC ms. */
  private coming = new Map<string, { receivedAt: number; heardAt: number }>();
  /** When last a deadline was let go that had waited for one of those, UTC ms. */
  private letGoAt = 0;
  readonly computed: Computed = {
    state: undefined,
    events: [],
    notices: [],
    commands: new Map(),
    heard: [],
    passed: [],
    ledger: [],
    movements: [],
    settlement: undefined,
  };
  /** Turns in which what came back from outside was heard at once with a command or a timer. */
  readonly coincidences: Turn[] = [];
  private readonly rules: SubjectRules<AnyState, AnyEvent>;
  private readonly resultsFirst: ReadonlySet<Turn>;

  constructor(kind: SubjectKind, resultsFirst: ReadonlySet<Turn>) {
    this.rules = rulesOf[kind];
    this.resultsFirst = resultsFirst;
  }

  take({ input, continued, turns }: Run): void {
    const { settings, resume } = input as { settings: { graceMs: number }; resume?: true };
    this.graceMs = settings.graceMs;
    this.alarm = undefined;
    if (!continued) this.coming.clear();
    let begun = continued;
    for (const turn of turns) {
      for (const announced of turn.announced) this.await(announced, turn.at);
      for (const command of turn.commands) this.hear(command, turn.at);
      if (turn.timerFired) this.ring();
      // an order that goes on has what it was, once that has been read
      if (resume) begun = begun || turn.cameBack.some(({ activity }) => activity === 'loadOrder');
      else begun = begun || this.begin(input, turn);
      if (begun && this.begunAt === 0) this.begunAt = turn.at;
      if (begun && this.state) this.work(turn);
    }
  }

  /** A workflow has one timer at a time, for what is due first. */
  private ring(): void {
    if (this.alarm) this.alarm.fired = true;
  }

  private await(announced: Announced, now: number): void {
    const { commandId } = announced;
    if ('isNot' in announced) this.waitNoMoreFor(commandId, now);
    else if (!this.known.has(commandId)) this.coming.set(commandId, { receivedAt: announced.receivedAt, heardAt: now });
  }

  private waitNoMoreFor(commandId: string, now: number): void {
    if (this.coming.delete(commandId)) this.letGoAt = now;
  }

  private hear(command: HeardCommand, now: number): void {
    this.waitNoMoreFor(command.commandId, now);
    if (this.known.has(command.commandId)) return;
    this.known.add(command.commandId);
    this.computed.heard.push(command);
    this.waiting.push(command);
  }

  private begin(input: unknown, { cameBack }: Turn): boolean {
    const reserved = cameBack.find(({ activity, ok }) => activity === 'openCase' && ok);
    const opened = reserved?.ok ? (reserved.value as Opened) : undefined;
    const begun = this.rules.begin(input, opened);
    if (begun === 'awaits_reservation') return false;
    this.known.add(begun.commandId);
    if ('refused' in begun) {
      this.computed.commands.set(begun.commandId, { state: 'refused', code: begun.refused.code });
      return true;
    }
    this.state = begun.state;
    this.enter([begun.event], begun.state);
    this.computed.commands.set(begun.commandId, { state: 'accepted' });
    return true;
  }

  /** One turn: what it was told at once, then all that can be done. */
  private work(turn: Turn): void {
    const { at: now, commands, cameBack, timerFired } = turn;
    if ((commands.length > 0 || timerFired) && cameBack.some((result) => this.effectOf(result)))
      this.coincidences.push(turn);
    if (!this.resultsFirst.has(turn)) this.goOn(now);
    for (const result of cameBack) this.takeBack(result, now);
    this.goOn(now);
  }

  /** Commands in time, then what is due; until nothing is left to do. */
  private goOn(now: number): void {
    for (;;) {
      while (this.judgeNext(now) || this.remindNext(now) || this.expireNext(now));
      const [first] = this.rules.deadlines(this.current);
      const due = this.reminderBefore(first)?.at ?? (first && this.firesAt(first));
      if (due === this.alarm?.due) return;
      this.alarm = due === undefined ? undefined : { due, fired: due <= now };
      if (!this.alarm?.fired) return;
    }
  }

  private get current(): AnyState {
    if (!this.state) throw new TypeError('the subject has not begun');
    return this.state;
  }

  /** POL-4: longer than a command may be on its way; a deadline born past counts from its birth. */
  private dueOf = ({ at, from }: Deadline): number => Math.max(at, from) + this.graceMs;

  /**
   * A deadline waits for an action that was received while it ran and comes by another subject, as long as an outage may take that is
   * not one yet. POL-4, POL-6
   */
  private firesAt(deadline: Deadline): number {
    const due = this.dueOf(deadline);
    const tolerance = durationMs(this.rules.policyOf(this.current).outageTolerance);
    let firesAt = due;
    for (const { receivedAt, heardAt } of this.coming.values())
      if (ranAt(receivedAt, deadline)) firesAt = Math.max(firesAt, Math.max(due, heardAt) + tolerance + bringingMs);
    return firesAt;
  }

  /** From when a deadline's being late counts, or a reminder's: its workflow must have begun, and it may have waited. */
  private couldFire = (due: number): number => Math.max(due, this.begunAt, this.letGoAt);

  /** In arrival order, but what came too late for the running deadline waits until that has fired. POL-3, POL-4 */
  private judgeNext(now: number): boolean {
    const [running] = this.rules.deadlines(this.current);
    const index = this.waiting.findIndex(({ receivedAt }) => running === undefined || receivedAt <= running.at);
    const [command] = index < 0 ? [] : this.waiting.splice(index, 1);
    if (!command) return false;
    const { name, fields, commandId, receivedAt, handedOverAt = receivedAt, actor, expectedVersion } = command;
    const tolerance = durationMs(this.rules.policyOf(this.current).outageTolerance);
    // what it gives another to do counts from when it came through, where that was much later
    const from = handedOverAt - receivedAt > tolerance ? handedOverAt : receivedAt;
    const here = (moment: number) => Math.max(this.current.updatedAt, Math.min(moment, now));
    const given: Given = {
      commandId,
      actor: actor as Actor,
      at: here(from),
      // what was in time is asked by its own receipt, whatever has happened since
      ...(receivedAt < this.current.updatedAt
        ? { receivedAt }
        : from > receivedAt
          ? { receivedAt: here(receivedAt) }
          : {}),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    };
    const decision = this.rules.decide(this.current, name, fields, given);
    this.apply(decision.events, decision.answer.kind === 'deferred' ? commandId : undefined);
    this.answer(commandId, decision);
    return true;
  }

  /** What is to be reminded of before a deadline fires. TELL-1 */
  private reminderBefore(running: Deadline | undefined): Reminder | undefined {
    if (!running) return undefined;
    const reminder = nextReminder(
      this.rules.policyOf(this.current),
      this.rules.deadlines(this.current),
      this.remindedUpTo,
    );
    return reminder && reminder.at < this.firesAt(running) ? reminder : undefined;
  }

  /** Of a deadline that has passed meanwhile nobody is reminded. TELL-1 */
  private remindNext(now: number): boolean {
    const reminder = this.reminderBefore(this.rules.deadlines(this.current)[0]);
    if (!reminder || this.alarm?.due !== reminder.at || !this.alarm.fired) return false;
    this.remindedUpTo = reminder.at;
    for (const about of reminder.about) {
      if (now > about.at) continue;
      const due = this.couldFire(reminder.at);
      this.computed.passed.push({ kind: `reminder of ${about.kind}`, due, firedAt: now, extended: false });
      this.apply([{ type: 'reminded', at: now, actor: system, rule: 'TELL-1', about } as AnyEvent]);
    }
    return true;
  }

  private expireNext(now: number): boolean {
    const [running] = this.rules.deadlines(this.current);
    if (!running) return false;
    const due = this.dueOf(running);
    const firesAt = this.firesAt(running);
    if (this.alarm?.due !== firesAt || !this.alarm.fired) return false;
    const events = this.rules.expire(this.current, running, due, now);
    const extended = events.some(({ type }) => type === 'deadlineExtended');
    this.computed.passed.push({ kind: running.kind, due: this.couldFire(firesAt), firedAt: now, extended });
    // what it has waited for so long is an outage, and waited for no more
    if (extended)
      for (const [id, { receivedAt }] of this.coming) if (ranAt(receivedAt, running)) this.coming.delete(id);
    this.apply(events);
    return true;
  }

  private takeBack(result: CameBack, now: number): void {
    const found = this.effectOf(result);
    if (!found) return;
    const { effect, came } = found;
    const open = came.type === 'pay' && came.answer.outcome !== 'done' && came.answer.outcome !== 'declined';
    if (!open) this.pending.delete(effect.key);
    // a payment that is about to be settled by hand is asked for no more: that its last try knows nothing is no news (CASE-14)
    else if ([...this.pending.values()].some((one) => one.type === 'checkPayment' && one.paymentKey === effect.key))
      return;
    const at = Math.max(this.current.updatedAt, now);
    const decision = this.rules.takeResult(this.current, effect, came, at);
    this.apply(decision.events);
    const commandId = this.deferred.get(effect.key);
    if (commandId === undefined || decision.answer.kind === 'deferred') return;
    this.deferred.delete(effect.key);
    this.answer(commandId, decision);
  }

  /** Which effect an activity's end belongs to, and what it says. */
  private effectOf(result: CameBack): { effect: Effect; came: EffectResult } | undefined {
    const [key = '', second] = result.args as [string?, unknown?];
    const value = result.ok ? result.value : undefined;
    const unknown = { outcome: 'unknown', reason: result.ok ? '' : result.reason } as const;
    const activity = result.activity as keyof Activities;
    switch (activity) {
      case 'pay':
      case 'payUntilAnswered':
      case 'payWhenLetGo':
        return {
          effect: second as Effect,
          came: { type: 'pay', answer: (value as ProviderAnswer | undefined) ?? unknown },
        };
      case 'findPayment': {
        const effect = [...this.pending.values()].find((one) => one.type === 'checkPayment' && one.paymentKey === key);
        return effect && { effect, came: { type: 'checkPayment', found: (value as Found | undefined) ?? unknown } };
      }
      case 'returnAddressOf': {
        const effect = this.pending.get(key);
        return effect && { effect, came: { type: 'resolveReturnAddress', address: (value ?? null) as never } };
      }
      case 'completeOrder': {
        const effect = this.pending.get(key);
        return effect && value === true ? { effect, came: { type: 'completeOrder' } } : undefined;
      }
      case 'actForConsumer':
        return { effect: second as Effect, came: { type: 'actForConsumer', acted: value as never } };
      case 'openCase':
      case 'reserve':
      case 'persist':
      case 'loadOrder':
      case 'loadSubject':
      case 'checkSignal':
      case 'extendPage':
      case 'finishExtension':
        return undefined;
      default:
        return activity satisfies never;
    }
  }

  private answer(commandId: string, { answer }: Deciding): void {
    if (answer.kind === 'accepted') this.computed.commands.set(commandId, { state: 'accepted' });
    if (answer.kind === 'refused' && answer.refusal)
      this.computed.commands.set(commandId, { state: 'refused', code: answer.refusal.code });
  }

  private apply(events: AnyEvent[], deferring?: string): void {
    if (events.length === 0) return;
    const before = this.current;
    this.state = this.rules.evolveAll(before, events);
    this.enter(events, before);
    for (const effect of events.flatMap((event) => this.rules.effects(this.current, event))) {
      this.pending.set(effect.key, effect);
      if (deferring !== undefined) this.deferred.set(effect.key, deferring);
    }
  }

  private enter(events: AnyEvent[], before: AnyState): void {
    let state = before;
    for (const [index, event] of events.entries()) {
      state = this.rules.evolve(state, event);
      const seq = this.computed.events.push({ event, status: this.rules.standing(state).status });
      // people are told once of what happened at once, and of every deadline that was moved with it
      if (index === 0 || event.type === 'deadlineExtended')
        for (const notice of this.rules.notices(this.current, event)) this.computed.notices.push({ seq, notice });
      this.computed.ledger.push(...this.rules.bookings(this.current, event));
      this.computed.settlement ??= this.rules.settlement(this.current, event);
      this.computed.movements.push(...movementOf(event));
    }
    this.computed.state = this.current;
  }
}

/** What a settled payment moved at the provider; what an agent has paid by hand moved elsewhere. REF-5, CASE-14 */
function movementOf(event: AnyEvent): DueMovement[] {
  const { type, payment, refund, byHand } = event as AnyEvent & {
    payment?: { key: string; amount: number };
    refund?: { key: string; amount: number };
    byHand?: unknown;
  };
  if (byHand || !['refundSettled', 'compensationSettled', 'payoutSettled'].includes(type)) return [];
  const settled = payment ?? refund;
  if (!settled) return [];
  return [{ key: settled.key, kind: type === 'refundSettled' ? 'refund' : 'payout', amount: settled.amount }];
}

/** What is on record of how a subject went: enough to see which of two things that came at once went first. */
export type OnRecord = {
  timeline: { type: string; at: number }[];
  outcomes: { commandId: string; state: string; code?: string }[];
};

/**
 * What must have become of a subject, from the runs of its workflow, the first in front. Where a command, or a timer, and the end of an
 * effect (a payment, an address) came at the same instant, no rule and no clock says which goes first: there, and only there, the order on
 * record is taken. Between commands, and between commands and deadlines, the rules decide alone.
 */
export function compute(kind: SubjectKind, runs: Run[], record?: OnRecord): Computed {
  const inOrder = (resultsFirst: ReadonlySet<Turn>) => {
    const oracle = new Oracle(kind, resultsFirst);
    for (const run of runs) oracle.take(run);
    return oracle;
  };
  let resultsFirst: ReadonlySet<Turn> = new Set();
  let best = inOrder(resultsFirst);
  if (!record) return best.computed;
  for (const turn of best.coincidences) {
    const other = new Set([...resultsFirst, turn]);
    const tried = inOrder(other);
    if (agreement(tried.computed, record) <= agreement(best.computed, record)) continue;
    best = tried;
    resultsFirst = other;
  }
  return best.computed;
}

/** How far a computed course is that on record. */
function agreement({ events, commands }: Computed, { timeline, outcomes }: OnRecord): number {
  const differs = events.findIndex(
    ({ event }, index) => event.type !== timeline[index]?.type || event.at !== timeline[index]?.at,
  );
  const told = outcomes.filter(({ commandId, state, code }) => {
    const ruled = commands.get(commandId);
    return ruled?.state === state && ruled.code === code;
  });
  return (differs < 0 ? events.length : differs) + told.length;
}
