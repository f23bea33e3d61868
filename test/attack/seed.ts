import { queues } from '../../src/domain/queue.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, orderBody } from '../api/harness.ts';

/** Something of c-1 and m-1 of every kind; ids by the first segment of the paths that take them. Takes a running worker. */
export async function seed(api: Api): Promise<Record<string, string[]>> {
  const consumer = api.as('consumer', 'c-1');
  const merchant = api.as('merchant', 'm-1');
  const created = (await expectStatus(201, api.as('service', 'service-1').post('/v1/orders', orderBody()))).body;
  const delivered = await deliveredOrder(api);
  const applied = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(delivered.id)))).body;
  const other = await deliveredOrder(api);
  const refused = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(other.id)))).body;
  const decision = { decision: 'refuse', refusalCode: 'out_of_window' };
  await expectStatus(200, merchant.post(`/v1/cases/${refused.id}/merchant-decision`, decision));
  const ticket = { orderId: delivered.id, category: 'refund', description: '商家一直不处理', evidenceIds: [] };
  const opened = (await expectStatus(201, consumer.post('/v1/support-tickets', ticket))).body;
  const form = new FormData();
  form.set('kind', 'order_screenshot');
  form.set('file', new Blob(['一侧没有声音'], { type: 'text/plain' }), 'note.txt');
  const evidence = (await expectStatus(201, consumer.upload('/v1/evidence', form))).body;
  const webhook = { url: 'http://127.0.0.1:9/', events: ['*'] };
  const endpoint = (await expectStatus(201, api.as('admin', 'admin-1').post('/v1/webhooks', webhook))).body;
  const told = (await expectStatus(200, merchant.get('/v1/messages'))).body.items[0];
  return {
    orders: [created.id, delivered.id],
    cases: [applied.id, refused.id],
    'support-tickets': [opened.id],
    evidence: [evidence.id],
    webhooks: [endpoint.id],
    messages: told ? [told.id] : [],
    queues: [...queues, applied.id, refused.id, opened.id],
    'provider-callbacks': ['sandbox'],
  };
}
