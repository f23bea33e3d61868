import { randomBytes, randomUUID } from 'node:crypto';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, Connection } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { startTracing } from '../../src/observe/tracing.ts';
import { bundleWorkflows } from '../../src/worker/worker.ts';
import { applicationFor, authSecret, orderBody } from '../api/harness.ts';
import { type Observed, startObserved } from '../api/observed.ts';

type Span = { traceId: string; spanId: string; parentSpanId?: string; name: string; attributes: { key: string }[] };
type Sent = { resourceSpans: { scopeSpans: { spans: Span[] }[] }[] };

/** A collector that takes OTLP over HTTP as JSON, and keeps everything. */
const spans: Span[] = [];
let bodies = '';
const heard: IncomingHttpHeaders[] = [];
let collector: Server;
let service: Observed;
let caseId: string;
const traceId = randomBytes(16).toString('hex');
const callerSpan = randomBytes(8).toString('hex');

const ofTrace = () => spans.filter((one) => one.traceId === traceId);
const named = (name: string) => ofTrace().filter((one) => one.name === name);
/** The names of the spans above one, the nearest first. */
function above(span: Span | undefined): string[] {
  const parent = span && spans.find(({ spanId }) => spanId === span.parentSpanId);
  return parent ? [parent.name, ...above(parent)] : [];
}

beforeAll(async () => {
  collector = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString()));
    request.on('end', () => {
      heard.push(request.headers);
      bodies += text;
      if (request.url === '/v1/traces')
        spans.push(
          ...(JSON.parse(text) as Sent).resourceSpans.flatMap(({ scopeSpans }) =>
            scopeSpans.flatMap((one) => one.spans),
          ),
        );
      response.writeHead(200, { 'content-type': 'application/json' }).end('{}');
    });
  });
  await new Promise<void>((listening) => collector.listen(0, '127.0.0.1', listening));
  const { port } = collector.address() as AddressInfo;
  service = await startObserved({
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}`,
    OTEL_BSP_SCHEDULE_DELAY: '200',
  });
  const [shop, consumer, merchant] = [
    service.as('service', 's-1'),
    service.as('consumer', 'c-1'),
    service.as('merchant', 'm-1'),
  ];
  const { id } = await shop.post<{ id: string }>('/v1/orders', orderBody());
  await shop.post(`/v1/orders/${id}/payment`, { transactionId: 't-1', amount: 13_900 });
  await merchant.post(`/v1/orders/${id}/shipment`, { carrier: 'SF', trackingNumber: 'SF-1' });
  await shop.post(`/v1/orders/${id}/delivery`, {});
  caseId = (await consumer.post<{ id: string }>('/v1/cases', applicationFor(id))).id;
  await merchant.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' });
  await consumer.post(`/v1/cases/${caseId}/tracking-number`, { carrier: 'SF', trackingNumber: 'SF-2' });
  const confirmed = await fetch(`${service.apiUrl}/v1/cases/${caseId}/receipt-confirmation`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await signToken({ role: 'merchant', sub: 'm-1' }, authSecret)}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
      traceparent: `00-${traceId}-${callerSpan}-01`,
    },
    body: JSON.stringify({ outcome: 'received' }),
  });
  if (!confirmed.ok) throw new Error(`answered ${confirmed.status}`);
  // the refund is settled and written last of all
  const all = () =>
    named('RunActivity:persist').length >= 2 && named('RunActivity:pay').length === 1 && named(receipt).length === 1;
  await vi.waitUntil(all, { timeout: 60_000, interval: 100 });
});
afterAll(async () => {
  await service?.end();
  collector?.close();
});

const receipt = 'POST /v1/cases/:id/receipt-confirmation';

describe('one trace from a request to the money', () => {
  it('the request is a child of its caller’s span, and the signal of the request', () => {
    expect(named(receipt)).toMatchObject([{ parentSpanId: callerSpan }]);
    expect(above(named('SignalWorkflow:receiptConfirmation')[0])).toEqual([receipt]);
  });

  it('what the workflow has carried out is part of it, down to MongoDB and the provider', () => {
    const signal = 'SignalWorkflow:receiptConfirmation';
    const [pay] = named('RunActivity:pay');
    expect(above(pay)).toEqual([signal, receipt]);
    expect(named('POST provider /refunds').map(above)).toEqual([['RunActivity:pay', signal, receipt]]);
    expect(named('GET provider /operations').map(above)).toEqual([['RunActivity:pay', signal, receipt]]);
    const writes = ofTrace().filter(({ name }) => name === 'mongodb insert ledger');
    expect(writes.map(above)).toEqual([['RunActivity:persist', signal, receipt]]);
    expect(
      ofTrace()
        .filter(({ name }) => name.startsWith('mongodb find'))
        .map(above),
    ).toContainEqual([receipt]);
  });

  it('its id is in the lines of both logs', async () => {
    const api = (await service.log('api')).filter((line) => line['traceId'] === traceId);
    expect(api).toMatchObject([{ subject: `case/${caseId}`, commandId: expect.any(String) }]);
    const worker = (await service.log('worker')).filter((line) => line['traceId'] === traceId);
    expect(worker.map(({ activity }) => activity)).toEqual(expect.arrayContaining(['persist', 'pay']));
  });

  it('no span tells a name, a phone number, an address or what people wrote', () => {
    const { name, phone, street } = orderBody().shippingAddress;
    expect(bodies.length).toBeGreaterThan(5_000);
    expect([name, phone, street, '一侧没有声音'].filter((one) => bodies.includes(one))).toEqual([]);
  });

  it('a history written with tracing replays with and without it', async () => {
    const connection = await Connection.connect({ address: inject('temporalAddress') });
    const { workflow } = new Client({ connection });
    const history = await workflow.getHandle(`case/${caseId}`).fetchHistory();
    expect(JSON.stringify(history)).toContain('_tracer-data');
    for (const traced of [true, false])
      await Worker.runReplayHistory({ workflowBundle: await bundleWorkflows({ traced }) }, history, `case/${caseId}`);
    await connection.close();
  });
});

it('a call of the provider carries its trace on', async () => {
  const { port } = collector.address() as AddressInfo;
  const tracing = startTracing('worker', `http://127.0.0.1:${port}`);
  const before = heard.length;
  await tracing.request('test', {}, (span) => {
    const { traceId: own } = span.spanContext();
    return tracing.fetch(new URL(`http://127.0.0.1:${port}/elsewhere`)).then(() => {
      expect(heard.slice(before).find(({ traceparent }) => traceparent)?.['traceparent']).toMatch(
        new RegExp(`^00-${own}-[0-9a-f]{16}-01$`),
      );
      span.end();
    });
  });
  await tracing.stop();
});
