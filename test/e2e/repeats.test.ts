import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { disputesOver } from '../api/disputes.ts';
import { type Api, expectStatus } from '../api/harness.ts';

let api: Api;
beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
});
afterAll(() => api.close());

it('what an agent gives back is given back once, and every repeat is answered so: at once, or after a crash', async () => {
  const { id } = await disputesOver(api).requested();
  const [agent, other] = [api.as('agent', 'a-1'), api.as('agent', 'a-2')];
  const path = `/v1/queues/audit/${id}`;
  await expectStatus(200, agent.post(`${path}/claim`));
  const key = randomUUID();
  const release = () => agent.post(`${path}/release`, {}, { key });
  const replies = await Promise.all(Array.from({ length: 10 }, release));
  for (const reply of replies) expect(reply).toMatchObject({ status: 200, body: { id, queue: 'audit', lease: null } });

  // as where the API was killed between giving it back and noting what it answered
  const noted = { subject: { $regex: `/release audit/case/${id}$` } };
  const { modifiedCount } = await api.database.collection('commands').updateOne(noted, { $unset: { answer: 1 } });
  expect(modifiedCount).toBe(1);
  await expectStatus(200, other.post(`${path}/claim`));
  expect((await expectStatus(200, release())).body).toEqual(replies[0]!.body);
  const lease = { agent: 'a-2' };
  expect(await agent.post(`${path}/claim`)).toMatchObject({ status: 409, body: { lease } });
  expect(await agent.post(`${path}/release`)).toMatchObject({ status: 409, body: { code: 'not_claimed_by_you' } });
});

it('a read minds no If-Match, not even one that is none', async () => {
  await expectStatus(200, api.as('consumer', 'c-1').get('/v1/cases', { 'if-match': 'seven' }));
});

it('what a webhook is described by is one printable line', async () => {
  const register = (description: string) =>
    api.as('admin', 'x-1').post('/v1/webhooks', { url: 'https://example.com/hook', description });
  for (const odd of ['a\u0000b', 'a\nb', '\u200b', ' ', 'x'.repeat(201)])
    expect(await register(odd)).toMatchObject({ status: 422, body: { errors: [{ field: 'description' }] } });
  await expectStatus(201, register('x'.repeat(200)));
});
