import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { routes } from '../../src/api/app.ts';
import { type Role, roles } from '../../src/domain/parties.ts';
import { type Api, startApi } from '../api/harness.ts';
import { seed } from '../attack/seed.ts';
import { access } from './accessMatrix.ts';

let api: Api;
let ids: Record<string, string[]>;
beforeAll(async () => {
  api = await startApi({
    mongodbUrl: inject('mongodbUrl'),
    temporalAddress: inject('temporalAddress'),
    scratch: inject('scratch'),
  });
  await api.startWorker();
  ids = await seed(api);
});
afterAll(() => api.close());

/** Beside the table of routes: these take or answer other than JSON. */
const besides = ['POST /v1/evidence', 'GET /v1/evidence/:id', 'GET /v1/evidence/:id/content', 'GET /v1/stream'];
const letters: Record<Role, string> = { consumer: 'c', merchant: 'm', agent: 'a', admin: 'x', service: 's' };
const rolesOf = (line: string): Role[] => roles.filter((role) => line.includes(letters[role]));
const lines = Object.entries(access);
const named = (path: string, id: string) => path.replace(':queue', 'tickets').replace(/:\w+/g, id);

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

const listed = ['/v1/orders', '/v1/cases', '/v1/support-tickets', '/v1/messages'];
it.each(listed)('GET %s holds nothing of anybody else’s', async (path) => {
  expect((await api.as('consumer', 'stranger-1').get(path)).body.items).toEqual([]);
  expect((await api.as('consumer', 'c-1').get(path)).body.items).not.toEqual([]);
});
