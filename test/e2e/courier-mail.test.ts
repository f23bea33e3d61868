import type { ChildProcess } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, orderBody } from '../api/harness.ts';
import { startDoomed } from './doomed.ts';

type Mail = { id: string; from: string; to: string[]; subject: string; text: string; html: string; messageId: string };

const apis: Api[] = [];
const children: ChildProcess[] = [];
afterAll(async () => {
  for (const child of children) child.kill('SIGKILL');
  await Promise.all(apis.map((api) => api.close()));
});

async function ownApi(): Promise<Api> {
  const api = await apiHere();
  apis.push(api);
  return api;
}

const until = <Value>(look: () => Promise<Value>) => vi.waitFor(look, { timeout: 60_000, interval: 50 });

const mailsTo = async (mail: { url: string }, to: string) =>
  (await (await fetch(`${mail.url}/mails?to=${encodeURIComponent(to)}`)).json()) as Mail[];

const mailsAbout = async (mail: { url: string }, to: string, id: string) =>
  (await mailsTo(mail, to)).filter(({ text }) => text.includes(id));

const profile = (api: Api, role: 'consumer' | 'merchant', sub: string, fields: Record<string, unknown>) =>
  expectStatus(200, api.as(role, sub).put('/v1/me/profile', { language: 'en', emailOn: true, ...fields }));

/** What is in the outbox for somebody's mail, oldest first. */
const outboxOf = (api: Api, to: string) =>
  api.database.collection('outbox').find({ channel: 'email', to }).sort({ createdAt: 1, seq: 1 }).toArray();

const apply = async (api: Api, consumerId: string, more: Record<string, unknown> = {}) => {
  const order = await deliveredOrder(api, { consumerId });
  return (await expectStatus(201, api.as('consumer', consumerId).post('/v1/cases', applicationFor(order.id, more))))
    .body.id;
};

describe('TELL-1: mail', () => {
  let api: Api;
  let mail: Awaited<ReturnType<Api['startMail']>>;
  beforeAll(async () => {
    api = await ownApi();
    mail = await api.startMail();
    await api.startWorker(undefined, { courier: { smtpUrl: mail.smtpUrl } });
    await profile(api, 'consumer', 'c-1', { email: 'li@example.com', language: 'zh-CN' });
    await profile(api, 'merchant', 'm-1', { email: 'shop@example.com' });
  });

  it('an application is mailed to both parties, each in its language, as text and as HTML', async () => {
    const caseId = await apply(api, 'c-1');
    const [toConsumer] = await until(async () => {
      const found = await mailsAbout(mail, 'li@example.com', caseId);
      expect(found).toHaveLength(1);
      return found;
    });
    const [toMerchant] = await until(async () => {
      const found = await mailsAbout(mail, 'shop@example.com', caseId);
      expect(found).toHaveLength(1);
      return found;
    });
    expect(toConsumer).toMatchObject({ subject: '售后申请已提交', from: 'service@example.com' });
    expect(toConsumer?.text).toContain('请商家在');
    expect(toConsumer?.html).toContain('<html lang="zh-CN">');
    expect(toMerchant).toMatchObject({ subject: 'After-sales service was applied for' });
    expect(toMerchant?.text).toContain('decide on the application');
    expect(toMerchant?.html).toMatch(/<html lang="en">[^]*<strong>The merchant has until/);
    expect(toMerchant?.messageId).not.toBe(toConsumer?.messageId);
    expect(await outboxOf(api, 'agent/*')).toEqual([]);
  });

  it('TELL-5: who has switched mail off, or has no address, gets none', async () => {
    await profile(api, 'consumer', 'c-2', { email: 'off@example.com', emailOn: false });
    const [off, none] = [await apply(api, 'c-2'), await apply(api, 'c-3')];
    for (const caseId of [off, none])
      await until(async () => expect(await mailsAbout(mail, 'shop@example.com', caseId)).toHaveLength(1));
    expect(await mailsTo(mail, 'off@example.com')).toEqual([]);
    expect([...(await outboxOf(api, 'consumer/c-2')), ...(await outboxOf(api, 'consumer/c-3'))]).toEqual([]);
    expect((await api.as('consumer', 'c-2').get('/v1/messages')).body.items.length).toBeGreaterThan(0);
  });

  it('TELL-2: a mail server that is down holds up no case; what was to be mailed comes once, to where it is wanted by then', async () => {
    await profile(api, 'consumer', 'c-4', { email: 'old@example.com' });
    await profile(api, 'consumer', 'c-5', { email: 'changed-my-mind@example.com' });
    await mail.handle.process.stop();
    const caseId = await apply(api, 'c-4', { kind: 'refund_only' });
    const other = await apply(api, 'c-5');
    await expectStatus(
      200,
      api.as('merchant', 'm-1').post(`/v1/cases/${caseId}/merchant-decision`, { decision: 'approve' }),
    );
    const consumer = api.as('consumer', 'c-4');
    await until(async () => expect((await consumer.get(`/v1/cases/${caseId}`)).body.status).toBe('refunded'));
    const messages = (await consumer.get('/v1/messages')).body.items.filter((one) => one['caseId'] === caseId);
    expect(messages.map((one) => one['title'])).toContain('The refund was paid');
    const inbox = (await consumer.get('/v1/messages?limit=100')).body.items;
    // mails are written after the state that they tell of: one for each message
    const waiting = await until(async () => {
      const found = await outboxOf(api, 'consumer/c-4');
      expect(found).toHaveLength(inbox.length);
      return found;
    });
    expect(waiting.map(({ state }) => state)).not.toContain('sent');
    await until(async () => expect((await outboxOf(api, 'consumer/c-4'))[0]?.['tries'].length).toBeGreaterThan(1));

    await profile(api, 'consumer', 'c-4', { email: 'new@example.com' });
    await profile(api, 'consumer', 'c-5', { email: 'changed-my-mind@example.com', emailOn: false });
    await mail.handle.restart();
    await until(async () =>
      expect((await outboxOf(api, 'consumer/c-4')).map(({ state }) => state)).toEqual(waiting.map(() => 'sent')),
    );
    const came = await mailsTo(mail, 'new@example.com');
    expect(new Set(came.map(({ messageId }) => messageId)).size).toBe(waiting.length);
    expect(came).toHaveLength(waiting.length);
    expect(await mailsTo(mail, 'old@example.com')).toEqual([]);
    await until(async () =>
      expect(new Set((await outboxOf(api, 'consumer/c-5')).map(({ state }) => state))).toEqual(new Set(['skipped'])),
    );
    expect(await mailsAbout(mail, 'changed-my-mind@example.com', other)).toEqual([]);
  });
});

describe('TELL-2: what the mail server refuses', () => {
  it('for good is given up and says why; what it puts off is tried again', async () => {
    const api = await ownApi();
    const taken: string[] = [];
    let putOff = 2;
    const server = new SMTPServer({
      authOptional: true,
      disabledCommands: ['AUTH', 'STARTTLS'],
      onRcptTo({ address }, _, done) {
        if (address === 'nobody@example.com')
          return done(Object.assign(new Error('no such person: <nobody@example.com>'), { responseCode: 550 }));
        if (putOff-- > 0) return done(Object.assign(new Error('come back later'), { responseCode: 451 }));
        taken.push(address);
        done();
      },
      onData(stream, _, done) {
        stream.resume().once('end', () => done());
      },
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const { port } = server.server.address() as AddressInfo;
    await api.startWorker(undefined, { courier: { smtpUrl: `smtp://127.0.0.1:${port}` } });
    await profile(api, 'consumer', 'c-1', { email: 'nobody@example.com' });
    await profile(api, 'merchant', 'm-1', { email: 'busy@example.com' });
    await api.as('service', 's-1').post('/v1/orders', orderBody());
    const settled = (to: string, state: string) =>
      until(async () => {
        const [entry] = await outboxOf(api, to);
        expect(entry?.['state']).toBe(state);
        return entry;
      });
    expect(await settled('consumer/c-1', 'failed')).toMatchObject({
      reason: expect.stringMatching(/no such person: <\[address\]>$/),
      tries: [{ status: 550, error: expect.not.stringContaining('nobody@') }],
    });
    const merchants = await settled('merchant/m-1', 'sent');
    expect(merchants?.['tries'].map((one: { status?: number }) => one.status)).toEqual([451, 451, undefined]);
    expect(taken).toEqual(['busy@example.com']);
    await new Promise<void>((closed) => server.close(closed));
  });
});

describe('TELL-1: at least once', () => {
  it('a worker killed between sending and writing it down: another takes over, and sends it under the same Message-ID', async () => {
    const api = await ownApi();
    const mail = await api.startMail();
    const providerUrl = await api.startProvider();
    await profile(api, 'consumer', 'c-1', { email: 'li@example.com' });
    const { process: doomed, death } = startDoomed('./doomedCourier.ts', api, providerUrl, { SMTP_URL: mail.smtpUrl });
    children.push(doomed);
    await api.as('service', 's-1').post('/v1/orders', orderBody());
    expect(await death).toEqual([null, 'SIGKILL']);
    const [first] = await mailsTo(mail, 'li@example.com');
    expect(await outboxOf(api, 'consumer/c-1')).toMatchObject([{ state: 'pending' }]);

    await api.startWorker(providerUrl, { courier: { smtpUrl: mail.smtpUrl } });
    await until(async () => expect(await outboxOf(api, 'consumer/c-1')).toMatchObject([{ state: 'sent' }]));
    const all = await mailsTo(mail, 'li@example.com');
    expect(all.map(({ messageId }) => messageId)).toEqual([first?.messageId, first?.messageId]);
  });
});
