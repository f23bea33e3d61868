import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { removeExpiredHourly } from '../../src/api/evidence/removal.ts';
import { signToken } from '../../src/cli/tokens.ts';
import type { Role } from '../../src/domain/parties.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { type EvidenceStore, openEvidence } from '../../src/store/evidence.ts';
import { apiHere } from '../api/apiHere.ts';
import { act, disputesOver } from '../api/disputes.ts';
import { type Api, applicationFor, authSecret, deliveredOrder, expectStatus, type Person } from '../api/harness.ts';

let api: Api;
let database: Api['database'];
let evidence: EvidenceStore;

beforeAll(async () => {
  api = await apiHere();
  database = api.database;
  evidence = await openEvidence(database);
  await api.startWorker();
});
afterAll(() => api.close());

const photo = (size = 3_000) => Buffer.concat([Buffer.from('ffd8ffe000104a4649460001', 'hex'), randomBytes(size - 12)]);

type Part = { name: string; value: string | Blob; filename?: string };
const filePart = (content: Buffer, { type = 'image/jpeg', filename = 'photo.jpg', name = 'file' } = {}): Part => ({
  name,
  value: new Blob([new Uint8Array(content)], { type }),
  filename,
});
const kindPart = (value = 'product_photo'): Part => ({ name: 'kind', value });

type Who = { role?: Role; sub?: string };
const tokenOf = ({ role = 'consumer', sub = 'c-1' }: Who = {}) => signToken({ role, sub }, authSecret);

type Answer = { id: string; name: string } & Record<string, unknown>;

async function upload(parts: Part[], { key = randomUUID(), ...who }: Who & { key?: string | null } = {}) {
  const form = new FormData();
  for (const { name, value, filename } of parts) {
    if (typeof value === 'string') form.append(name, value);
    else form.append(name, value, filename);
  }
  const response = await fetch(`${api.url}/v1/evidence`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await tokenOf(who)}`, ...(key === null ? {} : { 'idempotency-key': key }) },
    body: form,
  });
  return { status: response.status, headers: response.headers, body: (await response.json()) as Answer };
}

async function uploaded(who: Who = {}, content = photo()): Promise<string> {
  const { status, body } = await upload([filePart(content), kindPart()], who);
  expect(status).toBe(201);
  return body.id;
}

async function download(id: string, who: Who = {}, headers: Record<string, string> = {}, method = 'GET') {
  const response = await fetch(`${api.url}/v1/evidence/${id}/content`, {
    method,
    headers: { authorization: `Bearer ${await tokenOf(who)}`, ...headers },
  });
  return { status: response.status, headers: response.headers, body: Buffer.from(await response.arrayBuffer()) };
}

/** How many documents hold anything of files. */
async function stored(): Promise<number[]> {
  const names = ['evidence', 'evidenceUploads', 'evidenceContent.files', 'evidenceContent.chunks'];
  return Promise.all(names.map((name) => database.collection(name).countDocuments()));
}

describe('uploading', () => {
  it.each([
    ['before', (file: Part) => [file, kindPart()]],
    ['behind', (file: Part) => [kindPart(), file]],
  ])('EVI-1: answers what was stored, with the file %s its kind', async (_, form) => {
    const content = photo(400_000);
    const { status, headers, body } = await upload(form(filePart(content, { filename: '破损 照片.jpg' })));
    expect(status).toBe(201);
    expect(headers.get('location')).toBe(`/v1/evidence/${body.id}`);
    expect(body).toEqual({
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      kind: 'product_photo',
      name: '破损 照片.jpg',
      type: 'image/jpeg',
      size: 400_000,
      sha256: createHash('sha256').update(content).digest('hex'),
      uploadedBy: { role: 'consumer', id: 'c-1' },
      createdAt: expect.stringMatching(/Z$/),
    });
    expect(await api.as('consumer', 'c-1').get(`/v1/evidence/${body.id}`)).toMatchObject({ status: 200, body });
    expect((await download(body.id)).body.equals(content)).toBe(true);
  });

  it.each([
    'chat_log',
    'product_photo',
    'video',
    'order_screenshot',
    'order_details',
    'shipping_document',
    'refund_voucher',
    'other',
  ])('EVI-1: %s is a kind of evidence', async (kind) => {
    const { status, body } = await upload([filePart(photo()), kindPart(kind)]);
    expect([status, body['kind']]).toEqual([201, kind]);
    expect((await api.as('consumer', 'c-1').get(`/v1/evidence/${body.id}`)).body['kind']).toBe(kind);
  });

  it('is once under one key: the same again is answered as before, another file is refused', async () => {
    const content = photo();
    const key = randomUUID();
    const first = await upload([filePart(content), kindPart()], { key });
    const before = await stored();
    const again = await upload([filePart(content), kindPart()], { key });
    expect({ status: again.status, body: again.body }).toEqual({ status: 201, body: first.body });
    for (const parts of [
      [filePart(photo()), kindPart()],
      [filePart(content), kindPart('other')],
    ]) {
      expect(await upload(parts, { key })).toMatchObject({ status: 422, body: { code: 'idempotency_key_reused' } });
    }
    const others = await upload([filePart(content), kindPart()], { key, sub: 'c-2' });
    expect(others.status).toBe(201);
    expect(others.body.id).not.toBe(first.body.id);
    expect(await stored()).toEqual(before.map((count, at) => (at === 1 ? count : count + 1)));
  });

  const jpeg = filePart(photo());
  it.each<[string, Part[], number, string, string]>([
    ['without a file', [kindPart()], 422, 'validation_failed', 'file'],
    ['without a kind', [jpeg], 422, 'validation_failed', 'kind'],
    ['of an unknown kind', [jpeg, kindPart('selfie')], 422, 'validation_failed', 'kind'],
    ['with an unknown field', [jpeg, kindPart(), { name: 'caseId', value: 'x' }], 422, 'validation_failed', 'caseId'],
    ['with a kind twice', [jpeg, kindPart(), kindPart()], 422, 'validation_failed', 'kind'],
    ['with two files', [jpeg, kindPart(), filePart(photo())], 422, 'validation_failed', 'file'],
    ['under another name', [filePart(photo(), { name: 'photo' }), kindPart()], 422, 'validation_failed', 'photo'],
    ['that is no JPEG', [filePart(Buffer.from('%PDF-1.7')), kindPart()], 422, 'evidence_type_mismatch', 'file'],
    [
      'that is a program',
      [filePart(Buffer.from('MZ\0\0'), { type: '' }), kindPart()],
      422,
      'evidence_type_not_allowed',
      'file',
    ],
    [
      'that is a web page',
      [filePart(Buffer.from('<p>'), { type: 'text/html' }), kindPart()],
      422,
      'evidence_type_not_allowed',
      'file',
    ],
    ['that is empty', [filePart(Buffer.alloc(0)), kindPart()], 422, 'evidence_empty', 'file'],
    [
      'one byte too large',
      [filePart(photo(defaultPolicy.evidence.maxImageBytes + 1)), kindPart()],
      413,
      'evidence_too_large',
      'file',
    ],
  ])('a form %s is refused, and leaves nothing', async (_, parts, status, code, field) => {
    const before = await stored();
    expect(await upload(parts)).toMatchObject({ status, body: { code, errors: [{ field }] } });
    expect(await stored()).toEqual(before);
  });

  it('is for parties and agents, with a key, as a form', async () => {
    const parts = [filePart(photo()), kindPart()];
    const before = await stored();
    for (const role of ['admin', 'service'] as const) {
      expect(await upload(parts, { role })).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
    }
    expect(await upload(parts, { key: null })).toMatchObject({
      status: 400,
      body: { code: 'idempotency_key_required' },
    });
    expect(await upload(parts, { key: 'k'.repeat(256) })).toMatchObject({
      status: 400,
      body: { code: 'idempotency_key_invalid' },
    });
    expect(await api.as('consumer', 'c-1').post('/v1/evidence', { kind: 'other' })).toMatchObject({
      status: 415,
      body: { code: 'unsupported_media_type' },
    });
    expect(await api.request('POST', '/v1/evidence')).toMatchObject({ status: 401 });
    expect(await stored()).toEqual(before);
  });

  it.each([
    ['without a boundary', 'multipart/form-data', 'x'],
    [
      'that breaks off',
      'multipart/form-data; boundary=b',
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\nContent-Type: text/plain\r\n\r\nhello',
    ],
    ['with a broken part', 'multipart/form-data; boundary=b', '--b\r\nnonsense\r\n\r\nhello\r\n--b--\r\n'],
  ])('a form %s is refused as unreadable, and leaves nothing', async (_, type, body) => {
    const before = await stored();
    const headers = {
      authorization: `Bearer ${await tokenOf()}`,
      'idempotency-key': randomUUID(),
      'content-type': type,
    };
    expect(await api.request('POST', '/v1/evidence', headers, body)).toMatchObject({
      status: 400,
      body: { code: 'request_malformed' },
    });
    expect(await stored()).toEqual(before);
  });

  /** An upload that has sent some of its file, and waits. */
  async function underWay(sub = 'c-1') {
    const sending = httpRequest(`${api.url}/v1/evidence`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await tokenOf({ sub })}`,
        'idempotency-key': randomUUID(),
        'content-type': 'multipart/form-data; boundary=b',
      },
    });
    sending.on('error', () => undefined);
    sending.write(
      '--b\r\nContent-Disposition: form-data; name="file"; filename="a.jpg"\r\nContent-Type: image/jpeg\r\n\r\n',
    );
    sending.write(photo(2_000_000));
    return sending;
  }

  it('thirty at once are taken of one caller, as none of them is in its count yet; another is not held up', async () => {
    const before = await stored();
    const sub = 'c-hasty';
    const all = await Promise.all(Array.from({ length: 30 }, () => underWay(sub)));
    const one = () => upload([filePart(photo()), kindPart()], { sub });
    // some of each is stored: all have their places
    await expect.poll(async () => (await stored())[1]! - before[1]!).toBe(30);
    expect(await one()).toMatchObject({ status: 429, body: { code: 'rate_limited' } });
    expect((await upload([filePart(photo()), kindPart()], { sub: 'c-other' })).status).toBe(201);
    for (const sending of all) sending.destroy();
    await expect.poll(async () => (await one()).status).toBe(201);
    await expect.poll(async () => (await stored())[1]).toBe(before[1]);
  });

  it('an upload whose sender goes away in the middle leaves nothing', async () => {
    const before = await stored();
    const sending = await underWay();
    // Under way: some of it is stored already.
    await expect.poll(async () => (await stored())[3]! > before[3]!).toBe(true);
    sending.destroy();
    await expect.poll(stored).toEqual(before);
  });
});

describe('downloading', () => {
  it('EVI-3: is to be saved, never shown in our origin', async () => {
    const id = await uploaded();
    const { status, headers } = await download(id);
    expect(status).toBe(200);
    expect(Object.fromEntries(headers)).toMatchObject({
      'content-type': 'image/jpeg',
      'content-disposition': 'attachment; filename=photo.jpg',
      'content-security-policy': "sandbox; default-src 'none'",
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-cache',
      'content-length': '3000',
    });
  });

  it('whoever only uploads is stopped before the disk is full; a repeat is answered as before', async () => {
    const consumerId = 'c-hoarder';
    const [key, part] = [randomUUID(), filePart(photo())];
    const first = await upload([part, kindPart()], { sub: consumerId, key });
    const hoard = Array.from({ length: 499 }, (_, index) => ({
      _id: `hoard-${index}`,
      uploadedBy: { role: 'consumer', id: consumerId },
      size: 1,
      expiresAt: new Date(Date.now() + 3_600_000),
    }));
    await api.database.collection<{ _id: string }>('evidence').insertMany(hoard);
    expect(await upload([filePart(photo()), kindPart()], { sub: consumerId })).toMatchObject({
      status: 429,
      body: { code: 'too_many_unattached' },
    });
    expect(await upload([part, kindPart()], { sub: consumerId, key })).toMatchObject({
      status: 201,
      body: { id: first.body.id },
    });
    await api.database.collection<{ _id: string }>('evidence').deleteMany({ _id: /^hoard-/ });
  });

  it('gives a name back whatever is in it', async () => {
    const filename = '破损 "照片"; x=1\r\nSet-Cookie: a=b.html';
    const { body } = await upload([filePart(photo(), { filename }), kindPart()]);
    expect(body.name).toBe('破损 "照片"; x=1Set-Cookie: a=b.html');
    const { headers } = await download(body.id);
    expect(headers.get('set-cookie')).toBeNull();
    expect(headers.get('content-type')).toBe('image/jpeg');
    expect(headers.get('content-disposition')).toContain(`filename*=UTF-8''${encodeURIComponent(body.name)}`);
  });

  it('sends one range where it is asked for, all where several are or the file is another', async () => {
    const content = photo(600_000);
    const id = await uploaded({}, content);
    const { headers: whole } = await download(id);
    const etag = whole.get('etag')!;
    for (const [range, start, end] of [
      ['bytes=0-0', 0, 1],
      ['bytes=0-99', 0, 100],
      ['bytes=261000-300000', 261_000, 300_001],
      ['bytes=599990-', 599_990, 600_000],
      ['bytes=-10', 599_990, 600_000],
      ['bytes=10-9999999', 10, 600_000],
    ] as const) {
      const part = await download(id, {}, { range, 'if-range': etag });
      expect(part.status).toBe(206);
      expect(part.headers.get('content-range')).toBe(`bytes ${start}-${end - 1}/600000`);
      expect(part.body.equals(content.subarray(start, end))).toBe(true);
    }
    for (const headers of [
      { range: 'bytes=0-1,5-6' },
      { range: 'lines=0-1' },
      { range: 'bytes=0-1', 'if-range': '"x"' },
    ]) {
      const all = await download(id, {}, headers as unknown as Record<string, string>);
      expect(all.status).toBe(200);
      expect(all.body.equals(content)).toBe(true);
    }
    for (const range of ['bytes=600000-', 'bytes=600000-700000']) {
      const refused = await download(id, {}, { range });
      expect(refused.status).toBe(416);
      expect(refused.headers.get('content-range')).toBe('bytes */600000');
      expect(JSON.parse(refused.body.toString())).toMatchObject({ code: 'range_not_satisfiable' });
    }
    expect((await download(id, {}, { 'if-none-match': etag, range: 'bytes=600000-' })).status).toBe(304);
    expect((await download(id, {}, { 'if-none-match': etag })).status).toBe(304);
    const head = await download(id, {}, {}, 'HEAD');
    expect({ status: head.status, length: head.headers.get('content-length'), body: head.body.length }).toEqual({
      status: 200,
      length: '600000',
      body: 0,
    });
  });

  it('several at once, and cut short by one, give the others all', async () => {
    const content = photo(3_000_000);
    const id = await uploaded({}, content);
    const cut = await fetch(`${api.url}/v1/evidence/${id}/content`, {
      headers: { authorization: `Bearer ${await tokenOf()}` },
    });
    const reader = cut.body!.getReader();
    await reader.read();
    const others = Promise.all(Array.from({ length: 5 }, () => download(id)));
    await reader.cancel();
    for (const { body } of await others) expect(body.equals(content)).toBe(true);
  });
});

it('is in the contract', async () => {
  const { body } = await api.request('GET', '/openapi.json');
  const paths = body.paths as Record<string, Record<string, { requestBody?: { content: object } }>>;
  expect(Object.keys(paths['/v1/evidence']?.['post']?.requestBody?.content ?? {})).toEqual(['multipart/form-data']);
  expect(paths['/v1/evidence/{id}']).toHaveProperty('get');
  expect(paths['/v1/evidence/{id}/content']).toHaveProperty('get');
});

describe('EVI-3, EVI-5: who sees a file', () => {
  const strangers: Who[] = [{ sub: 'c-2' }, { role: 'merchant', sub: 'm-2' }, { role: 'merchant', sub: 'c-1' }];
  const statuses = (id: string, who: Who[]) =>
    Promise.all(
      who.flatMap((one) => [
        api
          .as(one.role ?? 'consumer', one.sub ?? 'c-1')
          .get(`/v1/evidence/${id}`)
          .then(({ status }) => status),
        download(id, one).then(({ status }) => status),
      ]),
    );

  it('unattached, its uploader alone', async () => {
    const id = await uploaded();
    expect(await statuses(id, [{}])).toEqual([200, 200]);
    expect(
      new Set(await statuses(id, [...strangers, { role: 'merchant', sub: 'm-1' }, { role: 'agent', sub: 'a-1' }])),
    ).toEqual(new Set([404]));
    expect(
      new Set(
        await statuses(id, [
          { role: 'admin', sub: 'c-1' },
          { role: 'service', sub: 'c-1' },
        ]),
      ),
    ).toEqual(new Set([403]));
  });

  it('named in an application, the case’s parties and agents', async () => {
    const order = await deliveredOrder(api);
    const id = await uploaded();
    const consumer = api.as('consumer', 'c-1');
    const { body } = await expectStatus(
      201,
      consumer.post('/v1/cases', applicationFor(order.id, { evidenceIds: [id] })),
    );
    expect((await consumer.get(`/v1/evidence/${id}`)).body.attachedTo).toMatchObject({ subject: `case/${body.id}` });
    expect(new Set(await statuses(id, [{}, { role: 'merchant', sub: 'm-1' }, { role: 'agent', sub: 'a-1' }]))).toEqual(
      new Set([200]),
    );
    expect(new Set(await statuses(id, strangers))).toEqual(new Set([404]));
  });

  it('what is nobody’s is not there', async () => {
    for (const id of [randomUUID(), 'no-id', '%00', '__proto__']) {
      expect(await statuses(id, [{}])).toEqual([404, 404]);
    }
  });

  it('a file of somebody else’s can’t be named', async () => {
    const order = await deliveredOrder(api);
    const id = await uploaded({ sub: 'c-2' });
    const refused = await api.as('consumer', 'c-1').post('/v1/cases', applicationFor(order.id, { evidenceIds: [id] }));
    expect(refused.body).toMatchObject({ code: 'evidence_unknown' });
    expect((await api.as('consumer', 'c-2').get(`/v1/evidence/${id}`)).body).not.toHaveProperty('attachedTo');
  });

  it('a refused application gives its files back', async () => {
    const order = await deliveredOrder(api);
    const id = await uploaded();
    const consumer = api.as('consumer', 'c-1');
    const lines = [{ lineId: 'l-1', quantity: 2 }];
    const refused = await consumer.post('/v1/cases', applicationFor(order.id, { lines, evidenceIds: [id] }));
    expect(refused.body).toMatchObject({ code: 'quantity_not_available' });
    expect((await consumer.get(`/v1/evidence/${id}`)).body).not.toHaveProperty('attachedTo');
    await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id, { evidenceIds: [id] })));
  });
});

it('EVI-2: a party has 20 files at a case, however many times it submits; the other party has its own 20', async () => {
  const { consumer, merchant, agent, requested } = disputesOver(api);
  const { id } = await requested();
  await act(agent, id, 'intervention-audit', { decision: 'accept' });
  const files = (count: number, who: Who = {}) => Promise.all(Array.from({ length: count }, () => uploaded(who)));
  const submits = (who: Person, evidenceIds: string[]) =>
    who.post(`/v1/cases/${id}/evidence-submission`, { evidenceIds });
  for (const count of [8, 11]) await expectStatus(200, submits(consumer, await files(count)));
  const before = (await consumer.get(`/v1/cases/${id}`)).body;

  const [twentieth = '', oneMore = ''] = await files(2);
  const tooMany = { status: 422, body: { code: 'too_many_files', errors: [{ field: 'evidenceIds' }] } };
  expect(await submits(consumer, [twentieth, oneMore])).toMatchObject(tooMany);
  expect((await consumer.get(`/v1/evidence/${twentieth}`)).body).not.toHaveProperty('attachedTo');
  expect((await consumer.get(`/v1/cases/${id}`)).body).toEqual(before);

  await expectStatus(200, submits(consumer, [twentieth]));
  expect(await submits(consumer, [oneMore])).toMatchObject(tooMany);
  expect((await consumer.get(`/v1/evidence/${oneMore}`)).body).not.toHaveProperty('attachedTo');
  await expectStatus(200, submits(merchant, await files(1, { role: 'merchant', sub: 'm-1' })));
  expect((await agent.get(`/v1/cases/${id}/evidence?limit=100`)).body.items).toHaveLength(21);
});

it('EVI-5: what nobody used goes after 7 days by itself, or after what the policy said as it came', async () => {
  const log = pino({ level: 'silent' });
  const week = 7 * 24 * 3_600_000;
  const admin = api.as('admin', 'ad-1');
  await expectStatus(201, admin.post('/v1/policies', { ...defaultPolicy, unattachedEvidence: 'PT1H' }));
  const brief = await uploaded();
  await expectStatus(201, admin.post('/v1/policies', defaultPolicy));
  const id = await uploaded();
  await removeExpiredHourly(evidence, log, () => Date.now() + 3_540_000)();
  expect((await download(brief)).status).toBe(200);
  await removeExpiredHourly(evidence, log, () => Date.now() + 3_600_000)();
  expect((await download(brief)).status).toBe(404);
  await removeExpiredHourly(evidence, log, () => Date.now() + week - 60_000)();
  expect((await download(id)).status).toBe(200);
  await removeExpiredHourly(evidence, log, () => Date.now() + week)();
  expect((await download(id)).status).toBe(404);
});
