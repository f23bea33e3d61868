import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, stored } from '../api/harness.ts';

let api: Api;
let caseId: string;
beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  const order = await deliveredOrder(api);
  caseId = (await expectStatus(201, api.as('consumer', 'c-1').post('/v1/cases', applicationFor(order.id)))).body.id;
});
afterAll(() => api.close());

const path = () => `/v1/cases/${caseId}/what-if`;

it('SEE-1: if nobody acts: approved by CASE-3, closed by CASE-7, and nothing has changed', async () => {
  const before = await stored(api);
  const { body } = await expectStatus(200, api.as('consumer', 'c-1').post(path()));
  const { deadline } = (await api.as('consumer', 'c-1').get(`/v1/cases/${caseId}`)).body;
  expect(body).toMatchObject({
    steps: [
      { type: 'applicationApproved', rule: 'CASE-3', at: (deadline as { at: string }).at },
      { type: 'returnAwaited', deadline: { kind: 'buyerReturn', waitingFor: 'consumer' } },
      { type: 'caseClosed', rule: 'CASE-7', status: 'closed' },
    ],
    money: [],
    ending: { status: 'closed', closeReason: 'no_return_shipment' },
    waitsFor: null,
  });
  expect(await stored(api)).toEqual(before);
});

it('SEE-1: an action that comes now: what follows from it, or why it would be refused', async () => {
  const merchant = api.as('merchant', 'm-1');
  const approved = await merchant.post(path(), { action: 'merchant-decision', fields: { decision: 'approve' } });
  expect(approved.body).toMatchObject({ steps: [{ type: 'applicationApproved', rule: 'CASE-2' }, {}, {}] });
  expect(approved.body).not.toHaveProperty('refused');
  const refused = { decision: 'refuse', refusalCode: 'goods_used' };
  expect((await merchant.post(path(), { action: 'merchant-decision', fields: refused })).body).toMatchObject({
    refused: { code: 'evidence_required' },
    ending: { closeReason: 'no_return_shipment' },
  });
});

it('whoever may not see the case is told nothing; what can’t be imagined is named', async () => {
  expect((await api.as('consumer', 'c-2').post(path())).status).toBe(404);
  const wrong = async (body: object) => (await api.as('agent', 'a-1').post(path(), body)).body;
  expect(await wrong({ action: 'merchant-decision', fields: { decision: 'maybe' } })).toMatchObject({
    code: 'validation_failed',
    errors: [{ field: 'fields.decision' }],
  });
  expect(await wrong({ action: 'fly' })).toMatchObject({ errors: [{ field: 'action' }] });
  expect(await wrong({ action: 'withdrawal', as: 'merchant' })).toMatchObject({ errors: [{ field: 'as' }] });
  expect(await wrong({ as: 'merchant' })).toMatchObject({ errors: [{ field: 'as', detail: 'needs an action' }] });
});
