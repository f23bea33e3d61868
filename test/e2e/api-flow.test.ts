import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, orderBody, type Person } from '../api/harness.ts';

let api: Api;
let service: Person;
let consumer: Person;
let merchant: Person;
let providerUrl: string;

beforeAll(async () => {
  api = await apiHere();
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
    await expect.poll(async () => (await consumer.get(found)).body.status).toBe('refunded');
    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { orderId: string; amount: number }[];
    expect(movements.filter(({ orderId }) => orderId === placed.body.id)).toMatchObject([
      { kind: 'refund', amount: 12_900 },
    ]);
  });
});

describe('the other ways money goes', () => {
  const agent = () => api.as('agent', 'a-1');
  const toProvider = async (path: string, body: object) => {
    const response = await fetch(`${providerUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    expect(response.ok).toBe(true);
  };

  /** A case of an order, approved, sent back and received: in its refund step. */
  async function caseInRefundStep(more: Record<string, unknown> = {}): Promise<string> {
    const order = await deliveredOrder(api, more);
    const { id } = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
    await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }));
    await expectStatus(200, consumer.post(`/v1/cases/${id}/tracking-number`, { carrier: 'SF', trackingNumber: '1' }));
    await expectStatus(200, merchant.post(`/v1/cases/${id}/receipt-confirmation`, { outcome: 'received' }));
    return id;
  }
  /** The id of a file that the merchant shows as its refund voucher. */
  async function uploadedVoucher(): Promise<string> {
    const form = new FormData();
    form.set('kind', 'refund_voucher');
    form.set('file', new Blob([Buffer.from('%PDF-1.7\n')], { type: 'application/pdf' }), 'voucher.pdf');
    return (await expectStatus(201, merchant.upload('/v1/evidence', form))).body.id;
  }
  const refundOf = async (id: string) => (await consumer.get(`/v1/cases/${id}`)).body['refund'];
  const statusOf = async (id: string) => (await consumer.get(`/v1/cases/${id}`)).body.status;

  it('a pending payment is unknown, no second may start, and the provider’s callback settles it', async () => {
    await toProvider('/faults', { operation: 'refund', mode: 'pending', times: 1 });
    const id = await caseInRefundStep();
    await expect.poll(() => refundOf(id)).toMatchObject({ amount: 12_900, state: 'unknown' });
    expect(await agent().post(`/v1/cases/${id}/refund-retry`)).toMatchObject({
      status: 409,
      body: { code: 'refund_outcome_unknown' },
    });
    await toProvider('/operations/settle', { key: `case/${id}/refund/1`, outcome: 'done' });
    await expect.poll(() => statusOf(id)).toBe('refunded');
    expect(await refundOf(id)).toMatchObject({ state: 'settled' });
    const answered = /_count\{method="POST",route="\/v1\/provider-callbacks\/:provider",status="200"\} 1\n/;
    await expect.poll(async () => (await api.request('GET', '/metrics')).body['text']).toMatch(answered);
  });

  it('a refused payment fails in sight of all; an agent’s retry is a new attempt (CASE-14)', async () => {
    await toProvider('/faults', { operation: 'refund', mode: 'decline', times: 1 });
    const id = await caseInRefundStep();
    await expect.poll(() => statusOf(id)).toBe('refund_failed');
    expect((await agent().get(`/v1/cases/${id}`)).body['availableActions']).toEqual([
      'refund-retry',
      'manual-settlement',
    ]);
    await expectStatus(200, agent().post(`/v1/cases/${id}/refund-retry`));
    await expect.poll(() => statusOf(id)).toBe('refunded');
    expect((await agent().get(`/v1/ledger?caseId=${id}`)).body.items).toMatchObject([
      { movementKey: `case/${id}/refund/2` },
    ]);
  });

  it('or it is settled by hand, once the provider has said that it has not paid (CASE-14)', async () => {
    await toProvider('/faults', { operation: 'refund', mode: 'decline', times: 1 });
    const id = await caseInRefundStep();
    await expect.poll(() => statusOf(id)).toBe('refund_failed');
    const settled = await agent().post(`/v1/cases/${id}/manual-settlement`, {
      reference: 'bank-1',
      note: 'paid by transfer',
    });
    expect(settled).toMatchObject({ status: 200, body: { status: 'refunded' } });
    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { key: string }[];
    expect(movements.filter(({ key }) => key.startsWith(`case/${id}/`))).toEqual([]);
  });

  it('cod: the merchant’s voucher must be for the refund, and not from the future (CASE-12)', async () => {
    const id = await caseInRefundStep({ paymentMethod: 'cod' });
    const file = await uploadedVoucher();
    const voucher = { reference: 'v-1', amount: 12_900, paidAt: new Date().toISOString(), evidenceIds: [file] };
    const give = (more: object) => merchant.post(`/v1/cases/${id}/refund-voucher`, { ...voucher, ...more });
    expect(await give({ amount: 13_900 })).toMatchObject({
      status: 422,
      body: { code: 'voucher_amount_mismatch', errors: [{ field: 'amount' }] },
    });
    expect(await give({ paidAt: '2100-01-01T00:00:00Z' })).toMatchObject({
      status: 422,
      body: { code: 'voucher_paid_in_future' },
    });
    expect(await give({})).toMatchObject({ status: 200, body: { status: 'refunded', final: true } });
    expect(await give({})).toMatchObject({ status: 409, body: { code: 'case_ended' } });
  });

  it('a voucher that comes after the platform has paid is refused and kept: an agent opens its file (CASE-13)', async () => {
    const admin = api.as('admin', 'ad-1');
    const { deadlines } = defaultPolicy;
    const hasty = { ...defaultPolicy, deadlines: { ...deadlines, refundVoucher: 'PT1S' } };
    await expectStatus(201, admin.post('/v1/policies', hasty));
    const id = await caseInRefundStep({ paymentMethod: 'cod' });
    await expectStatus(201, admin.post('/v1/policies', defaultPolicy));
    await expect.poll(() => statusOf(id)).toBe('compensated');
    const file = await uploadedVoucher();
    const voucher = { reference: 'v-2', amount: 12_900, paidAt: '2026-01-01T08:00:00+08:00', evidenceIds: [file] };
    const key = 'too-late';
    const give = () => merchant.post(`/v1/cases/${id}/refund-voucher`, voucher, { key });
    expect(await give()).toMatchObject({ status: 409, body: { code: 'already_compensated' } });
    expect(await give()).toMatchObject({ status: 409, body: { code: 'already_compensated' } });
    expect((await agent().get(`/v1/cases/${id}/evidence`)).body.items).toMatchObject([{ id: file }]);
    await expectStatus(200, agent().get(`/v1/evidence/${file}`));
    const kept = (await agent().get(`/v1/cases/${id}/timeline`)).body.items.at(-1);
    expect(kept).toMatchObject({
      type: 'voucherKept',
      rule: 'CASE-13',
      detail: { evidenceIds: [file], paidAt: '2026-01-01T00:00:00.000Z' },
    });
  });

  it('an agent gives more time, and only more (POL-5)', async () => {
    const order = await deliveredOrder(api);
    const { id, deadline } = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
    const { at } = deadline as { at: string };
    const extend = (until: string) => agent().post(`/v1/cases/${id}/deadline-extension`, { until, reason: '商家停电' });
    expect(await extend(at)).toMatchObject({
      status: 422,
      body: { code: 'deadline_extension_invalid', errors: [{ field: 'until' }] },
    });
    const later = new Date(Date.parse(at) + 3_600_000).toISOString();
    expect(await extend(later)).toMatchObject({
      status: 200,
      body: { deadline: { kind: 'merchantDecision', at: later } },
    });
    const { items } = (await merchant.get(`/v1/cases/${id}/timeline`)).body;
    expect(items.at(-1)).toMatchObject({
      type: 'deadlineExtended',
      rule: 'POL-5',
      deadline: { at: later },
      detail: { was: at, reason: '商家停电' },
    });
  });
});
