import { EventEmitter, once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { movementsAt } from '../../src/cli/demo/proof.ts';
import { freePorts } from '../../src/stack/ports.ts';
import { startWorker } from '../../src/stack/roles.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, orderBody } from '../api/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await apiHere();
});
afterAll(() => api.close());

/** Stands before a provider and passes everything on; a refund only once it is told to. */
async function slowWayTo(providerUrl: string) {
  const events = new EventEmitter();
  const asked = once(events, 'asked');
  const released = once(events, 'released');
  const passOn = async (request: IncomingMessage) => {
    const { method = 'GET', url = '/', headers } = request;
    const body = await buffer(request);
    if (method === 'POST') {
      events.emit('asked');
      await released;
    }
    const type = { 'content-type': headers['content-type'] ?? 'application/json' };
    return fetch(`${providerUrl}${url}`, { method, headers: type, ...(body.length > 0 && { body }) });
  };
  const server = createServer((request, response) => {
    void passOn(request).then(async (answer) => {
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, asked, release: () => void events.emit('released'), close: () => server.close() };
}

it('a worker asked to end in the middle of a payment takes no more tasks, finishes the payment, and ends with exit code 0', async () => {
  const [consumer, merchant] = [api.as('consumer', 'c-1'), api.as('merchant', 'm-1')];
  const providerUrl = await api.startProvider();
  const way = await slowWayTo(providerUrl);
  const [port = 0] = await freePorts([0]);
  const worker = await startWorker({
    env: {
      MONGODB_URL: api.databaseUrl,
      TEMPORAL_ADDRESS: inject('temporalAddress'),
      TEMPORAL_NAMESPACE: 'default',
      TASK_QUEUE: api.taskQueue,
      PAYMENT_PROVIDER_URL: way.url,
      WORKER_PORT: String(port),
    },
    logFile: join(inject('scratch'), 'draining-worker.log'),
  });
  const order = await deliveredOrder(api);
  const { id } = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
  await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }));
  const parcel = { carrier: 'SF', trackingNumber: 'SF1' };
  await expectStatus(200, consumer.post(`/v1/cases/${id}/tracking-number`, parcel));
  await expectStatus(200, merchant.post(`/v1/cases/${id}/receipt-confirmation`, { outcome: 'received' }));

  await way.asked;
  process.kill(worker.process.pid, 'SIGTERM');
  await vi.waitFor(async () => expect((await fetch(`http://127.0.0.1:${port}`)).status).toBe(503), { timeout: 60_000 });
  const late = api.as('service', 's-1').post('/v1/orders', orderBody(), { pending: true });
  expect(await movementsAt(providerUrl)).toEqual([]);
  way.release();
  expect(await worker.process.exited).toBe('exit code 0');
  expect((await late).status).toBe(202);
  expect(await movementsAt(providerUrl)).toMatchObject([{ key: `case/${id}/refund/1`, amount: 12_900 }]);

  // The payment was reported before the end: it is not unknown, and the next worker only has to write it down.
  await api.startWorker(providerUrl);
  await vi.waitFor(
    async () => expect((await consumer.get(`/v1/cases/${id}`)).body).toMatchObject({ status: 'refunded' }),
    { timeout: 60_000 },
  );
  expect(await movementsAt(providerUrl)).toHaveLength(1);
  const story = (await consumer.get(`/v1/cases/${id}/timeline`)).body.items.map(({ type }) => type);
  expect(story).not.toContain('refundUnknown');
  way.close();
});
