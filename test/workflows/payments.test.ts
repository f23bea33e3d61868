import { afterAll, afterEach, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import type { Actor } from '../../src/domain/parties.ts';
import { lastTryMs } from '../../src/workflows/messages.ts';
import { hours } from '../builders.ts';
import { agent, type CaseUnderTest, Harness, merchant } from './harness.ts';
import { moneyOf, sentBack } from './stories.ts';

const senior: Actor = { role: 'agent', id: 'a-2' };
const settling = ['manualSettlement', { reference: 'bank-77', note: '线下转账' }] as const;

describe('money, however the provider fails', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterEach(() => harness.world.provider.recover());
  afterAll(() => harness.stop());

  const confirmed = async (): Promise<CaseUnderTest> => {
    const one = await sentBack(harness);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    return one;
  };
  const once = (one: CaseUnderTest) => {
    expect(moneyOf(one)).toMatchObject({
      movements: [['refund', 12_900]],
      ledger: [['refund', 12_900]],
      unbalanced: [],
    });
  };

  it('REF-4 tricky case 9, medusa#16681: the provider pays and times out → the same key is asked, one refund', async () => {
    harness.world.provider.next.push('timeout_after');
    const one = await confirmed();
    await one.becomes('refunded');
    once(one);
    expect(moneyOf(one).asked).toEqual([`case/${one.id}/refund/1`]);
    expect(one.story).toContain('refundUnknown');
  });

  it('REF-4: a timeout before paying is unknown, not failed, and is tried again under the same key', async () => {
    harness.world.provider.next.push('timeout_before');
    const one = await confirmed();
    await one.becomes('refunded');
    once(one);
    expect(new Set(moneyOf(one).asked)).toEqual(new Set([`case/${one.id}/refund/1`]));
  });

  it('CASE-14, ruoyi-vue-pro#1031, vendure#3152: refused for good → failed, not refunded; an agent’s retry has a new key', async () => {
    harness.world.provider.next.push('decline');
    const one = await confirmed();
    await one.becomes('refund_failed');
    expect(moneyOf(one)).toMatchObject({ movements: [], ledger: [] });
    expect(await one.give(agent, ['refundRetry', {}])).toBe('accepted');
    await one.becomes('refunded');
    once(one);
    expect(moneyOf(one).asked).toEqual([`case/${one.id}/refund/1`, `case/${one.id}/refund/2`]);
  });

  it('CASE-14, hyperswitch#13182: two agents retry at once → one new attempt, one refund', async () => {
    const { provider } = harness.world;
    provider.next.push('decline');
    const one = await confirmed();
    await one.becomes('refund_failed');
    // the new attempt is under way while the second asks for one
    provider.slowDown();
    const retries = await Promise.all([one.give(agent, ['refundRetry', {}]), one.give(senior, ['refundRetry', {}])]);
    expect(retries.sort()).toEqual(['accepted', 'action_not_available']);
    provider.speedUp();
    await one.becomes('refunded');
    once(one);
    expect(moneyOf(one).asked).toEqual([`case/${one.id}/refund/1`, `case/${one.id}/refund/2`]);
  });

  it('CASE-14: refused for good → settled by hand with a reference, booked once and not at the provider', async () => {
    harness.world.provider.next.push('decline');
    const one = await confirmed();
    await one.becomes('refund_failed');
    expect(await one.give(agent, [...settling])).toBe('accepted');
    await one.becomes('refunded');
    expect(moneyOf(one)).toMatchObject({ movements: [], ledger: [['refund', 12_900]], unbalanced: [] });
    expect([...harness.world.ledger.values()].find(({ caseId }) => caseId === one.id)?.credit).toBe('settled_by_hand');
  });

  it('CASE-14 tricky case 18, OwnPay#222: unknown because the provider is away, never asked → not failed, no retry, no settlement by hand; back → one refund', async () => {
    harness.world.provider.away = true;
    const one = await confirmed();
    await harness.world.until(() => one.story.includes('refundUnknown'));
    expect(await one.give(agent, ['refundRetry', {}])).toBe('refund_outcome_unknown');
    // both are there before the first has been checked
    const receivedAt = await harness.now();
    const sent = await Promise.all([1, 2].map(() => one.send(agent, [...settling], { receivedAt })));
    expect((await Promise.all(sent.map((id) => one.answered(id)))).sort()).toEqual([
      'in_progress',
      'refund_outcome_unknown',
    ]);
    await harness.env.sleep(hours(6));
    expect(one.status).toBe('refunding');
    expect(one.story).not.toContain('refundDeclined');
    expect(moneyOf(one)).toMatchObject({ asked: [], movements: [], ledger: [] });
    harness.world.provider.away = false;
    await harness.env.sleep(hours(1));
    await one.becomes('refunded');
    once(one);
  });

  it('CASE-14 tricky case 18: unknown, and the provider had paid → settling by hand finds it: never both', async () => {
    const { provider } = harness.world;
    provider.next.push('lost_after');
    const one = await confirmed();
    await harness.world.until(() => one.story.includes('refundUnknown'));
    // who asks for the refund again is not heard, or it would be found before there is anything to settle
    provider.deaf = true;
    provider.away = false;
    expect(await one.give(agent, [...settling])).toBe('accepted');
    await one.becomes('refunded');
    once(one);
    expect(one.story.slice(-2)).toEqual(['manualSettlementStarted', 'refundSettled']);
    expect([...harness.world.ledger.values()].find(({ caseId }) => caseId === one.id)?.credit).toBe('payment_provider');
  });

  it('CASE-14 tricky case 18: unknown, and the provider had not paid → the settlement by hand stands, nothing else moves', async () => {
    harness.world.provider.next.push(...Array.from({ length: 50 }, () => 'timeout_before' as const));
    const one = await confirmed();
    await harness.world.until(() => one.story.includes('refundUnknown'));
    expect(await one.give(agent, [...settling])).toBe('accepted');
    await one.becomes('refunded');
    await harness.env.sleep(hours(3));
    expect(moneyOf(one)).toMatchObject({ movements: [], ledger: [['refund', 12_900]], unbalanced: [] });
  });

  it('CASE-14: a settlement by hand waits for the last try that is under way, also where the history has grown long meanwhile', async () => {
    const { provider } = harness.world;
    provider.slowDown();
    provider.next.push('timeout_before');
    const one = await confirmed();
    const key = `case/${one.id}/refund/1`;
    // the first try came to nothing; the next is on its way to the provider
    await vi.waitFor(() => expect(moneyOf(one).asked).toEqual([key, key]), { timeout: 60_000 });
    const settlement = await one.send(agent, [...settling]);
    const { runId } = await one.handle.describe();
    const again = { commandId: settlement, receivedAt: one.opened.receivedAt, actor: agent };
    for (let batch = 0; batch < 40; batch += 1)
      await Promise.all(Array.from({ length: 50 }, () => one.handle.signal('manualSettlement', settling[1], again)));
    expect(await one.handle.query('state')).toMatchObject({ stage: { status: 'refunding' } });
    expect((await one.handle.describe()).runId).toBe(runId);
    provider.speedUp();
    expect(await one.answered(settlement)).toBe('accepted');
    await one.becomes('refunded');
    once(one);
    expect([...harness.world.ledger.values()].find(({ caseId }) => caseId === one.id)?.credit).toBe('payment_provider');
  });

  it('CASE-14: nor does it overtake a try that the run before had on its way', async () => {
    const { provider } = harness.world;
    provider.next.push('timeout_before');
    const one = await confirmed();
    await harness.world.until(() => one.story.includes('refundUnknown'));
    provider.deaf = true;
    const { runId } = await one.handle.describe();
    const heard = { commandId: one.opened.commandId, receivedAt: one.opened.receivedAt, actor: agent };
    for (let batch = 0; batch < 40; batch += 1)
      await Promise.all(Array.from({ length: 50 }, () => one.handle.signal('refundRetry', {}, heard)));
    await harness.env.sleep(1);
    await expect.poll(async () => (await one.handle.describe()).runId).not.toBe(runId);
    const settlement = await one.send(agent, [...settling]);
    await harness.world.until(() => one.story.includes('manualSettlementStarted'));
    expect(await one.handle.query('state')).toMatchObject({ stage: { status: 'refunding' } });
    // what was on its way arrives
    const { orderId } = one.state.facts;
    const key = `case/${one.id}/refund/1`;
    provider.movements.push({ key, kind: 'refund', orderId, amount: { amount: 12_900, currency: 'CNY' } });
    await harness.env.sleep(lastTryMs);
    expect(await one.answered(settlement)).toBe('accepted');
    await one.becomes('refunded');
    once(one);
    expect([...harness.world.ledger.values()].find(({ caseId }) => caseId === one.id)?.credit).toBe('payment_provider');
  });
});
