import { isDeepStrictEqual } from 'node:util';
import type { ShownDeadline } from '../../src/domain/deadline.ts';
import { nextReminder, type Reminder } from '../../src/domain/deadline.ts';
import type { Decision, Given } from '../../src/domain/decision.ts';
import type { Effect } from '../../src/domain/effects.ts';
import type { LedgerEntry } from '../../src/domain/money/ledger.ts';
import { type Actor, type Role, roles } from '../../src/domain/parties.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import { Inbox, type Waiting } from '../../src/workflows/shell/inbox.ts';
import type { AnyEvent, AnyState, EffectResult, Rules } from '../../src/workflows/shell/rules.ts';
import { hours } from '../builders.ts';
import { beginningOf, deadlineKey, dueOf, reminderKey } from './clock.ts';
import { type Coverage, note } from './coverage.ts';
import { type FickleProvider, goodMood, type Pay } from './fickleProvider.ts';
import { BrokenInvariant, type Invariant, verify } from './invariants.ts';
import { lengthOf } from './policies.ts';
import type { Step } from './steps.ts';
import { eventsInWords, type Story } from './story.ts';
import {
  type AnyWalker,
  type Change,
  changes,
  type Echo,
  echoes,
  type Judged,
  judged,
  type Passed,
  passed,
  type Reminded,
  reminded,
} from './subjectInvariants.ts';

/** How long workers are away, from less than any tolerance to longer than most deadlines; or to the tolerance exactly. POL-6 */
const outages = [1_000, 60_000, hours(1), hours(30), hours(24 * 9)];

/** What a walk needs of a subject: its rules, as the shell takes them, and what can be asked of it. */
export type Subject<State extends AnyState, Event extends AnyEvent> = Pick<
  Rules<State, Event>,
  | 'decide'
  | 'evolve'
  | 'evolveAll'
  | 'deadlines'
  | 'expire'
  | 'effects'
  | 'takeResult'
  | 'bookings'
  | 'reminded'
  | 'signalRefused'
  | 'status'
  | 'listensUntil'
> & {
  /** The state after the subject's first event. */
  opened: State;
  commands: readonly string[];
  policyOf: (state: State) => Policy;
  isFinal: (state: State) => boolean;
  /** Whether events of this type leave the version where it is. */
  isSilent: (event: Event) => boolean;
  rolesFor: (command: string) => readonly Role[];
  /** Commands that end a subject early or lead nowhere: given more seldom, so that walks go on. */
  seldom: readonly string[];
  /** The commands on offer to somebody. SEE-1 */
  offers: (state: State, actor: { role: Role; id: string }) => string[];
  /** Fields for a command, in one of many variants; asked for, such as don't fit. */
  fields: (state: State, command: string, variant: number, illFitting: boolean) => object;
  /** What must be answered, as DOMAIN.md has it, to a command of a role that may give it on the current version. */
  answerDue: (state: State, command: string, fields: object, given: Given) => 'accepted' | 'refused' | RefusalCode;
  /** What an agent does about a subject that everybody else has left alone. */
  mends: (state: State) => { command: string; fields: object; actor: Actor } | undefined;
  /** What comes back from an effect that is no payment. */
  resultOf: (effect: Effect, mood: number) => EffectResult;
  /** What must hold of every change of such a subject beyond what holds of all. */
  verify: (walker: Walker<State, Event>, change: Change<State, Event>) => void;
};

/** A command as it was received, until it is judged. */
export type Receipt = { commandId: string; receivedAt: number; version: number; inTime: boolean; onOffer: boolean };

const everybody = (variant: number): { role: Role; id: string }[] =>
  roles.map((role) => ({ role, id: role === 'agent' ? `agent-${1 + (variant % 2)}` : `${role}-1` }));

/**
 * A subject that lives through whatever may happen to it in whatever order, as the durable shell would let it: commands take their
 * time to arrive and wait in the real inbox; the timer fires a grace after the deadline, or late where workers are away; effects come
 * back when they like, from a provider that fails in every way.
 */
export class Walker<State extends AnyState, Event extends AnyEvent> {
  readonly subject: Subject<State, Event>;
  readonly provider: FickleProvider;
  readonly story: Story;
  readonly coverage: Coverage;
  readonly events: Event[] = [];
  readonly ledger: LedgerEntry[] = [];
  /** Payments that were started, by key. */
  readonly payments = new Map<string, Pay>();
  state: State;
  now: number;
  pending = new Map<string, Effect>();
  /** Reminders sent: what of, by when it is due, and the moment. */
  readonly remindersSent = new Set<string>();
  /** Since when each deadline has run, as far as it ran without a break. */
  readonly runningSince = new Map<string, number>();
  /** Deadlines that an outage has moved, by kind and start. POL-6 */
  readonly movedByOutage = new Set<string>();
  /** Until when workers are, or were last, away. */
  downUntil = 0;
  private inbox = new Inbox();
  private onTheWay: { arrivesAt: number; command: Waiting }[] = [];
  private readonly receipts = new Map<string, Receipt>();
  private readonly answered = new Set<string>();
  private readonly stopped = new Map<string, Pay>();
  private deferred = new Map<string, string>();
  private remindedUpTo = 0;
  private commandsGiven = 0;

  constructor(
    subject: Subject<State, Event>,
    now: number,
    shared: { provider: FickleProvider; story: Story; coverage: Coverage },
  ) {
    this.subject = subject;
    this.provider = shared.provider;
    this.story = shared.story;
    this.coverage = shared.coverage;
    this.state = frozen(subject.opened);
    this.now = now;
    this.watchDeadlines();
    this.work();
  }

  /** Whether nothing that concerns it can still arrive. */
  isOver(): boolean {
    return this.subject.listensUntil(this.state) !== undefined;
  }

  step(step: Step): void {
    this.coverage.steps += 1;
    this.advanceTo(this.timeOf(step.moment));
    switch (step.what) {
      case 'command':
        return this.give(step);
      case 'effect':
        return this.effectReturns(step.pick, step.mood);
      case 'echo':
        return this.echo(step.pick);
      case 'outage':
        return this.goAway(step.pick);
      case 'new run':
        return this.goOnAsNew();
      case 'nonsense':
        return this.hearNonsense();
      case 'wait':
        return undefined;
      default:
        return step.what satisfies never;
    }
  }

  /** Somebody gives a command, and it is judged at once. */
  say(command: string, actor: Given['actor'], fields: object): void {
    this.receive({ actor, command, fields }, 0);
    this.advanceTo(this.now);
  }

  timeOf(moment: Step['moment']): number {
    const [deadline] = this.subject.deadlines(this.state);
    if (moment === 'at once') return this.now;
    if (moment === 'a second later' || !deadline) return this.now + 1_000;
    if (moment === 'an hour later') return this.now + hours(1);
    if (moment === 'once the deadline has fired') return Math.max(this.now, dueOf(deadline));
    const off = moment === '1 ms before the deadline' ? -1 : moment === 'at the deadline' ? 0 : 1;
    return Math.max(this.now, deadline.at + off);
  }

  /** Lets time pass until `until` (UTC ms), with all that happens meanwhile, in its order. */
  advanceTo(until: number): void {
    for (let next = this.wakesAt(); next !== undefined && next <= until; next = this.wakesAt()) {
      this.now = Math.max(this.now, next);
      this.arrive();
      this.work();
    }
    this.now = Math.max(this.now, until);
  }

  private isDown(): boolean {
    return this.now < this.downUntil;
  }

  private wakesAt(): number | undefined {
    const due = this.due()?.at;
    const moments = this.onTheWay.map(({ arrivesAt }) => arrivesAt);
    if (due !== undefined) moments.push(Math.max(due, this.downUntil));
    if (this.isDown()) moments.push(this.downUntil);
    return moments.length === 0 ? undefined : Math.min(...moments);
  }

  private due(): { at: number; reminder?: Reminder; deadline: ShownDeadline } | undefined {
    const deadlines = this.subject.deadlines(this.state);
    const [deadline] = deadlines;
    if (!deadline) return undefined;
    const reminder = nextReminder(this.subject.policyOf(this.state), deadlines, this.remindedUpTo);
    const at = dueOf(deadline);
    return reminder && reminder.at < at ? { at: reminder.at, reminder, deadline } : { at, deadline };
  }

  /** All that can be done now, one step at a time, as the shell's loop does it. */
  private work(): void {
    while (!this.isDown() && this.takeStep());
  }

  private takeStep(): boolean {
    const [deadline] = this.subject.deadlines(this.state);
    const command = this.inbox.next(deadline?.at);
    if (command) {
      this.judge(command);
      return true;
    }
    const due = this.due();
    if (!due || due.at > this.now) return false;
    if (due.reminder) this.remind(due.reminder);
    else this.pass(due.deadline);
    return true;
  }

  // ── commands

  private give(step: Step): void {
    const { odd, delay } = step;
    const { actor, command } = this.choose(step);
    const fields = this.subject.fields(this.state, command, step.variant, odd === 'ill-fitting');
    const { version } = this.state;
    const expectedVersion = odd === 'stale' ? version - 1 : odd === 'names its version' ? version : undefined;
    this.receive({ actor, command, fields, ...(expectedVersion === undefined ? {} : { expectedVersion }) }, delay);
    if (odd === 'sent twice')
      this.onTheWay.push(...this.onTheWay.slice(-1).map((one) => ({ ...one, arrivesAt: one.arrivesAt + 1_000 })));
    this.advanceTo(this.now);
  }

  /** Somebody gives something that is on offer to somebody; or, where it is to be odd, anybody anything. */
  private choose({ odd, who, pick, variant }: Step): { actor: Given['actor']; command: string } {
    const { commands, seldom } = this.subject;
    const offers = everybody(variant).flatMap((actor) =>
      this.subject
        .offers(this.state, actor)
        .filter((command) => variant % 6 === 0 || !seldom.includes(command))
        .map((command) => ({ actor, command })),
    );
    const chosen = offers[pick % Math.max(1, offers.length)];
    const operator = { role: 'operator', id: 'temporal' } as const;
    if (chosen && odd !== 'not on offer')
      return who === 'operator' && variant % 3 === 0 ? { ...chosen, actor: operator } : chosen;
    const actor = everybody(variant).find(({ role }) => role === who) ?? operator;
    return { actor, command: commands[pick % commands.length] ?? '' };
  }

  private receive(
    given: { actor: Given['actor']; command: string; fields: object; expectedVersion?: number },
    delay: number,
  ): void {
    const { actor, command: name, fields, expectedVersion } = given;
    this.commandsGiven += 1;
    const commandId = `command-${this.commandsGiven}`;
    const [deadline] = this.subject.deadlines(this.state);
    const onOffer =
      actor.role !== 'operator' &&
      'id' in actor &&
      this.subject.offers(this.state, actor as { role: Role; id: string }).includes(name);
    this.receipts.set(commandId, {
      commandId,
      receivedAt: this.now,
      version: this.state.version,
      inTime: deadline === undefined || this.now <= deadline.at,
      onOffer,
    });
    const envelope = {
      commandId,
      receivedAt: this.now,
      actor,
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    };
    const command: Waiting = { name, fields, envelope, byHand: false, checked: true };
    this.onTheWay.push({ arrivesAt: this.now + delay, command });
    const away = this.isDown() ? ', workers are away' : '';
    const forVersion = expectedVersion === undefined ? '' : `, meant for version ${expectedVersion}`;
    this.story.add(
      this.now,
      () =>
        `the ${actor.role} sends ${commandId}: ${name} ${JSON.stringify(fields)}${forVersion}${delay > 0 ? `, ${delay} ms on its way` : ''}${away}`,
    );
  }

  private arrive(): void {
    const arrived = this.onTheWay.filter(({ arrivesAt }) => arrivesAt <= this.now);
    if (arrived.length === 0) return;
    this.onTheWay = this.onTheWay.filter(({ arrivesAt }) => arrivesAt > this.now);
    for (const { command } of arrived.sort((one, other) => one.arrivesAt - other.arrivesAt)) {
      const { commandId } = command.envelope;
      const known =
        this.answered.has(commandId) || this.inbox.has(commandId) || [...this.deferred.values()].includes(commandId);
      if (!known) this.inbox.add(command);
    }
  }

  private judge(command: Waiting): void {
    this.inbox.remove(command);
    const { subject, state: before } = this;
    const { commandId, receivedAt, actor, expectedVersion } = command.envelope;
    const receipt = this.receipts.get(commandId);
    if (!receipt) throw new BrokenInvariant('INT-1', 'a command sent twice is judged once (tricky case 5)', this.story);
    this.receipts.delete(commandId);
    const at = Math.max(before.updatedAt, Math.min(receivedAt, this.now));
    // whether it was in time is asked by its own receipt, whatever has happened since
    const own = receivedAt < at ? { receivedAt } : {};
    const given: Given = {
      commandId,
      actor,
      at,
      ...own,
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    };
    const fields = command.fields as Record<string, unknown>;
    const due = subject.answerDue(before, command.name, fields, given);
    const decision = subject.decide(before, command.name, fields, given);
    this.tellAnswer(commandId, decision);
    if (decision.answer.kind === 'refused') note(this.coverage, `refused ${decision.answer.refusal.code}`);
    this.apply(decision.events, at, decision.answer.kind === 'deferred' ? commandId : undefined, given.receivedAt);
    if (decision.answer.kind !== 'deferred') this.answered.add(commandId);
    const happened: Judged<State, Event> = { command, given, receipt, before, due, decision };
    this.hold(judged, happened);
  }

  private tellAnswer(commandId: string, { answer, events }: Decision<Event>): void {
    const { state: before } = this;
    this.story.add(this.now, () => {
      const after = this.subject.status(this.subject.evolveAll(before, events));
      const said = answer.kind === 'refused' ? `refused, ${answer.refusal.code}` : answer.kind;
      return `  ${commandId} is ${said}: ${this.inWords(events)} → ${after}`;
    });
  }

  private inWords(events: readonly Event[]): string {
    return eventsInWords(events, (at) => this.story.when(at));
  }

  // ── time

  private remind({ at, about }: Reminder): void {
    this.remindedUpTo = at;
    for (const deadline of about) {
      if (this.now > deadline.at) continue;
      const happened: Reminded = { moment: at, about: deadline, now: this.now };
      this.story.add(this.now, () => `reminder: ${deadline.kind} is due by ${this.story.when(deadline.at)}`);
      this.hold(reminded, happened);
      this.remindersSent.add(reminderKey(deadline, at));
      this.apply([this.subject.reminded(deadline, this.now)], this.now);
    }
  }

  private pass(deadline: ShownDeadline): void {
    const { state: before } = this;
    const due = dueOf(deadline);
    const events = this.subject.expire(before, deadline, due, this.now);
    note(
      this.coverage,
      `${events[0]?.type === 'deadlineExtended' ? 'extended after an outage' : 'passed'} ${deadline.kind}`,
    );
    this.story.add(
      this.now,
      () =>
        `${deadline.kind} of ${this.story.when(deadline.at)} fires: ${this.inWords(events)} → ${this.subject.status(this.subject.evolveAll(before, events))}`,
    );
    const happened: Passed<State, Event> = {
      deadline,
      due,
      now: this.now,
      before,
      events,
      notJudged: [...this.receipts.values()],
    };
    this.hold(passed, happened);
    if (events[0]?.type === 'deadlineExtended') this.movedByOutage.add(beginningOf(deadline));
    this.apply(events, this.now);
  }

  private goAway(pick: number): void {
    if (this.isDown()) return;
    const [deadline] = this.subject.deadlines(this.state);
    const tolerance = lengthOf(this.subject.policyOf(this.state).outageTolerance);
    const toTolerance = deadline ? [dueOf(deadline) + tolerance - this.now] : [];
    const lengths = [...outages, ...toTolerance, ...toTolerance.map((length) => length + 1)];
    const length = Math.max(0, lengths[pick % lengths.length] ?? 0);
    this.downUntil = this.now + length;
    this.story.add(this.now, () => `workers are away until ${this.story.when(this.downUntil)}`);
  }

  // ── effects

  /** One of the pending effects has its result; a payment whose outcome is open stays pending. */
  private effectReturns(pick: number, mood: number): void {
    const effects = [...this.pending.values()];
    const effect = effects[pick % Math.max(1, effects.length)];
    if (!effect || this.isDown()) return;
    if (effect.type === 'pay') this.payReturns(effect, mood);
    else if (effect.type === 'checkPayment') this.checkReturns(effect, mood);
    else {
      this.pending.delete(effect.key);
      this.take(effect, this.subject.resultOf(effect, mood));
    }
    this.work();
  }

  private payReturns(effect: Pay, mood: number): void {
    const answer = this.provider.pay(effect, mood);
    if (answer.outcome === 'done' || answer.outcome === 'declined') this.pending.delete(effect.key);
    this.take(effect, { type: 'pay', answer });
  }

  /** A try that was under way when it was stopped may still end; only then is the provider asked. CASE-14 */
  private checkReturns(effect: Extract<Effect, { type: 'checkPayment' }>, mood: number): void {
    const underWay = this.stopped.get(effect.paymentKey);
    this.stopped.delete(effect.paymentKey);
    if (underWay && mood % 2 === 1) {
      const answer = this.provider.pay(underWay, mood);
      if (answer.outcome === 'done' || answer.outcome === 'declined')
        return this.take(underWay, { type: 'pay', answer });
    }
    this.pending.delete(effect.key);
    this.take(effect, { type: 'checkPayment', found: this.provider.find(effect.paymentKey, mood) });
  }

  private take(effect: Effect, result: EffectResult): void {
    const at = Math.max(this.state.updatedAt, this.now);
    const { events, answer } = this.subject.takeResult(this.state, effect, result, at);
    this.story.add(
      this.now,
      () => `${effect.type} ${effect.key} comes back ${JSON.stringify(result)}: ${this.inWords(events)}`,
    );
    const commandId = this.deferred.get(effect.key);
    if (commandId !== undefined && answer.kind !== 'deferred') {
      this.deferred.delete(effect.key);
      this.answered.add(commandId);
    }
    this.apply(events, at);
  }

  /** The provider's word on a payment comes once more, long after it was taken. REF-4 */
  private echo(pick: number): void {
    const over = [...this.payments.values()].filter(({ key }) => !this.pending.has(key));
    const payment = over[pick % Math.max(1, over.length)];
    if (!payment || this.isDown()) return;
    const answer = this.provider.find(payment.key, goodMood);
    if (answer.outcome !== 'done' && answer.outcome !== 'declined') return;
    const happened: Echo<State> = { payment, before: this.state };
    this.take(payment, { type: 'pay', answer });
    this.hold(echoes, happened);
    this.work();
  }

  // ── what the shell does beside

  /** The history has grown long: a new run goes on with all of it as JSON. */
  private goOnAsNew(): void {
    const copy = JSON.parse(JSON.stringify(this.state)) as State;
    if (!isDeepStrictEqual(copy, this.state))
      throw new BrokenInvariant('POL-4', 'a new run goes on with the very same state', this.story);
    this.state = frozen(copy);
    this.inbox = new Inbox(JSON.parse(JSON.stringify(this.inbox)) as Waiting[]);
    const effects = JSON.parse(JSON.stringify([...this.pending.values()])) as Effect[];
    this.pending = new Map(effects.map((effect) => [effect.key, effect]));
    this.deferred = new Map(JSON.parse(JSON.stringify([...this.deferred])) as [string, string][]);
    this.story.add(this.now, () => 'a new run goes on');
  }

  private hearNonsense(): void {
    if (this.isDown()) return;
    const at = Math.max(this.state.updatedAt, this.now);
    const refused = {
      signal: 'nonsense',
      code: 'unusable_signal',
      detail: 'there is no command nonsense',
      at,
    } as const;
    this.apply([this.subject.signalRefused({ ...refused, actor: { role: 'operator', id: 'temporal' } })], at);
  }

  /** Makes events happen, and holds what came of it against all that must hold. `deferring` is the command that an effect answers. */
  private apply(events: Event[], at: number, deferring?: string, receivedAt = at): void {
    const { subject, state: before } = this;
    if (events.length > 0) {
      this.state = frozen(subject.evolveAll(before, events));
      this.events.push(...events);
      for (const event of events) {
        note(this.coverage, `event ${event.type}`);
        this.ledger.push(...subject.bookings(this.state, event));
      }
      note(this.coverage, `status ${subject.status(this.state)}`);
      for (const event of events)
        for (const effect of subject.effects(this.state, event)) this.start(effect, deferring);
      this.watchDeadlines();
    }
    const change: Change<State, Event> = { before, after: this.state, events, at, receivedAt };
    this.hold(changes, change);
    subject.verify(this, change);
  }

  /** Holds what happened against what must hold of every subject, whatever it is about. */
  private hold<Happened>(invariants: readonly Invariant<AnyWalker, Happened>[], happened: unknown): void {
    verify(invariants, this as unknown as AnyWalker, happened as Happened);
  }

  private start(effect: Effect, deferring: string | undefined): void {
    this.pending.set(effect.key, effect);
    if (deferring !== undefined) this.deferred.set(effect.key, deferring);
    if (effect.type === 'pay') this.payments.set(effect.key, effect);
    if (effect.type !== 'checkPayment') return;
    // a payment that is to be checked is tried no more
    const tried = this.pending.get(effect.paymentKey);
    if (tried?.type === 'pay') this.stopped.set(effect.paymentKey, tried);
    this.pending.delete(effect.paymentKey);
  }

  private watchDeadlines(): void {
    const running = new Set(this.subject.deadlines(this.state).map(deadlineKey));
    for (const key of this.runningSince.keys()) if (!running.has(key)) this.runningSince.delete(key);
    for (const key of running) if (!this.runningSince.has(key)) this.runningSince.set(key, this.now);
  }

  /** Nobody acts any more but time, a provider that works again, and agents on what nobody else can mend. Answers whether it ended. */
  leaveAlone(): boolean {
    for (let turn = 0; turn < 120 && !this.isOver(); turn++) {
      this.advanceTo(Math.max(this.downUntil, this.now + 5_000));
      if (this.isOver()) break;
      if (this.pending.size > 0) {
        this.effectReturns(0, goodMood);
        continue;
      }
      const mending = this.subject.mends(this.state);
      const [deadline] = this.subject.deadlines(this.state);
      if (mending) this.receive(mending, 0);
      else if (deadline) this.advanceTo(dueOf(deadline));
      else break;
    }
    this.advanceTo(Math.max(this.downUntil, this.now + 5_000));
    while (this.pending.size > 0) this.effectReturns(0, goodMood);
    return this.isOver();
  }

  /** Events alone give the state, but for the version, which counts changes and not events. */
  isReplayable(): boolean {
    const replayed = this.events.reduce(this.subject.evolve, this.subject.opened);
    return isDeepStrictEqual(
      JSON.parse(JSON.stringify({ ...replayed, version: 0 })),
      JSON.parse(JSON.stringify({ ...this.state, version: 0 })),
    );
  }
}

/** Deciding and evolving must leave what they were given as it was: whatever tries to change a state throws. */
function frozen<Value>(value: Value): Value {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return value;
  Object.freeze(value);
  for (const part of Object.values(value)) frozen(part);
  return value;
}
