import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, type Body, deliveredOrder, expectStatus, orderBody, type Person } from '../api/harness.ts';

let api: Api;
let providerUrl: string;
let [service, merchant, consumer, agent, admin]: Person[] = [];

beforeAll(async () => {
  api = await apiHere();
  ({ providerUrl } = await api.startWorker());
  [service, merchant, consumer] = [api.as('service', 's-1'), api.as('merchant', 'm-1'), api.as('consumer', 'c-1')];
  [agent, admin] = [api.as('agent', 'a-1'), api.as('admin', 'ad-1')];
});
afterAll(() => api.close());

const orderOf = async (id: string) => (await expectStatus(200, merchant!.get(`/v1/orders/${id}`))).body;
const workflowOf = (id: string) => api.temporal.workflow.getHandle(`order/${id}`);

async function paidOrder(): Promise<string> {
  const { id } = (await expectStatus(201, service!.post('/v1/orders', orderBody()))).body;
  await expectStatus(200, service!.post(`/v1/orders/${id}/payment`, { transactionId: `t-${id}`, amount: 13_900 }));
  return id;
}

/** An order whose after-sales period is over, and whose workflow has ended. */
async function completedOrder(): Promise<Body> {
  await expectStatus(201, admin!.post('/v1/policies', { ...defaultPolicy, afterSalesPeriod: 'PT1S' }));
  const { id } = await deliveredOrder(api);
  await expectStatus(201, admin!.post('/v1/policies', defaultPolicy));
  await workflowOf(id).result();
  return orderOf(id);
}

describe('a command on an order whose workflow has ended', () => {
  let order: Body;
  beforeAll(async () => {
    order = await completedOrder();
  });

  it('ORD-10: a shipment or delivery that is told of again changes nothing, under whatever key', async () => {
    const { id } = order;
    const shipped = { carrier: 'SF', trackingNumber: `SF-${id}` };
    const key = randomUUID();
    const again = [
      merchant!.post(`/v1/orders/${id}/shipment`, shipped, { key }),
      merchant!.post(`/v1/orders/${id}/shipment`, shipped, { key }),
      service!.post(`/v1/orders/${id}/delivery`),
      service!.post(`/v1/orders/${id}/delivery`, { deliveredAt: order['deliveredAt'] }),
    ];
    for (const reply of await Promise.all(again)) {
      expect(reply).toMatchObject({ status: 200, body: { id, status: 'completed' } });
      expect(reply.headers.get('etag')).toBe(`"${order.version}"`);
    }
    expect(await orderOf(id)).toEqual(order);
    expect(await merchant!.post(`/v1/orders/${id}/shipment`, shipped, { ifMatch: '"1"' })).toMatchObject({
      status: 412,
      body: { code: 'stale_version' },
    });
  });

  it.each<[name: string, who: () => Person | undefined, fields: object, code: string]>([
    ['shipment', () => merchant, { carrier: 'SF', trackingNumber: 'another' }, 'shipment_contradicts'],
    ['delivery', () => service, { deliveredAt: '2020-01-01T00:00:00Z' }, 'delivery_contradicts'],
    ['cancellation', () => merchant, { reason: 'out_of_stock' }, 'merchant_may_not_cancel_online_order'],
    ['cancellation', () => consumer, { reason: 'changed_mind' }, 'order_already_delivered'],
    ['confirmation', () => merchant, {}, 'order_ended'],
    ['refund-retry', () => agent, {}, 'refund_not_failed'],
  ])(
    'ORD-5, ORD-8, ORD-10, ORD-11: %s is refused by the rule that forbids it (%#)',
    async (name, who, fields, code) => {
      const refused = await who()!.post(`/v1/orders/${order.id}/${name}`, fields);
      expect(refused).toMatchObject({ status: 409, body: { code } });
      expect(await orderOf(order.id)).toEqual(order);
    },
  );

  it('what the rules would accept comes too late, where the workflow is gone before its time', async () => {
    const id = await paidOrder();
    await workflowOf(id).terminate();
    const shipped = { carrier: 'SF', trackingNumber: '1' };
    expect(await merchant!.post(`/v1/orders/${id}/shipment`, shipped)).toMatchObject({
      status: 409,
      body: { code: 'order_ended' },
    });
    expect(await api.as('merchant', 'm-2').post(`/v1/orders/${id}/shipment`, shipped)).toMatchObject({ status: 404 });
  });
});

describe('what the Temporal UI says of a cancelled order whose money is not back', () => {
  const waitsFor = async (id: string) => {
    const metadata = await workflowOf(id).query<{ currentDetails: string }>('__temporal_workflow_metadata');
    return /\*\*Waits for:\*\* (.*)/.exec(metadata.currentDetails)?.[1];
  };
  const refundOf = async (id: string) => (await orderOf(id))['refunds'] as object[];
  const cancelled = async () => {
    const id = await paidOrder();
    await expectStatus(200, agent!.post(`/v1/orders/${id}/cancellation`, { reason: 'changed_mind' }));
    return id;
  };
  const fails = (operation: string, mode: string, times: number) =>
    fetch(`${providerUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operation, mode, times }),
    });

  it('ORD-11: refused, it waits for an agent', async () => {
    await fails('refund', 'decline', 1);
    const id = await cancelled();
    await expect.poll(() => refundOf(id)).toMatchObject([{ state: 'declined' }]);
    expect(await waitsFor(id)).toBe('an agent: refund-retry or manual-settlement');
  });

  it('held back, it waits to be let go', async () => {
    await expectStatus(200, admin!.post('/v1/money/stop', { reason: '对账' }));
    const id = await cancelled();
    await expect.poll(() => refundOf(id)).toMatchObject([{ held: { cause: 'stopped' } }]);
    expect(await waitsFor(id)).toMatch(/^money to be let go \(stopped, since .*Z\): see \/v1\/money$/);
    await expectStatus(200, admin!.post('/v1/money/resume', { reason: '对账' }));
    await expect.poll(() => refundOf(id)).toMatchObject([{ state: 'settled' }]);
  });

  it('REF-4: unknown, it waits for the provider; paid, for nobody', async () => {
    await fails('refund', 'unavailable', 100);
    const id = await cancelled();
    await expect.poll(() => refundOf(id)).toMatchObject([{ state: 'unknown' }]);
    expect(await waitsFor(id)).toBe('the payment provider (unknown)');
    await fetch(`${providerUrl}/faults`, { method: 'DELETE' });
    await expect.poll(() => refundOf(id)).toMatchObject([{ state: 'settled' }]);
    expect(await waitsFor(id)).toBe('nobody');
  });
});
