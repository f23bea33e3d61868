import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { defineModels } from '../../src/store/models.ts';
import { moneyStore } from '../../src/store/money.ts';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  orderBody,
  type Person,
} from '../api/harness.ts';

type Movement = { key: string; orderId: string; amount: number; currency: string };
type Money = Body & {
  stopped: { provider: string; by: string; reason: string }[];
  caps: { currency: string; amount: number }[];
  letGoToday: { amount: number; currency: string }[];
  underWay: { movementKey: string }[];
  waiting: { count: number; oldestAt?: string };
};

let api: Api;
let admin: Person;
let agent: Person;
let service: Person;
let providerUrl: string;

beforeAll(async () => {
  api = await apiHere();
  providerUrl = await api.startProvider();
  await Promise.all([api.startWorker(providerUrl), api.startWorker(providerUrl)]);
  admin = api.as('admin', 'ad-1');
  agent = api.as('agent', 'a-1');
  service = api.as('service', 's-1');
});
afterAll(() => api.close());

const money = async () => (await expectStatus(200, admin.get('/v1/money'))).body as Money;
const order = async (action: 'stop' | 'resume' | 'cap', body: object) =>
  (await expectStatus(200, admin.post(`/v1/money/${action}`, body))).body as Money;
const stop = (more: object = {}) => order('stop', { reason: '对账发现异常', ...more });
const resume = (more: object = {}) => order('resume', { reason: '已查明', ...more });
const cap = (amount: number | null, currency = 'CNY') => order('cap', { currency, amount, reason: '日限额' });

beforeEach(async () => {
  for (const { provider } of (await money()).stopped) await resume(provider === 'all' ? {} : { provider });
});

const movementsOf = async (...orderIds: string[]): Promise<Movement[]> => {
  const all = (await (await fetch(`${providerUrl}/movements`)).json()) as Movement[];
  return all.filter(({ orderId }) => orderIds.includes(orderId));
};
const eventually = (seen: () => Promise<unknown>) => expect.poll(seen, { interval: 50 });

/** An order paid online in a currency; cancelled, all of it goes back. */
async function paidOrder(currency = 'CNY'): Promise<string> {
  const { id } = (await expectStatus(201, service.post('/v1/orders', orderBody({ currency })))).body;
  await expectStatus(200, service.post(`/v1/orders/${id}/payment`, { transactionId: `t-${id}`, amount: 13_900 }));
  return id;
}
const cancel = (id: string) => expectStatus(200, agent.post(`/v1/orders/${id}/cancellation`, { reason: 'other' }));
const refundOf = async (id: string) => ((await agent.get(`/v1/orders/${id}`)).body['refunds'] as Body[])[0];
const ledgerOf = async (query: string) => (await agent.get(`/v1/ledger?${query}`)).body.items;

/** A case of c-1 whose refund the merchant has just let through. */
async function approvedCase(): Promise<{ id: string; orderId: string }> {
  const delivered = await deliveredOrder(api);
  const application = applicationFor(delivered.id, { kind: 'refund_only' });
  const { id } = (await expectStatus(201, api.as('consumer', 'c-1').post('/v1/cases', application))).body;
  await expectStatus(200, api.as('merchant', 'm-1').post(`/v1/cases/${id}/merchant-decision`, { decision: 'approve' }));
  return { id, orderId: delivered.id };
}
const caseOf = async (id: string) => (await agent.get(`/v1/cases/${id}`)).body;
const heldIds = async (what: 'cases' | 'orders') =>
  (await agent.get(`/v1/${what}?held=true`)).body.items.map(({ id }) => id);
const heldCase = async () => {
  const one = await approvedCase();
  await eventually(() => caseOf(one.id)).toMatchObject({
    status: 'refunding',
    refund: { state: 'requested', held: { cause: 'stopped' } },
  });
  return one;
};

describe('the switch', () => {
  it('REF-4, SEE-1: stopped, the refund waits where everybody sees it and the provider knows nothing of it; resumed, it is paid once', async () => {
    expect(await stop()).toMatchObject({ stopped: [{ provider: 'all', by: 'ad-1', reason: '对账发现异常' }] });
    const { id, orderId } = await heldCase();
    expect(await movementsOf(orderId)).toEqual([]);
    expect((await fetch(`${providerUrl}/operations?key=${encodeURIComponent(`case/${id}/refund/1`)}`)).status).toBe(
      404,
    );
    const told = (await agent.get(`/v1/cases/${id}/timeline`)).body.items;
    expect(told.at(-1)).toMatchObject({ type: 'refundHeld', rule: 'REF-4', detail: { cause: 'stopped' } });
    await eventually(async () => (await money()).waiting.count).toBe(1);
    expect(await heldIds('cases')).toEqual([id]);
    // the case hears everything else meanwhile
    expect((await agent.post(`/v1/cases/${id}/refund-retry`)).body.code).toBe('action_not_available');

    await resume();
    await eventually(async () => (await caseOf(id)).status).toBe('refunded');
    expect((await caseOf(id))['refund']).toEqual({ amount: 12_900, currency: 'CNY', state: 'settled' });
    expect(await movementsOf(orderId)).toMatchObject([{ key: `case/${id}/refund/1`, amount: 12_900 }]);
    expect(await ledgerOf(`caseId=${id}`)).toMatchObject([{ kind: 'refund', amount: 12_900 }]);
    expect((await money()).waiting).toEqual({ count: 0 });
    expect(await heldIds('cases')).toEqual([]);
  });

  it('SEE-3: an order whose money is held is among those that are asked for by it', async () => {
    await stop();
    const [id] = [await paidOrder(), await paidOrder()];
    await cancel(id);
    await eventually(() => heldIds('orders')).toEqual([id]);
    await resume();
    await eventually(() => heldIds('orders')).toEqual([]);
  });

  it('one provider’s stop holds its money; that of all is another, and both must be lifted', async () => {
    await stop({ provider: 'sandbox' });
    await stop();
    const { id } = await heldCase();
    expect((await resume()).stopped).toMatchObject([{ provider: 'sandbox' }]);
    expect(await caseOf(id)).toMatchObject({ status: 'refunding' });
    await resume({ provider: 'sandbox' });
    await eventually(async () => (await caseOf(id)).status).toBe('refunded');
  });

  it('CASE-14: settled by hand while it is held, it is never paid later', async () => {
    await stop();
    const { id, orderId } = await heldCase();
    const settlement = { reference: 'bank-77', note: '线下转账' };
    await expectStatus(200, agent.post(`/v1/cases/${id}/manual-settlement`, settlement));
    expect(await caseOf(id)).toMatchObject({ status: 'refunded' });
    await resume();
    // what is let go afterwards is paid: the one that was settled is not among it
    const next = await approvedCase();
    await eventually(async () => (await caseOf(next.id)).status).toBe('refunded');
    expect(await movementsOf(orderId)).toEqual([]);
    expect(await ledgerOf(`caseId=${id}`)).toMatchObject([{ kind: 'refund', credit: 'settled_by_hand' }]);
  });

  it('what was paid before the stop without our knowing is found out while stopped', async () => {
    const id = await paidOrder();
    const fault = { operation: 'refund', mode: 'timeout_after', times: 1 };
    const headers = { 'content-type': 'application/json' };
    await fetch(`${providerUrl}/faults`, { method: 'POST', headers, body: JSON.stringify(fault) });
    await cancel(id);
    await eventually(() => movementsOf(id)).toHaveLength(1);
    await stop();
    await eventually(() => refundOf(id)).toMatchObject({ state: 'settled' });
    expect(await movementsOf(id)).toHaveLength(1);
  });

  it('a stop against payments on their way: once it is answered, only what it names as under way is still paid', async () => {
    const ids = await Promise.all(Array.from({ length: 8 }, () => paidOrder()));
    const cancelled = Promise.allSettled(ids.map(cancel));
    await eventually(async () => (await movementsOf(...ids)).length > 0).toBe(true);
    const answered = await stop();
    const paid = (await movementsOf(...ids)).map(({ key }) => key);
    expect((await cancelled).map(({ status }) => status)).not.toContain('rejected');
    const settledOrHeld = async () => {
      const refunds = await Promise.all(ids.map(refundOf));
      return refunds.every((one) => one?.['held'] !== undefined || one?.['state'] === 'settled');
    };
    await eventually(settledOrHeld).toBe(true);
    const named = new Set([...paid, ...answered.underWay.map(({ movementKey }) => movementKey)]);
    expect((await movementsOf(...ids)).filter(({ key }) => !named.has(key))).toEqual([]);
    expect((await money()).underWay).toEqual([]);
    await resume();
    await eventually(async () =>
      (await Promise.all(ids.map(refundOf))).every((one) => one?.['state'] === 'settled'),
    ).toBe(true);
    const keys = (await movementsOf(...ids)).map(({ key }) => key);
    expect([keys.length, new Set(keys).size]).toEqual([8, 8]);
  });
});

describe('the daily cap', () => {
  const settled = async (ids: string[]) =>
    (await Promise.all(ids.map(refundOf))).filter((one) => one?.['state'] === 'settled').length;
  const held = async (ids: string[]) =>
    (await Promise.all(ids.map(refundOf))).filter((one) => (one?.['held'] as Body)?.['cause'] === 'daily_cap').length;

  it('refunds at its edge, on two workers at once: what fits is paid, the rest waits, and goes once the cap is raised', async () => {
    await cap(2 * 13_900 + 100, 'EUR');
    const ids = await Promise.all(Array.from({ length: 5 }, () => paidOrder('EUR')));
    await Promise.all(ids.map(cancel));
    await eventually(() => held(ids)).toBe(3);
    await eventually(() => settled(ids)).toBe(2);
    expect(await movementsOf(...ids)).toHaveLength(2);
    expect((await money()).letGoToday).toContainEqual({ amount: 2 * 13_900, currency: 'EUR' });

    await cap(3 * 13_900, 'EUR');
    await eventually(() => settled(ids)).toBe(3);
    await eventually(() => held(ids)).toBe(2);
    expect((await money()).letGoToday).toContainEqual({ amount: 3 * 13_900, currency: 'EUR' });
    await cap(null, 'EUR');
    await eventually(() => settled(ids)).toBe(5);
    const movements = await movementsOf(...ids);
    expect([movements.length, new Set(movements.map(({ key }) => key)).size]).toEqual([5, 5]);
    for (const id of ids)
      expect(await ledgerOf(`orderId=${id}`)).toMatchObject([{ kind: 'refund', amount: 13_900, currency: 'EUR' }]);
  });

  it('REF-4: a key that is tried again counts once, and what the provider refuses doesn’t count', async () => {
    const headers = { 'content-type': 'application/json' };
    const fault = (mode: string) =>
      fetch(`${providerUrl}/faults`, {
        method: 'POST',
        headers,
        body: JSON.stringify({ operation: 'refund', mode, times: 1 }),
      });
    await cap(13_900, 'USD');
    await fault('decline');
    const declined = await paidOrder('USD');
    await cancel(declined);
    await eventually(() => refundOf(declined)).toMatchObject({ state: 'declined' });
    expect((await money()).letGoToday).toContainEqual({ amount: 0, currency: 'USD' });
    await fault('timeout_before');
    const tried = await paidOrder('USD');
    await cancel(tried);
    await eventually(() => refundOf(tried)).toMatchObject({ state: 'settled' });
    const told = (await agent.get(`/v1/orders/${tried}/timeline`)).body.items.map(({ type }) => type);
    expect(told).toContain('refundUnknown');
    expect(await movementsOf(tried)).toHaveLength(1);
    expect((await money()).letGoToday).toContainEqual({ amount: 13_900, currency: 'USD' });
  });
});

it('REF-4: a payment that was let go twice and then refused is taken out of its day once', async () => {
  const store = moneyStore(defineModels(api.database));
  const at = Date.now();
  const movement = (key: string, amount: number) => ({
    key,
    kind: 'refund' as const,
    provider: 'sandbox' as const,
    amount: { amount, currency: 'JPY' },
  });
  const used = async () => (await store.gate(at)).used['JPY'];
  await store.letGo(movement('order/paid/cancellation/1', 500), at);
  await store.cameBack('order/paid/cancellation/1', 'done', true, at);
  const refused = movement('order/refused/cancellation/1', 300);
  await store.letGo(refused, at);
  await store.cameBack(refused.key, 'unknown', true, at);
  await store.letGo(refused, at);
  expect(await used()).toBe(800);
  await store.cameBack(refused.key, 'declined', true, at);
  expect(await used()).toBe(500);
  // an agent who settles it by hand has it asked for once more
  await store.cameBack(refused.key, 'declined', false, at);
  expect(await used()).toBe(500);

  // let go twice, the second time by a worker that died of it: what is found out by asking is taken out of one place
  const asked = movement('order/asked/cancellation/1', 200);
  await store.letGo(asked, at);
  await store.cameBack(asked.key, 'unknown', true, at);
  await store.letGo(asked, at);
  expect(await used()).toBe(700);
  await store.cameBack(asked.key, 'declined', false, at);
  expect(await used()).toBe(500);
});

describe('orders about outgoing money', () => {
  it('are entered in the audit, newest first, each once however often it is sent', async () => {
    const key = randomUUID();
    const body = { reason: '演练' };
    const [one, other] = await Promise.all([
      admin.post('/v1/money/stop', body, { key }),
      admin.post('/v1/money/stop', body, { key }),
    ]);
    expect([one.status, other.status]).toEqual([200, 200]);
    await resume();
    expect((await admin.post('/v1/money/stop', body, { key })).status).toBe(200);
    expect((await money()).stopped).toEqual([]);
    await cap(7, 'JPY');
    await cap(null, 'JPY');
    const first = (await expectStatus(200, agent.get('/v1/money/audit?limit=3'))).body;
    const next = (await expectStatus(200, agent.get(`/v1/money/audit?limit=1&cursor=${first.nextCursor}`))).body;
    expect([...first.items, ...next.items]).toMatchObject([
      { action: 'cap', currency: 'JPY', amount: null, before: 7, by: 'ad-1', reason: '日限额' },
      { action: 'cap', currency: 'JPY', amount: 7, before: null },
      { action: 'resume', provider: 'all', reason: '已查明' },
      { action: 'stop', provider: 'all', reason: '演练', by: 'ad-1' },
    ]);
  });

  it('two admins stop at once: one of them has, the other is told', async () => {
    const asked = ['ad-1', 'ad-2'].map((sub) => api.as('admin', sub).post('/v1/money/stop', { reason: '紧急' }));
    const replies = await Promise.all(asked);
    expect(replies.map(({ status }) => status).sort()).toEqual([200, 409]);
    expect(replies.find(({ status }) => status === 409)?.body.code).toBe('money_already_stopped');
  });

  it.each([
    ['stop', {}, 'reason'],
    ['stop', { reason: ' ' }, 'reason'],
    ['stop', { reason: 'x', provider: 'nobody' }, 'provider'],
    ['stop', { reason: 'x', providers: [] }, 'providers'],
    ['cap', { reason: 'x', currency: 'CNY' }, 'amount'],
    ['cap', { reason: 'x', currency: 'yuan', amount: 1 }, 'currency'],
    ['cap', { reason: 'x', currency: 'CNY', amount: -1 }, 'amount'],
    ['cap', { reason: 'x', currency: 'CNY', amount: 1.5 }, 'amount'],
  ])('%s %j is refused by its field, and changes nothing', async (action, body, field) => {
    const before = await money();
    const reply = await admin.post(`/v1/money/${action}`, body);
    expect(reply).toMatchObject({ status: 422, body: { code: 'validation_failed', errors: [{ field }] } });
    expect(await money()).toEqual(before);
  });

  it('resuming what isn’t stopped is refused', async () => {
    expect(await admin.post('/v1/money/resume', { reason: 'x' })).toMatchObject({
      status: 409,
      body: { code: 'money_not_stopped' },
    });
  });
});
