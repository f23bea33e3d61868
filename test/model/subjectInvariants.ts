import type { ShownDeadline } from '../../src/domain/deadline.ts';
import type { Decision, Given } from '../../src/domain/decision.ts';
import { roles } from '../../src/domain/parties.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import type { Waiting } from '../../src/workflows/shell/inbox.ts';
import type { AnyEvent, AnyState } from '../../src/workflows/shell/rules.ts';
import { beginningOf, deadlineKey, reminderKey } from './clock.ts';
import type { Pay } from './fickleProvider.ts';
import type { Invariant } from './invariants.ts';
import { lengthOf } from './policies.ts';
import type { Receipt, Walker } from './walker.ts';

// What must hold of every subject, whatever it is about.

export type AnyWalker = Walker<AnyState, AnyEvent>;

/** What a command, a deadline or an effect's result has brought; `at` is its time, `receivedAt` when a command was received; UTC ms. */
export type Change<State, Event> = {
  before: State;
  after: State;
  events: readonly Event[];
  at: number;
  receivedAt: number;
};
/** A command that was judged; `due` is what DOMAIN.md has it answered. */
export type Judged<State, Event> = {
  command: Waiting;
  given: Given;
  receipt: Receipt;
  before: State;
  due: 'accepted' | 'refused' | RefusalCode;
  decision: Decision<Event>;
};
/** A deadline that fired at `now`, where it could have at `due`; and what had been received and not been judged. */
export type Passed<State, Event> = {
  deadline: ShownDeadline;
  due: number;
  now: number;
  before: State;
  events: readonly Event[];
  notJudged: readonly Receipt[];
};
export type Reminded = { moment: number; about: ShownDeadline; now: number };
/** A provider's answer to a payment that was over. */
export type Echo<State> = { payment: Pay; before: State };

type Dated = AnyEvent & { deadline?: ShownDeadline; passedDeadline?: ShownDeadline; deliveredAt?: number };

export const changes: readonly Invariant<AnyWalker, Change<AnyState, AnyEvent>>[] = [
  {
    rule: 'tricky case 4',
    says: 'the version moves once a change, and not where only something is noted',
    holds: ({ subject }, { before, after, events }) =>
      after.version === before.version + (events.some((event) => !subject.isSilent(event)) ? 1 : 0),
  },
  {
    rule: 'CASE, ORD',
    says: 'one final state, once',
    holds: ({ subject }, { before, after }) =>
      !subject.isFinal(before) || subject.status(before) === subject.status(after),
  },
  {
    rule: 'SEE-1',
    says: 'what has not ended has a deadline, something under way, or somebody who can act',
    holds: (walker) =>
      walker.isOver() ||
      walker.pending.size > 0 ||
      walker.subject.deadlines(walker.state).length > 0 ||
      roles.some((role) => walker.subject.offers(walker.state, { role, id: 'somebody else' }).length > 0),
  },
  {
    rule: 'POL-4',
    says: 'every event bears the time of what brought it, and no time runs backwards',
    holds: (_, { before, after, events, at }) =>
      after.updatedAt >= before.updatedAt && events.every((event) => event.at === at),
  },
  {
    rule: 'SEE-2',
    says: 'every event names its rule; the first of a timer names the deadline that passed, and so does a case that closes as its request is taken back, no other',
    holds: (_, { events }) =>
      (events as readonly Dated[]).every(({ rule, actor, type, passedDeadline }, index) => {
        const byTimer = index === 0 && actor.role === 'timer' && type !== 'deadlineExtended';
        const takenBack = type === 'caseClosed' && rule === 'INT-7';
        return rule.length > 0 && (passedDeadline !== undefined) === (byTimer || takenBack);
      }),
  },
  {
    rule: 'POL-7',
    says: 'a deadline begins with what sets it, and is as long as the policy says',
    holds: ({ subject }, { after, events }) =>
      (events as readonly Dated[]).every((event) => {
        const { type, at, deadline, deliveredAt } = event;
        if (!deadline || type === 'deadlineExtended' || type === 'informationPhaseEnded') return true;
        const policy = subject.policyOf(after);
        if (deadline.kind === 'afterSalesPeriod')
          return deadline.at === (deliveredAt ?? at) + lengthOf(policy.afterSalesPeriod);
        const kind =
          deadline.kind === 'merchantAppeal'
            ? 'appeal'
            : deadline.kind === 'merchantAppealRuling'
              ? 'adjudication'
              : deadline.kind;
        return deadline.from === at && deadline.at === at + lengthOf(policy.deadlines[kind]);
      }),
  },
  {
    rule: 'REF-5',
    says: 'the ledger books each entry once, each a positive amount from one account to another',
    holds: ({ ledger }, { events }) =>
      events.length === 0 ||
      (new Set(ledger.map(({ id }) => id)).size === ledger.length &&
        ledger.every(({ amount, debit, credit }) => Number.isSafeInteger(amount) && amount > 0 && debit !== credit)),
  },
  {
    rule: 'REF-5',
    says: 'what the ledger has the provider pay, the provider has paid, to the last cent',
    holds: ({ ledger, provider }, { events }) =>
      events.length === 0 ||
      ledger
        .filter(({ credit }) => credit === 'payment_provider')
        .every((entry) =>
          provider.movements.some(({ key, amount }) => key === entry.movementKey && amount === entry.amount),
        ),
  },
  {
    rule: 'REF-4',
    says: 'a new attempt starts only after the provider has refused the one before for good',
    holds: ({ payments, provider }) =>
      [...payments.keys()].every((key) => {
        const [, subject, attempt] = /^(.*)\/(\d+)$/.exec(key) ?? [];
        return attempt === '1' || provider.hasRefused(`${subject}/${Number(attempt) - 1}`);
      }),
  },
];

const codeOf = ({ decision: { answer } }: Judged<AnyState, AnyEvent>) =>
  answer.kind === 'refused' ? answer.refusal.code : 'accepted';

export const judged: readonly Invariant<AnyWalker, Judged<AnyState, AnyEvent>>[] = [
  {
    rule: 'tricky case 13',
    says: 'a command is for its own roles only',
    holds: ({ subject }, happened) =>
      (codeOf(happened) === 'not_your_action') === !mayEver(subject.rolesFor(happened.command.name), happened) ||
      happened.due === 'not_your_action',
  },
  {
    rule: 'tricky case 4',
    says: 'what was meant for another version is refused, and nothing else as stale',
    holds: ({ subject }, happened) => {
      const { given, before, command } = happened;
      const stale = given.expectedVersion !== undefined && given.expectedVersion !== before.version;
      return (codeOf(happened) === 'stale_version') === (stale && mayEver(subject.rolesFor(command.name), happened));
    },
  },
  {
    rule: 'SEE-1',
    says: 'what is offered and fits is accepted, what does not fit is refused by its own code, all else is refused',
    holds: ({ subject }, happened) => {
      const { given, before, command, due } = happened;
      const code = codeOf(happened);
      const stale = given.expectedVersion !== undefined && given.expectedVersion !== before.version;
      if (stale || !mayEver(subject.rolesFor(command.name), happened)) return code !== 'accepted';
      return due === 'refused' ? code !== 'accepted' : code === due;
    },
  },
  {
    rule: 'CASE-14',
    says: 'a refusal moves nothing',
    holds: ({ subject, state }, { before, decision }) =>
      decision.answer.kind !== 'refused' ||
      (state.version === before.version && subject.status(state) === subject.status(before)),
  },
  {
    rule: 'POL-4',
    says: 'what was received in time, while it was on offer, is never lost to the deadline',
    holds: (_, happened) =>
      !happened.receipt.inTime ||
      !happened.receipt.onOffer ||
      happened.receipt.version !== happened.before.version ||
      !['action_not_available', 'case_ended', 'order_ended'].includes(codeOf(happened)) ||
      happened.due === codeOf(happened),
  },
];

const mayEver = (its: readonly string[], { given: { actor } }: Judged<AnyState, AnyEvent>) =>
  actor.role === 'operator' || its.includes(actor.role);

export const passed: readonly Invariant<AnyWalker, Passed<AnyState, AnyEvent>>[] = [
  {
    rule: 'POL-3',
    says: 'no deadline fires before its time',
    holds: (_, { deadline, due, now }) => now > deadline.at && now >= due,
  },
  {
    rule: 'POL-4',
    says: 'whatever was received by the deadline, to the millisecond, has been judged before it fires',
    holds: (_, { deadline, notJudged }) => notJudged.every(({ receivedAt }) => receivedAt > deadline.at),
  },
  {
    rule: 'INT-9',
    says: 'of deadlines that run side by side the one due first fires first',
    holds: ({ subject }, { deadline, before }) => subject.deadlines(before).every(({ at }) => at >= deadline.at),
  },
  {
    rule: 'POL-6',
    says: 'a deadline that fires more than the tolerance late is extended, once, to now and the smaller of its length and `outageExtension`',
    holds: ({ subject, movedByOutage }, { deadline, due, now, before, events }) => {
      const length = deadline.at - deadline.from;
      const { outageTolerance, outageExtension } = subject.policyOf(before);
      const late = now - due > lengthOf(outageTolerance);
      const [first] = events as readonly Dated[];
      const extended = first?.type === 'deadlineExtended' ? first.deadline : undefined;
      const once = deadline.extendedForOutage || movedByOutage.has(beginningOf(deadline));
      if (!late || once || length <= 0) return extended === undefined;
      const until = now + Math.min(length, lengthOf(outageExtension));
      return events.length === 1 && extended?.kind === deadline.kind && extended.at === until;
    },
  },
  {
    rule: 'SEE-2',
    says: 'a deadline brings something about, in the name of the timer, and says which deadline it was',
    holds: (_, { deadline, events }) => {
      const [first] = events as readonly Dated[];
      if (first?.actor.role !== 'timer') return false;
      const { passedDeadline } = first;
      return (
        first.type === 'deadlineExtended' ||
        (passedDeadline?.kind === deadline.kind && passedDeadline.at === deadline.at)
      );
    },
  },
  {
    rule: 'TELL-1',
    says: 'whoever must act was reminded of a deadline that ran undisturbed, at each of the moments there were',
    holds: ({ subject, remindersSent, runningSince, downUntil }, { deadline, before }) =>
      subject
        .policyOf(before)
        .reminders.map((length) => deadline.at - lengthOf(length))
        .every(
          (moment) =>
            moment <= Math.max(deadline.from, runningSince.get(deadlineKey(deadline)) ?? 0, downUntil) ||
            remindersSent.has(reminderKey(deadline, moment)),
        ),
  },
];

export const reminded: readonly Invariant<AnyWalker, Reminded>[] = [
  {
    rule: 'TELL-1',
    says: 'a reminder comes when the policy says, after its deadline began and before it passes',
    holds: ({ subject, state }, { moment, about, now }) =>
      now >= moment &&
      moment > about.from &&
      now <= about.at &&
      subject.policyOf(state).reminders.some((length) => about.at - lengthOf(length) === moment),
  },
  {
    rule: 'TELL-1',
    says: 'nobody is reminded twice of the same moment of a deadline',
    holds: ({ remindersSent }, { moment, about }) => !remindersSent.has(reminderKey(about, moment)),
  },
];

export const echoes: readonly Invariant<AnyWalker, Echo<AnyState>>[] = [
  {
    rule: 'REF-4',
    says: 'an answer to a payment that is over changes nothing',
    holds: ({ state, pending }, { payment, before }) =>
      state === before ||
      // stopped and not yet checked, it is not over
      [...pending.values()].some((effect) => effect.type === 'checkPayment' && effect.paymentKey === payment.key),
  },
];
