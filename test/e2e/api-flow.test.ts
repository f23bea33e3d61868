import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { type Api, orderBody, type Person, startApi } from '../api/harness.ts';

let api: Api;
let service: Person;
let consumer: Person;
let merchant: Person;
let providerUrl: string;

beforeAll(async () => {
  api = await startApi({
    mongodbUrl: inject('mongodbUrl'),
    temporalAddress: inject('temporalAddress'),
    scratch: inject('scratch'),
  });
  ({ providerUrl } = await api.startWorker());
  service = api.as('service', 's-1');
  consumer = api.as('consumer', 'c-1');
  merchant = api.as('merchant', 'm-1');
});
afterAll(() => api.close());

describe('an online return over HTTP', () => {
  it('goes from the order to one refund without postage', async () => {
    const placed = await service.post('/v1/orders', orderBody());
    expect(placed).toMatchObject({ status: 201, body: { status: 'pending_payment' } });
    const order = `/v1/orders/${placed.body.id}`;
    expect(await service.post(`${order}/payment`, { transactionId: 't-1', amount: 13_900 })).toMatchObject({
      status: 200,
      body: { status: 'stocking_up' },
    });
    expect(await merchant.post(`${order}/shipment`, { carrier: 'SF', trackingNumber: 'SF1' })).toMatchObject({
      status: 200,
      body: { status: 'shipped' },
    });
    expect(await service.post(`${order}/delivery`)).toMatchObject({ status: 200, body: { status: 'delivered' } });

    const application = {
      orderId: placed.body.id,
      kind: 'return_and_refund',
      reason: 'no_reason_7d',
      lines: [{ lineId: 'l-1', quantity: 1 }],
      description: '不合适',
    };
    const applied = await consumer.post('/v1/cases', application);
    expect(applied).toMatchObject({ status: 201, body: { status: 'pending_merchant_review', channel: 'return_page' } });
    const found = `/v1/cases/${applied.body.id}`;
    expect(await merchant.post(`${found}/merchant-decision`, { decision: 'approve' })).toMatchObject({
      status: 200,
      body: { status: 'awaiting_buyer_return' },
    });
    expect(await consumer.post(`${found}/tracking-number`, { carrier: 'SF', trackingNumber: 'SF2' })).toMatchObject({
      status: 200,
      body: { status: 'awaiting_merchant_receipt' },
    });
    expect(await merchant.post(`${found}/receipt-confirmation`, { outcome: 'received' })).toMatchObject({
      status: 200,
    });
    await expect.poll(async () => (await consumer.get(found)).body.status, { timeout: 10_000 }).toBe('refunded');
    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { orderId: string; amount: number }[];
    expect(movements.filter(({ orderId }) => orderId === placed.body.id)).toMatchObject([
      { kind: 'refund', amount: 12_900 },
    ]);
  });
});
