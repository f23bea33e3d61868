import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import { hours } from '../builders.ts';
import { agent, type CaseUnderTest, Harness, merchant } from './harness.ts';
import { applied, moneyOf, sentBack } from './stories.ts';

const settling = ['manualSettlement', { reference: 'bank-77', note: '线下转账' }] as const;
const admin = { role: 'admin', id: 'ad-1' } as const;

const minutes = (n: number) => n * 60_000;

let harness: Harness;
beforeAll(async () => {
  // a worker is stopped here: no task waits for the memory of one that is gone
  harness = await Harness.start(inject('testServerPath'), { maxCachedWorkflows: 0 });
});
// what is held is tried every half minute: left behind, it would be tried through all the time that others skip
afterEach(() => {
  if (harness.world.gate.stops.all) harness.world.order({ action: 'resume' });
});
afterAll(() => harness.stop());

describe('money that the platform holds back', () => {
  const held = async (): Promise<CaseUnderTest> => {
    harness.world.order({ action: 'stop' });
    const one = await sentBack(harness);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await harness.world.until(() => one.story.includes('refundHeld'));
    return one;
  };

  it('REF-4: held over a worker’s end, it is told once, asked for nowhere, and paid once when it is let go', async () => {
    const one = await held();
    await harness.env.sleep(minutes(5));
    await harness.stopWorker();
    await harness.startWorker();
    await harness.env.sleep(minutes(5));
    expect(one.story.filter((type) => type === 'refundHeld')).toHaveLength(1);
    expect(moneyOf(one)).toMatchObject({ movements: [], asked: [] });
    harness.world.order({ action: 'resume' });
    await harness.env.sleep(minutes(5));
    await one.becomes('refunded');
    expect(moneyOf(one)).toMatchObject({
      movements: [['refund', 12_900]],
      ledger: [['refund', 12_900]],
      unbalanced: [],
    });
    expect(moneyOf(one).asked).toEqual([`case/${one.id}/refund/1`]);
  });

  it('stopped, then over the day’s cap: it says so, and waits until the cap is raised', async () => {
    const one = await held();
    harness.world.order({ action: 'cap', currency: 'CNY', amount: 12_899 });
    harness.world.order({ action: 'resume' });
    await harness.world.until(() => one.timeline.some(({ detail }) => detail['cause'] === 'daily_cap'));
    harness.world.order({ action: 'cap', currency: 'CNY', amount: 1_000_000 });
    await harness.env.sleep(minutes(5));
    await one.becomes('refunded');
    expect(moneyOf(one).movements).toEqual([['refund', 12_900]]);
    harness.world.order({ action: 'cap', currency: 'CNY', amount: null });
  });

  it('CASE-14: settled by hand while it is held, and let go afterwards: never paid', async () => {
    const one = await held();
    expect(await one.give(agent, [...settling])).toBe('accepted');
    await one.becomes('refunded');
    harness.world.order({ action: 'resume' });
    await harness.env.sleep(minutes(5));
    expect(moneyOf(one)).toMatchObject({ movements: [], asked: [], ledger: [['refund', 12_900]], unbalanced: [] });
  });

  it('CASE-14: held, and the provider out of reach: settling by hand is refused, and what was held goes on waiting', async () => {
    const one = await held();
    harness.world.provider.away = true;
    expect(await one.give(agent, [...settling])).toBe('refund_outcome_unknown');
    harness.world.provider.away = false;
    harness.world.order({ action: 'resume' });
    await harness.env.sleep(minutes(5));
    await one.becomes('refunded');
    expect(moneyOf(one)).toMatchObject({
      movements: [['refund', 12_900]],
      ledger: [['refund', 12_900]],
      unbalanced: [],
    });
  });
});

describe('POL-5: what runs is extended after an outage', () => {
  const extensionOf = (one: CaseUnderTest) => `extension/${one.id}`;
  const extend = (one: CaseUnderTest) =>
    one.handle.signal(
      'outageExtension',
      { by: 'PT6H', reason: '平台故障', runningSince: new Date(one.opened.receivedAt).toISOString() },
      { commandId: extensionOf(one), receivedAt: one.opened.receivedAt, actor: admin },
    );
  const approve = ['merchantDecision', { decision: 'approve' }] as const;

  it('the instant before the new end, and at it, the merchant is in time; handed over twice, it moves once', async () => {
    for (const offset of [-1, 0]) {
      const one = await applied(harness);
      const was = one.deadlineAt;
      await extend(one);
      await extend(one);
      await one.answered(extensionOf(one));
      expect(one.deadlineAt).toBe(was + hours(6));
      await harness.sleepUntil(was + hours(1));
      expect(one.status).toBe('pending_merchant_review');
      await harness.sleepUntil(was + hours(6) + offset);
      expect(await one.give(merchant, [...approve], { receivedAt: was + hours(6) + offset })).toBe('accepted');
      expect(one.timeline.filter(({ type }) => type === 'deadlineExtended')).toHaveLength(1);
      expect(one.timeline.find(({ type }) => type === 'applicationApproved')?.detail['automatic']).toBe(false);
    }
  });

  it('CASE-3: after the new end it is approved automatically', async () => {
    const one = await applied(harness);
    const was = one.deadlineAt;
    await extend(one);
    await one.answered(extensionOf(one));
    await harness.sleepUntil(was + hours(6) + harness.graceMs);
    await one.becomes('awaiting_buyer_return');
    expect(one.timeline.find(({ type }) => type === 'applicationApproved')?.detail['automatic']).toBe(true);
  });

  it('sent by hand with unusable fields it is refused on the timeline, and nothing moves', async () => {
    const one = await applied(harness);
    const was = one.deadlineAt;
    await one.handle.signal('outageExtension', { by: 'soon', reason: 'x' });
    await harness.world.until(() => one.story.includes('signalRefused'));
    expect(one.deadlineAt).toBe(was);
  });
});
