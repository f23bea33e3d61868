import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { anAddress, anOrder, hours } from '../builders.ts';
import { agent, consumer, Harness, merchant, service } from './harness.ts';
import { applied, approved, moneyOf, sentBack } from './stories.ts';

describe('signals', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  it('sent by hand with its own fields only: accepted as the operator’s', async () => {
    const one = await applied(harness);
    await one.handle.signal('merchantDecision', { decision: 'approve' });
    await one.becomes('awaiting_buyer_return');
    expect(one.timeline[1]).toMatchObject({ type: 'applicationApproved', actor: { role: 'operator' }, rule: 'CASE-2' });
  });

  it.each([
    ['with a field that is wrong', 'merchantDecision', { decision: 'perhaps' }, 'unusable_signal'],
    ['without fields', 'trackingNumber', undefined, 'unusable_signal'],
    ['that no case knows', 'merchantDecison', { decision: 'approve' }, 'unusable_signal'],
    ['in the wrong state', 'trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }, 'action_not_available'],
  ])('sent by hand %s: refused on the timeline, and the case goes on', async (_, name, fields, code) => {
    const one = await applied(harness);
    await one.handle.signal(name, fields);
    await harness.world.until(() => one.story.includes('signalRefused'));
    expect(one.timeline.at(-1)).toMatchObject({ type: 'signalRefused', detail: { signal: name, code } });
    expect(one.document!.version).toBe(1);
    expect(await one.give(merchant, ['merchantDecision', { decision: 'approve', returnAddress: anAddress }])).toBe(
      'accepted',
    );
  });

  it.each([
    ['a second argument that no API sealed', 'merchantDecision', [{ decision: 'perhaps' }, { who: 'me' }]],
    [
      'a name from another version, sealed',
      'merchantVerdict',
      [{}, { commandId: 'x', receivedAt: 0, actor: merchant }],
    ],
  ])('with %s: looked at first, refused on the timeline', async (_, name, args) => {
    const one = await applied(harness);
    await one.handle.signal(name, ...args);
    await harness.world.until(() => one.story.includes('signalRefused'));
    expect(one.timeline.at(-1)).toMatchObject({ detail: { signal: name, code: 'unusable_signal' } });
  });

  it('a request to cancel ends nothing: commands are judged, deadlines fire, money moves (CASE-9)', async () => {
    const one = await sentBack(harness);
    const deadline = one.deadlineAt;
    await one.handle.cancel();
    await one.handle.signal('republish');
    await one.handle.signal('merchantDecision', { decision: 'approve' });
    await harness.world.until(() => one.story.includes('signalRefused'));
    await harness.sleepUntil(deadline + harness.graceMs + 1_000);
    await one.becomes('refunded');
    expect(moneyOf(one)).toMatchObject({ movements: [['refund', 12_900]], ledger: [['refund', 12_900]] });
    await one.handle.result();
    expect(await one.handle.describe()).toMatchObject({ status: { name: 'COMPLETED' } });
  });

  it('the same command twice happens once, and is answered as before', async () => {
    const one = await applied(harness);
    const decision = ['merchantDecision', { decision: 'approve', returnAddress: anAddress }] as const;
    const receivedAt = await harness.now();
    await Promise.all([
      one.send(merchant, [...decision], { commandId: 'same', receivedAt }),
      one.send(merchant, [...decision], { commandId: 'same', receivedAt }),
    ]);
    expect(await one.answered('same')).toBe('accepted');
    await one.send(merchant, [...decision], { commandId: 'same', receivedAt });
    expect(await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }])).toBe('accepted');
    expect(one.story.filter((type) => type === 'applicationApproved')).toHaveLength(1);
    expect(one.document!.version).toBe(3);
  });

  it('woocommerce#28856: eight confirmations at once → one accepted, one refund', async () => {
    const one = await sentBack(harness);
    const ids = await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        one.send(merchant, ['receiptConfirmation', { outcome: 'received' }], {
          commandId: `${one.subject}-confirm-${index}`,
        }),
      ),
    );
    const answers = await Promise.all(ids.map((id) => one.answered(id)));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
    await one.becomes('refunded');
    expect(moneyOf(one)).toMatchObject({ movements: [['refund', 12_900]], ledger: [['refund', 12_900]] });
  });

  const approves = ['merchantDecision', { decision: 'approve', returnAddress: anAddress }] as const;
  const refuses = ['merchantDecision', { decision: 'refuse', refusalCode: 'agreed_otherwise' }] as const;

  it('approve against refuse at once, both on the version they saw: exactly one stands', async () => {
    const one = await applied(harness);
    const answers = await Promise.all([
      one.give(merchant, [...approves], { expectedVersion: 1 }),
      one.give(merchant, [...refuses], { expectedVersion: 1 }),
    ]);
    expect([...answers].sort()).toEqual(['accepted', 'stale_version']);
    expect(one.status).toBe(answers[0] === 'accepted' ? 'awaiting_buyer_return' : 'application_refused');
  });

  it('CASE-16: approve against refuse at once: a refusal that came first is relented from, a later one comes too late', async () => {
    const one = await applied(harness);
    const [approval, refusal] = await Promise.all([
      one.give(merchant, [...approves]),
      one.give(merchant, [...refuses]),
    ]);
    expect(approval).toBe('accepted');
    expect(refusal).toBe(one.story.includes('applicationRefused') ? 'accepted' : 'action_not_available');
    expect(one.status).toBe('awaiting_buyer_return');
    expect(one.story.filter((type) => type === 'applicationApproved')).toHaveLength(1);
  });

  it('tricky case 4: a stale version is refused and moves nothing', async () => {
    const one = await approved(harness);
    expect(
      await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }], { expectedVersion: 1 }),
    ).toBe('stale_version');
    expect(one.document!.version).toBe(2);
    expect(
      await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }], { expectedVersion: 2 }),
    ).toBe('accepted');
  });

  it('a long history goes on in a new run with the same deadline, state and memory', async () => {
    const one = await sentBack(harness);
    const deadline = one.deadlineAt;
    const { runId } = await one.handle.describe();
    for (let batch = 0; batch < 40; batch += 1) {
      const ids = await Promise.all(
        Array.from({ length: 50 }, (_, index) =>
          one.send(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: `SF${index}` }], {
            commandId: `${one.subject}-${batch}-${index}`,
            receivedAt: deadline - hours(1),
          }),
        ),
      );
      await Promise.all(ids.map((id) => one.answered(id)));
    }
    // the millisecond in which it waits for what else came with them
    await harness.env.sleep(1);
    await expect.poll(async () => (await one.handle.describe()).runId).not.toBe(runId);
    const { version } = one.document!;
    await one.send(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'again' }], {
      commandId: `${one.subject}-39-49`,
    });
    expect(
      await one.give(agent, [
        'deadlineExtension',
        { until: new Date(deadline + hours(10)).toISOString(), reason: '暴雨' },
      ]),
    ).toBe('accepted');
    expect(one.document!.version).toBe(version + 1);
    expect(one.deadlineAt).toBe(deadline + hours(10));
    expect(one.timeline.filter(({ type }) => type === 'trackingNumberCorrected')).toHaveLength(2_000);
  });
});

describe('signals that wait for a worker', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'), { maxCachedWorkflows: 0 });
  });
  afterAll(() => harness.stop());

  it('signals that come before the first line has run keep their order', async () => {
    await harness.stopWorker();
    const order = anOrder();
    harness.world.deliver(order, await harness.now());
    const one = await harness.apply(order);
    const ids = [
      await one.send(merchant, ['merchantDecision', { decision: 'approve', returnAddress: anAddress }]),
      await one.send(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }]),
      await one.send(merchant, ['receiptConfirmation', { outcome: 'received' }]),
    ];
    await harness.startWorker();
    expect(await Promise.all(ids.map((id) => one.answered(id)))).toEqual(['accepted', 'accepted', 'accepted']);
    await one.becomes('refunded');
  });

  it('more than 100 waiting at once: the rest is told to come later', async () => {
    const one = await sentBack(harness);
    await harness.stopWorker();
    const ids: string[] = [];
    for (let index = 0; index < 105; index += 1) {
      ids.push(
        await one.send(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: `SF${index}` }], {
          commandId: `${one.subject}-many-${index}`,
        }),
      );
    }
    await harness.startWorker();
    const answers = await Promise.all(ids.map((id) => one.answered(id)));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(100);
    expect(answers.slice(100)).toEqual(Array.from({ length: 5 }, () => 'too_many_pending'));
  });

  it('ORD-9: money that came is taken however much waits', async () => {
    const facts = anOrder();
    const order = await harness.place(facts);
    await harness.stopWorker();
    for (let index = 0; index < 101; index += 1)
      await order.send(agent, ['cancellation', { reason: 'parcel_refused' }], {
        commandId: `${order.subject}-many-${index}`,
      });
    const paid = await order.send(service, ['payment', { transactionId: `t-${facts.id}`, amount: 26_800 }]);
    await harness.startWorker();
    expect(await order.answered(paid)).toBe('accepted');
    expect(await order.answered(`${order.subject}-many-100`)).toBe('too_many_pending');
    // the first of them has cancelled the order: what came after goes back
    await harness.world.until(() => order.story.includes('extraPaymentReceived'));
  });
});
