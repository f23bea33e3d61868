import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openingCases } from '../../src/activities/opening.ts';
import { type Allocation, openAllocation, reserve } from '../../src/domain/order/allocation.ts';
import type { ApplicationWish } from '../../src/store/allocations.ts';
import type { Batch } from '../../src/store/batch.ts';
import { anApplication, anOrder, aPolicy } from '../builders.ts';
import { consumer, Harness, merchant } from './harness.ts';
import { sentBack } from './stories.ts';

describe('an application is answered by one activity', () => {
  it('CASE-1 tricky case 17: what fails after it has reserved is tried again, and reserves and writes the same', async () => {
    const order = anOrder();
    let allocation: Allocation = openAllocation(order, 1_000);
    const written: Omit<Batch, 'allocation'>[] = [];
    let away = true;
    const opening = openingCases({
      allocations: {
        async reserve(caseId: string, wish: ApplicationWish) {
          allocation = reserve(allocation, caseId, wish.application, wish.receivedAt);
          const entry = allocation.cases[caseId];
          if (!entry) throw new Error('nothing was reserved');
          return entry.refusal ? { refusal: entry.refusal } : { order, entry };
        },
      },
      subjects: {
        async write(batch) {
          written.push(batch);
          if (away) throw new Error('the store is away');
        },
      },
    });
    const asked = {
      wish: { consumerId: order.consumerId, application: anApplication(order.id), receivedAt: 2_000, byAgent: false },
      opening: { application: anApplication(order.id), channel: 'return_page' as const, policy: aPolicy() },
      applied: { commandId: 'k', receivedAt: 2_000, actor: consumer },
      rulesVersion: 1,
      at: 2_500,
    };
    await expect(opening.openCase('c-1', asked)).rejects.toThrow('away');
    away = false;
    const opened = await opening.openCase('c-1', asked);
    expect(written[1]).toEqual(written[0]);
    expect(Object.keys(allocation.cases)).toEqual(['c-1']);
    expect(opened).toMatchObject({ outcome: { commandId: 'k', state: 'accepted', version: 1 } });
  });
});

describe('what operators can filter by', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  /** Each status that the visibility store was told of after the start. */
  async function told(subject: string): Promise<string[]> {
    const { events } = await harness.env.client.workflow.getHandle(subject).fetchHistory();
    return (events ?? []).flatMap(({ upsertWorkflowSearchAttributesEventAttributes: upserted }) => {
      const data = upserted?.searchAttributes?.indexedFields?.['CaseStatus']?.data;
      return data ? [JSON.parse(Buffer.from(data).toString('utf8')) as string] : [];
    });
  }

  const end = async (next?: 'timeout_before') => {
    if (next) harness.world.provider.next.push(next);
    const one = await sentBack(harness);
    await one.give(merchant, ['receiptConfirmation', { outcome: 'received' }]);
    await one.becomes('refunded');
    await one.handle.result();
    return told(one.subject);
  };

  it('CASE-11: a refund whose first try is answered is passed by; one that is unknown is told of', async () => {
    expect(await end()).toEqual(['awaiting_buyer_return', 'awaiting_merchant_receipt', 'refunded']);
    expect(await end('timeout_before')).toEqual([
      'awaiting_buyer_return',
      'awaiting_merchant_receipt',
      'refunding',
      'refunded',
    ]);
  });
});
