import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, type Body, deliveredOrder, expectStatus, type Person } from '../api/harness.ts';

let api: Api;
let providerUrl: string;
let [admin, consumer, merchant]: Person[] = [];
beforeAll(async () => {
  api = await apiHere({
    // histories are read through the same encryption as they were written by
    payloadKeys: `k1:${'A'.repeat(43)}=`,
  });
  providerUrl = await api.startProvider();
  await api.startWorker(providerUrl);
  [admin, consumer, merchant] = [api.as('admin', 'x-1'), api.as('consumer', 'c-1'), api.as('merchant', 'm-1')];
});
afterAll(() => api.close());

/** Asks for a republication and waits until it is done. */
async function republished(scope: Record<string, string>): Promise<Body> {
  const { body, headers } = await expectStatus(201, admin!.post('/v1/republications', scope));
  expect(headers.get('location')).toBe(`/v1/republications/${body.id}`);
  return vi.waitFor(
    async () => {
      const found = (await expectStatus(200, admin!.get(`/v1/republications/${body.id}`))).body;
      expect(found['state']).toBe('done');
      return found;
    },
    { timeout: 60_000, interval: 50 },
  );
}

const untilStatus = (id: string, status: string) =>
  vi.waitFor(async () => expect((await consumer!.get(`/v1/cases/${id}`)).body.status).toBe(status), {
    timeout: 60_000,
    interval: 50,
  });

async function caseOn(orderId: string): Promise<string> {
  return (await expectStatus(201, consumer!.post('/v1/cases', applicationFor(orderId)))).body.id;
}

/** A case whose goods are on their way back. */
async function sentBack(orderId: string): Promise<string> {
  const id = await caseOn(orderId);
  await expectStatus(200, merchant!.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }));
  const parcel = { carrier: 'SF', trackingNumber: 'SF1' };
  await expectStatus(200, consumer!.post(`/v1/cases/${id}/tracking-number`, parcel));
  return id;
}

const collection = (name: string) => api.database.collection<{ _id: string }>(name);
const ofSubjects = (...subjects: string[]) => ({ subject: { $in: subjects } });

/** All that is stored of an order and its case, but for how often it was written. */
async function whatIsStored(orderId: string, caseId: string) {
  const without = { projection: { writeSeq: 0, revision: 0 } };
  const subjects = ofSubjects(`order/${orderId}`, `case/${caseId}`);
  return {
    case: await collection('cases').findOne({ _id: caseId }, without),
    order: await collection('orders').findOne({ _id: orderId }, without),
    timeline: await collection('timeline').find(subjects).sort({ _id: 1 }).toArray(),
    messages: await collection('outbox').find({ orderId, channel: 'in_app' }).sort({ _id: 1 }).toArray(),
    ledger: await collection('ledger').find({ orderId }).sort({ _id: 1 }).toArray(),
    allocation: await collection('allocations').findOne({ _id: orderId }, without),
  };
}

describe('POST /v1/republications', () => {
  it('brings back what is lost of an ended case and its order, and sends nobody anything twice', async () => {
    await expectStatus(200, consumer!.put('/v1/me/profile', { email: 'c@example.com', language: 'en', emailOn: true }));
    const { id: orderId } = await deliveredOrder(api);
    const caseId = await sentBack(orderId);
    await merchant!.post(`/v1/cases/${caseId}/receipt-confirmation`, { outcome: 'received' });
    await untilStatus(caseId, 'refunded');
    // its mails are written after what it shows, and its workflow ends after those
    await vi.waitFor(
      async () => {
        const { status } = await api.temporal.workflow.getHandle(`case/${caseId}`).describe();
        expect(status.name).toBe('COMPLETED');
        expect(await api.temporal.workflow.count(`OrderId = '${orderId}'`)).toMatchObject({ count: 2 });
      },
      { timeout: 60_000, interval: 50 },
    );
    const before = await whatIsStored(orderId, caseId);
    expect(before.messages.length).toBeGreaterThan(5);
    expect(before.ledger).toHaveLength(1);

    await collection('cases').deleteOne({ _id: caseId });
    await collection('orders').deleteOne({ _id: orderId });
    await collection('allocations').deleteOne({ _id: orderId });
    await collection('timeline').deleteMany(ofSubjects(`order/${orderId}`, `case/${caseId}`));
    for (const name of ['outbox', 'ledger']) await collection(name).deleteMany({ orderId });

    expect(await republished({ orderId })).toMatchObject({ done: { failed: 0, running: 1, ended: 1 }, orderId });
    await vi.waitFor(async () => expect(await whatIsStored(orderId, caseId)).toEqual(before), {
      timeout: 60_000,
    });
    const mails = await collection('outbox').find({ orderId, channel: 'email' }).toArray();
    expect(mails.length).toBeGreaterThan(0);
    expect(new Set(mails.map((mail) => (mail as unknown as { state: string }).state))).toEqual(new Set(['skipped']));
    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { orderId: string }[];
    expect(movements.filter((one) => one.orderId === orderId)).toHaveLength(1);
  });

  it('a running case writes itself anew over what somebody has spoilt', async () => {
    const { id: orderId } = await deliveredOrder(api);
    const caseId = await sentBack(orderId);
    const before = await whatIsStored(orderId, caseId);
    await collection('cases').updateOne(
      { _id: caseId },
      { $set: { status: 'closed', 'state.stage': { status: 'closed' } } },
    );
    await collection('timeline').deleteOne({ _id: `case/${caseId}/2` });
    expect(await republished({ subject: `case/${caseId}` })).toMatchObject({ done: { running: 1, failed: 0 } });
    await untilStatus(caseId, 'awaiting_merchant_receipt');
    expect(await whatIsStored(orderId, caseId)).toEqual(before);
  });

  it('a case and an order whose workflows are gone go on from their documents, and the case is refunded once', async () => {
    const { id: orderId } = await deliveredOrder(api);
    const caseId = await sentBack(orderId);
    for (const subject of [`case/${caseId}`, `order/${orderId}`])
      await api.temporal.workflow.getHandle(subject).terminate();
    expect((await merchant!.post(`/v1/cases/${caseId}/receipt-confirmation`, { outcome: 'received' })).status).toBe(
      409,
    );

    expect(await republished({ orderId })).toMatchObject({ done: { takenUp: 2, failed: 0 } });
    await vi.waitFor(
      async () => {
        const { items } = (await admin!.get(`/v1/cases/${caseId}/timeline`)).body;
        expect(items.at(-1)).toMatchObject({ type: 'takenUp', actor: { role: 'system' } });
      },
      { timeout: 60_000, interval: 50 },
    );
    await expectStatus(200, merchant!.post(`/v1/cases/${caseId}/receipt-confirmation`, { outcome: 'received' }));
    await untilStatus(caseId, 'refunded');
    const ledger = await collection('ledger').find({ orderId }).toArray();
    expect(ledger).toMatchObject([{ _id: `case/${caseId}/refund/1/refund` }]);
  });

  it('ORD-1: an order that waited for a case whose ending the database had lost completes', async () => {
    await expectStatus(201, admin!.post('/v1/policies', { ...defaultPolicy, afterSalesPeriod: 'PT30S' }));
    const { id: orderId } = await deliveredOrder(api);
    await expectStatus(201, admin!.post('/v1/policies', defaultPolicy));
    const caseId = await caseOn(orderId);
    const backedUp = (await collection('allocations').findOne({ _id: orderId }))!;
    await expectStatus(200, consumer!.post(`/v1/cases/${caseId}/withdrawal`));
    await collection('allocations').replaceOne({ _id: orderId }, backedUp);
    await vi.waitFor(
      async () =>
        expect(await collection('allocations').findOne({ _id: orderId })).toMatchObject({ completionAwaited: true }),
      { timeout: 60_000, interval: 50 },
    );
    const statusOf = async () => (await consumer!.get(`/v1/orders/${orderId}`)).body.status;
    expect(await statusOf()).toBe('delivered');
    expect(await republished({ subject: `case/${caseId}` })).toMatchObject({ done: { ended: 1, failed: 0 } });
    await vi.waitFor(async () => expect(await statusOf()).toBe('completed'), { timeout: 60_000, interval: 50 });
  });

  it('says what it can’t find, and is done all the same', async () => {
    const subject = 'case/00000000-0000-4000-8000-000000000000';
    expect(await republished({ subject })).toMatchObject({
      done: { failed: 1 },
      failed: [{ subject, reason: 'neither Temporal nor MongoDB knows it' }],
    });
  });

  it('names one of subject, orderId and every', async () => {
    const reply = await admin!.post('/v1/republications', { subject: 'case/1', every: 'open' });
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed' } });
    const odd = await admin!.post('/v1/republications', { subject: 'case/1" OR WorkflowId != "' });
    expect(odd).toMatchObject({ status: 422, body: { errors: [{ field: 'subject' }] } });
  });
});
