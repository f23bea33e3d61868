import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { WorkflowBundle } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { lazyClient, temporalGateway } from '../../src/api/temporal.ts';
import { readSettings } from '../../src/settings.ts';
import { findTemporal } from '../../src/stack/executables.ts';
import {
  type Api,
  type Ask,
  applicationFor,
  deliveredOrder,
  expectStatus,
  orderBody,
  type RunningWorker,
  startApi,
} from '../api/harness.ts';
import { bundleBuild, nextRules, ruleChange, rulesAfter, shellChange } from '../replay/builds.ts';
import { rests } from './maintaining.ts';

// Three builds of the worker, whose rules and shell really differ, under cases that sleep from one to the next. Played against
// Temporal's own server with Temporal's own commands, as docs/upgrading.md says.

const builds = {
  a: {},
  b: { ...ruleChange.two, 'shell/shell.ts': shellChange.patched },
  c: { ...ruleChange.three, 'shell/shell.ts': shellChange.patched },
};
type BuildId = keyof typeof builds;
const day = 86_400_000;

const servers = {
  mongodbUrl: inject('mongodbUrl'),
  temporalAddress: inject('temporalAddress'),
  scratch: inject('scratch'),
};
let api: Api;
let providerUrl: string;
let temporal: string;
const bundles = new Map<BuildId, WorkflowBundle>();
const workers = new Map<BuildId, RunningWorker>();
const newer: Api[] = [];
const clients: { close: () => Promise<void> }[] = [];
beforeAll(async () => {
  for (const [buildId, edits] of Object.entries(builds)) bundles.set(buildId as BuildId, await bundleBuild(edits));
  api = await startApi(servers);
  providerUrl = await api.startProvider();
  temporal = await findTemporal({
    cache: readSettings(process.env).cache,
    env: process.env,
    progress: () => undefined,
  });
});
afterAll(async () => {
  for (const one of [...newer, ...clients]) await one.close();
  await api.close();
});

/** `temporal worker deployment <command>` for the tests' deployment; answers what it printed. */
async function deployment(command: string, ...args: string[]): Promise<string> {
  const named = command === 'describe' ? ['--name', api.taskQueue] : ['--deployment-name', api.taskQueue];
  const all = ['worker', 'deployment', command, ...named, '--address', servers.temporalAddress, ...args];
  return (await promisify(execFile)(temporal, all)).stdout;
}

async function startBuild(buildId: BuildId): Promise<void> {
  const version = { deploymentName: api.taskQueue, buildId };
  workers.set(buildId, await api.startWorker(providerUrl, { build: { bundle: bundles.get(buildId)!, version } }));
}
async function stopBuild(buildId: BuildId): Promise<void> {
  await workers.get(buildId)?.stop();
}

/** What needs a build that Temporal has heard of, which it does a moment after its worker has started. */
const onceHeardOf = (command: string, ...args: string[]) =>
  vi.waitFor(() => deployment(command, ...args), { timeout: 60_000, interval: 250 });
/** Makes a build the current one. */
const makeCurrent = (buildId: BuildId) => onceHeardOf('set-current-version', '--build-id', buildId, '--yes');
/** Nothing of these cases is under way, so that the next build has none of it to complete. */
async function atRest(...caseIds: string[]): Promise<void> {
  for (const caseId of caseIds) await rests(api, caseId);
}

/** The API as it is rolled out after a build: new cases are decided by that build's rules. */
async function apiOf(rulesVersion: number): Promise<Api> {
  const lazy = lazyClient({ connectionOptions: { address: servers.temporalAddress }, namespace: 'default' });
  clients.push(lazy);
  const gateway = temporalGateway(lazy.client, api.taskQueue);
  type Start = typeof gateway.start;
  const start: Start = (started, until) => {
    const [input] = started.args as unknown as [{ settings: object }];
    return gateway.start(
      { ...started, args: [{ ...input, settings: { ...input.settings, rulesVersion } }] } as never,
      until,
    );
  };
  const one = await startApi({
    ...servers,
    databaseUrl: api.databaseUrl,
    after: api,
    overrides: { temporal: { ...gateway, start } },
  });
  newer.push(one);
  return one;
}

const consumer = (one = api) => one.as('consumer', 'c-1');
const merchant = () => api.as('merchant', 'm-1');

async function openCase(by = api): Promise<string> {
  const order = await deliveredOrder(api);
  return (await expectStatus(201, consumer(by).post('/v1/cases', applicationFor(order.id)))).body.id;
}

/** How many days the merchant's approval gives the consumer to send the goods back. */
async function approve(caseId: string): Promise<number> {
  const { body } = await expectStatus(
    200,
    merchant().post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' }),
  );
  expect(body.status).toBe('awaiting_buyer_return');
  const { at } = body['deadline'] as { at: string };
  return Math.round((Date.parse(at) - Date.now()) / day);
}

const sendBack = (caseId: string, ask: Ask = {}) =>
  consumer().post(`/v1/cases/${caseId}/tracking-number`, { carrier: 'SF', trackingNumber: 'SF1' }, ask);

/** Sees a case through to its refund. */
async function finish(caseId: string): Promise<void> {
  await expectStatus(200, sendBack(caseId));
  await merchant().post(`/v1/cases/${caseId}/receipt-confirmation`, { outcome: 'received' });
  await vi.waitFor(async () => expect((await consumer().get(`/v1/cases/${caseId}`)).body.status).toBe('refunded'), {
    timeout: 60_000,
  });
}

/** Under which builds a case's tasks were completed, one after the other, and whether one failed. */
async function buildsOf(caseId: string): Promise<{ builds: string[]; failed: boolean }> {
  const { events } = await api.temporal.workflow.getHandle(`case/${caseId}`).fetchHistory();
  const completed = (events ?? []).flatMap(({ workflowTaskCompletedEventAttributes: task }) => {
    const buildId = task?.deploymentVersion?.buildId;
    return task ? [buildId ?? ''] : [];
  });
  return {
    builds: completed.filter((one, index) => one !== completed[index - 1]),
    failed: (events ?? []).some(({ workflowTaskFailedEventAttributes: failed }) => failed),
  };
}

describe('a case that sleeps across deployments', () => {
  let [first, second, third, ofB, ofC] = ['', '', '', '', ''];

  it('a worker with a build id takes nothing until its build is made current', async () => {
    await startBuild('a');
    const placing = api.as('service', 's-1').post('/v1/orders', orderBody(), { pending: true });
    expect((await placing).status).toBe(202);
    await makeCurrent('a');
    expect(await deployment('describe')).toContain('a');
    [first, second, third] = [await openCase(), await openCase(), await openCase()];
    await atRest(first, second, third);
  });

  it('POL-2: under the next build it goes on by the rules it began with; a new case begins with the new ones', async () => {
    await startBuild('b');
    await makeCurrent('b');
    await stopBuild('a');
    expect(await approve(first)).toBe(7);
    ofB = await openCase(await apiOf(nextRules));
    expect(await approve(ofB)).toBe(14);
    expect(await buildsOf(first)).toEqual({ builds: ['a', 'b'], failed: false });
    expect(await buildsOf(ofB)).toEqual({ builds: ['b'], failed: false });
  });

  it('and under the one after that, asleep since the first or not', async () => {
    await startBuild('c');
    await onceHeardOf('set-ramping-version', '--build-id', 'c', '--percentage', '100', '--yes');
    await makeCurrent('c');
    await stopBuild('b');
    expect(await approve(second)).toBe(7);
    ofC = await openCase(await apiOf(rulesAfter));
    expect(await approve(ofC)).toBe(21);
    await finish(first);
    await finish(ofB);
    expect(await buildsOf(first)).toEqual({ builds: ['a', 'b', 'c'], failed: false });
    expect(await buildsOf(second)).toEqual({ builds: ['a', 'c'], failed: false });
    expect(await buildsOf(ofB)).toEqual({ builds: ['b', 'c'], failed: false });
  });

  it('put back, the first build goes on with what still slept; what it cannot decide waits for the newer, and nothing is lost', async () => {
    await startBuild('a');
    await makeCurrent('a');
    await stopBuild('c');
    expect(await approve(third)).toBe(7);
    const [patched, byNewerRules] = [await sendBack(second, { pending: true }), await sendBack(ofC, { pending: true })];
    expect([patched.status, byNewerRules.status]).toEqual([202, 202]);
    await vi.waitFor(async () => expect(await buildsOf(ofC)).toMatchObject({ failed: true }), { timeout: 60_000 });

    await startBuild('c');
    await makeCurrent('c');
    await stopBuild('a');
    for (const caseId of [second, ofC]) {
      await vi.waitFor(
        async () => expect((await consumer().get(`/v1/cases/${caseId}`)).body.status).toBe('awaiting_merchant_receipt'),
        { timeout: 60_000, interval: 200 },
      );
    }
    expect((await buildsOf(ofC)).builds).toEqual(['c']);
    await finish(third);
  });
});
