import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { CaseCommands } from '../../src/domain/case/commands.ts';
import type { Actor } from '../../src/domain/parties.ts';
import { days, hours } from '../builders.ts';
import { agent, type CaseUnderTest, consumer, graceMs, Harness, merchant } from './harness.ts';
import { applied, evidenceId, moneyOf, refused, sentBack } from './stories.ts';

type Command = { [Name in keyof CaseCommands]: [Name, CaseCommands[Name]] }[keyof CaseCommands];

const asks: Command = ['interventionRequest', { reason: 'other', statement: '商家不讲理', evidenceIds: [] }];
const accepts: Command = ['interventionAudit', { decision: 'accept' }];
const submits: Command = ['evidenceSubmission', { statement: '如图', evidenceIds: [evidenceId] }];
const hasNoMore: Command = ['evidenceSubmission', { evidenceIds: [], complete: true }];
const why = { liability: 'merchant', reasons: '证据充分' } as const;
const forMerchant: Command = ['ruling', { favour: 'merchant', ...why }];
const forConsumer: Command = ['ruling', { favour: 'consumer', remedy: 'return_and_refund', ...why }];
const withdraws: Command = ['interventionWithdrawal', {}];
const senior: Actor = { role: 'agent', id: 'a-2' };

type Before = (harness: Harness) => Promise<CaseUnderTest>;

async function receiptRefused(harness: Harness): Promise<CaseUnderTest> {
  const one = await sentBack(harness);
  await one.give(merchant, [
    'receiptConfirmation',
    { outcome: 'refused', refusalCode: 'wrong_goods', evidenceIds: [evidenceId] },
  ]);
  return one;
}

/** An intervention is asked for after `before`, and the steps follow it at once. */
async function disputed(harness: Harness, before: Before, ...steps: [Actor, Command][]): Promise<CaseUnderTest> {
  const one = await before(harness);
  for (const [actor, command] of [[consumer, asks] as const, ...steps])
    expect(await one.give(actor, command)).toBe('accepted');
  return one;
}
const contacted = (harness: Harness, before: Before = refused) => disputed(harness, before, [agent, accepts]);
const adjudicating = (harness: Harness, before: Before = refused) =>
  disputed(harness, before, [agent, accepts], [consumer, hasNoMore], [merchant, hasNoMore]);

async function owingReplacement(harness: Harness): Promise<CaseUnderTest> {
  const one = await applied(harness, { application: { kind: 'reship' } });
  await one.give(merchant, ['merchantDecision', { decision: 'approve' }]);
  return one;
}

async function replacementSent(harness: Harness): Promise<CaseUnderTest> {
  const one = await owingReplacement(harness);
  await one.give(merchant, ['replacementShipment', { carrier: 'SF', trackingNumber: 'SF9' }]);
  return one;
}

type DeadlineTest = {
  title: string;
  length: number;
  start: Before;
  act: { actor: Actor; command: Command };
  /** What the act brings when it is in time. */
  inTime: { status: string; event: string };
  /** Its answer once the deadline has fired, and where that leaves the case. */
  late: { answer: string; status: string };
  /** What happens when nobody acts. */
  otherwise: { status: string; event: string; rule: string };
};

const tests: DeadlineTest[] = [
  {
    title: 'INT-1 interventionWindow',
    length: hours(48),
    start: receiptRefused,
    act: { actor: consumer, command: asks },
    inTime: { status: 'intervention_requested', event: 'interventionRequested' },
    late: { answer: 'case_ended', status: 'closed' },
    otherwise: { status: 'closed', event: 'caseClosed', rule: 'CASE-5' },
  },
  {
    title: 'INT-2 interventionAudit',
    length: hours(48),
    start: (harness) => disputed(harness, refused),
    act: { actor: agent, command: ['interventionAudit', { decision: 'decline', note: '证据不足' }] },
    inTime: { status: 'closed', event: 'caseClosed' },
    late: { answer: 'action_not_available', status: 'awaiting_evidence' },
    otherwise: { status: 'awaiting_evidence', event: 'interventionAccepted', rule: 'INT-2' },
  },
  {
    title: 'INT-3 evidence',
    length: hours(48),
    start: contacted,
    act: { actor: merchant, command: submits },
    inTime: { status: 'awaiting_evidence', event: 'evidenceSubmitted' },
    late: { answer: 'evidence_phase_over', status: 'under_adjudication' },
    otherwise: { status: 'under_adjudication', event: 'adjudicationBegun', rule: 'INT-3' },
  },
  {
    title: 'INT-4 furtherInformation',
    length: hours(48),
    start: (harness) =>
      disputed(harness, refused, [agent, ['informationRequest', { from: 'consumer', question: '请补充开箱视频' }]]),
    act: { actor: consumer, command: submits },
    inTime: { status: 'intervention_requested', event: 'evidenceSubmitted' },
    late: { answer: 'evidence_phase_over', status: 'intervention_requested' },
    otherwise: { status: 'intervention_requested', event: 'informationPhaseEnded', rule: 'INT-4' },
  },
  {
    title: 'INT-5 adjudication',
    length: hours(72),
    start: adjudicating,
    act: { actor: senior, command: forMerchant },
    inTime: { status: 'awaiting_appeal', event: 'ruled' },
    // escalated, not dropped: any agent may still rule
    late: { answer: 'accepted', status: 'awaiting_appeal' },
    otherwise: { status: 'under_adjudication', event: 'adjudicationEscalated', rule: 'INT-5' },
  },
  {
    title: 'INT-9 appeal',
    length: days(7),
    start: async (harness) => {
      const one = await adjudicating(harness);
      await one.give(agent, forMerchant);
      return one;
    },
    act: { actor: consumer, command: ['appeal', { statement: '不服', evidenceIds: [] }] },
    inTime: { status: 'under_appeal', event: 'appealed' },
    late: { answer: 'case_ended', status: 'closed' },
    otherwise: { status: 'closed', event: 'caseClosed', rule: 'INT-9' },
  },
  {
    title: 'CASE-17 replacementShipment',
    length: hours(48),
    start: owingReplacement,
    act: { actor: merchant, command: ['replacementShipment', { carrier: 'SF', trackingNumber: 'SF9' }] },
    inTime: { status: 'awaiting_replacement_receipt', event: 'replacementShipped' },
    late: { answer: 'case_ended', status: 'refunded' },
    otherwise: { status: 'refunded', event: 'replacementOverdue', rule: 'CASE-17' },
  },
  {
    title: 'CASE-17 replacementReceipt',
    length: days(7),
    start: replacementSent,
    act: { actor: consumer, command: ['replacementReceipt', {}] },
    inTime: { status: 'replaced', event: 'replacementReceived' },
    late: { answer: 'case_ended', status: 'replaced' },
    otherwise: { status: 'replaced', event: 'replacementReceived', rule: 'CASE-17' },
  },
];

describe.each(tests)('$title (POL-3, POL-4)', ({ length, start, act, inTime, late, otherwise }) => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  it.each([
    ['1 ms before it', -1],
    ['at it', 0],
  ])('an act received %s counts, although it is processed after it', async (_, offset) => {
    const one = await start(harness);
    const deadline = one.deadlineAt;
    expect(deadline - one.state.updatedAt, 'its exact length (POL-7)').toBe(length);
    await harness.sleepUntil(deadline + 1_000);
    expect(await one.give(act.actor, act.command, { receivedAt: deadline + offset })).toBe('accepted');
    expect(one.status).toBe(inTime.status);
    expect(one.story).toContain(inTime.event);
    expect(one.timeline.some(({ actor }) => actor.role === 'timer')).toBe(false);
  });

  it('an act received 1 ms after it waits until it has fired, and is judged then', async () => {
    const one = await start(harness);
    const deadline = one.deadlineAt;
    await harness.sleepUntil(deadline + 1_000);
    const sent = await one.send(act.actor, act.command, { receivedAt: deadline + 1 });
    await harness.sleepUntil(deadline + graceMs + 1_000);
    const answer = await one.answered(sent);
    // with money on its way the case may not have ended yet when it is answered
    expect(late.status === 'refunded' ? ['case_ended', 'action_not_available'] : [late.answer]).toContain(answer);
    await one.becomes(late.status);
    expect(one.timeline.find(({ type, actor }) => type === otherwise.event && actor.role === 'timer')).toBeDefined();
  });

  it('nobody acts: it fires after its time and its grace, never before, and names itself (SEE-2)', async () => {
    const one = await start(harness);
    const deadline = one.deadlineAt;
    const before = one.story.length;
    await harness.sleepUntil(deadline + graceMs - 30_000);
    expect(one.story).toHaveLength(before);
    await harness.sleepUntil(deadline + graceMs + 100);
    await harness.world.until(() => one.story.length > before);
    await one.becomes(otherwise.status);
    const fired = one.timeline.find(({ type, actor }) => type === otherwise.event && actor.role === 'timer')!;
    expect(fired.rule).toBe(otherwise.rule);
    expect(fired.at).toBeGreaterThanOrEqual(deadline + graceMs);
    expect((fired.detail['passedDeadline'] as { at: number }).at).toBe(deadline);
    expect(moneyOf(one).movements).toEqual(otherwise.status === 'refunded' ? [['refund', 12_900]] : []);
    expect(moneyOf(one).unbalanced).toEqual([]);
  });
});

describe('INT-9: the merchant’s appeal beside the case', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  const appeals: Command = ['appeal', { statement: '买家退回的不是原物', evidenceIds: [] }];
  const turned: Command = ['appealRuling', { favour: 'merchant', liability: 'consumer', reasons: '确非原物' }];
  const stands: Command = ['appealRuling', { favour: 'consumer', liability: 'merchant', reasons: '证据充分' }];

  /** Refunded by a ruling after a receipt refusal; the merchant may appeal. */
  async function wonByConsumer(): Promise<CaseUnderTest> {
    const one = await adjudicating(harness, receiptRefused);
    expect(await one.give(agent, forConsumer)).toBe('accepted');
    await one.becomes('refunded');
    return one;
  }
  const windowOf = (one: CaseUnderTest) => {
    const appeal = one.state.merchantAppeal;
    if (appeal?.status !== 'open') throw new Error('the merchant may not appeal');
    return appeal.deadline.at;
  };

  it.each([
    ['1 ms before its end', -1],
    ['at its end', 0],
  ])('POL-3: lodged %s it counts, is won, and the platform pays the merchant once', async (_, offset) => {
    const one = await wonByConsumer();
    const end = windowOf(one);
    await harness.sleepUntil(end + 1_000);
    expect(await one.give(merchant, appeals, { receivedAt: end + offset })).toBe('accepted');
    expect(await one.give(agent, turned), 'not by the agent who ruled').toBe('ruled_before');
    expect(await one.give(senior, turned)).toBe('accepted');
    await harness.world.until(() => one.story.includes('payoutSettled'));
    const { movements, ledger, unbalanced, asked } = moneyOf(one);
    expect(movements).toEqual([
      ['refund', 12_900],
      ['payout', 12_900],
    ]);
    expect(ledger).toEqual([
      ['refund', 12_900],
      ['payout', 12_900],
    ]);
    expect(asked).toEqual([`case/${one.id}/refund/1`, `case/${one.id}/appeal_payout/1`]);
    expect(unbalanced).toEqual([]);
    expect(one.status, 'the ending stays').toBe('refunded');
    await one.handle.result();
  });

  it('POL-3: 1 ms after its end it is too late: the ruling stands, and the case ends', async () => {
    const one = await wonByConsumer();
    const end = windowOf(one);
    await harness.sleepUntil(end + 1_000);
    const late = await one.send(merchant, appeals, { receivedAt: end + 1 });
    await harness.sleepUntil(end + graceMs + 1_000);
    expect(await one.answered(late)).toBe('case_ended');
    expect(one.timeline.find(({ type }) => type === 'merchantAppealLapsed')?.at).toBeGreaterThanOrEqual(end + graceMs);
    await one.handle.result();
  });

  it('overdue it is escalated after 72 h and its grace; rejected, nothing is paid', async () => {
    const one = await wonByConsumer();
    await one.give(merchant, appeals);
    const appeal = one.state.merchantAppeal;
    const end = appeal?.status === 'under_review' ? appeal.deadline!.at : 0;
    await harness.sleepUntil(end + graceMs - 30_000);
    expect(one.story).not.toContain('merchantAppealEscalated');
    await harness.sleepUntil(end + graceMs + 100);
    await harness.world.until(() => one.story.includes('merchantAppealEscalated'));
    expect(await one.give(senior, stands)).toBe('accepted');
    await one.handle.result();
    expect(moneyOf(one).movements).toEqual([['refund', 12_900]]);
  });

  it('while the goods travel the remedy goes on, and the payout waits for the refund', async () => {
    const one = await adjudicating(harness);
    await one.give(agent, forConsumer);
    await one.give(merchant, appeals);
    expect(await one.give(senior, turned)).toBe('accepted');
    expect(one.status).toBe('awaiting_buyer_return');
    expect(moneyOf(one).asked).toEqual([]);
    await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }]);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await harness.world.until(() => one.story.includes('payoutSettled'));
    expect(moneyOf(one).movements).toEqual([
      ['refund', 12_900],
      ['payout', 12_900],
    ]);
    await one.handle.result();
  });

  it('POL-4: what was acknowledged about the parcel while the appeal’s window closed is not stale for that', async () => {
    const one = await adjudicating(harness);
    await one.give(agent, forConsumer);
    const end = windowOf(one);
    await harness.sleepUntil(end - days(2));
    await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }]);
    await harness.sleepUntil(end + 2_000);
    const { version } = one.state;
    const received: Command = ['receiptConfirmation', { outcome: 'received' }];
    const stale = await one.send(merchant, received, { receivedAt: end + 1, expectedVersion: version - 1 });
    const held = await one.send(merchant, received, { receivedAt: end + 2, expectedVersion: version });
    await harness.sleepUntil(end + graceMs + 1_000);
    expect(await one.answered(stale)).toBe('stale_version');
    expect(await one.answered(held)).toBe('accepted');
    expect(one.story).toContain('merchantAppealLapsed');
    await one.becomes('refunded');
    expect(moneyOf(one).movements).toEqual([['refund', 12_900]]);
  });

  it('CASE-17, macrozheng/mall#159: 48 h for the replacement fire beside 7 days for the appeal, which go on', async () => {
    const one = await adjudicating(harness, receiptRefused);
    expect(await one.give(agent, ['ruling', { favour: 'consumer', remedy: 'reship', ...why }])).toBe('accepted');
    const [short, long] = [one.deadlineAt, windowOf(one)];
    expect(long - short).toBe(days(7) - hours(48));
    await harness.sleepUntil(short + graceMs - 30_000);
    expect(one.status).toBe('awaiting_replacement');
    await harness.sleepUntil(short + graceMs + 100);
    await one.becomes('refunded');
    expect(windowOf(one)).toBe(long);
    expect(await one.give(merchant, appeals, { receivedAt: long })).toBe('accepted');
  });

  it('CASE-14: a payout the provider refuses is shown, and tried again under a new key', async () => {
    const one = await wonByConsumer();
    await one.give(merchant, appeals);
    harness.world.provider.next.push('decline');
    await one.give(senior, turned);
    await harness.world.until(() => one.story.includes('payoutDeclined'));
    expect(await one.give(agent, ['refundRetry', {}])).toBe('accepted');
    await harness.world.until(() => one.story.includes('payoutSettled'));
    expect(moneyOf(one).asked.slice(1)).toEqual([`case/${one.id}/appeal_payout/1`, `case/${one.id}/appeal_payout/2`]);
    expect(moneyOf(one)).toMatchObject({
      unbalanced: [],
      ledger: [
        ['refund', 12_900],
        ['payout', 12_900],
      ],
    });
    await one.handle.result();
  });
});

describe('TELL-1: reminders', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  const reminders = (one: CaseUnderTest) => one.timeline.filter(({ type }) => type === 'reminded');
  const remindedOf = (one: CaseUnderTest) =>
    harness.world.notices
      .map(({ notice }) => notice)
      .filter(({ caseId, event }) => caseId === one.id && event === 'reminded');

  it('24 h before its deadline whoever must act is reminded, once, and no version moves', async () => {
    const one = await applied(harness);
    const { version } = one.document!;
    const at = one.deadlineAt - hours(24);
    await harness.sleepUntil(at - 60_000);
    expect(reminders(one)).toEqual([]);
    await harness.sleepUntil(at + 1_000);
    await harness.world.until(() => reminders(one).length > 0);
    expect(reminders(one)[0]!.at).toBeGreaterThanOrEqual(at);
    expect(remindedOf(one)).toMatchObject([
      { to: { role: 'merchant', id: 'm-1' }, deadline: { kind: 'merchantDecision', at: at + hours(24) } },
    ]);
    expect(one.document!.version).toBe(version);
    await harness.sleepUntil(at + hours(24) - 60_000);
    expect(reminders(one)).toHaveLength(1);
    expect(await one.give(merchant, ['merchantDecision', { decision: 'approve' }])).toBe('accepted');
    await harness.sleepUntil(one.deadlineAt - hours(24) + 1_000);
    await harness.world.until(() => reminders(one).length > 1);
    expect(remindedOf(one)[1]).toMatchObject({ to: { role: 'consumer' }, deadline: { kind: 'buyerReturn' } });
  });

  it('a deadline that an agent extends is reminded of anew', async () => {
    const one = await applied(harness);
    await harness.sleepUntil(one.deadlineAt - hours(24) + 1_000);
    await harness.world.until(() => reminders(one).length > 0);
    const until = one.deadlineAt + hours(48);
    await one.give(agent, ['deadlineExtension', { until: new Date(until).toISOString(), reason: '物流延误' }]);
    await harness.sleepUntil(until - hours(24) + 1_000);
    await harness.world.until(() => reminders(one).length > 1);
    expect(remindedOf(one).map(({ deadline }) => deadline?.at)).toEqual([until - hours(48), until]);
  });
});

describe('what follows, and what collides', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());
  const both = async (one: CaseUnderTest, first: [Actor, Command], second: [Actor, Command]) => {
    const sent = await Promise.all([one.send(...first), one.send(...second)]);
    return Promise.all(sent.map((commandId) => one.answered(commandId)));
  };
  const times = (one: CaseUnderTest, type: string) => one.story.filter((each) => each === type).length;

  it('tricky case 5: asked for at exactly 48 h, twice → one intervention', async () => {
    const one = await refused(harness);
    const deadline = one.deadlineAt;
    await harness.sleepUntil(deadline + 1_000);
    const sent = [
      await one.send(consumer, asks, { receivedAt: deadline }),
      await one.send(consumer, asks, { receivedAt: deadline }),
    ];
    const got = await Promise.all(sent.map((commandId) => one.answered(commandId)));
    expect(got).toEqual(['accepted', 'action_not_available']);
    expect([one.status, times(one, 'interventionRequested')]).toEqual(['intervention_requested', 1]);
  });

  it('tricky case 7: ruled for the consumer after a receipt refusal → one refund, and the ledger balances', async () => {
    const one = await adjudicating(harness, receiptRefused);
    expect(await one.give(agent, forConsumer)).toBe('accepted');
    await one.becomes('refunded');
    expect(moneyOf(one)).toMatchObject({
      movements: [['refund', 12_900]],
      ledger: [['refund', 12_900]],
      unbalanced: [],
    });
    await one.handle.result();
    const { cases } = harness.world.allocations.get(one.state.facts.orderId)!;
    expect(cases[one.id]).toMatchObject({ status: 'consumed', amount: 12_900 });
  });

  it('CASE-10 ELIG-6: closed with the goods at the merchant → the order holds the quantity', async () => {
    const one = await receiptRefused(harness);
    await harness.sleepUntil(one.deadlineAt + graceMs + 100);
    await one.becomes('closed');
    await one.handle.result();
    expect(harness.world.allocations.get(one.state.facts.orderId)!.cases[one.id]).toMatchObject({ status: 'held' });
  });

  it('INT-4: a question answered after 40 h → the evidence phase ends 40 h later than it would have', async () => {
    const one = await contacted(harness);
    const old = one.deadlineAt;
    await harness.sleepUntil((await harness.now()) + hours(1));
    expect(await one.give(agent, ['informationRequest', { from: 'merchant', question: '请补充发货记录' }])).toBe(
      'accepted',
    );
    const askedAt = one.state.updatedAt;
    await harness.sleepUntil(askedAt + hours(40));
    expect(await one.give(merchant, submits)).toBe('accepted');
    const answeredAt = one.state.updatedAt;
    expect(one.deadlineAt).toBe(old + answeredAt - askedAt);
    await harness.sleepUntil(one.deadlineAt + graceMs - 30_000);
    expect(one.status).toBe('awaiting_evidence');
    await harness.sleepUntil(one.deadlineAt + graceMs + 100);
    await one.becomes('under_adjudication');
  });

  it('INT-7: withdrawn in time the old deadline runs on and closes the case', async () => {
    const one = await refused(harness);
    const old = one.deadlineAt;
    await one.give(consumer, asks);
    await harness.sleepUntil((await harness.now()) + hours(3));
    expect(await one.give(consumer, withdraws)).toBe('accepted');
    expect([one.status, one.deadlineAt]).toEqual(['application_refused', old]);
    await harness.sleepUntil(old + graceMs + 100);
    await one.becomes('closed');
    expect(one.timeline.at(-1)).toMatchObject({ rule: 'CASE-5' });
  });

  it('INT-9: an appeal won is a ruling for the consumer', async () => {
    const one = await adjudicating(harness, receiptRefused);
    for (const [actor, command] of [
      [agent, forMerchant],
      [consumer, ['appeal', { statement: '不服', evidenceIds: [] }]],
    ] as [Actor, Command][])
      expect(await one.give(actor, command)).toBe('accepted');
    const turned: Command = [
      'appealRuling',
      { favour: 'consumer', remedy: 'refund_only', refundAmount: 5_000, ...why },
    ];
    expect(await one.give(agent, turned)).toBe('ruled_before');
    expect(await one.give(senior, turned)).toBe('accepted');
    await one.becomes('refunded');
    expect(moneyOf(one)).toMatchObject({ movements: [['refund', 5_000]], unbalanced: [] });
  });

  it('a withdrawal and a ruling at once: exactly one stands', async () => {
    const one = await adjudicating(harness);
    const got = await both(one, [consumer, withdraws], [agent, forMerchant]);
    expect(got.sort()).toEqual(['accepted', 'action_not_available']);
    expect(times(one, 'interventionWithdrawn') + times(one, 'ruled')).toBe(1);
    expect(one.status).toBe(one.story.includes('ruled') ? 'awaiting_appeal' : 'application_refused');
  });

  it('two agents rule at once: one stands', async () => {
    const one = await adjudicating(harness, receiptRefused);
    const got = await both(one, [agent, forConsumer], [senior, forMerchant]);
    expect(got.filter((answer) => answer === 'accepted')).toHaveLength(1);
    expect(times(one, 'ruled')).toBe(1);
    await one.becomes(got[0] === 'accepted' ? 'refunded' : 'awaiting_appeal');
    expect(moneyOf(one).movements).toHaveLength(got[0] === 'accepted' ? 1 : 0);
  });

  it('a proposal is accepted while the merchant approves: one stands', async () => {
    const one = await applied(harness);
    await one.give(merchant, ['proposal', { kind: 'refund_only', refundAmount: 5_000, note: '补偿 50' }]);
    const got = await both(
      one,
      [consumer, ['proposalResponse', { decision: 'accept' }]],
      [merchant, ['merchantDecision', { decision: 'approve' }]],
    );
    expect(got.filter((answer) => answer === 'accepted')).toHaveLength(1);
    expect(times(one, 'proposalAccepted') + times(one, 'applicationApproved')).toBe(1);
    await one.becomes(got[0] === 'accepted' ? 'refunded' : 'awaiting_buyer_return');
    expect(moneyOf(one).movements).toEqual(got[0] === 'accepted' ? [['refund', 5_000]] : []);
  });
});
