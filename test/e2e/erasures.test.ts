import { randomUUID } from 'node:crypto';
import { WorkflowNotFoundError } from '@temporalio/client';
import { mongo } from 'mongoose';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  orderBody,
  type Person,
  type Reply,
} from '../api/harness.ts';

let api: Api;
let providerUrl: string;
let service: Person;
let merchant: Person;
let agent: Person;
let admin: Person;

/** After delivery nothing keeps an order open for long, but long enough to apply twice on a busy machine. */
const shortPolicy = { ...defaultPolicy, afterSalesPeriod: 'PT20S', noReasonWindow: 'PT20S' };

beforeAll(async () => {
  api = await apiHere();
  ({ providerUrl } = await api.startWorker());
  service = api.as('service', 's-1');
  merchant = api.as('merchant', 'm-1');
  agent = api.as('agent', 'a-1');
  admin = api.as('admin', 'admin-1');
  await expectStatus(201, admin.post('/v1/policies', shortPolicy));
});
afterAll(() => api.close());

const ok = (asked: Promise<Reply>) => expectStatus(200, asked);
const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 120_000, interval: 200 });

const deleting = { timeout: 100_000, interval: 500 };

/** Words that only this test has ever written. */
const words = {
  name: '慕容晓雪',
  phone: '13922223333',
  street: '遗忘路九十九号',
  description: '包装里有一张便条',
  refused: '第二次申请的话',
  note: '顾客住在医院里',
  statement: '请你们评评理',
  fileName: '慕容的聊天',
  fileText: '聊天记录里的秘密',
  cancelled: '客户搬家了',
  mailbox: 'mu.rong@forgotten.example',
};
const shippingAddress = {
  name: words.name,
  phone: words.phone,
  province: '上海市',
  city: '上海市',
  district: '徐汇区',
  street: words.street,
};

/** Which of the words are anywhere in the database, files among it. */
async function wordsLeft(): Promise<string[]> {
  const found = new Set<string>();
  for (const { collectionName } of await api.database.db!.collections()) {
    for (const document of await api.database.collection(collectionName).find().toArray()) {
      const bytes = Buffer.from(mongo.BSON.serialize(document));
      for (const [what, word] of Object.entries(words)) if (bytes.includes(word)) found.add(what);
    }
  }
  return [...found];
}

async function uploadedBy(person: Person): Promise<string> {
  const form = new FormData();
  form.append('kind', 'chat_log');
  form.append('file', new Blob([words.fileText], { type: 'text/plain' }), `${words.fileName}.txt`);
  return (await expectStatus(201, person.upload('/v1/evidence', form))).body.id;
}

type Story = { consumerId: string; consumer: Person; order: Body; cancelled: Body; caseId: string; fileIds: string[] };

/** All that somebody can leave here: a disputed case that came to nothing, a refused application, a cancelled order, files, a profile. */
async function aStory(): Promise<Story> {
  const consumerId = `c-${randomUUID().slice(0, 8)}`;
  const consumer = api.as('consumer', consumerId);
  await ok(consumer.put('/v1/me/profile', { language: 'en', emailOn: true, email: words.mailbox }));
  const cancelled = (await expectStatus(201, service.post('/v1/orders', orderBody({ consumerId, shippingAddress }))))
    .body;
  await ok(service.post(`/v1/orders/${cancelled.id}/payment`, { transactionId: `t-${cancelled.id}`, amount: 13_900 }));
  await ok(agent.post(`/v1/orders/${cancelled.id}/cancellation`, { reason: 'other', note: words.cancelled }));
  const fileIds = [await uploadedBy(consumer), await uploadedBy(consumer)];
  const order = await deliveredOrder(api, { consumerId, shippingAddress });
  const application = applicationFor(order.id, { description: words.description, evidenceIds: [fileIds[0]] });
  const caseId = (await expectStatus(201, consumer.post('/v1/cases', application))).body.id;
  const second = applicationFor(order.id, { description: words.refused });
  expect(await consumer.post('/v1/cases', second)).toMatchObject({
    status: 409,
    body: { code: 'quantity_not_available' },
  });
  const at = `/v1/cases/${caseId}`;
  await ok(merchant.post(`${at}/merchant-decision`, { decision: 'refuse', refusalCode: 'other', note: words.note }));
  const request = { reason: 'merchant_refused', statement: words.statement, evidenceIds: [] };
  await ok(consumer.post(`${at}/intervention-request`, request));
  return { consumerId, consumer, order, cancelled, caseId, fileIds };
}

/** Its end: the intervention is declined, the after-sales period passes, and the order completes. */
async function ended({ caseId, order }: Story): Promise<void> {
  await ok(agent.post(`/v1/cases/${caseId}/intervention-audit`, { decision: 'decline', note: words.note }));
  await until(async () => expect((await agent.get(`/v1/orders/${order.id}`)).body.status).toBe('completed'));
}

const erase = (consumerId: string, key?: string) =>
  admin.post('/v1/erasures', { consumerId }, key === undefined ? {} : { key });
/** What ends writes once more: until then it is running, and an erasure is refused. */
const erased = (consumerId: string, key: string) => until(async () => ok(erase(consumerId, key)));

const executionsOf = async (consumerId: string) => {
  const found = [];
  for await (const one of api.temporal.workflow.list({ query: `ConsumerId = "${consumerId}"` }))
    found.push(one.workflowId);
  return found;
};

describe('a consumer’s right to be forgotten', () => {
  it('waits until all its orders and cases have ended: 409 names them, and nothing is changed', async () => {
    const story = await aStory();
    const open = [`case/${story.caseId}`, `order/${story.order.id}`];
    // what has just ended is listed as running for a moment
    await until(async () => {
      const refused = await erase(story.consumerId);
      expect(refused).toMatchObject({ status: 409, body: { code: 'cases_still_open' } });
      expect(refused.body.errors.map(({ detail }) => detail.split(' ')[0])).toEqual(open);
    });
    expect((await wordsLeft()).toSorted()).toEqual(
      Object.keys(words)
        .filter((word) => word !== 'refused') // a refused application leaves no document
        .toSorted(),
    );
    await ended(story);
    await erased(story.consumerId, randomUUID());
  });

  it('leaves no word of it, and every amount, status, rule and ledger entry as it was', async () => {
    const story = await aStory();
    await ended(story);
    const { consumerId, consumer, order, cancelled, caseId, fileIds } = story;
    // as versions before 0.4.0 kept what a mail server answered
    const refusal = `550 <${words.mailbox}>: no such person`;
    const tries = [
      { at: new Date(), durationMs: 5 },
      { at: new Date(), durationMs: 5, status: 550, error: refusal },
    ];
    const mail = { _id: `mail/${caseId}`, channel: 'email', to: `consumer/${consumerId}`, state: 'failed' };
    await api.database.collection<{ _id: string }>('outbox').insertOne({ ...mail, reason: refusal, tries } as never);
    const read = async () => ({
      case: (await consumer.get(`/v1/cases/${caseId}`)).body,
      order: (await consumer.get(`/v1/orders/${order.id}`)).body,
      ledger: (await agent.get(`/v1/ledger?orderId=${cancelled.id}`)).body,
      timeline: (await agent.get(`/v1/cases/${caseId}/timeline`)).body.items,
    });
    const before = await read();
    const etag = (await consumer.get(`/v1/cases/${caseId}`)).headers.get('etag') ?? '';
    const key = randomUUID();
    const answer = await erased(consumerId, key);
    // a copy that was kept is not called good
    const again = await consumer.get(`/v1/cases/${caseId}`, { 'if-none-match': etag });
    expect([again.status, again.headers.get('etag')]).toEqual([200, etag.replace(/(\.[a-z]+)?"$/, '.erased"')]);
    expect(answer.body).toMatchObject({
      consumerId,
      requestedBy: 'admin-1',
      erased: { profiles: 1, orders: 2, cases: 1, allocations: 1, mails: 1, evidence: 2 },
    });
    expect(await wordsLeft()).toEqual([]);
    expect(await api.database.collection('outbox').findOne({ _id: mail._id as never })).toMatchObject({
      reason: '[erased]',
      tries: [{ durationMs: 5 }, { status: 550, error: '[erased]' }],
    });

    const after = await read();
    const text = '[erased]';
    const gone = { name: text, phone: '0000', province: text, city: text, district: text, street: text };
    expect(after.case).toEqual({
      ...before.case,
      description: text,
      intervention: { ...(before.case['intervention'] as object), statement: text },
    });
    expect(after.order).toEqual({ ...before.order, shippingAddress: gone });
    expect(after.ledger).toEqual(before.ledger);
    expect(after.ledger.items).toMatchObject([{ kind: 'refund', amount: 13_900 }]);
    const told = (items: Body[]) =>
      items.map(({ seq, at, type, rule, actor, status }) => ({ seq, at, type, rule, actor, status }));
    expect(told(after.timeline)).toEqual(told(before.timeline));

    const [attached, unused] = fileIds;
    expect((await consumer.get(`/v1/evidence/${attached}`)).body).toMatchObject({
      name: text,
      sha256: expect.any(String),
    });
    expect(await consumer.get(`/v1/evidence/${attached}/content`)).toMatchObject({
      status: 410,
      body: { code: 'evidence_erased' },
    });
    expect((await consumer.get(`/v1/evidence/${unused}`)).status).toBe(404);
    expect((await consumer.get('/v1/me/profile')).body).toEqual({ language: 'zh-CN', emailOn: true });

    expect((await ok(erase(consumerId, key))).body).toEqual(answer.body);
    expect((await ok(erase(consumerId))).body['erased']).toMatchObject({ orders: 0, timeline: 0, evidence: 0 });
  });

  it('has Temporal delete the histories, a refused application’s among them', async () => {
    const story = await aStory();
    await ended(story);
    const executions = await until(async () => {
      const listed = await executionsOf(story.consumerId);
      expect(listed).toHaveLength(4); // two orders, a case, an application that was refused
      return listed;
    });
    expect((await erased(story.consumerId, randomUUID())).body['erased']).toMatchObject({ histories: 4 });
    // Temporal deletes a run once its own bookkeeping on it is done, of which it takes note now and then.
    await vi.waitFor(async () => expect(await executionsOf(story.consumerId)).toEqual([]), deleting);
    for (const workflowId of executions)
      await vi.waitFor(async () => {
        const described = api.temporal.workflow.getHandle(workflowId).describe();
        await expect(described).rejects.toThrow(WorkflowNotFoundError);
      }, deleting);
  });

  it('ORD-9: money for an order that was erased still goes back once, and brings nothing back with it', async () => {
    const story = await aStory();
    await ended(story);
    await erased(story.consumerId, randomUUID());
    const late = { transactionId: `late-${story.order.id}`, amount: 500 };
    await ok(service.post(`/v1/orders/${story.order.id}/payment`, late));
    await until(async () =>
      expect((await agent.get(`/v1/orders/${story.order.id}`)).body['refunds']).toMatchObject([
        { amount: 500, state: 'settled', purpose: 'late_payment' },
      ]),
    );
    expect(await wordsLeft()).toEqual([]);
    await erased(story.consumerId, randomUUID());
  });

  it('ORD-9: money that comes in the middle of it is refunded once, and what was read before is not written back', async () => {
    const story = await aStory();
    await ended(story);
    const late = { transactionId: `late-${story.order.id}`, amount: 700 };
    const key = randomUUID();
    await until(async () => expect((await executionsOf(story.consumerId)).length).toBeGreaterThan(0));
    const [first] = await Promise.all([
      erase(story.consumerId, key),
      service.post(`/v1/orders/${story.order.id}/payment`, late),
    ]);
    expect([200, 409]).toContain(first.status);
    await erased(story.consumerId, key);
    await erased(story.consumerId, randomUUID()); // the money may have come behind the first
    expect(await wordsLeft()).toEqual([]);
    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { orderId: string; amount: number }[];
    expect(movements.filter(({ orderId }) => orderId === story.order.id).map(({ amount }) => amount)).toEqual([700]);
  });

  it('is the admin’s alone, for a consumer that can be one', async () => {
    for (const person of [agent, merchant, service, api.as('consumer', 'c-1')])
      expect((await person.post('/v1/erasures', { consumerId: 'c-1' })).status).toBe(403);
    expect(await admin.post('/v1/erasures', { consumerId: 'c-1" OR "' })).toMatchObject({
      status: 422,
      body: { errors: [{ field: 'consumerId' }] },
    });
    expect(await admin.post('/v1/erasures', {}, { key: null })).toMatchObject({ status: 400 });
    const nobody = await ok(erase(`c-${randomUUID()}`));
    expect(Object.values(nobody.body['erased'] as Record<string, number>).every((count) => count === 0)).toBe(true);
  });
});
