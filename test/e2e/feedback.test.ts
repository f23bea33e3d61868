import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  applicationFor,
  type Body,
  deliveredOrder,
  expectStatus,
  type Person,
  stored,
} from '../api/harness.ts';

let api: Api;
let consumer: Person;
let merchant: Person;

beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  consumer = api.as('consumer', 'c-1');
  merchant = api.as('merchant', 'm-1');
});
afterAll(() => api.close());

async function newCase(): Promise<Body> {
  const order = await deliveredOrder(api);
  return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
}

async function endedCase(): Promise<{ id: string; path: string }> {
  const { id } = await newCase();
  await expectStatus(200, consumer.post(`/v1/cases/${id}/withdrawal`));
  return { id, path: `/v1/cases/${id}/feedback` };
}

const seen = async (person: Person, id: string) => (await expectStatus(200, person.get(`/v1/cases/${id}`))).body;

it('TELL-4: the consumer rates an ended case once; its parties and agents see it, lists don’t', async () => {
  const { id, path } = await endedCase();
  expect((await seen(consumer, id))['availableActions']).toEqual(['feedback']);
  expect((await seen(merchant, id))['availableActions']).toEqual([]);
  const body = { rating: 4, comment: '处理很快' };
  const key = randomUUID();
  const rated = await expectStatus(201, consumer.post(path, body, { key }));
  expect(rated.body).toEqual({ ...body, at: expect.stringMatching(/Z$/) });
  expect((await expectStatus(201, consumer.post(path, body, { key }))).body).toEqual(rated.body);
  expect(await consumer.post(path, { rating: 1 })).toMatchObject({ status: 409, body: { code: 'already_rated' } });
  expect(await consumer.post(path, { rating: 1 }, { key })).toMatchObject({
    status: 422,
    body: { code: 'idempotency_key_reused' },
  });
  for (const person of [consumer, merchant, api.as('agent', 'a-1'), api.as('admin', 'ad-1')]) {
    expect(await seen(person, id)).toMatchObject({ feedback: rated.body, availableActions: [] });
  }
  const listed = (await consumer.get('/v1/cases')).body.items.find((one) => one.id === id);
  expect(listed).not.toHaveProperty('feedback');
});

it('whoever holds the case from before the rating is given it anew, and what it then holds is a version still', async () => {
  const { id, path } = await endedCase();
  const before = (await consumer.get(`/v1/cases/${id}`)).headers.get('etag') ?? '';
  await expectStatus(201, consumer.post(path, { rating: 5 }));
  const after = await expectStatus(200, consumer.get(`/v1/cases/${id}`, { 'if-none-match': before }));
  const etag = after.headers.get('etag') ?? '';
  expect(await consumer.get(`/v1/cases/${id}`, { 'if-none-match': etag })).toMatchObject({ status: 304 });
  expect(await consumer.post(`/v1/cases/${id}/withdrawal`, {}, { ifMatch: etag })).toMatchObject({
    status: 409,
    body: { code: 'case_ended' },
  });
});

it('two ratings at once: one stands', async () => {
  for (let round = 0; round < 5; round += 1) {
    const { id, path } = await endedCase();
    const replies = await Promise.all([1, 2, 3, 4, 5].map((rating) => consumer.post(path, { rating })));
    const stands = replies.filter(({ status }) => status === 201);
    expect(stands).toHaveLength(1);
    expect(replies.map(({ body }) => body.code).filter(Boolean)).toEqual(Array(4).fill('already_rated'));
    expect((await seen(merchant, id))['feedback']).toEqual(stands[0]!.body);
  }
});

it('the agents who ruled are kept with the rating', async () => {
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

it('what is no rating changes nothing', async () => {
  const { path } = await endedCase();
  const open = await newCase();
  const before = await stored(api);
  for (const body of [{}, { rating: 0 }, { rating: 6 }, { rating: 4.5 }, { rating: '5' }]) {
    expect(await consumer.post(path, body)).toMatchObject({ status: 422, body: { errors: [{ field: 'rating' }] } });
  }
  expect(await consumer.post(path, { rating: 5, stars: 5 })).toMatchObject({ body: { errors: [{ field: 'stars' }] } });
  expect(await consumer.post(path, { rating: 5, comment: 'x'.repeat(4_001) })).toMatchObject({ status: 422 });
  expect(await consumer.post(path, { rating: 5 }, { key: null })).toMatchObject({ status: 400 });
  expect(await merchant.post(path, { rating: 5 })).toMatchObject({ status: 403 });
  expect(await api.as('consumer', 'c-2').post(path, { rating: 5 })).toMatchObject({
    status: 404,
    body: { code: 'case_not_found' },
  });
  expect(await consumer.post(`/v1/cases/${open.id}/feedback`, { rating: 5 })).toMatchObject({
    status: 409,
    body: { code: 'not_ended' },
  });
  expect(await stored(api)).toEqual(before);
});
