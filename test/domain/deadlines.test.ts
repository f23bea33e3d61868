import { describe, expect, it } from 'vitest';
import { evolveAll, runningDeadline } from '../../src/domain/case/case.ts';
import { caseDeadlines, expireCaseDeadline } from '../../src/domain/case/deadlines.ts';
import { caseNotices } from '../../src/domain/case/notices.ts';
import { deadlineFrom, extensionAfterOutage, nextReminder } from '../../src/domain/deadline.ts';
import { expireOrderDeadline, orderDeadlines } from '../../src/domain/order/deadlines.ts';
import { orderNotices } from '../../src/domain/order/notices.ts';
import { system } from '../../src/domain/parties.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { aPolicy, days, hours, noon } from '../builders.ts';
import * as story from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import {
  agent,
  deadlinePasses,
  does,
  givenCase,
  givenOrder,
  merchant,
  orderDeadlinePasses,
  orders,
  service,
} from './specification.ts';

const minutes = (count: number) => count * 60_000;
const { at } = story;
const iso = (time: number) => new Date(time).toISOString();

const places = {
  pending_merchant_review: ['merchantDecision', noon, hours(48)],
  'pending_merchant_review after silence': ['interventionWindow', noon + hours(48), hours(48)],
  application_refused: ['interventionWindow', at.decided, hours(48)],
  awaiting_buyer_return: ['buyerReturn', at.decided, days(7)],
  awaiting_merchant_receipt: ['merchantReceipt', at.sent, days(7)],
  awaiting_refund_voucher: ['refundVoucher', at.received, hours(48)],
} as const;
const withDeadline = Object.entries(places).map(([place, [kind, from, length]]) => ({
  place,
  kind,
  from,
  length,
  events: story.everyPlace[place]!,
}));

describe('lengths', () => {
  it.each(withDeadline)(
    'POL-7: $kind of $place runs its exact length from the moment its rule names',
    ({ events, kind, from, length }) => {
      expect(runningDeadline(givenCase(...events).state)).toEqual({ kind, from, at: from + length });
    },
  );

  it.each([
    ['pending_merchant_review', 'CASE-3', 'merchant', 'approved_automatically'],
    ['pending_merchant_review after silence', 'INT-1', 'consumer', 'closed_without_refund'],
    ['application_refused', 'CASE-5', 'consumer', 'closed_without_refund'],
    ['awaiting_buyer_return', 'CASE-7', 'consumer', 'closed_without_refund'],
    ['awaiting_merchant_receipt', 'CASE-9', 'merchant', 'receipt_confirmed_automatically'],
    ['awaiting_refund_voucher', 'CASE-13', 'merchant', 'compensated_in_advance_with_penalty'],
  ])('SEE-1: %s shows its rule (%s), that it waits for the %s, and else %s', (place, rule, waitingFor, onExpiry) => {
    expect(caseDeadlines(givenCase(...story.everyPlace[place]!).state)).toMatchObject([{ rule, waitingFor, onExpiry }]);
  });

  it('SEE-2: what a deadline brings about names the rule that was shown for it', () => {
    for (const { events } of withDeadline) {
      const { state } = givenCase(...events);
      const passed = runningDeadline(state)!;
      const [first] = expireCaseDeadline(state, passed, passed.at, passed.at);
      expect(first).toMatchObject({
        rule: caseDeadlines(state)[0]!.rule,
        passedDeadline: passed,
        actor: { role: 'timer' },
      });
    }
  });

  it('POL-2: a deadline’s length is the policy’s', () => {
    const policy = aPolicy({ deadlines: { ...aPolicy().deadlines, buyerReturn: 'PT2S' } });
    expect(deadlineFrom(policy, 'buyerReturn', noon)).toEqual({ kind: 'buyerReturn', from: noon, at: noon + 2_000 });
  });
});

describe('an agent extends a deadline', () => {
  const extends_ = (until: number, when: number) =>
    does('deadlineExtension', { until: iso(until), reason: '物流延误' }, { by: agent, at: when });

  it.each(withDeadline)(
    'POL-5: $kind of $place gets the new end, and both parties are told',
    ({ events, kind, from, length }) => {
      const until = from + length + hours(24);
      const when = givenCase(...events).when(extends_(until, from + 1));
      const { state } = when.brings({
        type: 'deadlineExtended',
        rule: 'POL-5',
        actor: agent,
        reason: '物流延误',
        was: from + length,
        deadline: { kind, from, at: until },
      });
      expect(caseDeadlines(state)[0]).toMatchObject({ kind, at: until });
      expect(caseNotices(state, when.events[0]!).map(({ to, deadline }) => [to.role, deadline?.at])).toEqual([
        ['consumer', until],
        ['merchant', until],
      ]);
    },
  );

  it('POL-5: it is never shortened, and not put off for more than a year', () => {
    const end = noon + hours(48);
    givenCase(...story.opened())
      .when(extends_(end, noon))
      .isRefused('deadline_extension_invalid', { field: 'until' });
    givenCase(...story.opened())
      .when(extends_(end - 1, noon))
      .isRefused('deadline_extension_invalid', { field: 'until' });
    givenCase(...story.opened())
      .when(extends_(end + 1, noon))
      .brings({ type: 'deadlineExtended' });
    givenCase(...story.opened())
      .when(extends_(noon + days(367), noon))
      .isRefused('deadline_extension_invalid', { field: 'until' });
  });

  it('POL-5: where none runs there is none to extend', () => {
    givenCase(...story.refunding())
      .when(extends_(noon + days(30), at.paid))
      .isRefused('action_not_available');
    givenCase(...story.refunded())
      .when(extends_(noon + days(30), at.paid))
      .isRefused('case_ended');
  });

  it('POL-5: an extension moves this deadline only; the next has its own length', () => {
    const until = noon + hours(60);
    const extended = givenCase(...story.opened()).when(extends_(until, noon)).events;
    givenCase(...story.opened(), ...extended)
      .when(deadlinePasses())
      .brings(
        { type: 'applicationApproved', at: until },
        { type: 'returnAwaited', deadline: { kind: 'buyerReturn', from: until, at: until + days(7) } },
      );
  });
});

describe('our own outage', () => {
  it.each(withDeadline)('POL-6: $kind of $place fires in its turn where it is up to 5 min late', ({ events }) => {
    for (const late of [0, 1, minutes(5)]) {
      const { events: fired } = givenCase(...events).when(deadlinePasses(late));
      expect(fired[0]!.type).not.toBe('deadlineExtended');
      expect(fired[0]!.actor).toEqual({ role: 'timer' });
    }
  });

  it.each(withDeadline)(
    'POL-6 tricky case 19: $kind of $place later than that is extended, once, by 4 h from now, and says so',
    ({ events, kind, from, length }) => {
      const end = from + length;
      const now = end + minutes(5) + 1;
      const when = givenCase(...events).when(deadlinePasses(minutes(5) + 1));
      when.brings({
        type: 'deadlineExtended',
        rule: 'POL-6',
        actor: { role: 'timer' },
        was: end,
        reason: 'service_outage',
        deadline: { kind, from, at: now + hours(4), extendedForOutage: true },
      });
      // down again over the extended one: now it fires, however late
      const again = givenCase(...events, ...when.events).when(deadlinePasses(days(3)));
      expect(again.events[0]!.type).not.toBe('deadlineExtended');
    },
  );

  it('POL-6: a deadline shorter than 4 h is extended by its own length', () => {
    const policy = aPolicy({ deadlines: { ...aPolicy().deadlines, merchantDecision: 'PT10M' } });
    const now = noon + minutes(10) + hours(5);
    const events = story.opened({ policy });
    const short = [{ ...events[0]!, deadline: deadlineFrom(policy, 'merchantDecision', noon) }] as typeof events;
    givenCase(...short)
      .when(deadlinePasses(hours(5)))
      .brings({
        type: 'deadlineExtended',
        deadline: { kind: 'merchantDecision', from: noon, at: now + minutes(10), extendedForOutage: true },
      });
  });

  it('POL-6: the tolerance is the policy’s', () => {
    const policy = aPolicy({ outageTolerance: 'PT1S' });
    const deadline = deadlineFrom(policy, 'merchantDecision', noon);
    expect(extensionAfterOutage(policy, deadline, deadline.at, deadline.at + 1_000)).toBeUndefined();
    expect(extensionAfterOutage(policy, deadline, deadline.at, deadline.at + 1_001)).toBe(
      deadline.at + 1_001 + hours(4),
    );
  });

  it('POL-6: the longest extension is the policy’s; one that was published before it said so has 4 h', () => {
    const { outageExtension: _later, ...older } = aPolicy();
    const extended = (policy: Policy) => {
      const deadline = deadlineFrom(policy, 'merchantDecision', noon);
      return extensionAfterOutage(policy, deadline, deadline.at, deadline.at + hours(1))! - deadline.at - hours(1);
    };
    expect(extended(older as Policy)).toBe(hours(4));
    expect(extended(aPolicy({ outageExtension: 'PT30M' }))).toBe(minutes(30));
    expect(extended(aPolicy({ outageExtension: 'P7D' }))).toBe(hours(48));
  });

  it('POL-6: lateness counts from when it could have fired, the grace after its end included', () => {
    const { state } = givenCase(...story.opened());
    const deadline = runningDeadline(state)!;
    const due = deadline.at + 5_000;
    expect(expireCaseDeadline(state, deadline, due, due + minutes(5))[0]!.type).toBe('applicationApproved');
    expect(expireCaseDeadline(state, deadline, due, due + minutes(5) + 1)[0]!.type).toBe('deadlineExtended');
  });

  it('POL-6: the extended deadline still leaves the merchant its decision', () => {
    const extended = givenCase(...story.opened()).when(deadlinePasses(hours(10))).events;
    givenCase(...story.opened(), ...extended)
      .when(
        does(
          'merchantDecision',
          { decision: 'refuse', refusalCode: 'out_of_window' },
          { by: merchant, at: noon + hours(60) },
        ),
      )
      .brings({ type: 'applicationRefused' });
  });

  it('POL-6 ORD-3: so is an order’s; the consumer can still pay', () => {
    const now = noon + hours(24) + hours(1);
    const extended = givenOrder(...orderStory.placed()).when(orderDeadlinePasses(hours(1)));
    extended.brings({
      type: 'deadlineExtended',
      rule: 'POL-6',
      was: noon + hours(24),
      deadline: { kind: 'unpaidOrder', from: noon, at: now + hours(4), extendedForOutage: true },
    });
    givenOrder(...orderStory.placed(), ...extended.events)
      .when(orders('payment', { transactionId: 't-1', amount: orderStory.total }, { by: service, at: now + 1 }))
      .brings({ type: 'orderPaid' });
    givenOrder(...orderStory.placed(), ...extended.events)
      .when(orderDeadlinePasses(days(2)))
      .brings({ type: 'orderCancelled', reason: 'unpaid' });
  });

  it('POL-6: a period that was over before it was known of cost nobody time to act: it fires, however late', () => {
    const { state } = givenOrder(...orderStory.shipped());
    const reportedAt = orderStory.at.shipped + days(40);
    const { events } = givenOrder(...orderStory.shipped()).when(
      orders('delivery', { deliveredAt: iso(orderStory.at.delivered) }, { by: service, at: reportedAt }),
    );
    expect(state.stage.status).toBe('shipped');
    const given = givenOrder(...orderStory.shipped(), ...events);
    const { stage } = given.state;
    if (stage.status !== 'delivered' || !stage.deadline) throw new TypeError('no period runs');
    expect(stage.deadline.at).toBeLessThan(reportedAt);
    expect(expireOrderDeadline(given.state, stage.deadline, reportedAt, reportedAt + hours(1))).toMatchObject([
      { type: 'afterSalesPeriodEnded', at: reportedAt + hours(1) },
    ]);
  });

  it('INT-9, macrozheng/mall#159: 48 h beside 7 days pass at their own time, and leave the 7 days running', () => {
    const before = story.adjudicating(story.receiptRefused());
    const ruledAt = before.at(-1)!.at + hours(1);
    const reship = { favour: 'consumer', remedy: 'reship', liability: 'merchant', reasons: '证据充分' } as const;
    const ruled = givenCase(...before).when(does('ruling', reship, { by: agent, at: ruledAt }));
    const appeal = { kind: 'merchantAppeal', at: ruledAt + days(7) };
    expect(caseDeadlines(ruled.state)).toMatchObject([
      { kind: 'replacementShipment', at: ruledAt + hours(48) },
      appeal,
    ]);
    const { state } = givenCase(...before, ...ruled.events)
      .when(deadlinePasses(0, 'replacementShipment'))
      .brings({ type: 'replacementOverdue', rule: 'CASE-17', at: ruledAt + hours(48) }, { type: 'refundStarted' });
    expect(caseDeadlines(state)).toMatchObject([appeal]);
  });
});

describe('TELL-1: reminders', () => {
  const policy = { reminders: ['PT24H', 'PT1H'] };
  const shown = (from: number, length: number) => ({
    ...caseDeadlines(givenCase(...story.opened()).state)[0]!,
    from,
    at: from + length,
  });

  it('come before a deadline as the policy says, one after the other', () => {
    const deadline = shown(noon, hours(48));
    const first = nextReminder(policy, [deadline], 0);
    expect(first).toEqual({ at: noon + hours(24), about: [deadline] });
    expect(nextReminder(policy, [deadline], first!.at)).toEqual({ at: noon + hours(47), about: [deadline] });
    expect(nextReminder(policy, [deadline], noon + hours(47))).toBeUndefined();
  });

  it('one that would be due before its deadline’s start, or at it, is not sent', () => {
    expect(nextReminder({ reminders: ['PT24H'] }, [shown(noon, hours(24))], 0)).toBeUndefined();
    expect(nextReminder({ reminders: ['PT24H'] }, [shown(noon, hours(24) + 1)], 0)?.at).toBe(noon + 1);
    expect(nextReminder({ reminders: [] }, [shown(noon, hours(24))], 0)).toBeUndefined();
  });

  it('of one moment there is one, in whatever words the policy says the length', () => {
    const deadline = shown(noon, hours(48));
    expect(nextReminder({ reminders: ['PT24H', 'P1D'] }, [deadline], 0)?.about).toEqual([deadline]);
  });

  it('two deadlines due together are reminded of together', () => {
    const two = [shown(noon, hours(48)), { ...shown(noon, hours(48)), kind: 'merchantAppeal' as const }];
    expect(nextReminder({ reminders: ['PT24H'] }, two, 0)).toEqual({ at: noon + hours(24), about: two });
  });

  it.each([
    ['pending_merchant_review', ['merchant']],
    ['application_refused', ['consumer']],
    ['awaiting_evidence after a refusal', ['consumer', 'merchant']],
    ['intervention_requested after a refusal', ['agent']],
  ])('in %s they go to the %s, who must act, and move no version', (place, roles) => {
    const { state } = givenCase(...story.everyPlace[place]!);
    const [about] = caseDeadlines(state);
    const event = { type: 'reminded', at: state.updatedAt + 1, actor: system, rule: 'TELL-1', about: about! } as const;
    const after = evolveAll(state, [event]);
    expect(after.version).toBe(state.version);
    const notices = caseNotices(after, event);
    expect(notices.map(({ to }) => to.role)).toEqual(roles);
    expect(notices[0]).toMatchObject({ event: 'reminded', automatic: false, deadline: about });
  });

  it('ORD-3: an order’s go to whoever must act on it', () => {
    const { state } = givenOrder(...orderStory.everyPlace['pending_payment']!);
    const [about] = orderDeadlines(state);
    const event = { type: 'reminded', at: noon + 1, actor: system, rule: 'TELL-1', about: about! } as const;
    expect(orderNotices(state, event)).toMatchObject([{ to: { role: 'consumer' }, deadline: { kind: 'unpaidOrder' } }]);
  });
});
