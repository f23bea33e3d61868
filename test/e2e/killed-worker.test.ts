import type { ChildProcess } from 'node:child_process';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, type Person, type Reply } from '../api/harness.ts';
import { startDoomedWorker } from './doomed.ts';

const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 120_000, interval: 100 });

/** Waits for the outcome of a command that was answered 202. */
async function outcomeOf(who: Person, reply: Reply): Promise<string> {
  if (reply.status !== 202) return reply.status === 200 ? 'accepted' : reply.body.code;
  return until(async () => {
    const { body } = await who.get(`/v1/commands/${reply.body.commandId}`);
    expect(body['state']).not.toBe('pending');
    return body.code ?? String(body['state']);
  });
}

type Scene = { api: Api; providerUrl: string; consumer: Person; merchant: Person; caseId: string };

/** A case of its own service, up to where the worker that is to die takes over. */
async function scene(upTo: 'applied' | 'sent back'): Promise<Scene> {
  const api = await apiHere();
  apis.push(api);
  const [consumer, merchant] = [api.as('consumer', 'c-1'), api.as('merchant', 'm-1')];
  const providerUrl = await api.startProvider();
  const healthy = await api.startWorker(providerUrl);
  const order = await deliveredOrder(api);
  const caseId = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body.id;
  if (upTo === 'sent back') {
    await expectStatus(200, merchant.post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' }));
    const parcel = { carrier: 'SF', trackingNumber: 'SF1' };
    await expectStatus(200, consumer.post(`/v1/cases/${caseId}/tracking-number`, parcel));
  }
  await healthy.stop();
  return { api, providerUrl, consumer, merchant, caseId };
}

const apis: Api[] = [];
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(apis.map((api) => api.close()));
});

async function movementsOf({ providerUrl, caseId }: Scene) {
  const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as {
    key: string;
    kind: string;
    amount: number;
  }[];
  return movements.filter(({ key }) => key.startsWith(`case/${caseId}/`)).map(({ kind, amount }) => [kind, amount]);
}

// What is waited for is Temporal noticing that a worker is dead, so they wait together, each on a service of its own.
describe.concurrent('tricky cases 14 and 16: a worker killed in the middle of a decision', () => {
  it('after a decision was taken and before it was in the history, a competing action next: nobody is told of what did not stand', async () => {
    const { api, providerUrl, consumer, merchant, caseId } = await scene('applied');
    const doomed = startDoomedWorker(api, providerUrl, 'applicationApproved');
    children.push(doomed.process);
    const path = `/v1/cases/${caseId}/merchant-decision`;
    const approval = await merchant.post(path, { decision: 'approve' }, { pending: true });
    expect(approval.status).toBe(202);
    expect(await doomed.death).toEqual([null, 'SIGKILL']);
    expect((await consumer.get(`/v1/cases/${caseId}`)).body.status).toBe('pending_merchant_review');

    const refused = { decision: 'refuse', refusalCode: 'agreed_otherwise' };
    const refusal = await merchant.post(path, refused, { pending: true });
    await api.startWorker(providerUrl);
    expect([await outcomeOf(merchant, approval), await outcomeOf(merchant, refusal)]).toEqual([
      'accepted',
      'action_not_available',
    ]);
    expect((await consumer.get(`/v1/cases/${caseId}`)).body.status).toBe('awaiting_buyer_return');
    const story = (await consumer.get(`/v1/cases/${caseId}/timeline`)).body.items.map(({ type }) => type);
    expect(story.filter((type) => type === 'applicationApproved')).toHaveLength(1);
    expect(story).not.toContain('applicationRefused');
  });

  it.each([
    ['after the provider has paid and before Temporal knows', '"outcome":"done"'],
    ['after the refund is known and before it is written', 'refundSettled'],
  ])(
    '%s: one refund, booked once',
    async (_, doom) => {
      const here = await scene('sent back');
      const { api, providerUrl, consumer, merchant, caseId } = here;
      const doomed = startDoomedWorker(api, providerUrl, doom);
      children.push(doomed.process);
      await merchant.post(`/v1/cases/${caseId}/receipt-confirmation`, { outcome: 'received' }, { pending: true });
      expect(await doomed.death).toEqual([null, 'SIGKILL']);
      expect(await movementsOf(here)).toEqual([['refund', 12_900]]);

      await api.startWorker(providerUrl);
      await until(async () => expect((await consumer.get(`/v1/cases/${caseId}`)).body.status).toBe('refunded'));
      expect(await movementsOf(here)).toEqual([['refund', 12_900]]);
      const ledger = (await api.as('agent', 'a-1').get(`/v1/ledger?caseId=${caseId}`)).body.items;
      expect(ledger).toMatchObject([{ kind: 'refund', amount: 12_900, movementKey: `case/${caseId}/refund/1` }]);
    },
    300_000,
  );
});

it('POL-5: a worker killed when a page of an extension was handed over and Temporal doesn’t know: each deadline moves once', async () => {
  const { api, providerUrl, consumer, caseId } = await scene('applied');
  const endOf = async () =>
    Date.parse(((await consumer.get(`/v1/cases/${caseId}`)).body['deadline'] as { at: string }).at);
  const was = await endOf();
  const doomed = startDoomedWorker(api, providerUrl, '{"source":1}');
  children.push(doomed.process);
  const admin = api.as('admin', 'ad-1');
  const asked = await admin.post('/v1/deadline-extensions', { by: 'PT6H', reason: '平台故障' });
  expect(asked.status).toBe(201);
  expect(await doomed.death).toEqual([null, 'SIGKILL']);

  await api.startWorker(providerUrl);
  // the order is looked at after all cases: it is extended once the page with the case has been done again
  const extended = async () => (await admin.get(`/v1/deadline-extensions/${asked.body.id}`)).body['progress'];
  await until(async () => expect(await extended()).toMatchObject({ extended: 2, unanswered: 0 }));
  expect(await endOf()).toBe(was + 6 * 3_600_000);
  const story = (await consumer.get(`/v1/cases/${caseId}/timeline`)).body.items.map(({ type }) => type);
  expect(story.filter((type) => type === 'deadlineExtended')).toHaveLength(1);
});
