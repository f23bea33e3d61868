import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  type Ask,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  type Person,
  type Reply,
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

async function newCase(): Promise<Body> {
  const order = await deliveredOrder(api);
  return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
}

async function newTicket(): Promise<Body> {
  const order = await deliveredOrder(api);
  const ticket = { orderId: order.id, category: 'refund', description: '商家一直不处理', evidenceIds: [] };
  return (await expectStatus(201, consumer.post('/v1/support-tickets', ticket))).body;
}

/** What is rated: how it is opened and ended, who sees it, and an action that its end has made too late. */
type Rated = {
  what: 'case' | 'ticket';
  path: string;
  open: () => Promise<Body>;
  end: (id: string) => Promise<Reply>;
  tooLate: (id: string, ask: Ask) => Promise<Reply>;
  readers: () => Person[];
};
const rated: Rated[] = [
  {
    what: 'case',
    path: '/v1/cases',
    open: newCase,
    end: (id) => consumer.post(`/v1/cases/${id}/withdrawal`),
    tooLate: (id, ask) => consumer.post(`/v1/cases/${id}/withdrawal`, {}, ask),
    readers: () => [consumer, merchant, agent, api.as('admin', 'ad-1')],
  },
  {
    what: 'ticket',
    path: '/v1/support-tickets',
    open: newTicket,
    end: (id) => agent.post(`/v1/support-tickets/${id}/resolution`, { outcome: 'answered', note: '已解答' }),
    tooLate: (id, ask) => consumer.post(`/v1/support-tickets/${id}/reply`, { text: '还有', evidenceIds: [] }, ask),
    readers: () => [consumer, agent, api.as('admin', 'ad-1')],
  },
];

describe.each(rated)('a $what', ({ what, path: list, open, end, tooLate, readers }) => {
  async function ended(): Promise<{ id: string; path: string }> {
    const { id } = await open();
    await expectStatus(200, end(id));
    return { id, path: `${list}/${id}/feedback` };
  }
  const seen = async (person: Person, id: string) => (await expectStatus(200, person.get(`${list}/${id}`))).body;

  it('TELL-4, INT-8: its consumer rates it once, when it has ended; whoever may see it sees that, lists don’t', async () => {
    const { id, path } = await ended();
    const [, ...others] = readers();
    expect((await seen(consumer, id))['availableActions']).toEqual(['feedback']);
    for (const person of others) expect((await seen(person, id))['availableActions']).toEqual([]);
    const body = { rating: 4, comment: '处理很快' };
    const key = randomUUID();
    const first = await expectStatus(201, consumer.post(path, body, { key }));
    expect(first.body).toEqual({ ...body, at: expect.stringMatching(/Z$/) });
    expect((await expectStatus(201, consumer.post(path, body, { key }))).body).toEqual(first.body);
    expect(await consumer.post(path, { rating: 1 })).toMatchObject({ status: 409, body: { code: 'already_rated' } });
    expect(await consumer.post(path, { rating: 1 }, { key })).toMatchObject({
      status: 422,
      body: { code: 'idempotency_key_reused' },
    });
    for (const person of readers())
      expect(await seen(person, id)).toMatchObject({ feedback: first.body, availableActions: [] });
    const listed = (await consumer.get(list)).body.items.find((one) => one.id === id);
    expect(listed?.id).toBe(id);
    expect(listed).not.toHaveProperty('feedback');
  });

  it('whoever holds it from before the rating is given it anew, and what it then holds is a version still', async () => {
    const { id, path } = await ended();
    const before = (await consumer.get(`${list}/${id}`)).headers.get('etag') ?? '';
    await expectStatus(201, consumer.post(path, { rating: 5 }));
    const after = await expectStatus(200, consumer.get(`${list}/${id}`, { 'if-none-match': before }));
    const etag = after.headers.get('etag') ?? '';
    expect(await consumer.get(`${list}/${id}`, { 'if-none-match': etag })).toMatchObject({ status: 304 });
    expect(await tooLate(id, { ifMatch: etag })).toMatchObject({ status: 409, body: { code: `${what}_ended` } });
  });

  it('two ratings at once: one stands', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id, path } = await ended();
      const replies = await Promise.all([1, 2, 3, 4, 5].map((rating) => consumer.post(path, { rating })));
      const stands = replies.filter(({ status }) => status === 201);
      expect(stands).toHaveLength(1);
      expect(replies.map(({ body }) => body.code).filter(Boolean)).toEqual(Array(4).fill('already_rated'));
      expect((await seen(agent, id))['feedback']).toEqual(stands[0]!.body);
    }
  });

  it('what is no rating changes nothing', async () => {
    const { path } = await ended();
    const { id: running } = await open();
    const before = await stored(api);
    for (const body of [{}, { rating: 0 }, { rating: 6 }, { rating: 4.5 }, { rating: '5' }]) {
      expect(await consumer.post(path, body)).toMatchObject({ status: 422, body: { errors: [{ field: 'rating' }] } });
    }
    expect(await consumer.post(path, { rating: 5, stars: 5 })).toMatchObject({
      body: { errors: [{ field: 'stars' }] },
    });
    expect(await consumer.post(path, { rating: 5, comment: 'x'.repeat(4_001) })).toMatchObject({ status: 422 });
    expect(await consumer.post(path, { rating: 5 }, { key: null })).toMatchObject({ status: 400 });
    expect(await merchant.post(path, { rating: 5 })).toMatchObject({ status: 403 });
    expect(await api.as('consumer', 'c-2').post(path, { rating: 5 })).toMatchObject({
      status: 404,
      body: { code: `${what}_not_found` },
    });
    expect(await consumer.post(`${list}/${running}/feedback`, { rating: 5 })).toMatchObject({
      status: 409,
      body: { code: 'not_ended' },
    });
    expect(await stored(api)).toEqual(before);
  });
});

it('the agents who ruled on a case are kept with its rating', async () => {
  const { id } = await newCase();
  const refusal = { decision: 'refuse', refusalCode: 'agreed_otherwise' };
  await expectStatus(200, merchant.post(`/v1/cases/${id}/merchant-decision`, refusal));
  const request = { reason: 'merchant_refused', statement: '没有协商', evidenceIds: [] };
  await expectStatus(200, consumer.post(`/v1/cases/${id}/intervention-request`, request));
  const [first, second] = [api.as('agent', 'a-1'), api.as('agent', 'a-2')];
  await expectStatus(200, first.post(`/v1/cases/${id}/intervention-audit`, { decision: 'accept' }));
  for (const party of [consumer, merchant])
    await expectStatus(200, party.post(`/v1/cases/${id}/evidence-submission`, { evidenceIds: [], complete: true }));
  const ruling = { favour: 'merchant', liability: 'consumer', reasons: '证据不足' };
  await expectStatus(200, first.post(`/v1/cases/${id}/ruling`, ruling));
  expect(await consumer.post(`/v1/cases/${id}/feedback`, { rating: 1 })).toMatchObject({
    status: 409,
    body: { code: 'not_ended' },
  });
  await expectStatus(200, consumer.post(`/v1/cases/${id}/appeal`, { statement: '不服', evidenceIds: [] }));
  const upheld = await expectStatus(200, second.post(`/v1/cases/${id}/appeal-ruling`, ruling));
  expect(upheld.body).toMatchObject({ status: 'closed', final: true });
  await expectStatus(201, consumer.post(`/v1/cases/${id}/feedback`, { rating: 2 }));
  const kept = await api.database.collection('ratings').findOne({ _id: `case/${id}` as never });
  expect(kept).toMatchObject({ merchantId: 'm-1', consumerId: 'c-1', agents: ['a-1', 'a-2'], rating: 2 });
});

it('INT-8: the agent who resolved a ticket is kept with its rating', async () => {
  const { id } = await newTicket();
  const resolution = { outcome: 'answered', note: '已解答' };
  await expectStatus(200, agent.post(`/v1/support-tickets/${id}/resolution`, resolution));
  await expectStatus(201, consumer.post(`/v1/support-tickets/${id}/feedback`, { rating: 3 }));
  const kept = await api.database.collection('ratings').findOne({ _id: `ticket/${id}` as never });
  expect(kept).toMatchObject({ merchantId: 'm-1', consumerId: 'c-1', agents: ['a-1'], rating: 3 });
});
