import { Client, Connection } from '@temporalio/client';
import { NativeConnection, type Worker } from '@temporalio/worker';
import { afterAll, beforeAll, describe, expect, inject, it, vi } from 'vitest';
import { createSandboxProvider } from '../../src/activities/payments/sandbox.ts';
import { activitiesOver } from '../../src/worker/deps.ts';
import { bundleWorkflows, createWorker } from '../../src/worker/worker.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, type Person, type Reply } from '../api/harness.ts';

let api: Api;
let providerUrl: string;
let [agent, consumer, merchant]: Person[] = [];
beforeAll(async () => {
  api = await apiHere();
  providerUrl = await api.startProvider();
  [agent, consumer, merchant] = [api.as('agent', 'a-1'), api.as('consumer', 'c-1'), api.as('merchant', 'm-1')];
});
afterAll(() => api.close());

const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 60_000, interval: 100 });

/** What came of a command: `accepted`, or the code of its refusal. */
async function outcomeOf(who: Person, asked: Promise<Reply>): Promise<string> {
  const { status, body } = await asked;
  if (status !== 202) return status === 200 ? 'accepted' : body.code;
  return until(async () => {
    const found = (await who.get(`/v1/commands/${body.commandId}`)).body;
    expect(found['state']).not.toBe('pending');
    return found.code ?? String(found['state']);
  });
}

const abandon = (caseId: string, key?: string) =>
  agent!.post('/v1/abandonments', { subject: `case/${caseId}`, reason: '流程已损坏' }, key ? { key } : {});
const open = async (more: Record<string, unknown> = {}) => {
  const { id: orderId } = await deliveredOrder(api);
  const { body } = await expectStatus(201, consumer!.post('/v1/cases', applicationFor(orderId, more)));
  return { orderId, caseId: body.id };
};
const held = async (orderId: string, caseId: string) => {
  const found = (await api.database
    .collection<{ _id: string }>('allocations')
    .findOne({ _id: orderId })) as unknown as {
    cases: Record<string, { status: string }>;
  };
  return found.cases[caseId]?.status;
};
const faults = (operation: string, mode: string, times: number) =>
  fetch(`${providerUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operation, mode, times }),
  });
const movementsOf = async (orderId: string) =>
  ((await (await fetch(`${providerUrl}/movements`)).json()) as { orderId: string }[]).filter(
    (one) => one.orderId === orderId,
  );

describe('with workers that work', () => {
  beforeAll(() => api.startWorker(providerUrl));

  it('a healthy case is not ended, and nothing changes', async () => {
    const { orderId, caseId } = await open();
    expect(await abandon(caseId)).toMatchObject({ status: 409, body: { code: 'workflow_healthy' } });
    expect((await agent!.get(`/v1/cases/${caseId}`)).body.status).toBe('pending_merchant_review');
    expect(await held(orderId, caseId)).toBe('reserved');
  });

  it('a terminated case is closed once, what it held is free, both are told, and the consumer may apply anew (ELIG-6)', async () => {
    const { orderId, caseId } = await open();
    await api.temporal.workflow.getHandle(`case/${caseId}`).terminate();
    const both = [outcomeOf(agent!, abandon(caseId, 'k-1')), outcomeOf(agent!, abandon(caseId, 'k-1'))];
    expect(await Promise.all(both)).toEqual(['accepted', 'accepted']);
    expect((await agent!.get(`/v1/cases/${caseId}`)).body).toMatchObject({
      status: 'closed',
      final: true,
      closeReason: 'abandoned',
      deadline: null,
    });
    const { items } = (await consumer!.get(`/v1/cases/${caseId}/timeline`)).body;
    expect(items.map(({ type }) => type)).toEqual(['caseOpened', 'takenUp', 'caseClosed']);
    expect(items.at(-1)).toMatchObject({
      actor: { role: 'agent' },
      rule: 'ELIG-6',
      detail: { reason: 'abandoned', note: '流程已损坏' },
    });
    for (const party of [consumer!, merchant!]) {
      const told = (await party.get('/v1/messages')).body.items.filter((one) => one['caseId'] === caseId);
      expect(told[0]?.['title']).toContain('关闭');
    }
    expect((await agent!.get('/v1/abandonments?limit=1')).body.items).toEqual([
      {
        caseId,
        orderId,
        consumerId: 'c-1',
        merchantId: 'm-1',
        at: items.at(-1)?.['at'],
        by: { role: 'agent', id: 'a-1' },
        reason: '流程已损坏',
      },
    ]);
    expect(await held(orderId, caseId)).toBe('released');
    expect(await abandon(caseId)).toMatchObject({ status: 409, body: { code: 'case_ended' } });
    await expectStatus(201, consumer!.post('/v1/cases', applicationFor(orderId)));
  });

  it('goods under way stay the merchant’s to answer for: what they are is held (CASE-10)', async () => {
    const { orderId, caseId } = await open();
    await expectStatus(200, merchant!.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' }));
    const parcel = { carrier: 'SF', trackingNumber: 'SF1' };
    await expectStatus(200, consumer!.post(`/v1/cases/${caseId}/tracking-number`, parcel));
    await api.temporal.workflow.getHandle(`case/${caseId}`).terminate();
    expect(await outcomeOf(agent!, abandon(caseId))).toBe('accepted');
    expect(await held(orderId, caseId)).toBe('held');
  });

  it('a refund whose outcome is unknown is never freed: refused, and the case goes on until it is paid, once (REF-4, CASE-14)', async () => {
    await faults('refund', 'timeout_after', 1);
    const { orderId, caseId } = await open({ kind: 'refund_only' });
    const approved = merchant!.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' });
    await faults('find', 'unavailable', 12);
    expect(await outcomeOf(merchant!, approved)).toBe('accepted');
    await until(async () =>
      expect((await agent!.get(`/v1/cases/${caseId}`)).body['refund']).toMatchObject({ state: 'unknown' }),
    );
    await api.temporal.workflow.getHandle(`case/${caseId}`).terminate();
    await faults('find', 'unavailable', 12);
    expect(await outcomeOf(agent!, abandon(caseId))).toBe('refund_outcome_unknown');
    expect(await held(orderId, caseId)).toBe('reserved');
    await fetch(`${providerUrl}/faults`, { method: 'DELETE' });
    await until(async () => expect((await agent!.get(`/v1/cases/${caseId}`)).body.status).toBe('refunded'));
    expect(await movementsOf(orderId)).toHaveLength(1);
    expect(await held(orderId, caseId)).toBe('consumed');
  });

  it('one that the provider has paid ends refunded instead', async () => {
    await faults('refund', 'timeout_after', 1);
    const { orderId, caseId } = await open({ kind: 'refund_only' });
    const approved = merchant!.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' });
    // it has paid, and its answer never comes: what it is asked from now on it doesn't know
    await until(async () => expect(await movementsOf(orderId)).toHaveLength(1));
    await faults('find', 'unavailable', 12);
    await outcomeOf(merchant!, approved);
    await api.temporal.workflow.getHandle(`case/${caseId}`).terminate();
    await fetch(`${providerUrl}/faults`, { method: 'DELETE' });
    expect(['accepted', 'case_ended']).toContain(await outcomeOf(agent!, abandon(caseId)));
    expect((await agent!.get(`/v1/cases/${caseId}`)).body.status).toBe('refunded');
    expect(await movementsOf(orderId)).toHaveLength(1);
  });

  it('names a case, and why', async () => {
    const order = await agent!.post('/v1/abandonments', { subject: 'order/1', reason: 'x' });
    expect(order).toMatchObject({ status: 422, body: { errors: [{ field: 'subject' }] } });
    for (const reason of ['', ' \u200b\n', 'a\u0000b', 'x'.repeat(4_001)]) {
      const unsaid = await agent!.post('/v1/abandonments', {
        subject: 'case/00000000-0000-4000-8000-000000000000',
        reason,
      });
      expect(unsaid).toMatchObject({ status: 422, body: { errors: [{ field: 'reason' }] } });
    }
    const unknown = { subject: 'case/00000000-0000-4000-8000-000000000000', reason: 'x' };
    expect(await agent!.post('/v1/abandonments', unknown)).toMatchObject({ status: 404 });
  });
});

describe('with a worker whose code fails on a case for ever', () => {
  it('the case can be ended all the same', async () => {
    const other = await apiHere();
    const here = api;
    api = other;
    let worker: Worker | undefined;
    const close: (() => Promise<unknown>)[] = [];
    try {
      [agent, consumer, merchant] = [
        other.as('agent', 'a-1'),
        other.as('consumer', 'c-1'),
        other.as('merchant', 'm-1'),
      ];
      const good = await other.startWorker(providerUrl);
      const { orderId, caseId } = await open();
      await good.stop();

      const { code } = await bundleWorkflows();
      const poisoned = code.replaceAll(
        "case 'applicationApproved':",
        "case 'applicationApproved': throw new TypeError('poisoned');",
      );
      expect(poisoned).not.toBe(code);
      const [connection, clientConnection] = [
        await NativeConnection.connect({ address: inject('temporalAddress') }),
        await Connection.connect({ address: inject('temporalAddress') }),
      ];
      const provider = createSandboxProvider({ url: providerUrl, timeoutMs: 1_000 });
      const client = new Client({ connection: clientConnection });
      worker = await createWorker({
        connection,
        namespace: 'default',
        taskQueue: other.taskQueue,
        activities: activitiesOver(other.database, provider, client),
        workflowBundle: { code: poisoned },
      });
      const running = worker.run();
      close.push(
        () => running,
        () => connection.close(),
        () => clientConnection.close(),
      );

      const decision = `/v1/cases/${caseId}/merchant-decision`;
      const approved = await merchant.post(decision, { decision: 'approve' }, { pending: true });
      expect(approved.status).toBe(202);
      await until(async () => {
        const { raw } = await other.temporal.workflow.getHandle(`case/${caseId}`).describe();
        expect(raw.pendingWorkflowTask?.attempt ?? 0).toBeGreaterThanOrEqual(3);
      });
      expect(await outcomeOf(agent, abandon(caseId))).toBe('accepted');
      expect((await agent.get(`/v1/cases/${caseId}`)).body).toMatchObject({ closeReason: 'abandoned' });
      expect(await held(orderId, caseId)).toBe('released');
    } finally {
      worker?.shutdown();
      for (const end of close) await end();
      await other.close();
      api = here;
    }
  });
});
