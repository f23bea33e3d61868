import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { anAddress, anOrder, aPolicy, hours } from '../builders.ts';
import { type CaseUnderTest, consumer, graceMs, Harness, merchant } from './harness.ts';
import { applied, moneyOf, sentBack } from './stories.ts';

const minutes = (count: number) => count * 60_000;

describe('when our machines are away', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'), { maxCachedWorkflows: 0 });
  });
  afterAll(() => harness.stop());

  /** An application that was received `ago` ms before a worker of ours saw it. The test server's clock waits for a worker, so
   * an outage is one of those whose start lies before it. */
  const appliedLongAgo = async (
    ago: number,
    meanwhile: (one: CaseUnderTest) => Promise<unknown> = async () => undefined,
  ) => {
    const order = anOrder();
    const now = await harness.now();
    harness.world.deliver(order, now - ago);
    await harness.stopWorker();
    const one = await harness.apply(order, { receivedAt: now - ago });
    await meanwhile(one);
    await harness.startWorker();
    await one.answered(one.opened.commandId);
    return one;
  };

  it('POL-6 tricky case 19: all down across the 48 h → the merchant gets 4 h from when we are back, once, and it says so', async () => {
    const one = await appliedLongAgo(hours(60));
    const deadline = one.opened.receivedAt + hours(48);
    await harness.world.until(() => one.story.includes('deadlineExtended'));
    const extended = one.timeline.find(({ type }) => type === 'deadlineExtended')!;
    expect(extended).toMatchObject({
      rule: 'POL-6',
      detail: { was: deadline, reason: 'service_outage' },
      status: 'pending_merchant_review',
    });
    expect(one.deadlineAt).toBe(extended.at + hours(4));
    await harness.sleepUntil(one.deadlineAt + 1_000);
    const decision = ['merchantDecision', { decision: 'refuse', refusalCode: 'agreed_otherwise' }] as const;
    expect(await one.give(merchant, [...decision], { receivedAt: one.deadlineAt })).toBe('accepted');
  });

  it('POL-6: a decision acknowledged after the 48 h, on the version shown then, is judged in the time that is given back', async () => {
    const sent: string[] = [];
    const one = await appliedLongAgo(hours(60), async (waiting) => {
      const after = { receivedAt: waiting.opened.receivedAt + hours(48) + minutes(10) };
      const decision = ['merchantDecision', { decision: 'refuse', refusalCode: 'agreed_otherwise' }] as const;
      sent.push(await waiting.send(merchant, [...decision], { ...after, expectedVersion: 7 }));
      sent.push(await waiting.send(merchant, [...decision], { ...after, expectedVersion: 1 }));
    });
    expect(await Promise.all(sent.map((id) => one.answered(id)))).toEqual(['stale_version', 'accepted']);
    expect(one.story).toEqual(['caseOpened', 'deadlineExtended', 'applicationRefused']);
  });

  it.each([
    ['a reminder', hours(25)],
    ['the deadline', hours(49)],
  ])('sent by hand while nobody ran and %s fell due: looked at, judged, and the case goes on', async (_, ago) => {
    const one = await appliedLongAgo(ago, async ({ handle }) =>
      handle.signal('merchantDecision', { decision: 'perhaps' }),
    );
    await harness.world.until(() => one.story.includes('signalRefused'));
    await harness.world.until(() =>
      one.timeline.some(({ type }) => type === 'reminded' || type === 'deadlineExtended'),
    );
    expect(await one.give(merchant, ['merchantDecision', { decision: 'approve', returnAddress: anAddress }])).toBe(
      'accepted',
    );
  });

  it('POL-6: the extension over, it fires and is not extended again', async () => {
    const one = await appliedLongAgo(hours(60));
    await harness.world.until(() => one.story.includes('deadlineExtended'));
    await harness.sleepUntil(one.deadlineAt + graceMs + 1_000);
    await one.becomes('awaiting_buyer_return');
    expect(one.story.filter((type) => type === 'deadlineExtended')).toHaveLength(1);
  });

  it.each([
    ['less than 5 min late fires', minutes(4), 'applicationApproved'],
    ['more than 5 min late is extended', minutes(6), 'deadlineExtended'],
  ])('POL-6: a deadline that could only fire %s', async (_, late, happens) => {
    const one = await appliedLongAgo(hours(48) + graceMs + late);
    await harness.world.until(() => one.story.length > 1);
    expect(one.story[1]).toBe(happens);
  });

  it('POL-4 tricky case 1: a refusal received at 47:59:59 and processed hours later refuses', async () => {
    let id = '';
    const one = await appliedLongAgo(hours(51), async (waiting) => {
      id = await waiting.send(merchant, ['merchantDecision', { decision: 'refuse', refusalCode: 'agreed_otherwise' }], {
        receivedAt: waiting.opened.receivedAt + hours(48) - 1_000,
      });
    });
    expect(await one.answered(id)).toBe('accepted');
    expect(one.timeline[1]).toMatchObject({
      type: 'applicationRefused',
      at: one.opened.receivedAt + hours(48) - 1_000,
    });
  });

  it('tricky case 14: MongoDB away → commands and deadlines are heard in order, and all of it is written once it is back', async () => {
    const { deadlines } = aPolicy();
    const one = await applied(harness, { policy: aPolicy({ deadlines: { ...deadlines, merchantReceipt: 'PT10M' } }) });
    harness.world.storeAway = true;
    const approve = await one.send(merchant, ['merchantDecision', { decision: 'approve', returnAddress: anAddress }]);
    await harness.env.sleep(minutes(5));
    const number = await one.send(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }]);
    const wrong = await one.send(merchant, ['merchantDecision', { decision: 'approve' }]);
    await harness.env.sleep(minutes(20));
    expect(one.status).toBe('pending_merchant_review');
    harness.world.storeAway = false;
    await harness.env.sleep(minutes(1));
    expect([await one.answered(approve), await one.answered(number), await one.answered(wrong)]).toEqual([
      'accepted',
      'accepted',
      'action_not_available',
    ]);
    await one.becomes('refunded');
    expect(one.story).toEqual([
      'caseOpened',
      'applicationApproved',
      'returnAwaited',
      'trackingNumberGiven',
      'receiptConfirmed',
      'refundStarted',
      'refundSettled',
    ]);
    expect(moneyOf(one)).toMatchObject({
      movements: [['refund', 12_900]],
      ledger: [['refund', 12_900]],
      unbalanced: [],
    });
  });

  it('tricky case 14, litemall#275, nopCommerce#2824: a worker restarted in the middle forgets no deadline, and moves none', async () => {
    const one = await sentBack(harness);
    const deadline = one.deadlineAt;
    await harness.stopWorker();
    await harness.startWorker();
    await harness.sleepUntil(deadline + graceMs - 30_000);
    expect([one.status, one.deadlineAt]).toEqual(['awaiting_merchant_receipt', deadline]);
    await harness.sleepUntil(deadline + graceMs + 1_000);
    await one.becomes('refunded');
    const fired = one.timeline.find(({ actor }) => actor.role === 'timer')!;
    expect(fired).toMatchObject({
      type: 'receiptConfirmed',
      rule: 'CASE-9',
      detail: { passedDeadline: { kind: 'merchantReceipt', at: deadline } },
    });
    expect(fired.at).toBeGreaterThanOrEqual(deadline + graceMs);
    expect(moneyOf(one).movements).toHaveLength(1);
  });
});
