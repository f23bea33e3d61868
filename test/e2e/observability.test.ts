import { readFileSync } from 'node:fs';
import { Client, Connection } from '@temporalio/client';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { parse } from 'yaml';
import { alertsFile } from '../api/alerting.ts';
import { applicationFor, orderBody } from '../api/harness.ts';
import { type Observed, startObserved, valueOf } from '../api/observed.ts';

const said = {
  description: '一侧没有声音，客厅里试过',
  note: '请放在门口的柜子里',
  statement: '商家说的不是事实',
  reasons: '照片上看得很清楚',
};
const returnAddress = {
  name: '李四',
  phone: '13911112222',
  province: '浙江省',
  city: '杭州市',
  district: '西湖区',
  street: '文三路 99 号',
};
let service: Observed;
let caseId: string;

type Case = { status: string };
const wait = { timeout: 60_000, interval: 200 };

/** The merchant's refusal, decided while nothing can be written: the write fails with all of the case in its hands. */
async function refuseByHandWhileMongodbIsAway(): Promise<void> {
  const connection = await Connection.connect({ address: inject('temporalAddress') });
  service.mongodb.cut();
  const refusal = { decision: 'refuse', refusalCode: 'other', note: said.note };
  await new Client({ connection }).workflow.getHandle(`case/${caseId}`).signal('merchantDecision', refusal);
  await vi.waitUntil(async () => (await service.log('worker')).some(({ msg }) => msg === 'activity failed'), wait);
  service.mongodb.mend();
  await connection.close();
}

/** A case that is disputed and ruled, with everything people say on the way; and MongoDB lost for a moment, so that things fail. */
beforeAll(async () => {
  service = await startObserved();
  const [shop, consumer, merchant, agent] = [
    service.as('service', 's-1'),
    service.as('consumer', 'c-1'),
    service.as('merchant', 'm-1'),
    service.as('agent', 'a-1'),
  ];
  await merchant.put('/v1/me/profile', { language: 'zh-CN', emailOn: true, email: 'li@example.com', returnAddress });
  const { id } = await shop.post<{ id: string }>('/v1/orders', orderBody());
  await shop.post(`/v1/orders/${id}/payment`, { transactionId: 't-1', amount: 13_900 });
  await merchant.post(`/v1/orders/${id}/shipment`, { carrier: 'SF', trackingNumber: 'SF-1' });
  await shop.post(`/v1/orders/${id}/delivery`, {});
  const evidence = await consumer.upload('product_photo', 'photo.txt', said.statement);
  caseId = (
    await consumer.post<{ id: string }>(
      '/v1/cases',
      applicationFor(id, { description: said.description, evidenceIds: [evidence] }),
    )
  ).id;
  const on = (action: string) => `/v1/cases/${caseId}/${action}`;
  await refuseByHandWhileMongodbIsAway();
  await vi.waitUntil(
    async () => (await consumer.get<Case>(`/v1/cases/${caseId}`)).status === 'application_refused',
    wait,
  );
  await consumer.post(on('intervention-request'), {
    reason: 'merchant_refused',
    statement: said.statement,
    evidenceIds: [],
  });
  await agent.post(on('intervention-audit'), { decision: 'accept', note: said.note });
  for (const party of [consumer, merchant])
    await party.post(on('evidence-submission'), { statement: said.statement, evidenceIds: [], complete: true });
  const ruling = { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: said.reasons };
  await agent.post(on('ruling'), ruling);
  await consumer.post(on('tracking-number'), { carrier: 'SF', trackingNumber: 'SF-2' });
  await merchant.post(on('receipt-confirmation'), { outcome: 'received' });
  await vi.waitUntil(async () => (await consumer.get<Case>(`/v1/cases/${caseId}`)).status === 'refunded', wait);
  // what is counted of tasks that fail is shown from the first one on
  const failing = await service.failTasks();
  const failed = 'temporal_workflow_task_execution_failed_total';
  await vi.waitUntil(async () => (await service.scrape('worker'))?.some(({ name }) => name === failed), wait);
  await failing.end();
});
afterAll(() => service?.end());

describe('metrics', () => {
  it('each one that alerts and dashboard name is exposed by API or worker', async () => {
    const exposed = new Set(
      (await Promise.all([`${service.apiUrl}/metrics`, `${await service.workerUrl()}/metrics`].map(textOf))).flatMap(
        (text) =>
          [...text.matchAll(/^# TYPE (\S+) (\w+)$/gm)].flatMap(([, name, type]) =>
            type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
          ),
      ),
    );
    const alerts = parse(readFileSync(alertsFile, 'utf8')) as { groups: { rules: { expr: string }[] }[] };
    const dashboard = readFileSync(
      new URL('../../deploy/observability/grafana/dashboard.json', import.meta.url),
      'utf8',
    );
    const expressions = [
      ...alerts.groups.flatMap(({ rules }) => rules.map(({ expr }) => expr)),
      ...[...dashboard.matchAll(/"expr": ("(?:[^"\\]|\\.)*")/g)].map(([, expr]) => JSON.parse(expr!) as string),
    ];
    const named = expressions.flatMap((one) => one.match(/\b(?:aftersales|temporal|nodejs|process)_\w+/g) ?? []);
    expect(named.length).toBeGreaterThan(40);
    expect([...new Set(named)].filter((name) => !exposed.has(name))).toEqual([]);
  });

  it('decisions are measured once each, though a batch may be written twice', async () => {
    const worker = await service.scrape('worker');
    const count = (decision: string) => valueOf(worker, 'aftersales_decision_time_seconds_count', { decision });
    expect([count('merchant'), count('ruling'), count('appeal_ruling')]).toEqual([1, 1, undefined]);
  });

  it('no label holds an id, a name or a phone number', async () => {
    const labels = [...(await service.scrape('api'))!, ...(await service.scrape('worker'))!]
      .filter(({ name }) => name.startsWith('aftersales_'))
      .flatMap((one) => Object.values(one.labels));
    expect(labels.filter((value) => !/^[\w/:.+-]{1,60}$/.test(value))).toEqual([]);
    expect(labels.filter((value) => /[0-9a-f]{8}-|\d{8}|[cmsa]-1$/.test(value))).toEqual([]);
  });
});

const textOf = async (url: string) => (await fetch(url)).text();

describe('logs', () => {
  it('a command is found under its id in the API’s log and the worker’s, with its subject', async () => {
    const ruling = (await service.log('api')).find((line) => {
      const { path } = (line['req'] ?? {}) as { path?: string };
      return path?.endsWith('/ruling') && line['commandId'] !== undefined;
    });
    expect(ruling).toMatchObject({ requestId: expect.any(String), subject: `case/${caseId}` });
    const decided = (await service.log('worker')).filter(({ commandIds }) =>
      (commandIds as string[] | undefined)?.includes(String(ruling!['commandId'])),
    );
    expect(decided).toMatchObject([{ subject: `case/${caseId}`, activity: 'persist', attempt: 1 }]);
  });

  it('an activity that fails is logged with its type, subject and attempt', async () => {
    const failed = (await service.log('worker')).filter(({ msg }) => msg === 'activity failed');
    expect(failed.length).toBeGreaterThan(0);
    for (const line of failed)
      expect(line).toMatchObject({
        activity: expect.any(String),
        subject: expect.stringMatching(/^(case|order|reconciliation)\//),
        attempt: expect.any(Number),
        err: { type: expect.any(String), message: expect.any(String) },
      });
  });

  it('nothing that people are or say is in any log', async () => {
    const { name, phone, street } = orderBody().shippingAddress;
    const theirs = [name, phone, street, ...Object.values(said), ...Object.values(returnAddress), 'li@example.com'];
    const logs = JSON.stringify([await service.log('api'), await service.log('worker')]);
    expect(logs.length).toBeGreaterThan(5_000);
    expect(theirs.filter((one) => logs.includes(one))).toEqual([]);
  });
});
