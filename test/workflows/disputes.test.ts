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
    await harness.sleepUntil(deadline + graceMs - 100);
    expect(one.story).toHaveLength(before);
    await harness.sleepUntil(deadline + graceMs + 100);
    await harness.world.until(() => one.story.length > before);
    await one.becomes(otherwise.status);
    const fired = one.timeline.find(({ type, actor }) => type === otherwise.event && actor.role === 'timer')!;
    expect(fired.rule).toBe(otherwise.rule);
    expect(fired.at).toBeGreaterThanOrEqual(deadline + graceMs);
    expect((fired.detail['passedDeadline'] as { at: number }).at).toBe(deadline);
    expect(moneyOf(one).movements).toEqual(otherwise.status === 'refunded' ? [['refund', 12_900]] : []);
    expect(moneyOf(one).balance).toBe(0);
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
    expect(moneyOf(one)).toMatchObject({ movements: [['refund', 12_900]], ledger: [['refund', 12_900]], balance: 0 });
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
    await harness.sleepUntil(one.deadlineAt + graceMs - 100);
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
    expect(moneyOf(one)).toMatchObject({ movements: [['refund', 5_000]], balance: 0 });
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
