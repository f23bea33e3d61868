import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { anAddress, anOrder, days, hours } from '../builders.ts';
import { consumer, graceMs, Harness, merchant } from './harness.ts';

describe('a case from application to refund', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  it('CASE-1 CASE-2 CASE-6 CASE-8 CASE-11 REF-2: goods go back, one refund without postage', async () => {
    const order = anOrder();
    harness.world.deliver(order, await harness.now());
    const one = await harness.apply(order);
    expect(one.status).toBe('pending_merchant_review');
    expect(await one.give(merchant, ['merchantDecision', { decision: 'approve', returnAddress: anAddress }])).toBe(
      'accepted',
    );
    expect(one.deadlineAt).toBe(one.state.updatedAt + days(7));
    expect(await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }])).toBe('accepted');
    expect(await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }])).toBe('accepted');
    await one.becomes('refunded');
    await one.handle.result();
    expect(harness.world.provider.movements).toEqual([
      {
        key: `case/${one.id}/refund/1`,
        kind: 'refund',
        orderId: order.id,
        amount: { amount: 12_900, currency: 'CNY' },
      },
    ]);
    expect(
      [...harness.world.ledger.values()]
        .filter(({ caseId }) => caseId === one.id)
        .map(({ kind, amount }) => [kind, amount]),
    ).toEqual([['refund', 12_900]]);
    expect(harness.world.allocations.get(order.id)?.cases[one.id]?.status).toBe('consumed');
    expect(one.story).toEqual([
      'caseOpened',
      'applicationApproved',
      'returnAwaited',
      'trackingNumberGiven',
      'receiptConfirmed',
      'refundStarted',
      'refundSettled',
    ]);
  });

  it('CASE-3: silence for 48 h approves, marked as such', async () => {
    const order = anOrder();
    harness.world.deliver(order, await harness.now());
    const one = await harness.apply(order);
    const deadline = one.opened.receivedAt + hours(48);
    expect(one.deadlineAt).toBe(deadline);
    await harness.sleepUntil(deadline + graceMs - 30_000);
    expect(one.status).toBe('pending_merchant_review');
    await harness.sleepUntil(deadline + graceMs + 1000);
    await one.becomes('awaiting_buyer_return');
  });
});
