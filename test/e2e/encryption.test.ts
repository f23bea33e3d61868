import { randomBytes } from 'node:crypto';
import { Writable } from 'node:stream';
import { Client } from '@temporalio/client';
import proto from '@temporalio/proto';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { parsePayloadKeys } from '../../src/codec/keys.ts';
import { dataConverterOf } from '../../src/codec/payloadCodec.ts';
import { scheduleReconciliation } from '../../src/worker/reconciling.ts';
import { searchAttributes } from '../../src/workflows/searchAttributes.ts';
import { apiHere } from '../api/apiHere.ts';
import {
  type Api,
  type ApiOptions,
  applicationFor,
  authSecret,
  deliveredOrder,
  expectStatus,
  type Reply,
  uiOrigin,
} from '../api/harness.ts';

const aKey = (id: string) => `${id}:${randomBytes(32).toString('base64')}`;
const [k1, k2] = [aKey('k1'), aKey('k2')];
const { GetWorkflowExecutionHistoryResponse, DescribeWorkflowExecutionResponse, QueryWorkflowResponse } =
  proto.temporal.api.workflowservice.v1;

/** Words that are nobody's business but the parties'. */
const secret = {
  name: '欧阳若兰',
  phone: '13911112222',
  street: '保密路七十七号',
  description: '耳机在浴室里进了水',
  note: '客户在电话里很生气',
  statement: '我从来没有弄湿过它',
  evidence: '附上医生的证明',
  reasons: '凭照片判断是制造缺陷',
  returnTo: '退货专员王五',
  returnPhone: '13733334444',
} as const;
const address = (name: string, phone: string) => ({
  name,
  phone,
  province: '上海市',
  city: '上海市',
  district: '徐汇区',
  street: secret.street,
});
const shippingAddress = address(secret.name, secret.phone);

const apis: Api[] = [];
afterAll(async () => {
  for (const api of apis) await api.close();
});

type Wish = { payloadKeys?: string; after?: Api; overrides?: ApiOptions['overrides'] };

async function anApi({ payloadKeys, after, overrides = {} }: Wish = {}): Promise<Api> {
  const api = await apiHere({ payloadKeys, overrides, ...(after ? { after } : {}) });
  apis.push(api);
  return api;
}

const partiesOf = (api: Api) => ({
  consumer: api.as('consumer', 'c-1'),
  merchant: api.as('merchant', 'm-1'),
  agent: api.as('agent', 'a-1'),
});
const ok = (asked: Promise<Reply>) => expectStatus(200, asked);

/** Everything that Temporal has of a workflow, as bytes, to somebody without keys. */
async function storedOf({ temporal }: Api, workflowId: string): Promise<Buffer> {
  const at = { namespace: 'default', execution: { workflowId } };
  const parts: Uint8Array[] = [];
  let nextPageToken: Uint8Array | undefined;
  do {
    const page = await temporal.workflowService.getWorkflowExecutionHistory({
      ...at,
      ...(nextPageToken ? { nextPageToken } : {}),
    });
    parts.push(GetWorkflowExecutionHistoryResponse.encode(page).finish());
    ({ nextPageToken } = page);
  } while (nextPageToken && nextPageToken.byteLength > 0);
  parts.push(
    DescribeWorkflowExecutionResponse.encode(await temporal.workflowService.describeWorkflowExecution(at)).finish(),
  );
  for (const queryType of ['state', '__temporal_workflow_metadata']) {
    const answer = await temporal.workflowService.queryWorkflow({ ...at, query: { queryType } });
    parts.push(QueryWorkflowResponse.encode(answer).finish());
  }
  return Buffer.concat(parts);
}

const wordsIn = (bytes: Buffer) =>
  Object.keys(secret).filter((word) => bytes.includes(secret[word as keyof typeof secret]));

/** A case with all that people write in one: refused, disputed, ruled for the consumer, sent back, refunded. */
async function disputedCase(api: Api): Promise<{ orderId: string; caseId: string }> {
  const { consumer, merchant, agent } = partiesOf(api);
  const order = await deliveredOrder(api, { shippingAddress });
  const application = applicationFor(order.id, { description: secret.description });
  const { id } = (await expectStatus(201, consumer.post('/v1/cases', application))).body;
  const at = `/v1/cases/${id}`;
  const refusal = { decision: 'refuse', refusalCode: 'agreed_otherwise', note: secret.note };
  await ok(api.as('merchant', 'm-1').post(`${at}/merchant-decision`, refusal));
  const request = { reason: 'merchant_refused', statement: secret.statement, evidenceIds: [] };
  await ok(consumer.post(`${at}/intervention-request`, request));
  await ok(agent.post(`${at}/intervention-audit`, { decision: 'accept' }));
  await ok(consumer.post(`${at}/evidence-submission`, { statement: secret.evidence, evidenceIds: [], complete: true }));
  await ok(merchant.post(`${at}/evidence-submission`, { evidenceIds: [], complete: true }));
  const ruling = { favour: 'consumer', remedy: 'return_and_refund', liability: 'merchant', reasons: secret.reasons };
  await ok(agent.post(`${at}/ruling`, ruling));
  await ok(consumer.post(`${at}/tracking-number`, { carrier: 'SF', trackingNumber: 'SF2' }));
  await ok(merchant.post(`${at}/receipt-confirmation`, { outcome: 'received' }));
  await vi.waitFor(async () => expect((await consumer.get(at)).body.status).toBe('refunded'), { timeout: 60_000 });
  return { orderId: order.id, caseId: id };
}

describe('with keys', () => {
  let api: Api;
  let subjects: string[];
  const logged: string[] = [];

  beforeAll(async () => {
    const sink = new Writable({
      write(line: Buffer, _, done) {
        logged.push(line.toString());
        done();
      },
    });
    api = await anApi({ payloadKeys: k1, overrides: { log: pino({ level: 'trace' }, sink) } });
    await api.startWorker();
    const address_ = address(secret.returnTo, secret.returnPhone);
    await ok(
      api.as('merchant', 'm-1').put('/v1/me/profile', { language: 'zh-CN', emailOn: false, returnAddress: address_ }),
    );
    const { orderId, caseId } = await disputedCase(api);
    subjects = [`order/${orderId}`, `case/${caseId}`];
  });

  it('Temporal holds nothing that people have said of a whole case: history, summaries, details, memo, answers to queries', async () => {
    for (const subject of subjects) {
      const bytes = await storedOf(api, subject);
      expect(bytes.includes('binary/encrypted')).toBe(true);
      expect(bytes.includes('json/plain')).toBe(true); // search attributes, which are never encoded
      expect(wordsIn(bytes)).toEqual([]);
    }
  });

  it('search attributes hold ids and codes alone, and none is for a name, phone, address or free text', async () => {
    expect(Object.keys(searchAttributes)).toEqual([
      'CaseStatus',
      'CaseKind',
      'CaseReason',
      'OrderId',
      'MerchantId',
      'ConsumerId',
      'PaymentMethod',
      'DeadlineKind',
      'Channel',
      'DeadlineAt',
    ]);
  });

  it('the log tells of all of it without a name, a phone, an address or what was written', () => {
    expect(logged.join('\n')).toContain('/intervention-request');
    expect(wordsIn(Buffer.from(logged.join('\n')))).toEqual([]);
  });

  it('the daily reconciliation is begun by Temporal, which has no key, and carried out', async () => {
    const dataConverter = dataConverterOf(parsePayloadKeys(k1))!;
    await scheduleReconciliation(new Client({ connection: api.temporal.connection, dataConverter }), api.taskQueue);
    const schedule = api.temporal.schedule.getHandle(`reconciliation/${api.taskQueue}`);
    try {
      await vi.waitFor(
        async () => {
          const { items } = (await api.as('admin', 'x-1').get('/v1/reconciliations')).body;
          // another, where its hour comes meanwhile
          expect(items.at(-1)).toMatchObject({ state: 'done', requestedBy: 'system' });
        },
        { timeout: 60_000 },
      );
    } finally {
      await schedule.delete();
    }
  });

  describe('the codec endpoint', () => {
    /** The payload a case was started with, as the Temporal UI has it. */
    async function startedWith(): Promise<object> {
      const execution = { workflowId: subjects[1]! };
      const { history } = await api.temporal.workflowService.getWorkflowExecutionHistory({
        namespace: 'default',
        execution,
      });
      const [payload] = history!.events![0]!.workflowExecutionStartedEventAttributes!.input!.payloads!;
      return proto.temporal.api.common.v1.Payload.create(payload!).toJSON();
    }
    const json = { 'content-type': 'application/json', 'x-namespace': 'default', origin: uiOrigin };
    const decode = async (headers: Record<string, string>, path = '/codec/decode', body?: object) =>
      api.request('POST', path, { ...json, ...headers }, JSON.stringify(body ?? { payloads: [await startedWith()] }));
    const tokenOf = (role: 'admin' | 'agent') => signToken({ role, sub: `${role}-7` }, authSecret);
    const bearer = async (role: 'admin' | 'agent') => ({ authorization: `Bearer ${await tokenOf(role)}` });
    const dataOf = ({ body }: Reply) =>
      Buffer.from((body['payloads'] as { data: string }[])[0]!.data, 'base64').toString();

    it('decrypts for an admin, who is named in the log with what was read', async () => {
      const answer = await ok(decode(await bearer('admin'), '/codec/decode?preserveStorageRefs=true'));
      expect(JSON.parse(dataOf(answer))).toMatchObject({ application: { description: secret.description } });
      expect(answer.headers.get('cache-control')).toBe('no-store');
      const line = logged.find((one) => one.includes('"audit":"codec"')) ?? '{}';
      expect(JSON.parse(line)).toMatchObject({
        operation: 'decode',
        caller: 'admin/admin-7',
        namespace: 'default',
        payloads: 1,
        subjects: [subjects[1]],
      });
    });

    it('refuses whoever has no token (401), and an agent (403)', async () => {
      expect(await decode({})).toMatchObject({ status: 401, body: { code: 'unauthenticated' } });
      expect(await decode({ authorization: 'Bearer nonsense' })).toMatchObject({ status: 401 });
      expect(await decode(await bearer('agent'))).toMatchObject({ status: 403, body: { code: 'role_not_allowed' } });
    });

    it('encrypts what an operator sends by hand, for any workflow', async () => {
      const data = Buffer.from('{"decision":"approve"}').toString('base64');
      const plain = { metadata: { encoding: Buffer.from('json/plain').toString('base64') }, data };
      const encrypted = (await ok(decode(await bearer('admin'), '/codec/encode', { payloads: [plain] }))).body;
      expect(JSON.stringify(encrypted)).not.toContain(data);
      const back = await ok(decode(await bearer('admin'), '/codec/decode', encrypted));
      expect(back.body['payloads']).toEqual([plain]);
    });

    it('says what it can’t read: 422 for no payloads, for an altered one, 400 for no JSON', async () => {
      const admin = await bearer('admin');
      expect(await decode(admin, '/codec/decode', { payloads: [{ data: '***' }] })).toMatchObject({
        status: 422,
        body: { code: 'validation_failed', errors: [{ field: 'payloads.0.data' }] },
      });
      expect(await decode(admin, '/codec/decode', {})).toMatchObject({ status: 422 });
      const altered = { ...(await startedWith()), data: Buffer.alloc(64).toString('base64') };
      expect(await decode(admin, '/codec/decode', { payloads: [altered] })).toMatchObject({
        status: 422,
        body: { code: 'payload_undecodable' },
      });
      expect((await api.request('POST', '/codec/decode', { ...json, ...admin }, '{')).status).toBe(400);
    });

    it('lets the UI’s origin ask first, and no other', async () => {
      const asking = {
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,x-namespace',
      };
      const allowed = await api.request('OPTIONS', '/codec/decode', { origin: uiOrigin, ...asking });
      expect(allowed.status).toBe(204);
      expect(Object.fromEntries(allowed.headers)).toMatchObject({
        'access-control-allow-origin': uiOrigin,
        'access-control-allow-credentials': 'true',
        'access-control-allow-methods': 'POST',
        'access-control-allow-headers': expect.stringMatching(/authorization.*content-type.*x-namespace/),
      });
      const foreign = { origin: 'https://evil.example.com' };
      const refused = await api.request('OPTIONS', '/codec/decode', { ...foreign, ...asking });
      expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([403, null]);
      expect(await decode({ ...foreign, ...(await bearer('admin')) })).toMatchObject({
        status: 403,
        body: { code: 'origin_not_allowed' },
      });
    });

    it('takes an admin who has signed in on its page, where the UI has no token to pass', async () => {
      const form = { 'content-type': 'application/x-www-form-urlencoded', origin: api.url };
      const signIn = async (role: 'admin' | 'agent') =>
        api.request('POST', '/codec', form, new URLSearchParams({ token: await tokenOf(role) }).toString());
      expect((await api.request('GET', '/codec')).body['text']).toContain('type="password"');
      const refused = await signIn('agent');
      expect([refused.status, refused.headers.get('set-cookie')]).toEqual([401, null]);
      const cookie = (await ok(signIn('admin'))).headers.get('set-cookie') ?? '';
      expect(cookie).toMatch(/; Path=\/codec; HttpOnly; SameSite=Strict$/);
      expect(dataOf(await ok(decode({ cookie: cookie.split(';')[0]! })))).toContain(secret.description);
    });

    it('is not there without keys', async () => {
      const without = await anApi();
      expect((await without.request('POST', '/codec/decode')).status).toBe(404);
    });
  });
});

describe('keys that change while a case sleeps', () => {
  const statusOf = async (api: Api, id: string) => (await api.as('consumer', 'c-1').get(`/v1/cases/${id}`)).body.status;

  it('switched on, then rotated: what was stored before is still read, and the case ends right', async () => {
    const before = await anApi();
    const providerUrl = await before.startProvider();
    const first = await before.startWorker(providerUrl);
    const order = await deliveredOrder(before, { shippingAddress });
    const application = applicationFor(order.id, { description: secret.description });
    const { id } = (await expectStatus(201, partiesOf(before).consumer.post('/v1/cases', application))).body;
    expect(wordsIn(await storedOf(before, `case/${id}`))).toContain('description'); // as it is without keys
    await first.stop();

    const on = await anApi({ payloadKeys: k1, after: before });
    const second = await on.startWorker(providerUrl);
    const approval = { decision: 'approve', returnAddress: address(secret.returnTo, secret.returnPhone) };
    await ok(partiesOf(on).merchant.post(`/v1/cases/${id}/merchant-decision`, approval));
    expect(wordsIn(await storedOf(on, `case/${id}`))).not.toContain('returnTo');
    await second.stop();

    const rotated = await anApi({ payloadKeys: `${k2},${k1}`, after: before });
    await rotated.startWorker(providerUrl);
    const { consumer, merchant } = partiesOf(rotated);
    await ok(consumer.post(`/v1/cases/${id}/tracking-number`, { carrier: 'SF', trackingNumber: 'SF2' }));
    await ok(merchant.post(`/v1/cases/${id}/receipt-confirmation`, { outcome: 'received' }));
    await expect.poll(() => statusOf(rotated, id)).toBe('refunded');
    expect((await consumer.get(`/v1/cases/${id}`)).body['returnAddress']).toMatchObject({ name: secret.returnTo });
    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { orderId: string; amount: number }[];
    expect(movements).toMatchObject([{ orderId: order.id, amount: 12_900 }]);
  });

  it('a worker without the API’s key says so and loses nothing: with it, the case goes on', async () => {
    const before = await anApi({ payloadKeys: k1 });
    const providerUrl = await before.startProvider();
    const first = await before.startWorker(providerUrl);
    const order = await deliveredOrder(before);
    const { id } = (await expectStatus(201, partiesOf(before).consumer.post('/v1/cases', applicationFor(order.id))))
      .body;
    await first.stop();

    const api = await anApi({ payloadKeys: `${k2},${k1}`, after: before });
    const behind = await api.startWorker(providerUrl, { payloadKeys: k1 });
    const key = 'approved-once';
    const approve = () =>
      partiesOf(api).merchant.post(
        `/v1/cases/${id}/merchant-decision`,
        { decision: 'approve' },
        { key, pending: true },
      );
    expect((await approve()).status).toBe(202);
    const execution = { workflowId: `case/${id}` };
    const failures = async () => {
      const { history } = await api.temporal.workflowService.getWorkflowExecutionHistory({
        namespace: 'default',
        execution,
      });
      const messages = history!.events!.flatMap(
        ({ workflowTaskFailedEventAttributes: failed }) => failed?.failure?.message ?? [],
      );
      return [...new Set(messages)]; // it may be tried on the first worker's queue and on everybody's
    };
    await expect
      .poll(failures)
      .toEqual([expect.stringContaining(`a payload of case/${id} is encrypted under the key "k2", and there are k1`)]);
    expect(await statusOf(api, id)).toBe('pending_merchant_review');
    await behind.stop();

    await api.startWorker(providerUrl);
    await expect.poll(() => statusOf(api, id)).toBe('awaiting_buyer_return');
    expect((await ok(approve())).body.status).toBe('awaiting_buyer_return');
  });
});
