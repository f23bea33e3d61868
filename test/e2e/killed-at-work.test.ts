import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { type Api, deliveredOrder, expectStatus } from '../api/harness.ts';
import { startDoomedWorker } from './doomed.ts';
import { caseOf, differencesIn, named, reconciled, reportOf, until } from './maintaining.ts';

let api: Api;
let doomed: ReturnType<typeof startDoomedWorker> | undefined;
beforeAll(async () => {
  api = await apiHere();
});
afterAll(async () => {
  doomed?.process.kill('SIGKILL');
  await api.close();
});

it('a worker killed in the middle of a reconciliation and a republication: another ends both, and everything counts once', async () => {
  const providerUrl = await api.startProvider();
  const whole = await api.startWorker(providerUrl);
  await Promise.all([caseOf(api, 'refund_only'), caseOf(api, 'return_and_refund'), deliveredOrder(api)]);
  await whole.stop();
  const timeline = () => api.database.collection('timeline').find({}).sort({ _id: 1 }).toArray();
  const before = await timeline();
  await api.database.collection('timeline').deleteMany({});
  await fetch(`${providerUrl}/refunds`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key: 'somebody/else/1', orderId: 'o-1', amount: 1, currency: 'CNY' }),
  });

  const admin = api.as('admin', 'x-1');
  const jobs = [
    ['/v1/reconciliations', { graceSeconds: 0, askAll: true }],
    ['/v1/republications', { every: 'all' }],
  ] as const;
  const asked = await Promise.all(
    jobs.map(async ([path, body]) => (await expectStatus(201, admin.post(path, body))).body.id),
  );
  // with the heartbeat of the first of them that has come to its third step; what it told of before was in the middle of a page
  doomed = startDoomedWorker(api, providerUrl, '{"step":2');
  expect(await doomed.death).toEqual([null, 'SIGKILL']);
  for (const [index, [path]] of jobs.entries())
    expect((await admin.get(`${path}/${asked[index]}`)).body['state']).toBe('running');

  const another = await api.startWorker(providerUrl);
  const [report, republished] = await Promise.all(
    jobs.map(([path], index) => reportOf(api, path, String(asked[index]))),
  );
  expect(republished).toMatchObject({ done: { running: 4, ended: 1, takenUp: 0, failed: 0 }, failed: [] });
  await until(async () => expect(await timeline()).toEqual(before));

  expect(named(differencesIn(report!))).toEqual(['movement_without_entry somebody/else/1']);
  const undisturbed = await reconciled(api);
  expect(named(undisturbed.differences)).toEqual(named(differencesIn(report!)));
  expect(report!['looked']).toEqual(undisturbed.report['looked']);
  expect(report!['looked']).toMatchObject({ movements: 2, ledger: 1, case: 2, order: 3 });
  expect(await (await fetch(`${providerUrl}/movements`)).json()).toHaveLength(2);
  // or it would take up what the next one leaves
  await another.stop();
});

it('a worker that is asked to stop leaves a reconciliation to another, without waiting for its end', async () => {
  const hour = 3_600_000;
  const providerUrl = await api.startProvider();
  const first = await api.startWorker(providerUrl, { againAfterMs: hour });
  const { caseId } = await caseOf(api, 'return_and_refund');
  // a difference, which it would look at again in an hour
  await api.temporal.workflow.getHandle(`case/${caseId}`).terminate();
  const admin = api.as('admin', 'x-1');
  const { id } = (await admin.post('/v1/reconciliations', { graceSeconds: 0, askAll: true })).body;
  const job = api.temporal.workflow.getHandle(`reconciliation/${id}`);
  const work = async () => (await job.describe()).raw.pendingActivities?.[0];
  await until(async () =>
    expect(await work()).toMatchObject({ attempt: 1, lastWorkerIdentity: expect.stringMatching(/./) }),
  );

  await first.stop();
  // by itself or by the SDK, whichever came first
  expect(await work()).toMatchObject({
    lastFailure: { applicationFailureInfo: { type: expect.stringMatching(/^Worker(Stops|Shutdown)$/) } },
  });
  await api.startWorker(providerUrl);
  expect(named(differencesIn(await reportOf(api, '/v1/reconciliations', id)))).toEqual([
    `open_without_workflow case/${caseId}`,
  ]);
});
