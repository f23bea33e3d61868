import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { days, hours } from '../builders.ts';
import { consumer, Harness } from './harness.ts';
import { approved } from './stories.ts';

const minutes = (count: number) => count * 60_000;

describe('a command that only a repeat brought here', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  it.each([
    ['hours later gives the other party all of its time', hours(30), hours(30)],
    ['soon after gives it what is left of it since the first receipt', minutes(5), 0],
  ])('CASE-9, POL-4: %s', async (_, late, moved) => {
    const one = await approved(harness);
    const receivedAt = await harness.now();
    await harness.env.sleep(late);
    const sent: ['trackingNumber', { carrier: string; trackingNumber: string }] = [
      'trackingNumber',
      { carrier: 'SF', trackingNumber: 'SF1' },
    ];
    expect(await one.give(consumer, sent, { receivedAt, handedOverAt: receivedAt + late })).toBe('accepted');
    expect(one.deadlineAt).toBe(receivedAt + moved + days(7));
  });

  it('POL-3, POL-4: is in time by its first receipt all the same', async () => {
    const one = await approved(harness);
    const late = one.deadlineAt + 10_000;
    await harness.sleepUntil(late);
    const sent = await one.give(consumer, ['trackingNumber', { carrier: 'SF', trackingNumber: 'SF1' }], {
      receivedAt: one.deadlineAt,
      handedOverAt: late,
    });
    expect([sent, one.status]).toEqual(['accepted', 'awaiting_merchant_receipt']);
  });
});
