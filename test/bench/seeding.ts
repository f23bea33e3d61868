import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Application } from '../../src/domain/case/commands.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import type { Policy } from '../../src/domain/policy/policy.ts';
import { allocationStore } from '../../src/store/allocations.ts';
import { connectDatabase, type Database } from '../../src/store/database.ts';
import { defineModels, type Models } from '../../src/store/models.ts';
import { defaultTaskQueue } from '../../src/workflows/messages.ts';
import { caseStart } from '../../src/workflows/starting.ts';
import { concurrently } from './concurrently.ts';
import { address, applicationFor } from './orders.ts';
import type { Bench } from './stack.ts';

export const graceMs = 5_000;
const hour = 3_600_000;
const atOnce = 16;
const merchants = 40;
const consumers = 1_000;

/** The store as the bench looks at it, and fills where it is not what is measured. */
export type Seeding = { database: Database; models: Models; close: () => Promise<void> };

export async function seedingOf({ mongodbUrl }: Pick<Bench, 'mongodbUrl'>): Promise<Seeding> {
  const database = await connectDatabase(mongodbUrl);
  return { database, models: defineModels(database), close: () => database.close() };
}

/** Cases to open: how many, from which number on, under which policy, received when (UTC ms). */
export type Wish = {
  from: number;
  count: number;
  kind: Application['kind'];
  policy?: Policy;
  receivedAt?: number;
};

/**
 * Opens cases as the API does, by starting their workflows, on delivered orders that are put into the store as their own
 * workflows would have: orders are not what is measured. Answers the ids once all cases have been written.
 */
export async function openCases(
  { temporal }: Bench,
  { models }: Seeding,
  { from, count, kind, policy = { ...defaultPolicy, version: 1 }, receivedAt }: Wish,
): Promise<string[]> {
  const allocations = allocationStore(models);
  const before = await models.cases.collection.countDocuments({});
  const caseIds = await concurrently(
    Array.from({ length: count }, (_, index) => from + index),
    atOnce,
    async (number) => {
      const caseId = randomUUID();
      const order = deliveredOrder(number, policy);
      const applied = {
        commandId: `bench-${caseId}`,
        receivedAt: receivedAt ?? Date.now(),
        actor: { role: 'consumer' as const, id: order.consumerId },
      };
      await allocations.open(order, order.placedAt);
      const input = {
        caseId,
        consumerId: order.consumerId,
        application: { ...applicationFor(order.id), kind },
        channel: 'return_page' as const,
        policy,
        applied,
        settings: { graceMs },
      };
      const { type, ...options } = caseStart(input, order);
      await temporal.workflow.start(type, { ...options, taskQueue: defaultTaskQueue });
      return caseId;
    },
  );
  await until(async () => (await models.cases.collection.countDocuments({})) >= before + count);
  return caseIds;
}

/** An order that was delivered yesterday, one of forty merchants' and a thousand consumers'. */
export function deliveredOrder(number: number, policy: Policy): OrderFacts {
  return {
    id: randomUUID(),
    consumerId: `consumer-${number % consumers}`,
    merchantId: `merchant-${number % merchants}`,
    paymentMethod: 'online',
    currency: 'CNY',
    postage: 1_000,
    lines: [
      {
        lineId: 'l-1',
        sku: 'cup',
        title: '保温杯',
        quantity: 1,
        unitPrice: 12_900,
        discount: 0,
        noReasonReturn: true,
      },
    ],
    shippingAddress: address('王小明'),
    policy,
    placedAt: Date.now() - 24 * hour,
  };
}

/** Asks again and again until it is so, however long that takes: whoever runs the bench bounds it. */
export async function until(isSo: () => Promise<boolean>, everyMs = 250): Promise<void> {
  while (!(await isSo())) await delay(everyMs);
}
