import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import { act, disputesOver, forConsumer, forMerchant } from '../api/disputes.ts';
import {
  type Api,
  type Body,
  expectStatus,
  orderBody,
  type Person,
  type Reply,
  type RunningWorker,
  stored,
} from '../api/harness.ts';

let api: Api;
let dispute: ReturnType<typeof disputesOver>;
let one: Person;
let other: Person;
let worker: RunningWorker;
/** The API's clock stands still here while it is set, UTC ms. */
let now: number | undefined;

beforeAll(async () => {
  api = await apiHere({ overrides: { clock: () => now ?? Date.now() } });
  worker = await api.startWorker();
  dispute = disputesOver(api);
  one = api.as('agent', 'a-1');
  other = api.as('agent', 'a-2');
});
afterAll(() => api.close());

const minutes = (count: number) => count * 60_000;
const pathOf = (queue: string, id: string, what: 'claim' | 'release') => `/v1/queues/${queue}/${id}/${what}`;
const claim = (who: Person, queue: string, id: string, ask = {}) => who.post(pathOf(queue, id, 'claim'), {}, ask);
const release = (who: Person, queue: string, id: string, ask = {}) => who.post(pathOf(queue, id, 'release'), {}, ask);
const rule = (who: Person, id: string, fields: object = forConsumer) => who.post(`/v1/cases/${id}/ruling`, fields);
const leaseOf = async (id: string) => api.database.collection('leases').findOne({ _id: `case/${id}` as never });
const publish = (more: object) =>
  expectStatus(201, api.as('admin', 'ad-1').post('/v1/policies', { ...defaultPolicy, ...more }));
const failNextRefund = () =>
  fetch(`${worker.providerUrl}/faults`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ operation: 'refund', mode: 'decline', times: 1 }),
  });

/** All of a queue, page by page. */
async function allOf(queue: string, who: Person = one, query = 'limit=100', after = ''): Promise<Body[]> {
  const items: Body[] = [];
  for (let cursor = after; ; ) {
    const { body } = await expectStatus(200, who.get(`/v1/queues/${queue}?${query}${cursor}`));
    items.push(...body.items);
    if (body.nextCursor === null) return items;
    cursor = `&cursor=${body.nextCursor}`;
  }
}
const inQueue = async (queue: string, id: string, who?: Person) =>
  (await allOf(queue, who)).find((item) => item.id === id);
const comesInto = (queue: string, id: string) => expect.poll(() => inQueue(queue, id)).toBeTruthy();

describe('queues', () => {
  it('INT-2, INT-4: what is to be audited, also while a question holds it up', async () => {
    const { id, orderId } = await dispute.requested();
    const item = await inQueue('audit', id);
    expect(item).toEqual({
      subject: `case/${id}`,
      id,
      queue: 'audit',
      orderId,
      status: 'intervention_requested',
      kind: 'return_and_refund',
      reason: 'quality_problem',
      merchantId: 'm-1',
      consumerId: 'c-1',
      amount: { amount: 12_900, currency: 'CNY' },
      deadline: {
        kind: 'interventionAudit',
        at: expect.any(String),
        rule: 'INT-2',
        waitingFor: 'agent',
        onExpiry: 'accepted_automatically',
      },
      waitingSince: expect.any(String),
      mayClaim: true,
    });
    const { deadline } = await act(one, id, 'information-request', { from: 'merchant', question: '请补充' });
    const { at: until } = deadline as { at: string };
    expect(await inQueue('audit', id)).toMatchObject({
      waitingSince: item?.['waitingSince'],
      asked: { from: 'merchant', until },
      deadline: { kind: 'furtherInformation', waitingFor: 'merchant', at: until },
    });
    await act(one, id, 'intervention-audit', { decision: 'decline', note: '不符合条件' });
    expect(await inQueue('audit', id)).toBeUndefined();
  });

  it('INT-5, INT-9: what is to be ruled, and appeals; whoever ruled before sees that it is not for it', async () => {
    const { id } = await dispute.underAppeal();
    expect(await inQueue('adjudication', id)).toBeUndefined();
    expect(await inQueue('appeal', id)).toMatchObject({ mayClaim: false, whyNot: 'ruled_before' });
    expect(await inQueue('appeal', id, other)).toMatchObject({ mayClaim: true, status: 'under_appeal' });
    expect(await claim(one, 'appeal', id)).toMatchObject({ status: 403, body: { code: 'ruled_before' } });
    expect(await leaseOf(id)).toBeNull();
    const next = await dispute.underAdjudication();
    expect(await inQueue('adjudication', next.id)).toMatchObject({ deadline: { kind: 'adjudication', rule: 'INT-5' } });
  });

  it('INT-5: overdue, it is escalated, and any agent may rule', async () => {
    await publish({ deadlines: { ...defaultPolicy.deadlines, adjudication: 'PT1S' } });
    const { id } = await dispute.underAdjudication();
    await publish({});
    await comesInto('escalated', id);
    expect(await inQueue('escalated', id)).toMatchObject({ status: 'under_adjudication', deadline: null });
    expect(await inQueue('adjudication', id)).toBeUndefined();
    await expectStatus(200, claim(other, 'escalated', id));
    await expectStatus(200, rule(other, id, forMerchant));
    expect(await inQueue('escalated', id)).toBeUndefined();
  });

  it('CASE-14, ORD-11: refunds that the provider refused, of cases and of orders', async () => {
    await failNextRefund();
    const { id } = await dispute.applied({ kind: 'refund_only' });
    await act(dispute.merchant, id, 'merchant-decision', { decision: 'approve' });
    await comesInto('refund-failures', id);

    const service = api.as('service', 's-1');
    const { id: orderId } = (await expectStatus(201, service.post('/v1/orders', orderBody()))).body;
    await expectStatus(200, service.post(`/v1/orders/${orderId}/payment`, { transactionId: orderId, amount: 13_900 }));
    await failNextRefund();
    await expectStatus(200, one.post(`/v1/orders/${orderId}/cancellation`, { reason: 'changed_mind' }));
    await comesInto('refund-failures', orderId);

    const found = await allOf('refund-failures', one, 'limit=1');
    expect(found.map((item) => [item['subject'], item.status, item['amount'], item['deadline']])).toEqual([
      [`case/${id}`, 'refund_failed', { amount: 12_900, currency: 'CNY' }, null],
      [`order/${orderId}`, 'cancelled', { amount: 13_900, currency: 'CNY' }, null],
    ]);
    for (const path of [`/v1/cases/${id}`, `/v1/orders/${orderId}`]) {
      await expectStatus(200, claim(one, 'refund-failures', path.split('/').at(-1)!));
      const refused = await other.post(`${path}/refund-retry`);
      expect(refused).toMatchObject({ status: 409, body: { code: 'claimed_by_another', lease: { agent: 'a-1' } } });
      await expectStatus(200, one.post(`${path}/refund-retry`));
    }
    expect(await allOf('refund-failures')).toEqual([]);
    expect(await api.database.collection('leases').countDocuments()).toBe(0);
  });

  it('INT-8: a ticket waits since it was opened, while its consumer is not asked, until it is resolved', async () => {
    expect((await one.get('/v1/queues/tickets')).body).toEqual({ items: [], nextCursor: null });
    const order = (await expectStatus(201, api.as('service', 's-1').post('/v1/orders', orderBody()))).body;
    const opening = { orderId: order.id, category: 'refund', description: '商家一直不处理', evidenceIds: [] };
    const ticket = (await expectStatus(201, dispute.consumer.post('/v1/support-tickets', opening))).body;
    const asks = (action: string, fields: object, who = one) =>
      expectStatus(200, who.post(`/v1/support-tickets/${ticket.id}/${action}`, fields));
    const waiting = {
      subject: `ticket/${ticket.id}`,
      id: ticket.id,
      queue: 'tickets',
      orderId: order.id,
      status: 'open',
      kind: 'refund',
      merchantId: 'm-1',
      consumerId: 'c-1',
      deadline: null,
      waitingSince: ticket['createdAt'],
      mayClaim: true,
    };
    expect((await one.get('/v1/queues/tickets')).body).toEqual({ items: [waiting], nextCursor: null });
    await asks('information-request', { question: '何时收到的？' });
    expect(await allOf('tickets')).toEqual([]);
    await asks('reply', { text: '昨天', evidenceIds: [] }, dispute.consumer);
    expect(await allOf('tickets')).toEqual([{ ...waiting, status: 'investigating' }]);
    await asks('resolution', { outcome: 'answered', note: '已解答' });
    expect(await allOf('tickets')).toEqual([]);
  });

  it('pages are stable, due first, and can be narrowed to the free and to one’s own', async () => {
    const ids: string[] = [];
    for (let count = 0; count < 5; count += 1) ids.push((await dispute.requested()).id);
    await expectStatus(200, claim(one, 'audit', ids[1]!));
    await expectStatus(200, claim(other, 'audit', ids[3]!));
    const mine = (items: Body[]) => items.map(({ id }) => id).filter((id) => ids.includes(id));
    expect(mine(await allOf('audit', one, 'limit=2'))).toEqual(ids);
    expect(mine(await allOf('audit', one, 'limit=2&claimed=free'))).toEqual([ids[0], ids[2], ids[4]]);
    expect(mine(await allOf('audit', one, 'limit=2&claimed=mine'))).toEqual([ids[1]]);
    expect(mine(await allOf('audit', other, 'claimed=mine'))).toEqual([ids[3]]);

    const first = (await one.get('/v1/queues/audit?limit=2')).body;
    const { id: left } = first.items[0]!;
    await act(dispute.consumer, left, 'withdrawal');
    const rest = await allOf('audit', one, 'limit=2', `&cursor=${first.nextCursor}`);
    expect(rest.map(({ id }) => id)).not.toContain(first.items[1]!.id);
    expect(mine([...first.items, ...rest])).toEqual(ids);

    const due = (await allOf('audit')).map((item) => (item['deadline'] as { at: string }).at);
    expect(due).toEqual([...due].sort());
  });
});

describe('leases', () => {
  it('POL-3: a claim holds to its last millisecond, and not one longer', async () => {
    const { id } = await dispute.requested();
    try {
      now = Date.now();
      const start = now;
      const until = new Date(start + minutes(15)).toISOString();
      const lease = { agent: 'a-1', until };
      expect((await expectStatus(200, claim(one, 'audit', id))).body).toEqual({
        subject: `case/${id}`,
        id,
        queue: 'audit',
        lease,
      });
      expect(await inQueue('audit', id)).toMatchObject({ lease, mayClaim: true });
      expect(await inQueue('audit', id, other)).toMatchObject({
        lease,
        mayClaim: false,
        whyNot: 'claimed_by_another',
      });
      for (const early of [1, 0]) {
        now = start + minutes(15) - early;
        expect(await claim(other, 'audit', id)).toMatchObject({
          status: 409,
          body: { code: 'claimed_by_another', lease, detail: expect.stringContaining(until) },
        });
      }
      now = start + minutes(15) + 1;
      expect(await inQueue('audit', id, other)).toMatchObject({ mayClaim: true });
      expect((await expectStatus(200, claim(other, 'audit', id))).body['lease']).toMatchObject({ agent: 'a-2' });
      expect(await claim(one, 'audit', id)).toMatchObject({ status: 409 });
    } finally {
      now = undefined;
    }
  });

  it('POL-3: an action that comes with the lease’s last millisecond is still kept off, one later is not', async () => {
    const { id } = await dispute.underAdjudication();
    try {
      now = Date.now();
      const start = now;
      await expectStatus(200, claim(one, 'adjudication', id));
      for (const early of [1, 0]) {
        now = start + minutes(15) - early;
        expect(await rule(other, id)).toMatchObject({ status: 409, body: { code: 'claimed_by_another' } });
      }
      now = start + minutes(15) + 1;
      await expectStatus(200, rule(other, id));
    } finally {
      now = undefined;
    }
  });

  it('one’s own is claimed again and lasts longer; its length is the policy’s (POL-1)', async () => {
    const { id } = await dispute.requested();
    const untilOf = async () => Date.parse(((await claim(one, 'audit', id)).body['lease'] as { until: string }).until);
    try {
      now = Date.now();
      const start = now;
      await publish({ agentLease: 'PT30S' });
      expect(await untilOf()).toBe(start + 30_000);
      now = start + 10_000;
      expect(await untilOf()).toBe(start + 40_000);
      const { agentLease: _later, ...older } = defaultPolicy;
      const { body } = await expectStatus(201, api.as('admin', 'ad-1').post('/v1/policies', older));
      expect(body).toMatchObject({ agentLease: 'PT15M' });
      // as it was stored before a policy named that
      await api.database
        .collection('policies')
        .updateOne({ _id: body['version'] as never }, { $unset: { 'document.agentLease': '' } });
      const { body: shown } = await api.as('admin', 'ad-1').get('/v1/policies/current');
      expect(shown).toMatchObject({ version: body['version'], agentLease: 'PT15M' });
      expect(await untilOf()).toBe(start + 10_000 + minutes(15));
    } finally {
      now = undefined;
    }
  });

  it('is given back by who has it, and by nobody else', async () => {
    const { id } = await dispute.requested();
    expect(await release(one, 'audit', id)).toMatchObject({ status: 409, body: { code: 'not_claimed_by_you' } });
    await expectStatus(200, claim(one, 'audit', id));
    expect(await release(other, 'audit', id)).toMatchObject({ status: 409, body: { code: 'not_claimed_by_you' } });
    expect(await leaseOf(id)).toMatchObject({ agent: 'a-1' });
    expect((await expectStatus(200, release(one, 'audit', id))).body).toMatchObject({ id, lease: null });
    await expectStatus(200, claim(other, 'audit', id));
  });

  it('a repeat is answered as the first time, and neither claims nor gives back again', async () => {
    const { id } = await dispute.requested();
    const keys = { claim: randomUUID(), release: randomUUID() };
    const claimed = await expectStatus(200, claim(one, 'audit', id, { key: keys.claim }));
    const released = await expectStatus(200, release(one, 'audit', id, { key: keys.release }));
    expect((await claim(one, 'audit', id, { key: keys.claim })).body).toEqual(claimed.body);
    expect(await leaseOf(id)).toBeNull();
    await expectStatus(200, claim(one, 'audit', id));
    expect((await release(one, 'audit', id, { key: keys.release })).body).toEqual(released.body);
    expect(await leaseOf(id)).toMatchObject({ agent: 'a-1' });
    const reused = await one.post(pathOf('audit', id, 'claim'), { surprise: 1 }, { key: keys.claim });
    expect(reused).toMatchObject({ status: 422, body: { errors: [{ field: 'surprise' }] } });
  });

  it('twenty claims each of two agents at once: one of the agents has it', async () => {
    const { id } = await dispute.requested();
    const agents = Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? ('a-1' as const) : ('a-2' as const)));
    const replies = await Promise.all(agents.map((sub) => claim(api.as('agent', sub), 'audit', id)));
    const won = new Set(agents.filter((_, index) => replies[index]?.status === 200));
    expect(won.size).toBe(1);
    const [winner] = won;
    for (const [index, sub] of agents.entries())
      expect(replies[index]).toMatchObject(
        sub === winner
          ? { status: 200 }
          : { status: 409, body: { code: 'claimed_by_another', lease: { agent: winner } } },
      );
  });
});

describe('acting on what is claimed', () => {
  const none: (id: string) => Promise<void> = async (id) => expect(await leaseOf(id)).toBeNull();

  it('another’s is left alone: nothing is handed over; its agent rules, and the claim is given up', async () => {
    const { id } = await dispute.underAdjudication();
    await expectStatus(200, claim(one, 'adjudication', id));
    const before = await stored(api);
    for (const [action, fields] of [
      ['ruling', forMerchant],
      ['information-request', { from: 'merchant', question: '?' }],
    ] as const) {
      const refused = await other.post(`/v1/cases/${id}/${action}`, fields);
      expect(refused).toMatchObject({ status: 409, body: { code: 'claimed_by_another', lease: { agent: 'a-1' } } });
    }
    expect(await stored(api)).toEqual(before);
    await act(one, id, 'information-request', { from: 'merchant', question: '请补充' });
    expect(await leaseOf(id)).toMatchObject({ agent: 'a-1' });
    await expectStatus(200, rule(one, id, forMerchant));
    await none(id);
    const appealed = await act(dispute.consumer, id, 'appeal', { statement: '不服', evidenceIds: [] });
    expect(appealed.status).toBe('under_appeal');
    await expectStatus(200, claim(other, 'appeal', id));
    const third = await api.as('agent', 'a-3').post(`/v1/cases/${id}/appeal-ruling`, forMerchant);
    expect(third).toMatchObject({ status: 409, body: { code: 'claimed_by_another' } });
    await expectStatus(200, other.post(`/v1/cases/${id}/appeal-ruling`, forMerchant));
    await none(id);
  });

  it('a refused ruling leaves claims as they were: none, or one’s own', async () => {
    const { id } = await dispute.underAdjudication();
    const tooMuch = { ...forConsumer, refundAmount: 999_999 };
    expect(await rule(one, id, tooMuch)).toMatchObject({ status: 422, body: { code: 'refund_above_refundable' } });
    await none(id);
    await expectStatus(200, claim(one, 'adjudication', id));
    expect(await rule(one, id, tooMuch)).toMatchObject({ status: 422 });
    expect(await leaseOf(id)).toEqual({ _id: `case/${id}`, agent: 'a-1', until: expect.any(Date) });
    expect(await rule(other, id)).toMatchObject({ status: 409, body: { code: 'claimed_by_another' } });
  });

  it('a repeated ruling is answered as before, whoever has claimed the case since', async () => {
    const { id } = await dispute.underAdjudication();
    const key = randomUUID();
    const again = () => one.post(`/v1/cases/${id}/ruling`, forMerchant, { key });
    const ruled = await expectStatus(200, again());
    await act(dispute.consumer, id, 'appeal', { statement: '不服', evidenceIds: [] });
    await expectStatus(200, claim(other, 'appeal', id));
    expect((await expectStatus(200, again())).body['intervention']).toEqual(ruled.body['intervention']);
    expect(await leaseOf(id)).toMatchObject({ agent: 'a-2' });
  });

  it('while no worker answers the ruling keeps its claim, which is given up once its outcome is known', async () => {
    const { id } = await dispute.underAdjudication();
    const key = randomUUID();
    const again = () => one.post(`/v1/cases/${id}/ruling`, forConsumer, { key, pending: true });
    await worker.stop();
    await expectStatus(202, again());
    expect(await rule(other, id)).toMatchObject({ status: 409, body: { code: 'claimed_by_another' } });
    worker = await api.startWorker();
    await expect.poll(async () => (await again()).status).toBe(200);
    await none(id);
  });

  it('consumers and merchants act as ever', async () => {
    const { id } = await dispute.requested();
    await expectStatus(200, claim(one, 'audit', id));
    await act(dispute.merchant, id, 'proposal', { kind: 'refund_only', refundAmount: 100, note: '协商' });
    await act(dispute.consumer, id, 'withdrawal');
  });

  it.each([1, 2, 3, 4, 5, 6])('two agents rule at once: one ruling stands, and no claim is left (%i)', async (time) => {
    const { id } = await dispute.underAdjudication();
    const asks: (() => Promise<Reply>)[] = [() => rule(one, id), () => rule(other, id)];
    const replies = await Promise.all((time % 2 === 0 ? asks : asks.toReversed()).map((ask) => ask()));
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    const code = replies.find(({ status }) => status === 409)?.body.code;
    expect(code).toMatch(/^(claimed_by_another|action_not_available|case_ended)$/);
    const { items } = (await one.get(`/v1/cases/${id}/timeline?limit=100`)).body;
    expect(items.filter(({ type }) => type === 'ruled')).toHaveLength(1);
    await none(id);
  });
});

describe('what is refused', () => {
  it('queues are for agents', async () => {
    const { id } = await dispute.requested();
    for (const role of ['consumer', 'merchant', 'admin', 'service'] as const) {
      const who = api.as(role, role === 'consumer' ? 'c-1' : 'm-1');
      for (const reply of [
        await who.get('/v1/queues/audit'),
        await claim(who, 'audit', id),
        await release(who, 'audit', id),
      ])
        expect(reply).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
    }
    expect(await leaseOf(id)).toBeNull();
  });

  it('what isn’t there, or not in that queue', async () => {
    const { id } = await dispute.requested();
    expect(await one.get('/v1/queues/nonsense')).toMatchObject({ status: 404, body: { code: 'queue_not_found' } });
    expect(await claim(one, 'nonsense', id)).toMatchObject({ status: 404, body: { code: 'queue_not_found' } });
    for (const [queue, subject] of [
      ['audit', randomUUID()],
      ['tickets', id],
    ] as const)
      expect(await claim(one, queue, subject)).toMatchObject({ status: 404, body: { code: 'subject_not_found' } });
    expect(await claim(one, 'adjudication', id)).toMatchObject({
      status: 409,
      body: { code: 'not_in_queue', detail: expect.stringContaining('intervention_requested') },
    });
    expect(await claim(one, 'audit', id, { key: null })).toMatchObject({ status: 400 });
    expect(await leaseOf(id)).toBeNull();
  });

  it.each(['limit=0', 'claimed=hers', 'cursor=x', 'colour=red'])('%s is refused by name', async (query) => {
    const reply = await one.get(`/v1/queues/audit?${query}`);
    expect(reply).toMatchObject({ status: 422, body: { errors: [{ field: query.split('=')[0] }] } });
  });

  it('a cursor of another queue is refused', async () => {
    for (let count = 0; count < 2; count += 1) await dispute.requested();
    const { nextCursor } = (await one.get('/v1/queues/audit?limit=1')).body;
    const reply = await one.get(`/v1/queues/escalated?cursor=${nextCursor}`);
    expect(reply).toMatchObject({ status: 422, body: { errors: [{ field: 'cursor' }] } });
  });
});
