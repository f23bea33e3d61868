import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus } from '../api/harness.ts';
import { type Way, wayTo } from '../api/proxy.ts';

const hour = 3_600_000;

let temporal: Way;
let api: Api;

beforeAll(async () => {
  const [host = '', port = ''] = inject('temporalAddress').split(':');
  temporal = await wayTo(host, Number(port));
  api = await apiHere({ apiTemporalAddress: `127.0.0.1:${temporal.port}` });
  await api.startWorker();
});
afterAll(async () => {
  await api.close();
  await temporal.close();
});

it('POL-4, CASE-3: an application that only a repeat brought through, 47 h later, leaves the merchant its 48 h', async () => {
  const order = await deliveredOrder(api);
  const consumer = api.as('consumer', 'c-1');
  const key = randomUUID();
  temporal.cut();
  const first = await consumer.post('/v1/cases', applicationFor(order.id), { key, once: true });
  expect(first).toMatchObject({ status: 503, body: { code: 'outcome_unknown' } });
  temporal.mend();
  // as if that had been 47 h ago
  const commands = api.database.collection<{ _id: string; receivedAt: number }>('commands');
  const isFirst = { subject: /^case\// };
  expect((await commands.updateOne(isFirst, { $inc: { receivedAt: -47 * hour } })).modifiedCount).toBe(1);

  const again = Date.now();
  const { body } = await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id), { key }));
  const deadline = body['deadline'] as { kind: string; at: string };
  expect(deadline.kind).toBe('merchantDecision');
  expect(Date.parse(deadline.at)).toBeGreaterThanOrEqual(again + 48 * hour);
  expect(Date.parse(deadline.at)).toBeLessThan(Date.now() + 48 * hour);
});
