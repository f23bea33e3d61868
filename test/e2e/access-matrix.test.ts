import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { routes } from '../../src/api/app.ts';
import { type Role, roles } from '../../src/domain/parties.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, expectStatus, type Person, type Reply, stored } from '../api/harness.ts';
import { seed } from '../attack/seed.ts';
import { access, changes, missing } from './accessMatrix.ts';

let api: Api;
let ids: Record<string, string[]>;
beforeAll(async () => {
  api = await apiHere();
  await api.startWorker();
  ids = await seed(api);
});
afterAll(() => api.close());

/** Beside the table of routes: these take or answer other than JSON. */
const besides = ['POST /v1/evidence', 'GET /v1/evidence/:id', 'GET /v1/evidence/:id/content', 'GET /v1/stream'];
const letters: Record<Role, string> = { consumer: 'c', merchant: 'm', agent: 'a', admin: 'x', service: 's' };
const rolesOf = (line: string): Role[] => roles.filter((role) => line.includes(letters[role]));
const lines = Object.entries(access);
const named = (path: string, id: string) => path.replace(':queue', 'tickets').replace(/:\w+/g, encodeURIComponent(id));

it('every route has a line, and each line a route', () => {
  const declared = routes.map(({ method, path }) => `${method.toUpperCase()} ${path}`);
  expect(Object.keys(access).sort()).toEqual([...declared, ...besides].sort());
});

it.each(lines)('%s: 401 without a token, 403 for every role but %s', async (route, line) => {
  const [method = '', path = ''] = route.split(' ');
  const url = named(path, randomUUID());
  expect((await api.request(method, url)).status).toBe(401);
  for (const role of roles.filter((one) => !rolesOf(line).includes(one))) {
    const who = api.as(role, 'x-1');
    const ask = { GET: () => who.get(url), POST: () => who.post(url), PUT: () => who.put(url, {}) }[method];
    expect(await ask?.(), role).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
  }
});

const owned = lines.filter(([route]) => /^GET \/v1\/(orders|cases|support-tickets|evidence)\/:id/.test(route));
it.each(owned)(
  '%s: the owner reads it; a stranger’s answer is the same as for what there isn’t',
  async (route, line) => {
    const path = route.split(' ')[1] ?? '';
    const id = ids[path.split('/')[2] ?? '']?.at(-1) ?? '';
    const absent = randomUUID();
    for (const role of rolesOf(line).filter((one) => one === 'consumer' || one === 'merchant')) {
      const stranger = api.as(role, 'stranger-1');
      const [others, none] = [await stranger.get(named(path, id)), await stranger.get(named(path, absent))];
      const { requestId: _, ...told } = others.body;
      const { requestId: __, ...toldOfNone } = none.body;
      expect([others.status, told], role).toEqual([404, toldOfNone]);
    }
    expect((await api.as('consumer', 'c-1').get(named(path, id))).status).toBe(line.includes('c') ? 200 : 403);
  },
);

const ownerOf = (role: Role) =>
  api.as(role, { consumer: 'c-1', merchant: 'm-1', agent: 'a-1', admin: 'ad-1', service: 's-1' }[role]);

// A stream has no end; a file's content is asked for by those who see the file, in the tests of evidence.
const readable = lines.filter(([route]) => route.startsWith('GET ') && !/stream|content/.test(route));
it.each(readable.flatMap(([route, line]) => rolesOf(line).map((role) => [role, route] as const)))(
  'as the %s: %s is read: one’s own, or anything where nothing is another’s',
  async (role, route) => {
    const path = route.split(' ')[1] ?? '';
    const id = ids[path.split('/')[2] ?? '']?.at(-1);
    // a file that nothing names is its uploader's alone (EVI-5)
    const isAnothers = path.startsWith('/v1/evidence') && role !== 'consumer';
    const isThere = !path.includes('/:id') || (id !== undefined && !isAnothers);
    expect((await ownerOf(role).get(named(path, id ?? randomUUID()))).status).toBe(isThere ? 200 : 404);
  },
);

const listed = ['/v1/orders', '/v1/cases', '/v1/support-tickets', '/v1/messages'];
it.each(listed)('GET %s holds nothing of anybody else’s', async (path) => {
  expect((await api.as('consumer', 'stranger-1').get(path)).body.items).toEqual([]);
  expect((await api.as('consumer', 'c-1').get(path)).body.items).not.toEqual([]);
});

const narrowed = ['/v1/orders', '/v1/cases', '/v1/support-tickets'].flatMap((path) =>
  ['consumerId=c-1', 'merchantId=m-1'].flatMap((whose) =>
    rolesOf(access[`GET ${path}`] ?? '')
      .filter((role) => role === 'consumer' || role === 'merchant')
      .map((role) => [role, `${path}?${whose}`] as const),
  ),
);
it.each(narrowed)('SEE-3 tricky case 13: as a %s: GET %s asks for another’s and gets nothing', async (role, path) => {
  expect(await api.as(role, 'stranger-1').get(path)).toMatchObject({ status: 200, body: { items: [] } });
  expect((await api.as('agent', 'a-1').get(path)).body.items).not.toEqual([]);
});

// The same for what changes something: by whom, whose, and what is answered. Refusals come first, on what nothing else has touched.
const segmentOf = (path: string) => path.split('/')[2] ?? '';
const changing = lines.filter(([route]) => /^(POST|PUT) .*\/:/.test(route));
const cells = changing.flatMap(([route, line]) => rolesOf(line).map((role) => [role, route] as const));
const isParty = (role: Role) => role === 'consumer' || role === 'merchant';

/** A file that this person has uploaded; admins and the service have none, and need none. */
async function fileOf(role: Role, who: Person): Promise<string> {
  if (role === 'admin' || role === 'service') return randomUUID();
  const form = new FormData();
  form.set('kind', 'other');
  form.set('file', new Blob([randomUUID()], { type: 'text/plain' }), 'note.txt');
  return (await expectStatus(201, who.upload('/v1/evidence', form))).body.id;
}

async function change(who: Person, route: string, id: string, file: string): Promise<Reply> {
  const [method, path = ''] = route.split(' ');
  const fields = changes[route];
  const body = typeof fields === 'function' ? fields(file) : fields;
  return method === 'PUT' ? who.put(named(path, id), body) : who.post(named(path, id), body);
}

const toldOf = ({ status, body: { requestId: _, ...told } }: Reply, id: string) => [
  status,
  JSON.parse(JSON.stringify(told).replaceAll(encodeURIComponent(id), '<id>').replaceAll(id, '<id>')),
];

it('every change of what a path names has its fields stated', () => {
  expect(Object.keys(changes).sort()).toEqual(changing.map(([route]) => route).sort());
});

describe('another’s and what there isn’t: told alike, and nothing is changed', () => {
  let before: Awaited<ReturnType<typeof stored>>;
  beforeAll(async () => {
    before = await stored(api);
  });

  // ORD-9: money is never just refused
  const refused = cells.filter(([, route]) => route !== 'POST /v1/orders/:id/payment');
  it.each(refused)('as the %s: %s', async (role, route) => {
    const segment = segmentOf(route.split(' ')[1] ?? '');
    const somebody = api.as(role, isParty(role) ? 'stranger-1' : `${role}-1`);
    const file = await fileOf(role, somebody);
    const absent = randomUUID();
    const told = toldOf(await change(somebody, route, absent, file), absent);
    expect(told).toMatchObject([404, { code: missing[segment] }]);
    if (!isParty(role) && segment !== 'messages') return;
    const others = ids[segment]?.at(-1) ?? '';
    expect(toldOf(await change(somebody, route, others, file), others)).toEqual(told);
  });

  it.each([
    ['/v1/cases', applicationFor],
    [
      '/v1/support-tickets',
      (orderId: string) => ({ orderId, category: 'refund', description: '商家一直不处理', evidenceIds: [] }),
    ],
  ] as const)('as the consumer: POST %s on another’s order', async (path, fields) => {
    const stranger = api.as('consumer', 'stranger-1');
    const [others, absent] = [ids['orders']?.at(-1) ?? '', randomUUID()];
    const told = toldOf(await stranger.post(path, fields(absent)), absent);
    expect(told).toMatchObject([404, { code: 'order_not_found' }]);
    expect(toldOf(await stranger.post(path, fields(others)), others)).toEqual(told);
  });

  it('after all of that, everything is as it was', async () => {
    // that a key was used is remembered before anything is looked for
    const { commands: _, ...after } = await stored(api);
    const { commands: __, ...was } = before;
    expect(after).toEqual(was);
  });

  it('as the service: ORD-9: money for an order that there isn’t is raised to the agents', async () => {
    const paid = await change(api.as('service', 's-1'), 'POST /v1/orders/:id/payment', randomUUID(), '');
    expect(paid).toMatchObject({ status: 200, body: { raisedToAgent: true } });
  });
});

it('as the agent: what another agent has claimed is neither released nor claimed', async () => {
  const path = `/v1/queues/tickets/${ids['queues']?.at(-1)}`;
  const [first, second] = [api.as('agent', 'a-1'), api.as('agent', 'a-2')];
  await expectStatus(200, first.post(`${path}/claim`));
  expect((await second.post(`${path}/claim`)).body).toMatchObject({ status: 409, code: 'claimed_by_another' });
  expect((await second.post(`${path}/release`)).body).toMatchObject({ status: 409, code: 'not_claimed_by_you' });
  await expectStatus(200, first.post(`${path}/release`));
});

describe('one’s own, and anything to those to whom nothing is another’s: the rules say', () => {
  const mine = cells.filter(([, route]) => !/:deliveryId|messages\/:id/.test(route));
  it.each(mine)('as the %s: %s', async (role, route) => {
    const owner = ownerOf(role);
    const segment = segmentOf(route.split(' ')[1] ?? '');
    const id = ids[segment]?.at(-1) ?? '';
    expect([200, 201, 202, 409]).toContain((await change(owner, route, id, await fileOf(role, owner))).status);
  });

  it('as the merchant: POST /v1/messages/:id/read', async () => {
    const id = ids['messages']?.at(-1) ?? '';
    expect((await change(api.as('merchant', 'm-1'), 'POST /v1/messages/:id/read', id, '')).status).toBe(200);
  });
});
