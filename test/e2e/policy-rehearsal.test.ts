import { afterAll, beforeAll, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, stored } from '../api/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
});
afterAll(() => api.close());

const hasty = {
  ...defaultPolicy,
  deadlines: { ...defaultPolicy.deadlines, merchantDecision: 'PT0.001S', buyerReturn: 'PT0.001S' },
};

it('POL-2: recorded cases are played under a draft: what would have ended otherwise, and which deeds come too late', async () => {
  const consumer = api.as('consumer', 'c-1');
  const merchant = api.as('merchant', 'm-1');
  const refunded = (await expectStatus(201, consumer.post('/v1/cases', applicationFor((await deliveredOrder(api)).id))))
    .body.id;
  await expectStatus(200, merchant.post(`/v1/cases/${refunded}/merchant-decision`, { decision: 'approve' }));
  await expectStatus(
    200,
    consumer.post(`/v1/cases/${refunded}/tracking-number`, { carrier: 'SF', trackingNumber: 'SF1' }),
  );
  await expectStatus(200, merchant.post(`/v1/cases/${refunded}/receipt-confirmation`, { outcome: 'received' }));
  await expect.poll(async () => (await consumer.get(`/v1/cases/${refunded}`)).body.status).toBe('refunded');
  const withdrawn = (
    await expectStatus(201, consumer.post('/v1/cases', applicationFor((await deliveredOrder(api)).id)))
  ).body.id;
  await expectStatus(200, consumer.post(`/v1/cases/${withdrawn}/withdrawal`));
  const before = await stored(api);

  const admin = api.as('admin', 'x-1');
  const same = await expectStatus(200, admin.post('/v1/policy-rehearsals', { policy: defaultPolicy }));
  expect(same.body).toMatchObject({ cases: 2, otherEnding: 0, otherTime: 0, notRehearsed: 0, differences: [] });

  const { body } = await expectStatus(200, admin.post('/v1/policy-rehearsals', { policy: hasty }));
  expect(body).toMatchObject({
    cases: 2,
    otherEnding: 2,
    money: [{ currency: 'CNY', was: { toConsumer: 12_900 }, would: { toConsumer: 0 } }],
  });
  expect(body['differences']).toContainEqual({
    caseId: refunded,
    merchantId: 'm-1',
    currency: 'CNY',
    was: expect.objectContaining({ status: 'refunded', toConsumer: 12_900 }),
    would: expect.objectContaining({ status: 'closed', closeReason: 'no_return_shipment', toConsumer: 0 }),
    refused: [
      expect.objectContaining({ action: 'merchant-decision' }),
      expect.objectContaining({ action: 'tracking-number' }),
      expect.objectContaining({ action: 'receipt-confirmation', code: 'case_ended' }),
    ],
  });
  expect(await stored(api)).toEqual(before);
});

it('a draft that could not be published is refused, its fields named', async () => {
  const policy = { ...defaultPolicy, deadlines: { ...defaultPolicy.deadlines, appeal: '-P1D' } };
  expect((await api.as('admin', 'x-1').post('/v1/policy-rehearsals', { policy })).body).toMatchObject({
    code: 'validation_failed',
    errors: [{ field: 'policy.deadlines.appeal' }],
  });
});
