import { expect, vi } from 'vitest';
import { type Api, applicationFor, type Body, deliveredOrder, expectStatus } from '../api/harness.ts';

/** What doesn't agree, as a reconciliation reports it. */
export type Difference = {
  code: string;
  detail: string;
  mend: string;
  subject?: string;
  movementKey?: string;
  call?: { path: string; body: object };
};

export const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 120_000, interval: 50 });

/** Waits until nothing of a case is under way: no task of its workflow, and no activity. */
export const rests = (api: Api, caseId: string) =>
  until(async () => {
    const { raw } = await api.temporal.workflow.getHandle(`case/${caseId}`).describe();
    expect([raw.pendingWorkflowTask ?? null, raw.pendingActivities ?? []]).toEqual([null, []]);
  });

/** The report of a job that was begun, once it is done. */
export async function reportOf(api: Api, path: string, id: string): Promise<Body> {
  const limit = path === '/v1/reconciliations' ? '?limit=100' : '';
  return until(async () => {
    const found = (await expectStatus(200, api.as('admin', 'x-1').get(`${path}/${id}${limit}`))).body;
    expect(found['state']).toBe('done');
    return found;
  });
}

/** Has a job done; answers its report. */
export async function done(api: Api, path: string, body: object): Promise<Body> {
  const asked = (await expectStatus(201, api.as('admin', 'x-1').post(path, body))).body;
  return reportOf(api, path, asked.id);
}

/** What a reconciliation's report says that doesn't agree. */
export function differencesIn(report: Body): Difference[] {
  const differences = (report['differences'] as { items: Difference[] }).items;
  expect(report['differenceCount']).toBe(differences.length);
  return differences;
}

/** Reconciles everything, in flight or not; answers the report. */
export async function reconciled(api: Api): Promise<{ report: Body; differences: Difference[] }> {
  const report = await done(api, '/v1/reconciliations', { graceSeconds: 0, askAll: true });
  return { report, differences: differencesIn(report) };
}

/** Each difference's code and what it is about, sorted. */
export const named = (differences: Difference[]) =>
  differences.map(({ code, subject, movementKey }) => `${code} ${movementKey ?? subject}`).sort();

/** A case that was refunded, or whose goods are awaited. */
export async function caseOf(
  api: Api,
  kind: 'refund_only' | 'return_and_refund',
  more: Record<string, unknown> = {},
): Promise<{ orderId: string; caseId: string }> {
  const [consumer, merchant] = [api.as('consumer', 'c-1'), api.as('merchant', 'm-1')];
  const { id: orderId } = await deliveredOrder(api, more);
  const asked = consumer.post('/v1/cases', applicationFor(orderId, { kind }));
  const { id: caseId } = (await expectStatus(201, asked)).body;
  await merchant.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' });
  const status = kind === 'refund_only' ? 'refunded' : 'awaiting_buyer_return';
  await until(async () => expect((await consumer.get(`/v1/cases/${caseId}`)).body.status).toBe(status));
  return { orderId, caseId };
}
