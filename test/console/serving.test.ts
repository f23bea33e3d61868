import { writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, inject, it } from 'vitest';
import { type Api, startApi } from '../api/harness.ts';

const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));
const demo = { parties: [{ role: 'consumer', sub: 'c-1', token: 'a-token' }], links: {} };
let api: Api;
let production: Api;

beforeAll(async () => {
  const demoParties = join(inject('scratch'), 'demo-parties.json');
  await writeFile(demoParties, JSON.stringify(demo));
  const servers = {
    mongodbUrl: inject('mongodbUrl'),
    temporalAddress: inject('temporalAddress'),
    scratch: inject('scratch'),
  };
  api = await startApi({ ...servers, overrides: { console: { folder, demoParties } } });
  production = await startApi({ ...servers, overrides: { console: { folder, demoParties: undefined } } });
});
afterAll(() => Promise.all([api.close(), production.close()]));

const get = (path: string, headers: Record<string, string> = {}) =>
  fetch(`${api.url}${path}`, { headers, redirect: 'manual' });

it('every address of the console shows its one page, never kept, under a policy without anything inline or from elsewhere', async () => {
  expect((await get('/')).headers.get('location')).toBe('/console/');
  expect((await get('/console')).headers.get('location')).toBe('/console/');
  for (const path of ['/console/', '/console/cases/1', '/console/orders/1/apply']) {
    const response = await get(path);
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toContain('text/html');
    expect(response.headers.get('cache-control')).toBe('no-cache');
    const policy = response.headers.get('content-security-policy') ?? '';
    expect(policy).toContain("default-src 'none'");
    expect(policy).not.toMatch(/unsafe|data:|https?:|\*/);
  }
});

it('files are compressed and kept for good; what is not there is no page', async () => {
  const page = await (await get('/console/')).text();
  const script = /src="(\/console\/assets\/[^"]+\.js)"/.exec(page)?.[1] ?? '';
  const response = await get(script, { 'accept-encoding': 'gzip' });
  expect(response.status).toBe(200);
  expect(response.headers.get('content-encoding')).toBe('gzip');
  expect(response.headers.get('content-type')).toContain('javascript');
  expect(response.headers.get('cache-control')).toContain('immutable');
  const plain = await get(script, { 'accept-encoding': 'identity' });
  expect(plain.headers.get('content-encoding')).toBeNull();
  expect(await plain.text()).toBe(await response.text());
  // what is no such file is not kept, neither for good nor as the file
  for (const [headers, status] of [
    [{ range: 'bytes=99999999-' }, 416],
    [{ 'if-match': '"x"' }, 400],
  ] as const) {
    const refused = await get(script, { ...headers, 'accept-encoding': 'gzip' });
    expect([refused.status, refused.headers.get('cache-control')]).toEqual([status, 'no-store']);
    expect(refused.headers.get('content-encoding')).toBeNull();
    expect(await refused.json()).toMatchObject({ status });
  }
  for (const path of ['/console/assets/none.js', '/console/assets/..%2f.made-of', '/console/manifest.json'])
    expect((await get(path)).status).toBe(404);
});

/** A request that names the host it believes to talk to. */
const demoAskedAt = (host: string) =>
  new Promise<number | undefined>((resolve, reject) => {
    const { hostname, port } = new URL(api.url);
    request({ hostname, port, path: '/console/demo-parties.json', headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .once('error', reject)
      .end();
  });

it('demo parties are there in the embedded stack alone, and for pages of this machine alone', async () => {
  const given = await get('/console/demo-parties.json');
  expect(given.headers.get('cache-control')).toBe('no-store');
  expect(await given.json()).toEqual(demo);
  expect(await demoAskedAt('127.0.0.1:1')).toBe(200);
  expect(await demoAskedAt('evil.example.com')).toBe(404);
  expect((await fetch(`${production.url}/console/demo-parties.json`)).status).toBe(404);
});
