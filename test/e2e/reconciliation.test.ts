import { afterAll, beforeAll, expect, inject, it, vi } from 'vitest';
import { scheduleReconciliation } from '../../src/worker/reconciling.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  type Person,
  startApi,
} from '../api/harness.ts';

let api: Api;
let providerUrl: string;
let [admin, agent, consumer, merchant]: Person[] = [];
beforeAll(async () => {
  api = await startApi({
    mongodbUrl: inject('mongodbUrl'),
    temporalAddress: inject('temporalAddress'),
    scratch: inject('scratch'),
  });
  providerUrl = await api.startProvider();
  await api.startWorker(providerUrl);
  [admin, agent] = [api.as('admin', 'x-1'), api.as('agent', 'a-1')];
  [consumer, merchant] = [api.as('consumer', 'c-1'), api.as('merchant', 'm-1')];
});
afterAll(() => api.close());

type Difference = { code: string; subject?: string; movementKey?: string; call?: { path: string; body: object } };

const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 60_000, interval: 50 });

async function done(path: string, body: object): Promise<Body> {
  const { id } = (await expectStatus(201, admin!.post(path, body))).body;
  return until(async () => {
    const found = (
      await expectStatus(200, agent!.get(`${path}/${id}${path === '/v1/reconciliations' ? '?limit=100' : ''}`))
    ).body;
    expect(found['state']).toBe('done');
    return found;
  });
}

/** Reconciles everything, in flight or not; answers the report. */
async function reconciled(): Promise<{ report: Body; differences: Difference[] }> {
  const report = await done('/v1/reconciliations', { graceSeconds: 0, askAll: true });
  const differences = (report['differences'] as { items: Difference[] }).items;
  expect(report['differenceCount']).toBe(differences.length);
  return { report, differences };
}
const named = (differences: Difference[]) =>
  differences.map(({ code, subject, movementKey }) => `${code} ${movementKey ?? subject}`).sort();

const collection = (name: string) => api.database.collection<{ _id: string }>(name);

async function caseOf(kind: 'refund_only' | 'return_and_refund'): Promise<{ orderId: string; caseId: string }> {
  const { id: orderId } = await deliveredOrder(api);
  const { id: caseId } = (await expectStatus(201, consumer!.post('/v1/cases', applicationFor(orderId, { kind })))).body;
  await merchant!.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' });
  const status = kind === 'refund_only' ? 'refunded' : 'awaiting_buyer_return';
  await until(async () => expect((await consumer!.get(`/v1/cases/${caseId}`)).body.status).toBe(status));
  return { orderId, caseId };
}

const paid = (key: string, orderId: string, amount = 12_900) =>
  fetch(`${providerUrl}/refunds`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key, orderId, amount, currency: 'CNY' }),
  });

it('finds nothing where all is well; each difference with its cause; and what it says mends it', async () => {
  const [refunded, twice, gone, hidden, spoilt, behind] = [
    await caseOf('refund_only'),
    await caseOf('refund_only'),
    await caseOf('return_and_refund'),
    await caseOf('return_and_refund'),
    await caseOf('return_and_refund'),
    await caseOf('return_and_refund'),
  ];
  const clean = await until(async () => {
    const { report, differences } = await reconciled();
    expect(named(differences)).toEqual([]);
    return report;
  });
  expect(clean['looked']).toMatchObject({
    movements: 2,
    ledger: 2,
    case: 6,
    order: 6,
    allocations: 6,
    caseWorkflows: 4,
  });
  expect(clean['notCompared']).toEqual([]);

  await collection('ledger').deleteMany({ caseId: refunded.caseId });
  await paid(`case/${twice.caseId}/refund/2`, twice.orderId);
  await paid('somebody/else/1', 'o-1');
  const entry = { _id: 'case/none/refund/1/refund', kind: 'refund', at: new Date(), movementKey: 'case/none/refund/1' };
  const sides = { debit: 'order_proceeds/o-2', credit: 'payment_provider', amount: 1, currency: 'CNY', orderId: 'o-2' };
  await collection('ledger').insertOne({ ...entry, ...sides });
  await api.temporal.workflow.getHandle(`case/${gone.caseId}`).terminate();
  await collection('cases').deleteOne({ _id: hidden.caseId });
  const closed = { status: 'closed', 'state.stage': { status: 'closed', reason: 'withdrawn' } };
  await collection('cases').updateOne({ _id: spoilt.caseId }, { $set: closed });
  await collection('cases').updateOne({ _id: behind.caseId }, { $inc: { writeSeq: -1 } });

  const { differences } = await reconciled();
  const remaining = [
    'entry_without_movement case/none/refund/1',
    `movement_without_entry case/${twice.caseId}/refund/2`,
    'movement_without_entry somebody/else/1',
    `moved_twice case/${twice.caseId}/refund/1`,
  ];
  const mendable = [
    `consumed_without_money case/${refunded.caseId}`,
    `document_behind_workflow case/${behind.caseId}`,
    `document_final_workflow_runs case/${spoilt.caseId}`,
    `movement_without_entry case/${refunded.caseId}/refund/1`,
    `open_without_workflow case/${gone.caseId}`,
    `reserved_by_ended_case case/${spoilt.caseId}`,
    `reserved_by_nobody case/${hidden.caseId}`,
    `workflow_without_document case/${hidden.caseId}`,
  ];
  // of two movements for a purpose either may be the one that tells of both
  const told = named(differences).map((one) => one.replace(/^(moved_twice .*)\/\d+$/, '$1/1'));
  expect(told).toEqual([...remaining, ...mendable].sort());

  const calls = new Map(differences.flatMap(({ call }) => (call ? [[JSON.stringify(call), call] as const] : [])));
  for (const { path, body } of calls.values()) expect(await done(path, body)).toMatchObject({ done: { failed: 0 } });
  await until(async () => {
    const left = named((await reconciled()).differences).map((one) => one.replace(/^(moved_twice .*)\/\d+$/, '$1/1'));
    expect(left).toEqual(remaining.sort());
  });
  await expectStatus(200, consumer!.post(`/v1/cases/${gone.caseId}/withdrawal`));
});

it('what is younger than the grace is left out', async () => {
  await paid('somebody/else/2', 'o-1');
  const report = await done('/v1/reconciliations', { graceSeconds: 86_400 });
  expect(report['looked']).toMatchObject({ movements: 0, ledger: 0 });
  expect(report['differenceCount']).toBe(0);
});

it('runs once a day, however many workers see to it, and at once where there was none', async () => {
  await scheduleReconciliation(api.temporal, api.taskQueue);
  await scheduleReconciliation(api.temporal, api.taskQueue);
  const schedule = api.temporal.schedule.getHandle(`reconciliation/${api.taskQueue}`);
  try {
    expect((await schedule.describe()).spec.calendars).toMatchObject([{ hour: [{ start: 3 }] }]);
    await until(async () => {
      const { items } = (await agent!.get('/v1/reconciliations')).body;
      expect(items.filter((one) => one['requestedBy'] === 'system')).toMatchObject([{ state: 'done', askAll: false }]);
    });
  } finally {
    await schedule.delete();
  }
});

it('is read by agents and admins, a page at a time', async () => {
  const { items, nextCursor } = (await agent!.get('/v1/reconciliations?limit=1')).body;
  expect(items).toHaveLength(1);
  const next = (await agent!.get(`/v1/reconciliations?limit=1&cursor=${nextCursor}`)).body;
  expect(next.items[0]?.id).not.toBe(items[0]?.id);
  expect(await agent!.get('/v1/reconciliations/none')).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
});
