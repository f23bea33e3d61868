import { innerSignals } from '../../src/workflows/messages.ts';
import {
  abandonmentStart,
  courierStart,
  extensionStart,
  orderStart,
  reconciliationStart,
  republicationStart,
  takingUpStart,
} from '../../src/workflows/starting.ts';
import { anAddress, anApplication, anOrder, aPolicy } from '../builders.ts';
import { agent, type CaseUnderTest, consumer, type Harness, merchant, service } from '../workflows/harness.ts';
import { applied, approved, evidenceId, owingVoucher, refused, sentBack, voucher } from '../workflows/stories.ts';

/** What a scenario leaves to be replayed: whose history, and of which run where there were several. */
type Recorded = { subject: string; runId?: string };

/** Deadlines that pass while one looks on, and one that doesn't. */
const short = aPolicy({
  deadlines: Object.fromEntries(Object.keys(aPolicy().deadlines).map((kind) => [kind, 'PT1S'])) as never,
  lateVoucher: 'PT5S',
  afterSalesPeriod: 'PT2S',
});
const withShort = (...kinds: (keyof typeof short.deadlines)[]) =>
  aPolicy({
    ...short,
    deadlines: { ...aPolicy().deadlines, ...Object.fromEntries(kinds.map((kind) => [kind, 'PT1S'])) },
  });

const ended = async (one: Pick<CaseUnderTest, 'handle' | 'subject'>): Promise<Recorded[]> => {
  await one.handle.result();
  return [{ subject: one.subject }];
};
/** A case refused by its merchant, and the platform asked in. */
const disputed = async (harness: Harness, policy = aPolicy()): Promise<CaseUnderTest> => {
  const one = await refused(harness, { policy });
  await one.give(consumer, [
    'interventionRequest',
    { reason: 'merchant_refused', statement: '不合理', evidenceIds: [] },
  ]);
  return one;
};
const pay = (transactionId: string, amount = 26_800): ['payment', { transactionId: string; amount: number }] => [
  'payment',
  { transactionId, amount },
];

/** A job that is started and ends by itself. */
async function begun(
  harness: Harness,
  { type, ...start }: ReturnType<typeof extensionStart | typeof republicationStart | typeof reconciliationStart>,
): Promise<Recorded[]> {
  await harness.env.client.workflow.execute(type, { ...start, taskQueue: harness.taskQueue });
  return [{ subject: start.workflowId }];
}

const leftOf = ({ id, state }: CaseUnderTest) => ({ ...state.facts, kind: 'case' as const, id, state });

/** What a release can have left behind: every ending, each with what leads there, and runs that went on in another. */
export const scenarios: Record<string, (harness: Harness) => Promise<Recorded[]>> = {
  'case-refunded': async (harness) => {
    const one = await sentBack(harness);
    await one.give(consumer, ['trackingNumber', { carrier: 'YT', trackingNumber: 'YT1' }]);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    return ended(one);
  },
  'case-approved-by-silence-closed-unsent': async (harness) => ended(await applied(harness, { policy: short })),
  'case-refused-left-alone': async (harness) =>
    ended(await refused(harness, { policy: withShort('interventionWindow') })),
  'case-withdrawn': async (harness) => {
    const one = await approved(harness);
    await one.give(consumer, ['withdrawal', { note: '不退了' }]);
    return ended(one);
  },
  'case-received-by-silence': async (harness) =>
    ended(await sentBack(harness, { policy: withShort('merchantReceipt') })),
  'case-refund-only': async (harness) => {
    const one = await applied(harness, { application: { kind: 'refund_only' } });
    await one.give(merchant, ['merchantDecision', { decision: 'approve' }]);
    return ended(one);
  },
  'case-cod-voucher': async (harness) => {
    const one = await owingVoucher(harness);
    await one.give(merchant, [...voucher()] as never);
    return ended(one);
  },
  'case-cod-compensated-late-voucher': async (harness) => {
    const one = await owingVoucher(harness, { policy: withShort('refundVoucher') });
    await one.becomes('compensated');
    await one.give(merchant, [...voucher()] as never);
    return ended(one);
  },
  'case-refund-declined-retried': async (harness) => {
    harness.world.provider.next.push('decline');
    const one = await sentBack(harness);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await one.becomes('refund_failed');
    await one.give(agent, ['refundRetry', {}]);
    return ended(one);
  },
  'case-refund-held-then-let-go': async (harness) => {
    harness.world.order({ action: 'stop' });
    const one = await sentBack(harness);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await harness.world.until(() => one.story.includes('refundHeld'));
    harness.world.order({ action: 'resume' });
    return ended(one);
  },
  'case-merchant-silent-left-alone': async (harness) =>
    ended(
      await applied(harness, {
        policy: { ...withShort('merchantDecision', 'interventionWindow'), onMerchantSilence: 'allow_intervention' },
      }),
    ),
  'case-cod-compensation-declined-retried': async (harness) => {
    harness.world.provider.next.push('decline');
    const one = await owingVoucher(harness, { policy: withShort('refundVoucher') });
    await harness.world.until(() => one.story.includes('refundDeclined'));
    await one.give(agent, ['refundRetry', {}]);
    return ended(one);
  },
  'case-refund-unknown-settled-by-hand': async (harness) => {
    harness.world.provider.next.push('timeout_before', 'timeout_before');
    const one = await sentBack(harness);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await harness.world.until(() => one.story.includes('refundUnknown'));
    await one.give(agent, ['manualSettlement', { reference: 'bank-1', note: '线下转账' }]);
    harness.world.provider.next.length = 0;
    return ended(one);
  },
  'case-by-hand-and-extended': async (harness) => {
    const one = await applied(harness);
    await one.handle.signal('merchantDecision', { decision: 'perhaps' });
    await one.handle.signal('merchantDecision', { decision: 'approve' });
    await one.becomes('awaiting_buyer_return');
    await one.give(agent, [
      'deadlineExtension',
      { until: new Date(one.deadlineAt + 3_600_000).toISOString(), reason: '暴雨' },
    ]);
    await one.give(consumer, ['withdrawal', {}], { expectedVersion: 1 });
    await one.give(consumer, ['withdrawal', {}]);
    return ended(one);
  },
  'case-application-refused': async (harness) =>
    ended(await applied(harness, { application: { lines: [{ lineId: 'l-1', quantity: 9 }] } })),
  'case-ruled-for-the-consumer': async (harness) => {
    const one = await disputed(harness, withShort('appeal'));
    await one.give(agent, ['interventionAudit', { decision: 'accept' }]);
    await one.give(agent, ['informationRequest', { from: 'merchant', question: '请补充发货记录' }]);
    await one.give(merchant, [
      'evidenceSubmission',
      { statement: '见附件', evidenceIds: [evidenceId], complete: true },
    ]);
    await one.give(consumer, ['evidenceSubmission', { evidenceIds: [], complete: true }]);
    await one.give(agent, [
      'ruling',
      { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '属实' },
    ]);
    await harness.world.until(() => one.state.returnAddress !== null);
    await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }]);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    return ended(one);
  },
  'case-ruled-for-the-merchant-upheld': async (harness) => {
    const one = await disputed(harness, withShort('interventionAudit', 'evidence', 'adjudication'));
    await harness.world.until(() => one.story.includes('adjudicationEscalated'));
    await one.give(agent, ['ruling', { favour: 'merchant', liability: 'consumer', reasons: '证据不足' }]);
    await one.give(consumer, ['appeal', { statement: '不服', evidenceIds: [] }]);
    await one.give({ role: 'agent', id: 'a-2' }, [
      'appealRuling',
      { favour: 'merchant', liability: 'consumer', reasons: '维持' },
    ]);
    return ended(one);
  },
  'case-merchants-appeal-won': async (harness) => {
    const one = await disputed(harness, withShort('evidence'));
    await one.give(agent, ['interventionAudit', { decision: 'accept' }]);
    await one.becomes('under_adjudication');
    const why = { liability: 'merchant', reasons: '属实' } as const;
    await one.give(agent, ['ruling', { favour: 'consumer', remedy: 'refund_only', refundAmount: 5_000, ...why }]);
    await one.becomes('refunded');
    await one.give(merchant, ['appeal', { statement: '不服', evidenceIds: [] }]);
    harness.world.provider.next.push('decline');
    await one.give({ role: 'agent', id: 'a-2' }, ['appealRuling', { favour: 'merchant', ...why }]);
    await harness.world.until(() => one.story.includes('payoutDeclined'));
    await one.give(agent, ['refundRetry', {}]);
    return ended(one);
  },
  'case-merchants-appeal-escalated-rejected': async (harness) => {
    const one = await disputed(harness, withShort('evidence', 'adjudication'));
    await one.give(agent, ['interventionAudit', { decision: 'accept' }]);
    await harness.world.until(() => one.story.includes('adjudicationEscalated'));
    const why = { liability: 'merchant', reasons: '属实' } as const;
    await one.give(agent, ['ruling', { favour: 'consumer', remedy: 'refund_only', refundAmount: 5_000, ...why }]);
    await one.give(merchant, ['appeal', { statement: '不服', evidenceIds: [] }]);
    await harness.world.until(() => one.story.includes('merchantAppealEscalated'));
    await one.give({ role: 'agent', id: 'a-2' }, ['appealRuling', { favour: 'consumer', ...why }]);
    return ended(one);
  },
  'case-reminded': async (harness) => {
    const policy = { ...withShort('buyerReturn'), reminders: ['PT2S', 'PT1S'] };
    policy.deadlines = { ...policy.deadlines, merchantDecision: 'PT3S' };
    const one = await applied(harness, { policy });
    await harness.world.until(() => one.timeline.filter(({ type }) => type === 'reminded').length === 2);
    return ended(one);
  },
  'case-disputed-twice': async (harness) => {
    const one = await disputed(harness, withShort('evidence', 'appeal'));
    await one.give(agent, ['interventionAudit', { decision: 'accept' }]);
    await one.becomes('under_adjudication');
    const ruling = { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: '属实' } as const;
    await one.give(agent, ['ruling', ruling]);
    await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }]);
    await one.give(merchant, [
      'receiptConfirmation',
      { outcome: 'refused', refusalCode: 'wrong_goods', evidenceIds: [evidenceId] },
    ]);
    await one.give(consumer, ['interventionRequest', { reason: 'other', statement: '是原物', evidenceIds: [] }]);
    await one.give(agent, ['interventionAudit', { decision: 'accept' }]);
    await one.becomes('under_adjudication');
    await one.give(agent, ['ruling', ruling]);
    return ended(one);
  },
  'case-receipt-refused-left-alone': async (harness) => {
    const one = await sentBack(harness, { policy: withShort('interventionWindow') });
    await one.give(merchant, [
      'receiptConfirmation',
      { outcome: 'refused', refusalCode: 'empty_parcel', evidenceIds: [evidenceId] },
    ]);
    return ended(one);
  },
  'case-proposal-accepted': async (harness) => {
    const one = await disputed(harness);
    await one.give(merchant, ['proposal', { kind: 'refund_only', refundAmount: 5_000, note: '退一部分' }]);
    await one.give(consumer, ['proposalResponse', { decision: 'accept' }]);
    return ended(one);
  },
  'case-intervention-declined': async (harness) => {
    const one = await disputed(harness);
    await one.give(agent, ['interventionAudit', { decision: 'decline', note: '不在受理范围' }]);
    return ended(one);
  },
  'case-waited-for-what-its-ticket-brings': async (harness) => {
    const one = await refused(harness, { policy: withShort('interventionWindow') });
    const receivedAt = one.deadlineAt;
    const commandId = 'ticket/t-1/resolution';
    await one.handle.signal(innerSignals.actionComing, { commandId, receivedAt });
    await harness.sleepUntil(receivedAt + 1_000);
    const request = { reason: 'other' as const, statement: '商家无理拒绝', evidenceIds: [] };
    await one.give(consumer, ['interventionRequest', request], { commandId, receivedAt });
    await one.give(agent, ['interventionAudit', { decision: 'decline', note: '不在受理范围' }]);
    return ended(one);
  },
  'case-request-taken-back-too-late': async (harness) => {
    const one = await disputed(harness, withShort('interventionWindow'));
    const { origin } = one.state.intervention!;
    await harness.sleepUntil((origin as { deadline: { at: number } }).deadline.at + 1);
    await one.give(consumer, ['interventionWithdrawal', {}]);
    return ended(one);
  },
  'case-sent-by-a-late-repeat': async (harness) => {
    const one = await approved(harness, { policy: aPolicy({ outageTolerance: 'PT1S' }) });
    const handedOverAt = (await harness.now()) - 1;
    const receivedAt = handedOverAt - 5_000;
    await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }], {
      receivedAt,
      handedOverAt,
    });
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    return ended(one);
  },
  'case-continued-as-new': async (harness) => {
    const one = await sentBack(harness);
    const runId = async () => (await one.handle.describe()).runId;
    const first = await runId();
    for (let number = 1; (await runId()) === first; number += 1)
      await one.give(consumer, ['trackingNumber', { carrier: 'YT', trackingNumber: `YT${number}` }]);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await one.handle.result();
    return [
      { subject: one.subject, runId: first },
      { subject: one.subject, runId: await runId() },
    ];
  },
  'case-gone-on-from-its-document': async (harness) => {
    const one = await approved(harness, { policy: withShort('buyerReturn') });
    await one.handle.terminate('lost with its server');
    const { type, ...options } = takingUpStart(leftOf(one), { graceMs: 0 }, { afterMs: 100 }, 'nothing');
    await harness.env.client.workflow.start(type, { ...options, taskQueue: harness.taskQueue });
    return ended(one);
  },
  'case-abandoned': async (harness) => {
    const one = await applied(harness);
    const by = { commandId: `abandon-${one.id}`, receivedAt: await harness.now(), actor: agent };
    const abandoned = { reason: '流程已损坏', by };
    const { type, ...options } = abandonmentStart(leftOf(one), { graceMs: 0 }, { afterMs: 100, abandoned });
    await harness.env.client.workflow.start(type, { ...options, taskQueue: harness.taskQueue });
    return ended(one);
  },
  'case-exchanged': async (harness) => {
    const one = await sentBack(harness, { application: { kind: 'exchange' } });
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await one.give(merchant, ['replacementShipment', { carrier: 'SF', trackingNumber: 'SF2' }]);
    await one.give(consumer, ['replacementReceipt', {}]);
    return ended(one);
  },
  'case-replacement-overdue': async (harness) => {
    const one = await applied(harness, { application: { kind: 'reship' }, policy: withShort('replacementShipment') });
    await one.give(merchant, ['merchantDecision', { decision: 'approve' }]);
    return ended(one);
  },
  'order-completed-after-its-case': async (harness) => {
    const order = await harness.place(anOrder({ policy: short, paymentMethod: 'cod' }));
    await order.give(merchant, ['confirmation', {}]);
    await order.give(merchant, ['shipment', { carrier: 'SF', trackingNumber: 'S1' }]);
    await order.give(service, ['delivery', {}]);
    const one = await harness.apply(order.state.facts);
    await harness.world.until(() => order.story.includes('afterSalesPeriodEnded'));
    await one.give(merchant, ['merchantDecision', { decision: 'approve', returnAddress: anAddress }]);
    await one.give(consumer, ['withdrawal', {}]);
    await order.handle.result();
    return [{ subject: order.subject }];
  },
  'order-unpaid-then-late-money': async (harness) => {
    const order = await harness.place(anOrder({ policy: short }));
    await order.handle.result();
    const first = { subject: order.subject, runId: (await order.handle.describe()).runId };
    const { type, ...start } = orderStart({ orderId: order.id, resume: true, settings: { graceMs: 0 } });
    const envelope = { commandId: `late-${order.id}`, receivedAt: await harness.now(), actor: service };
    const resumed = await harness.env.client.workflow.signalWithStart(type, {
      ...start,
      taskQueue: harness.taskQueue,
      signal: 'payment',
      signalArgs: [pay('t-late')[1], envelope],
    });
    await resumed.result();
    return [first, { subject: order.subject, runId: resumed.signaledRunId }];
  },
  'order-cancelled-by-an-agent': async (harness) => {
    harness.world.provider.next.push('decline');
    const order = await harness.place(anOrder());
    await order.give(service, pay('t-1'));
    await order.give(service, pay('t-2'));
    await harness.world.until(() => order.state.refunds.some(({ state }) => state === 'declined'));
    await order.give(agent, ['refundRetry', {}]);
    await order.give(agent, ['cancellation', { reason: 'changed_mind' }]);
    await order.handle.result();
    return [{ subject: order.subject }];
  },
  'order-parcel-refused': async (harness) => {
    const order = await harness.place(anOrder());
    await order.give(service, pay('t-1'));
    await order.give(merchant, ['shipment', { carrier: 'SF', trackingNumber: 'S1' }]);
    await order.give(agent, ['cancellation', { reason: 'parcel_refused' }]);
    return ended(order);
  },
  'ticket-cancels-the-order': async (harness) => {
    const facts = anOrder();
    const order = await harness.place(facts);
    await order.give(service, pay('t-1'));
    const ticket = await harness.openTicket(facts);
    await ticket.give(agent, ['resolution', { outcome: 'cancel_order', note: '买家不想要了' }]);
    await order.handle.result();
    return ended(ticket);
  },
  'ticket-asks-the-platform-in': async (harness) => {
    const one = await refused(harness);
    const { facts } = one.state;
    const ticket = await harness.openTicket(anOrder({ id: facts.orderId, consumerId: facts.consumerId }));
    const intervention = { caseId: one.id, reason: 'merchant_refused' as const, statement: '不合理', evidenceIds: [] };
    // given before what its ticket has heard: it counts from its own receipt
    const receivedAt = await harness.now();
    await ticket.give(agent, ['claim', {}]);
    await ticket.give(agent, ['resolution', { outcome: 'request_intervention', note: '代为申请', intervention }], {
      receivedAt,
    });
    return ended(ticket);
  },
  'ticket-answered': async (harness) => {
    const ticket = await harness.openTicket(anOrder());
    await ticket.give(agent, ['claim', {}]);
    await ticket.give(agent, ['informationRequest', { question: '何时收到的?' }]);
    const until = new Date(ticket.deadlineAt + 1_000).toISOString();
    await ticket.give(agent, ['deadlineExtension', { until, reason: '买家在途' }]);
    await ticket.give(consumer, ['reply', { text: '昨天', evidenceIds: [] }]);
    await ticket.handle.signal('resolution', { outcome: 'answered', note: '已解答' });
    return ended(ticket);
  },
  'ticket-left-unanswered': async (harness) => {
    const ticket = await harness.openTicket(anOrder(), withShort('ticketReply'));
    await ticket.give(agent, ['informationRequest', { question: '何时收到的?' }]);
    return ended(ticket);
  },
  'ticket-opens-a-case-at-the-second-try': async (harness) => {
    const order = anOrder();
    const ticket = await harness.openTicket(order);
    const { orderId: _order, ...wish } = anApplication(order.id);
    const opens = { outcome: 'open_case' as const, note: '代为申请', case: wish };
    await ticket.give(agent, ['resolution', opens]);
    harness.world.deliver(order, await harness.now());
    await ticket.give(agent, ['resolution', opens]);
    return ended(ticket);
  },
  'extension-of-everything': async (harness) => {
    const id = 'e-1';
    harness.world.extensions.set(id, {
      _id: id,
      request: { by: 'PT6H', reason: '机房故障' },
      requestedAt: new Date(),
      requestedBy: 'x-1',
      withoutDeadline: 0,
    });
    return begun(harness, extensionStart({ id, lookAgainAfterMs: 100 }, { by: 'PT6H' }));
  },
  republication: (harness) => begun(harness, republicationStart({ id: 'r-1' })),
  reconciliation: (harness) => begun(harness, reconciliationStart({ id: 'r-1' })),
  // it never ends by itself: three rounds are enough
  'courier-in-its-rounds': async (harness) => {
    const start = courierStart({ courier: 1, heartbeatTimeoutMs: 10_000 }, harness.taskQueue);
    await harness.env.client.workflow.start(start.type, start);
    await harness.world.until(() => harness.world.rounds > 3);
    return [{ subject: start.workflowId }];
  },
};
