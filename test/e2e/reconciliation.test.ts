import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { scheduleReconciliation } from '../../src/worker/reconciling.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, type Person } from '../api/harness.ts';
import { caseOf, done, named, reconciled, rests, until } from './maintaining.ts';

let api: Api;
let providerUrl: string;
let [agent, consumer]: Person[] = [];
beforeAll(async () => {
  api = await apiHere();
  providerUrl = await api.startProvider();
  await api.startWorker(providerUrl);
  [agent, consumer] = [api.as('agent', 'a-1'), api.as('consumer', 'c-1')];
});
afterAll(() => api.close());

const collection = (name: string) => api.database.collection<{ _id: string }>(name);

const paid = (key: string, orderId: string, amount = 12_900) =>
  fetch(`${providerUrl}/refunds`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key, orderId, amount, currency: 'CNY' }),
  });

it('finds nothing where all is well; each difference with its cause; and what it says mends it', async () => {
  const [refunded, twice, gone, hidden, spoilt, behind] = [
    await caseOf(api, 'refund_only'),
    await caseOf(api, 'refund_only'),
    await caseOf(api, 'return_and_refund'),
    await caseOf(api, 'return_and_refund'),
    await caseOf(api, 'return_and_refund'),
    await caseOf(api, 'return_and_refund'),
  ];
  const clean = await until(async () => {
    const { report, differences } = await reconciled(api);
    expect(named(differences)).toEqual([]);
    // those that have just ended are listed as running for a moment
    expect(report['looked']).toMatchObject({
      movements: 2,
      ledger: 2,
      case: 6,
      order: 6,
      allocations: 6,
      caseWorkflows: 4,
    });
    return report;
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

  const { differences } = await reconciled(api);
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
  for (const { path, body } of calls.values())
    expect(await done(api, path, body)).toMatchObject({ done: { failed: 0 } });
  await until(async () => {
    const left = named((await reconciled(api)).differences).map((one) =>
      one.replace(/^(moved_twice .*)\/\d+$/, '$1/1'),
    );
    expect(left).toEqual(remaining.sort());
  });
  await expectStatus(200, consumer!.post(`/v1/cases/${gone.caseId}/withdrawal`));
});

it('a time that ends before it begins is refused: it would look at nothing, and be content', async () => {
  const asked = { from: new Date(Date.now() - 60_000).toISOString() };
  const refused = await api.as('admin', 'x-1').post('/v1/reconciliations', asked);
  expect(refused).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ field: 'from' }] } });
});

it('what is younger than the grace is left out', async () => {
  await paid('somebody/else/2', 'o-1');
  const report = await done(api, '/v1/reconciliations', { graceSeconds: 86_400 });
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

it('books and documents that say other things than the provider and the workflows: each told, and what can be mended is', async () => {
  const other = await apiHere();
  try {
    await other.startWorker(await other.startProvider());
    const stored = (name: string) => other.database.collection<{ _id: string }>(name);
    const bought = { lineId: 'l-1', sku: 'sku-1', title: '无线耳机', unitPrice: 12_900, noReasonReturn: true };
    const [less, onesided, over, unheld, ahead, differs] = await Promise.all([
      caseOf(other, 'refund_only'),
      caseOf(other, 'refund_only'),
      caseOf(other, 'return_and_refund', { lines: [{ ...bought, quantity: 2 }] }),
      caseOf(other, 'return_and_refund'),
      caseOf(other, 'return_and_refund'),
      caseOf(other, 'return_and_refund'),
    ]);
    await until(async () => expect(named((await reconciled(other)).differences)).toEqual([]));

    await stored('ledger').updateOne({ caseId: less.caseId }, { $inc: { amount: -1 } });
    const { debit } = (await stored('ledger').findOne({ caseId: onesided.caseId })) as unknown as { debit: string };
    expect(debit).not.toBe('payment_provider');
    await stored('ledger').updateOne({ caseId: onesided.caseId }, { $set: { debit: 'payment_provider' } });
    const overheld = { $set: { [`cases.${over.caseId}.lines.l-1.quantity`]: 3 } };
    await stored('allocations').updateOne({ _id: over.orderId }, overheld);
    await stored('allocations').updateOne({ _id: unheld.orderId }, { $unset: { [`cases.${unheld.caseId}`]: true } });
    await stored('cases').updateOne({ _id: ahead.caseId }, { $inc: { writeSeq: 1 } });
    await stored('cases').updateOne({ _id: differs.caseId }, { $inc: { version: 1 } });

    const { differences } = await reconciled(other);
    const forPeople = [
      `allocated_twice order/${over.orderId}`,
      `amounts_differ case/${less.caseId}/refund/1`,
      `ledger_unbalanced case/${onesided.caseId}/refund/1`,
    ];
    const mendable = [
      `document_ahead_of_workflow case/${ahead.caseId}`,
      `document_differs case/${differs.caseId}`,
      `open_case_holds_nothing case/${unheld.caseId}`,
    ];
    const told = differences.map(({ code, movementKey, subject, ...one }) => {
      const order = (one as { orderId?: string }).orderId;
      return `${code} ${movementKey ?? subject ?? `order/${order}`}`;
    });
    expect(told.sort()).toEqual([...forPeople, ...mendable].sort());
    const of = (code: string) => differences.find((one) => one.code === code);
    expect(of('amounts_differ')?.detail).toMatch(/moved 12900 CNY .* the ledger has 12899 CNY/);
    expect(of('allocated_twice')?.detail).toContain('more of line l-1 than the 2');

    for (const { call } of differences) {
      if (!call) continue;
      expect(await done(other, call.path, call.body)).toMatchObject({ done: { failed: 0 } });
    }
    await until(async () => {
      const left = (await reconciled(other)).differences.map(({ code }) => code).sort();
      expect(left).toEqual(['allocated_twice', 'amounts_differ', 'ledger_unbalanced']);
    });
    // the one that was ahead, and the others, go on
    for (const { caseId } of [ahead, differs, unheld])
      await expectStatus(200, other.as('consumer', 'c-1').post(`/v1/cases/${caseId}/withdrawal`));
  } finally {
    await other.close();
  }
});

it('a workflow that fails again and again is told of, with how the case is ended', async () => {
  const other = await apiHere();
  try {
    const [buyer, seller] = [other.as('consumer', 'c-1'), other.as('merchant', 'm-1')];
    const provider = await other.startProvider();
    const whole = await other.startWorker(provider);
    const { id: orderId } = await deliveredOrder(other);
    const { id: caseId } = (await expectStatus(201, buyer.post('/v1/cases', applicationFor(orderId)))).body;
    const resting = (await caseOf(other, 'return_and_refund')).caseId;
    // nothing is left to do in the one that rests: else it would fail too
    await rests(other, resting);
    await whole.stop();
    const code = await readFile(process.env['WORKFLOW_BUNDLE'] ?? '', 'utf8');
    const approved = "case 'applicationApproved':";
    expect(code).toContain(approved);
    const broken = code.replaceAll(approved, `${approved} throw new TypeError('broken');`);
    await other.startWorker(provider, { build: { bundle: { code: broken } } });
    const decision = seller.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' }, { pending: true });
    expect((await decision).status).toBe(202);
    await until(async () => {
      const { raw } = await other.temporal.workflow.getHandle(`case/${caseId}`).describe();
      expect(raw.pendingWorkflowTask?.attempt ?? 0).toBeGreaterThanOrEqual(3);
    });
    const { report, differences } = await reconciled(other);
    expect(differences).toMatchObject([
      { code: 'workflow_failing', subject: `case/${caseId}`, call: { path: '/v1/abandonments' } },
    ]);
    // nothing is to be done in this one: that its code is broken shows when it is asked, or that it isn't answered in time
    expect(report['notCompared']).toEqual([
      expect.stringMatching(`^case/${resting} could not be asked how far it has got: .+`),
    ]);
  } finally {
    await other.close();
  }
});

it('is read by agents and admins, a page at a time', async () => {
  const { items, nextCursor } = (await agent!.get('/v1/reconciliations?limit=1')).body;
  expect(items).toHaveLength(1);
  const next = (await agent!.get(`/v1/reconciliations?limit=1&cursor=${nextCursor}`)).body;
  expect(next.items[0]?.id).not.toBe(items[0]?.id);
  expect(await agent!.get('/v1/reconciliations/none')).toMatchObject({ status: 404, body: { code: 'job_not_found' } });
});
