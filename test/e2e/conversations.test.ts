import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commandIdOf } from '../../src/api/command.ts';
import { apiHere } from '../api/apiHere.ts';
import { act, disputesOver, forConsumer } from '../api/disputes.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  orderBody,
  type Person,
  stored,
} from '../api/harness.ts';

let api: Api;
let consumer: Person;
let merchant: Person;
let agent: Person;

beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  consumer = api.as('consumer', 'c-1');
  merchant = api.as('merchant', 'm-1');
  agent = api.as('agent', 'a-1');
});
afterAll(() => api.close());

const png = Buffer.from('89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489', 'hex');
async function upload(person: Person): Promise<string> {
  const form = new FormData();
  form.set('kind', 'chat_log');
  form.set('file', new Blob([png], { type: 'image/png' }), 'chat.png');
  return (await expectStatus(201, person.upload('/v1/evidence', form))).body.id;
}

async function newCase(): Promise<Body> {
  const order = await deliveredOrder(api);
  return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
}

const say = (person: Person, path: string, text: string, more: object = {}) =>
  expectStatus(201, person.post(path, { text, ...more }));
const texts = async (person: Person, path: string) =>
  (await expectStatus(200, person.get(path))).body.items.map(({ text }) => text);

/** What each inbox was told of messages on a subject, as stored. */
async function told(subject: string): Promise<[inbox: string, text: string][]> {
  const prefix = { $regex: `^${subject}/message/` };
  const found = await api.database
    .collection('outbox')
    .find({ _id: prefix as never })
    .sort({ createdAt: 1, to: 1 })
    .toArray();
  return found.map(({ to, text }) => [String(to), String(text)]);
}

describe('consumer and merchant talk (TELL-3)', () => {
  it('on an order before there is a case, with a file that the other then sees (EVI-5)', async () => {
    const order = await deliveredOrder(api);
    const path = `/v1/orders/${order.id}/messages`;
    const file = await upload(consumer);
    const first = await say(consumer, path, '左耳没有声音', { evidenceIds: [file] });
    expect(first.body).toEqual({
      id: expect.any(String),
      orderId: order.id,
      by: { role: 'consumer', id: 'c-1' },
      text: '左耳没有声音',
      evidenceIds: [file],
      createdAt: expect.stringMatching(/Z$/),
    });
    await say(merchant, path, '请先重启试试');
    await say(agent, path, '有问题随时联系我们');
    const thread = (await merchant.get(path)).body;
    expect(thread.items[0]).toEqual(first.body);
    expect(thread.items.map(({ text }) => text)).toEqual(['左耳没有声音', '请先重启试试', '有问题随时联系我们']);
    expect((await merchant.get(`/v1/evidence/${file}`)).body['attachedTo']).toMatchObject({
      subject: `order/${order.id}`,
    });
    expect(await told(`order/${order.id}`)).toEqual([
      ['merchant/m-1', '左耳没有声音'],
      ['consumer/c-1', '请先重启试试'],
      ['consumer/c-1', '有问题随时联系我们'],
      ['merchant/m-1', '有问题随时联系我们'],
    ]);
  });

  it('an order’s thread has its own messages, or with those of its cases; pages are stable', async () => {
    const one = await newCase();
    const [order, onCase] = [`/v1/orders/${one.orderId}/messages`, `/v1/cases/${one.id}/messages`];
    await say(consumer, order, '1');
    await say(consumer, onCase, '2');
    await say(merchant, order, '3');
    await say(merchant, onCase, '4');
    expect(await texts(merchant, order)).toEqual(['1', '3']);
    expect(await texts(merchant, onCase)).toEqual(['2', '4']);
    expect(await texts(consumer, `${order}?cases=true`)).toEqual(['1', '2', '3', '4']);
    const page = (await consumer.get(`${order}?cases=true&limit=3`)).body;
    await say(consumer, order, '5');
    expect(await texts(consumer, `${order}?cases=true&cursor=${page.nextCursor}`)).toEqual(['4', '5']);
  });

  it('agents are told where the platform has been asked in, and only there; the beginning, in the reader’s language', async () => {
    const one = await newCase();
    const path = `/v1/cases/${one.id}/messages`;
    await say(consumer, path, '在吗');
    const refusal = { decision: 'refuse', refusalCode: 'agreed_otherwise' };
    await expectStatus(200, merchant.post(`/v1/cases/${one.id}/merchant-decision`, refusal));
    const request = { reason: 'merchant_refused', statement: '没有协商', evidenceIds: [] };
    await expectStatus(200, consumer.post(`/v1/cases/${one.id}/intervention-request`, request));
    const long = `${'😀'.repeat(200)}!`;
    await say(merchant, path, long);
    await say(agent, path, '已受理');
    expect(await told(`case/${one.id}`)).toEqual([
      ['merchant/m-1', '在吗'],
      ['agent/*', `${'😀'.repeat(200)}…`],
      ['consumer/c-1', `${'😀'.repeat(200)}…`],
      ['consumer/c-1', '已受理'],
      ['merchant/m-1', '已受理'],
    ]);
    await consumer.put('/v1/me/profile', { language: 'en', emailOn: true });
    expect((await consumer.get('/v1/messages?limit=1')).body.items[0]).toMatchObject({
      caseId: one.id,
      title: 'You have a new message',
      body: expect.stringContaining('已受理'),
    });
    await consumer.put('/v1/me/profile', { language: 'zh-CN', emailOn: true });
  });

  it('INT-9: agents are told while an appeal awaits its ruling, the merchant’s too, and no longer', async () => {
    const dispute = disputesOver(api);
    const ofConsumer = (await dispute.underAppeal()).id;
    await say(merchant, `/v1/cases/${ofConsumer}/messages`, '请看附件');
    expect(await told(`case/${ofConsumer}`)).toEqual([
      ['agent/*', '请看附件'],
      ['consumer/c-1', '请看附件'],
    ]);

    const { id } = await dispute.underAdjudication();
    const path = `/v1/cases/${id}/messages`;
    await act(agent, id, 'ruling', forConsumer);
    await say(merchant, path, '不服');
    await act(merchant, id, 'appeal', { statement: '判定有误', evidenceIds: [] });
    await say(merchant, path, '补充说明');
    const upheld = { favour: 'consumer', liability: 'merchant', reasons: '维持原判' };
    await act(api.as('agent', 'a-2'), id, 'appeal-ruling', upheld);
    await say(merchant, path, '收到');
    expect(await told(`case/${id}`)).toEqual([
      ['consumer/c-1', '不服'],
      ['agent/*', '补充说明'],
      ['consumer/c-1', '补充说明'],
      ['consumer/c-1', '收到'],
    ]);
  });

  it('a case that has ended can still be written on', async () => {
    const one = await newCase();
    await expectStatus(200, consumer.post(`/v1/cases/${one.id}/withdrawal`));
    await say(consumer, `/v1/cases/${one.id}/messages`, '还有一个问题');
    expect(await texts(merchant, `/v1/cases/${one.id}/messages`)).toEqual(['还有一个问题']);
  });
});

describe('a message is written once', () => {
  it('under one key, also by two at once; another body is refused', async () => {
    const order = await deliveredOrder(api);
    const path = `/v1/orders/${order.id}/messages`;
    const body = { text: '一次', evidenceIds: [await upload(consumer)] };
    const key = randomUUID();
    const replies = await Promise.all(Array.from({ length: 5 }, () => consumer.post(path, body, { key })));
    replies.push(await consumer.post(path, body, { key }));
    for (const reply of replies) expect(reply).toMatchObject({ status: 201, body: replies[0]!.body });
    expect(await texts(merchant, path)).toEqual(['一次']);
    expect(await told(`order/${order.id}`)).toHaveLength(1);
    expect(await consumer.post(path, { text: '两次' }, { key })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
  });

  it('nor is a message, a rating or a mark on a message a command that waits for a workflow', async () => {
    const { id } = await newCase();
    await expectStatus(200, consumer.post(`/v1/cases/${id}/withdrawal`));
    const subject = `case/${id}`;
    const said = (await say(consumer, `/v1/cases/${id}/messages`, '谢谢')).body.id;
    await expectStatus(201, consumer.post(`/v1/cases/${id}/feedback`, { rating: 5 }));
    const rated = (await api.database.collection('ratings').findOne({ _id: subject as never }))!['commandId'] as string;
    const read = (await consumer.get('/v1/messages')).body.items.find((one) => one['caseId'] === id)!;
    const key = randomUUID();
    await expectStatus(200, consumer.post(`/v1/messages/${encodeURIComponent(read.id)}/read`, {}, { key }));
    const marked = commandIdOf({ role: 'consumer', id: 'c-1' }, '/v1/messages/:id/read', read.id, key);
    const commands = api.database.collection<{ _id: string; subject: string }>('commands');
    expect(await commands.countDocuments({ _id: { $in: [said, rated, marked] } })).toBe(3);

    const none = { status: 404, body: { code: 'command_not_found' } };
    for (const one of [said, rated, marked]) expect(await consumer.get(`/v1/commands/${one}`)).toMatchObject(none);
    // as they were remembered until 0.2.0
    for (const one of [said, rated]) await commands.updateOne({ _id: one }, { $set: { subject } });
    await commands.updateOne({ _id: marked }, { $set: { subject: read.id } });
    for (const one of [said, rated, marked]) expect(await consumer.get(`/v1/commands/${one}`)).toMatchObject(none);

    const withdrawn = (await commands.findOne({ subject, _id: { $nin: [said, rated] }, 'by.id': 'c-1' } as object))!;
    expect(await consumer.get(`/v1/commands/${withdrawn._id}`)).toMatchObject({ body: { state: 'accepted', subject } });
  });

  it('many at once are all there, each in a place of its own', async () => {
    const order = await deliveredOrder(api);
    const path = `/v1/orders/${order.id}/messages`;
    const said = Array.from({ length: 20 }, (_, number) => String(number));
    await Promise.all(said.map((text, number) => say(number % 2 ? consumer : merchant, path, text)));
    expect((await texts(agent, path)).sort()).toEqual(said.sort());
  });

  it('one that was added but not told of is told of by its repeat', async () => {
    const order = await deliveredOrder(api);
    const path = `/v1/orders/${order.id}/messages`;
    const key = randomUUID();
    const first = await consumer.post(path, { text: '你好' }, { key });
    await api.database.collection('outbox').deleteMany({ text: '你好' });
    expect((await consumer.post(path, { text: '你好' }, { key })).body).toEqual(first.body);
    expect(await told(`order/${order.id}`)).toEqual([['merchant/m-1', '你好']]);
  });

  it('five hundred of one party on one subject are the most, whoever races; the other may still write', async () => {
    const order = await deliveredOrder(api);
    const path = `/v1/orders/${order.id}/messages`;
    const first = (await say(consumer, path, '0')).body;
    const message = (await api.database.collection('conversations').findOne({ _id: first.id as never }))!;
    const copies = Array.from({ length: 497 }, (_, at) => ({
      ...message,
      _id: `${first.id}-${at}` as never,
      seq: at + 2,
    }));
    await api.database.collection('conversations').insertMany(copies);
    const replies = await Promise.all(Array.from({ length: 6 }, () => consumer.post(path, { text: 'x' })));
    expect(replies.map(({ status }) => status).sort()).toEqual([201, 201, 409, 409, 409, 409]);
    const file = await upload(consumer);
    expect(await consumer.post(path, { text: 'x', evidenceIds: [file] })).toMatchObject({
      status: 409,
      body: { code: 'too_many_messages' },
    });
    expect((await consumer.get(`/v1/evidence/${file}`)).body['attachedTo']).toBeUndefined();
    await say(merchant, path, '还在');
  });
});

describe('what may not be written changes nothing', () => {
  let path: string;
  let foreign: string;
  beforeAll(async () => {
    path = `/v1/cases/${(await newCase()).id}/messages`;
    foreign = await upload(merchant);
  });

  it.each<[what: string, ask: () => Promise<unknown>, status: number, code: string, field?: string]>([
    ['a megabyte', () => consumer.post(path, { text: 'x'.repeat(1024 * 1024) }), 413, 'body_too_large'],
    ['4,001 characters', () => consumer.post(path, { text: 'x'.repeat(4_001) }), 422, 'validation_failed', 'text'],
    ['nothing visible', () => consumer.post(path, { text: ' \u200b\n' }), 422, 'validation_failed', 'text'],
    ['no text', () => consumer.post(path, {}), 422, 'validation_failed', 'text'],
    ['an unknown field', () => consumer.post(path, { text: 'x', to: 'm-1' }), 422, 'validation_failed', 'to'],
    [
      'another’s file',
      () => consumer.post(path, { text: 'x', evidenceIds: [foreign] }),
      422,
      'evidence_unknown',
      'evidenceIds',
    ],
    [
      'a file that there isn’t',
      () => consumer.post(path, { text: 'x', evidenceIds: [randomUUID()] }),
      422,
      'evidence_unknown',
      'evidenceIds',
    ],
    ['no key', () => consumer.post(path, { text: 'x' }, { key: null }), 400, 'idempotency_key_required'],
    ['a stranger', () => api.as('consumer', 'c-2').post(path, { text: 'x' }), 404, 'case_not_found'],
    ['another merchant', () => api.as('merchant', 'm-2').post(path, { text: 'x' }), 404, 'case_not_found'],
    ['a stranger who reads', () => api.as('merchant', 'm-2').get(path), 404, 'case_not_found'],
    ['the service', () => api.as('service', 's-1').post(path, { text: 'x' }), 403, 'role_not_allowed'],
    [
      'an order that there isn’t',
      () => consumer.post(`/v1/orders/${randomUUID()}/messages`, { text: 'x' }),
      404,
      'order_not_found',
    ],
    ['a cursor of another list', () => consumer.get(`${path}?cursor=x`), 422, 'validation_failed', 'cursor'],
    ['cases of a case', () => consumer.get(`${path}?cases=true`), 422, 'validation_failed', 'cases'],
  ])('%s', async (_, ask, status, code, field) => {
    const before = await stored(api);
    expect(await ask()).toMatchObject({ status, body: { code, ...(field ? { errors: [{ field }] } : {}) } });
    expect(await stored(api)).toEqual(before);
  });
});

it('an order nobody has paid can be talked about too', async () => {
  const { id } = (await expectStatus(201, api.as('service', 's-1').post('/v1/orders', orderBody()))).body;
  await say(consumer, `/v1/orders/${id}/messages`, '可以便宜点吗');
  expect(await texts(merchant, `/v1/orders/${id}/messages`)).toEqual(['可以便宜点吗']);
});
