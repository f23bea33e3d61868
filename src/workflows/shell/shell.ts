import type { SearchAttributeUpdatePair } from '@temporalio/common';
import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  patched,
  setCurrentDetails,
  setDefaultSignalHandler,
  setHandler,
  sleep,
  upsertSearchAttributes,
  workflowInfo,
} from '@temporalio/workflow';
import { nextReminder, type Reminder, type ShownDeadline } from '../../domain/deadline.ts';
import { countsFrom, type Decision, type Refusal } from '../../domain/decision.ts';
import type { Effect } from '../../domain/effects.ts';
import type { Outcome } from '../../domain/outcome.ts';
import { durationMs } from '../../domain/policy/duration.ts';
import { timelineItem } from '../../domain/timeline.ts';
import type { StoredSubject } from '../../store/subjects.ts';
import { type ActionComing, type Envelope, innerSignals, type ShellSettings } from '../messages.ts';
import { type SearchAttributeName, searchAttribute } from '../starting.ts';
import { stored } from './activities.ts';
import { Alarm } from './alarm.ts';
import { ComingActions } from './coming.ts';
import { Effects } from './effects.ts';
import { takenUp } from './entries.ts';
import { Inbox, type Waiting } from './inbox.ts';
import { patches } from './patches.ts';
import { type RecordSnapshot, SubjectRecord, type Written } from './record.ts';
import type { AnyEvent, AnyState, EffectResult, Rules } from './rules.ts';

const mostPending = 100;
/** Nobody could ask for these again under another key: money that came (ORD-9), and the time that an outage took (POL-6). */
const neverTurnedAway = ['payment', 'outageExtension'];
const mostSignalsARun = 2_000;
/** Of its JSON: at most three times as many bytes, far below what Temporal takes. */
const mostStateCharacters = 256 * 1024;

/** What a run hands to the next (continue-as-new), or a resumed order takes from its document. */
export type Snapshot<State> = {
  state: State;
  settings: ShellSettings;
  inbox?: Waiting[];
  effects?: Effect[];
  deferred?: [effectKey: string, commandId: string][];
  sentByHand?: number;
  remindedUpTo?: number;
  coming?: ReturnType<ComingActions['toJSON']>;
  record: Partial<RecordSnapshot>;
};

/**
 * The durable shell round a subject's rules: it hears signals in arrival order, judges each at its time, lets deadlines fire, has
 * the results written and the effects carried out, and ends when nothing that concerns the subject can still arrive.
 *
 * Its first law: nothing leaves the workflow before its decision is in the history. Whatever goes out is an ordinary activity,
 * scheduled by the very task that took the decision.
 */
export class Shell<State extends AnyState, Event extends AnyEvent> {
  private state: State | undefined;
  private readonly rules: Rules<State, Event>;
  private readonly settings: ShellSettings;
  private readonly inbox: Inbox;
  private readonly record: SubjectRecord;
  private readonly effects: Effects;
  private readonly results: { effect: Effect; result: EffectResult }[] = [];
  private readonly alarm = new Alarm();
  /** Commands whose answer an effect brings. */
  private readonly deferred: Map<string, string>;
  /** What the visibility store has of the subject: from its start or an earlier run, and what was upserted since. */
  private readonly shownAttributes = attributesAtStart();
  private signals = 0;
  private sentByHand: number;
  /** The last moment whose reminders have been sent, UTC ms. */
  private remindedUpTo: number;
  private readonly coming: ComingActions;
  private checking = false;
  /** What is stored of the subject is being looked at, or has been. */
  private comparing = false;
  private compared: { document: StoredSubject | null } | undefined;
  /** Something was answered outside the loop's steps, and waits to be written. */
  private stirred = false;
  /** What may have come with the last signals of a run that is long enough to end. */
  private rest: 'awaited' | 'has come' | undefined;

  /** Whether a state that a payment's first try will soon have ended is left out of the visibility store. */
  private readonly skipsPassing: boolean;

  constructor(
    rules: Rules<State, Event>,
    settings: ShellSettings,
    from?: Partial<Snapshot<State>>,
    { skipsPassing = false } = {},
  ) {
    this.skipsPassing = skipsPassing;
    this.rules = rules;
    this.settings = settings;
    this.inbox = new Inbox(from?.inbox);
    this.record = new SubjectRecord(
      rules.subject,
      () => this.toDocument(),
      () => this.compare(),
      from?.record,
    );
    this.effects = new Effects(settings, (effect, result) => this.results.push({ effect, result }));
    this.deferred = new Map(from?.deferred);
    this.sentByHand = from?.sentByHand ?? 0;
    this.remindedUpTo = from?.remindedUpTo ?? 0;
    this.coming = new ComingActions(from?.coming);
    this.state = from?.state;
    this.listen();
    for (const effect of from?.effects ?? []) this.effects.goOn(effect);
  }

  /** Signals that came before the first line keep their order under the default handler; the named ones tell operators what there is. */
  private listen(): void {
    const hear = (name: string, fields: unknown, envelope: unknown) =>
      this.hear(name, fields, envelope as Envelope | undefined);
    setDefaultSignalHandler((name, fields, envelope) => hear(name, fields, envelope));
    for (const [name, description] of Object.entries(this.rules.commands)) {
      setHandler(defineSignal<[unknown, unknown?]>(name), (fields, envelope) => hear(name, fields, envelope), {
        description,
      });
    }
    setHandler(defineSignal<[{ key: string }]>(innerSignals.paymentNotice), (notice) =>
      this.effects.paymentNotice(notice?.key),
    );
    setHandler(defineSignal(innerSignals.casesEnded), () => this.effects.casesEnded());
    setHandler(defineSignal(innerSignals.republish), () => this.compare(), {
      description: 'Compares what is stored with what this workflow has, and has the newer of the two written: {}',
    });
    setHandler(defineQuery<(Written & { status: string }) | undefined>('progress'), () => this.progress(), {
      description: 'how far the subject has got, as its document should tell it',
    });
    setHandler(defineQuery<State | undefined>('state'), () => this.state, { description: 'the whole state' });
  }

  private hear(name: string, fields: unknown, envelope: Envelope | undefined): void {
    this.signals += 1;
    if (name === innerSignals.paymentNotice)
      return this.effects.paymentNotice((fields as { key: string } | undefined)?.key ?? '');
    if (name === innerSignals.casesEnded) return this.effects.casesEnded();
    if (name === innerSignals.republish) return this.compare();
    if (name === innerSignals.actionComing && patched(patches.waitsForActions))
      return this.awaitAction(fields as ActionComing | undefined);
    // whatever is not sealed by the API, or not known to these rules, is looked at before it is judged
    const byHand = typeof envelope?.commandId !== 'string' || !Object.hasOwn(this.rules.commands, name);
    const sealed = byHand ? this.sealByHand() : envelope;
    const { commandId } = sealed;
    const wasAnnounced = this.coming.remove(commandId);
    if (wasAnnounced) this.stirred = true;
    if (
      this.record.outcomeOf(commandId) ||
      this.inbox.has(commandId) ||
      [...this.deferred.values()].includes(commandId)
    )
      return;
    const waiting = { name, fields, envelope: sealed, byHand, checked: !byHand };
    const mustBeTaken = wasAnnounced || neverTurnedAway.includes(name);
    if (this.inbox.size >= mostPending && !(mustBeTaken && patched(patches.neverTooMany))) {
      const refusal: Refusal = {
        code: 'too_many_pending',
        detail: `more than ${mostPending} commands are waiting: try again in a while`,
      };
      return this.answer(waiting, { state: 'refused', ...refusal });
    }
    this.inbox.add(waiting);
  }

  /** Has the deadline that ran when this action was received wait for it, unless it has come already. */
  private awaitAction(action: ActionComing | undefined): void {
    if (typeof action?.commandId !== 'string') return;
    const { commandId } = action;
    if ('isNot' in action) this.coming.remove(commandId);
    else if (!this.record.outcomeOf(commandId))
      this.coming.add(commandId, action.receivedAt, Date.now(), patched(patches.announcedForADay));
    this.stirred = true;
  }

  /** A signal sent from the Temporal UI or the CLI carries its own fields only. */
  private sealByHand(): Envelope {
    this.sentByHand += 1;
    const sealed = { receivedAt: Date.now(), actor: { role: 'operator', id: 'temporal' } } as const;
    return this.numbered(sealed, this.sentByHand);
  }

  private numbered(envelope: Omit<Envelope, 'commandId'>, byHand: number): Envelope {
    return { ...envelope, commandId: `${this.rules.subject}/by-hand/${byHand}` };
  }

  /** Which signal by hand a command was, counted from 1; 0 for one from the API. */
  private numberOf(commandId: string): number {
    const start = `${this.rules.subject}/by-hand/`;
    return commandId.startsWith(start) ? Number(commandId.slice(start.length)) : 0;
  }

  private lastByHand(outcomes: Outcome[]): number {
    return Math.max(0, ...outcomes.map(({ commandId }) => this.numberOf(commandId)));
  }

  /** Takes the subject's first event, and answers the command that brought it. */
  open(state: State, event: Event, envelope: Envelope): void {
    this.state = state;
    this.enter([event], state);
    this.answerTo(envelope.commandId, { state: 'accepted' });
  }

  /** Takes a subject that the activity which opened it has written already, with the command that brought it. */
  openWritten(state: State, opened: Outcome, behind = false): void {
    this.resume(state, { writeSeq: 1, timelineSeq: 1, outcomes: [opened] });
    if (behind) this.compare();
  }

  /** Goes on with a subject whose workflow had ended, from what it had last written. */
  resume(state: State, record: Partial<RecordSnapshot>): void {
    this.state = state;
    this.record.restore(record);
    const before = this.lastByHand(record.outcomes ?? []);
    if (before === 0 || !patched(patches.byHandGoesOn)) return;
    // under a number that has its outcome already, what was sent by hand would count as heard
    for (const waiting of this.inbox.sentByHand)
      waiting.envelope = this.numbered(waiting.envelope, this.numberOf(waiting.envelope.commandId) + before);
    this.sentByHand += before;
  }

  /** Goes on with an order from its document: had it not come to its end, what it says is still to be done is done. */
  resumeUnended(state: State, record: Partial<RecordSnapshot>): void {
    this.resume(state, record);
    if (this.rules.listensUntil(state) !== undefined || !patched(patches.unendedGoesOn)) return;
    this.remindNoMore();
    this.record.leap();
    this.carryOn();
  }

  /** What is stored of the subject, read once an ended run has nothing under way any more; null where there is nothing. */
  async documentAfter(ms: number): Promise<StoredSubject | null> {
    await sleep(ms, { summary: 'what an ended run had under way' });
    const { subject, kind, id } = this.rules;
    return stored.loadSubject(`${subject}/take-up`, { kind, id });
  }

  /** Goes on with a subject whose workflow is gone, from its document. `decide` comes before anything else, and answers its command. */
  takeUp(document: StoredSubject, decide?: { by: Envelope; decision: Decision<Event> }): void {
    this.resume(document.state as State, document);
    this.remindNoMore();
    this.record.leap();
    if (this.rules.listensUntil(this.current) === undefined) this.enterTakingUp(0, document.writeSeq);
    if (decide) {
      const { events, answer } = decide.decision;
      this.apply(events);
      this.answerTo(
        decide.by.commandId,
        answer.kind === 'refused' ? { state: 'refused', ...answer.refusal } : { state: 'accepted' },
      );
    }
    this.carryOn();
  }

  /** What was to be reminded of by the time of a document has been, by whoever wrote it. TELL-1 */
  private remindNoMore(): void {
    this.remindedUpTo = Math.max(this.remindedUpTo, this.current.updatedAt);
  }

  private enterTakingUp(lost: number, from: number): void {
    const status = this.rules.status(this.current);
    this.record.addToTimeline((seq) => timelineItem(takenUp(Date.now(), lost, from), seq, status));
  }

  /** Has carried out what the state says is to be, and nothing else. */
  private carryOn(): void {
    const awaited = this.rules.awaited(this.current);
    this.deferred.clear();
    for (const { effect, commandId } of awaited) if (commandId) this.deferred.set(effect.key, commandId);
    this.effects.takeUp(awaited.map(({ effect }) => effect));
  }

  private progress(): (Written & { status: string }) | undefined {
    if (!this.state) return undefined;
    const { version, updatedAt } = this.state;
    return { ...this.record.progress, version, updatedAt, status: this.rules.status(this.state) };
  }

  /** Looks at what is stored of the subject. */
  private compare(): void {
    if (this.comparing) return;
    this.comparing = true;
    const { subject, kind, id } = this.rules;
    const summary = 'compare with what is stored';
    // heard in the workflow's own scope, which an operator may have cancelled
    const load = () => stored.loadSubject.executeWithOptions({ summary }, [`${subject}/compare`, { kind, id }]);
    void CancellationScope.nonCancellable(load).then((document) => {
      this.comparing = false;
      this.compared = { document };
    });
  }

  /**
   * The newer of the two goes on. What is stored can only be newer where Temporal was restored from an older backup: every write was
   * in the history first. Then the document is the truth, since people were told of it, and payments go on under its keys.
   */
  private takeCompared(document: StoredSubject | null): true {
    const mine = this.progress();
    if (!document || !mine || !(this.record.isBehind || document.writeSeq > mine.writeSeq)) {
      this.record.rewrite();
      return true;
    }
    this.state = document.state as State;
    this.results.length = 0;
    this.remindNoMore();
    this.inbox.putBack(this.record.adopt(document));
    const byHand = this.lastByHand(document.outcomes);
    if (byHand > this.sentByHand && patched(patches.byHandGoesOn)) this.sentByHand = byHand;
    this.enterTakingUp(mine.writeSeq, document.writeSeq);
    this.carryOn();
    return true;
  }

  /** Answers the command that would have brought the subject into being; nothing else is written of it. */
  async refuseToOpen({ commandId }: Envelope, refusal: Refusal): Promise<void> {
    this.showAttributes({ CaseStatus: null, DeadlineKind: null, DeadlineAt: null });
    this.answerTo(commandId, { state: 'refused', ...refusal });
    await this.finishWithout(() => ({ state: 'refused', code: refusal.code, detail: refusal.detail }));
  }

  /** Answers all that has arrived, and all that arrives until it is written, without a state to judge it in. */
  async finishWithout(
    answerTo: (
      command: { name: string; fields: unknown },
      record: SubjectRecord,
    ) => Pick<Outcome, 'state' | 'code' | 'detail'>,
  ): Promise<void> {
    for (;;) {
      for (let command = this.inbox.next(undefined); command; command = this.inbox.next(undefined)) {
        this.inbox.remove(command);
        this.answerTo(command.envelope.commandId, answerTo(command, this.record));
      }
      this.record.save();
      await condition(() => this.record.isWritten);
      if (this.inbox.size === 0) return;
    }
  }

  /** Lives until nothing can still arrive, or until the history has grown so long that a new run must go on with the snapshot. */
  async run(): Promise<'ended' | Snapshot<State>> {
    // Code that was put back must not decide by rules it doesn't know: the task fails, and waits for code that does.
    if (this.current.rulesVersion > this.rules.newestRules)
      throw new Error(
        `${this.rules.subject} is decided by rules ${this.current.rulesVersion}; this worker knows them up to ${this.rules.newestRules}`,
      );
    for (;;) {
      while (this.takeStep());
      this.show();
      if (this.isOver()) return 'ended';
      if (this.mayLeave()) return this.snapshot();
      await condition(() => this.hasWork());
    }
  }

  /**
   * Whether a run that is long enough may end here. A task's signals are heard before the results and timers that came with them: left to
   * the next run, these would be asked for again, and what they bring entered later than it came. So it goes on for one more task.
   */
  private mayLeave(): boolean {
    if (!this.isLong()) {
      if (this.rest === 'has come') this.rest = undefined;
      return false;
    }
    if (!patched(patches.wholeTaskFirst)) return true;
    if (this.rest === 'has come') return !this.hasMore();
    if (this.rest === undefined) {
      this.rest = 'awaited';
      const next = () => sleep(1, { summary: 'the rest of what came, before it continues as new' });
      void CancellationScope.nonCancellable(next).then(() => {
        this.rest = 'has come';
      });
    }
    return false;
  }

  private get current(): State {
    if (!this.state) throw new TypeError('the subject has not been opened');
    return this.state;
  }

  private deadline() {
    return this.rules.deadlines(this.current)[0];
  }

  /** What is to be reminded of next; nothing of a deadline that passes before. TELL-1 */
  private reminder(): Reminder | undefined {
    const { current: state, rules } = this;
    return nextReminder(rules.policyOf(state), rules.deadlines(state), this.remindedUpTo);
  }

  /** What time brings next: a reminder, a deadline, or, after the end, the moment after which nothing can arrive. */
  private due(): { at: number; summary: string } | undefined {
    const deadline = this.deadline();
    if (!deadline) {
      const at = this.rules.listensUntil(this.current);
      return at === undefined ? undefined : { at, summary: 'the last that can still arrive' };
    }
    const then = `${deadline.kind} of the ${deadline.waitingFor}: then ${deadline.onExpiry} (${deadline.rule})`;
    const at = this.firesAt(deadline);
    const reminder = this.reminder();
    return reminder && reminder.at < at
      ? { at: reminder.at, summary: `reminder of ${reminder.about.map(({ kind }) => kind).join(', ')} (TELL-1)` }
      : { at, summary: then };
  }

  private timeHasCome(): boolean {
    const due = this.due();
    return due !== undefined && this.alarm.isDue(due.at);
  }

  /** When a deadline is to fire: when a command in time can no longer be on its way. A deadline born past fires from its birth. POL-4 */
  private dueOf({ at, from }: { at: number; from: number }): number {
    return Math.max(at, from) + this.settings.graceMs;
  }

  /** When a deadline fires: later than it is to where it waits for what comes by another subject. */
  private firesAt(deadline: { at: number; from: number }): number {
    const due = this.dueOf(deadline);
    if (this.coming.isEmpty) return due;
    const toleranceMs = durationMs(this.rules.policyOf(this.current).outageTolerance);
    return Math.max(due, this.coming.waitedForBy(deadline, due, toleranceMs));
  }

  private hasWork(): boolean {
    return this.hasMore() || this.isOver() || (this.rest !== 'awaited' && this.isLong());
  }

  /** Whether there is a step to take, or something to write. */
  private hasMore(): boolean {
    const deadline = this.deadline();
    const command = this.inbox.next(deadline?.at);
    return (
      this.results.length > 0 ||
      this.compared !== undefined ||
      this.stirred ||
      // as in a step: what waits to be judged comes before time
      (deadline !== undefined && command === undefined && this.timeHasCome()) ||
      (!this.checking && command !== undefined)
    );
  }

  /** One step: what was compared, else a result, else a command in time, else a reminder or deadline that is due. Answers whether there was one. */
  private takeStep(): boolean {
    const { compared } = this;
    this.compared = undefined;
    if (compared) return this.takeCompared(compared.document);
    const result = this.results.shift();
    if (result) return this.takeResult(result.effect, result.result);
    const deadline = this.deadline();
    const command = this.inbox.next(deadline?.at);
    if (command && !command.checked) return this.check(command);
    if (command) return this.judge(command);
    const due = this.due();
    if (!deadline || !due || !this.alarm.isDue(due.at)) return false;
    if (due.at < this.firesAt(deadline)) this.remind();
    else this.expire(deadline, this.dueOf(deadline));
    return true;
  }

  /** Lets a deadline pass, or has it extended where it could only have fired too late (POL-6). */
  private expire(deadline: ShownDeadline, due: number): void {
    const seen = this.current.version;
    const events = this.rules.expire(this.current, deadline, due, Date.now());
    this.apply(events);
    if (events.every(({ type }) => type === 'deadlineExtended')) {
      this.coming.giveUp(deadline);
      this.keepVersions(seen, deadline, patches.extensionsKeepVersions);
    } else if (events.every(({ type }) => this.rules.besides.includes(type)))
      this.keepVersions(seen, deadline, patches.lapsesKeepVersions);
  }

  /**
   * Commands that this deadline held were acknowledged under the version that stood then: they are judged as if it had not been moved by
   * the extension, which gives back the time that an outage took, or by what passed beside that which they are about.
   */
  private keepVersions(seen: number, { at }: ShownDeadline, patch: string): void {
    const held = this.inbox.receivedAfter(at).filter(({ envelope }) => envelope.expectedVersion === seen);
    if (held.length === 0 || !patched(patch)) return;
    for (const waiting of held) waiting.envelope = { ...waiting.envelope, expectedVersion: this.current.version };
  }

  /** Reminds whoever must act; of a deadline that has passed meanwhile, its end tells. */
  private remind(): void {
    const reminder = this.reminder();
    if (!reminder) return;
    const now = Date.now();
    this.remindedUpTo = reminder.at;
    for (const about of reminder.about) if (now <= about.at) this.apply([this.rules.reminded(about, now)]);
  }

  /** What was sent by hand is checked outside, in its turn; what comes after it waits. */
  private check(command: Waiting): false {
    if (this.checking) return false;
    this.checking = true;
    const { kind, commands } = this.rules;
    const known = Object.hasOwn(commands, command.name);
    const checked = known
      ? stored.checkSignal(command.envelope.commandId, kind, command.name, command.fields)
      : Promise.resolve({
          ok: false as const,
          detail: `there is no command ${command.name}: there are ${Object.keys(commands).join(', ')}`,
        });
    void checked.then((result) => {
      this.checking = false;
      if (result.ok) Object.assign(command, { fields: result.fields, checked: true });
      else {
        this.inbox.remove(command);
        this.answer(command, { state: 'refused', code: 'unusable_signal', detail: result.detail });
      }
    });
    return false;
  }

  private judge(command: Waiting): true {
    this.inbox.remove(command);
    const { commandId, actor, receivedAt, expectedVersion } = command.envelope;
    if (this.record.outcomeOf(commandId)) return true; // heard before what was answered had been read
    this.record.addJudged(command);
    const { updatedAt, rulesVersion } = this.current;
    const here = (moment: number) => Math.max(updatedAt, Math.min(moment, Date.now()));
    const from = countsFrom(command.envelope, this.rules.policyOf(this.current), rulesVersion);
    const ownReceipt = receivedAt < updatedAt && patched(patches.ownReceipts);
    const given = {
      commandId,
      actor,
      at: here(from),
      ...(ownReceipt || from > receivedAt ? { receivedAt: ownReceipt ? receivedAt : here(receivedAt) } : {}),
      ...(expectedVersion === undefined ? {} : { expectedVersion }),
    };
    const decision = this.withinBounds(
      this.rules.decide(this.current, command.name, command.fields as Record<string, unknown>, given),
    );
    this.apply(decision.events, decision.answer.kind === 'deferred' ? commandId : undefined);
    if (decision.answer.kind === 'accepted') this.answer(command, { state: 'accepted' });
    if (decision.answer.kind === 'refused') this.answer(command, { state: 'refused', ...decision.answer.refusal });
    return true;
  }

  /** A state that has grown too large would one day no longer fit into an activity or a run: refuse before it does. */
  private withinBounds(decision: Decision<Event>): Decision<Event> {
    if (decision.events.length === 0) return decision;
    const size = JSON.stringify(this.rules.evolveAll(this.current, decision.events)).length;
    if (size <= mostStateCharacters) return decision;
    return {
      events: [],
      answer: {
        kind: 'refused',
        refusal: { code: 'subject_too_large', detail: 'the subject holds as much as it can' },
      },
    };
  }

  private takeResult(effect: Effect, result: EffectResult): true {
    const at = Math.max(this.current.updatedAt, Date.now());
    const decision = this.rules.takeResult(this.current, effect, result, at);
    this.apply(decision.events);
    const commandId = this.deferred.get(effect.key);
    if (commandId === undefined || decision.answer.kind === 'deferred') return true;
    this.deferred.delete(effect.key);
    this.answerTo(
      commandId,
      decision.answer.kind === 'accepted' ? { state: 'accepted' } : { state: 'refused', ...decision.answer.refusal },
    );
    return true;
  }

  /** Makes events happen: state, timeline, notices, money, effects. `deferring` is the command that these effects will answer. */
  private apply(events: Event[], deferring?: string): void {
    if (events.length === 0) return;
    const before = this.current;
    this.state = this.rules.evolveAll(before, events);
    this.enter(events, before);
    for (const effect of events.flatMap((event) => this.rules.effects(this.current, event))) {
      if (deferring !== undefined) this.deferred.set(effect.key, deferring);
      this.effects.start(effect);
    }
  }

  /** Enters events in the record; people are told of the one that leads them, and of every deadline that was moved with it. */
  private enter(events: Event[], before: State): void {
    let state = before;
    for (const [index, event] of events.entries()) {
      state = this.rules.evolve(state, event);
      const status = this.rules.status(state);
      const seq = this.record.addToTimeline((next) => timelineItem(event, next, status));
      if (index === 0 || event.type === 'deadlineExtended')
        this.record.addNotices(
          this.rules.notices(this.current, event).map((notice) => ({ seq, at: event.at, notice })),
        );
      this.record.addMoney(this.rules.bookings(this.current, event), this.rules.allocationChanges(this.current, event));
    }
  }

  /** Answers a command; one sent by hand and refused is also told on the timeline, where its sender looks. */
  private answer(
    { name, byHand, envelope }: Waiting,
    answer: Pick<Outcome, 'state' | 'code' | 'detail' | 'field'>,
  ): void {
    this.answerTo(envelope.commandId, answer);
    if (!byHand || !answer.code || !this.state) return;
    const at = Math.max(this.current.updatedAt, Date.now());
    this.apply([
      this.rules.signalRefused({
        signal: name,
        code: answer.code,
        detail: answer.detail ?? '',
        at,
        actor: envelope.actor,
      }),
    ]);
  }

  private answerTo(commandId: string, answer: Pick<Outcome, 'state' | 'code' | 'detail' | 'field'>): void {
    this.stirred = true;
    this.record.addOutcome({ commandId, ...answer, version: this.state?.version ?? 0, at: Date.now() });
  }

  /** Sends out what this task decided: one write, one upsert of what changed, one timer. */
  private show(): void {
    this.stirred = false;
    const { rules, current: state } = this;
    const due = this.due();
    this.alarm.set(due?.at, due?.summary ?? '');
    if (!this.skipsPassing || !this.effects.isFirstTrying) this.showAttributes(rules.searchAttributes(state));
    setCurrentDetails(rules.details(state));
    this.record.save();
  }

  private showAttributes(attributes: Partial<Record<SearchAttributeName, string | Date | null>>): void {
    const changed = (Object.entries(attributes) as [SearchAttributeName, string | Date | null][]).filter(
      ([name, value]) => (this.shownAttributes.get(name)?.valueOf() ?? null) !== (value?.valueOf() ?? null),
    );
    if (changed.length === 0) return;
    for (const [name, value] of changed) this.shownAttributes.set(name, value);
    upsertSearchAttributes(changed.map(([name, value]) => searchAttribute(name, value) as SearchAttributeUpdatePair));
  }

  private isOver(): boolean {
    const until = this.rules.listensUntil(this.current);
    const idle =
      !this.comparing &&
      this.inbox.size === 0 &&
      this.results.length === 0 &&
      this.effects.size === 0 &&
      this.record.isWritten;
    return until !== undefined && idle && (until <= Date.now() || this.alarm.isDue(until));
  }

  private isLong(): boolean {
    if (this.comparing || this.compared) return false;
    if (this.signals < mostSignalsARun && !workflowInfo().continueAsNewSuggested) return false;
    return !(this.effects.isAwaitingLastTry && patched(patches.lastTryFirst));
  }

  private snapshot(): Snapshot<State> {
    return {
      state: this.current,
      settings: this.settings,
      inbox: this.inbox.toJSON(),
      effects: this.effects.toJSON(),
      deferred: [...this.deferred],
      sentByHand: this.sentByHand,
      remindedUpTo: this.remindedUpTo,
      coming: this.coming.toJSON(),
      record: this.record.toJSON(),
    };
  }

  private toDocument() {
    if (!this.state) return undefined;
    const { id, collection, listed } = this.rules;
    return { collection, id, version: this.state.version, listed: listed(this.state), state: this.state };
  }
}

type Attribute = string | Date | null;

function attributesAtStart(): Map<SearchAttributeName, Attribute> {
  const given = workflowInfo().typedSearchAttributes.getAll();
  return new Map(given.map(({ key, value }) => [key.name as SearchAttributeName, value as Attribute]));
}
