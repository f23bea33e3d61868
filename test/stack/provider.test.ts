import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingHttpHeaders, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPaymentProvider } from '../../src/activities/payments/provider.ts';
import { createSandboxProvider, verifySandboxCallback } from '../../src/activities/payments/sandbox.ts';
import type { Money } from '../../src/domain/money/money.ts';
import { type ServingRole, startProvider } from '../../src/stack/roles.ts';

const secret = 's'.repeat(32);
const yuan = (amount: number): Money => ({ amount, currency: 'CNY' });
const key = 'case/c1/refund/1';

let folder: string;
let receiver: Receiver;
let provider: ServingRole;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aftersales-provider-'));
  receiver = await listenForCallbacks();
  provider = await start();
});

afterEach(async () => {
  await provider.handle.process.stop();
  receiver.server.closeAllConnections();
  receiver.server.close();
  await rm(folder, { recursive: true, force: true });
});

const dataFile = () => join(folder, 'provider.jsonl');

function start(port = 0): Promise<ServingRole> {
  return startProvider({
    port,
    dataFile: dataFile(),
    callbackUrl: receiver.url,
    callbackSecret: secret,
    logFile: join(folder, 'provider.log'),
  });
}

async function killAndStartAnew(): Promise<void> {
  process.kill(provider.handle.process.pid, 'SIGKILL');
  await provider.handle.process.exited;
  provider = await start();
}

/** The adapter: patient, unless a test is about its time-outs. */
const adapter = (timeoutMs = 30_000) => createSandboxProvider({ url: provider.url, timeoutMs });

type Answer = { status: number; body: Record<string, unknown> };

async function call(method: string, path: string, body?: unknown): Promise<Answer> {
  const response = await fetch(`${provider.url}${path}`, {
    method,
    ...(body !== undefined && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: (text === '' ? {} : JSON.parse(text)) as Record<string, unknown> };
}
const fail = (operation: string, mode: string, times = 1) => call('POST', '/faults', { operation, mode, times });
const movements = async () => (await call('GET', '/movements')).body as unknown as Record<string, unknown>[];

type Received = { headers: IncomingHttpHeaders; body: Buffer };
type Receiver = { server: Server; url: string; answers: number[]; next: () => Promise<Received> };

/** Plays our API: answers callbacks with the statuses given, then 200, and hands each over in turn. */
async function listenForCallbacks(): Promise<Receiver> {
  const received: Received[] = [];
  const waiting: ((call: Received) => void)[] = [];
  const answers: number[] = [];
  const server = createServer((request, response) => {
    void buffer(request).then((body) => {
      response.writeHead(answers.shift() ?? 200).end();
      const one = { headers: request.headers, body };
      const waiter = waiting.shift();
      if (waiter) waiter(one);
      else received.push(one);
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/provider-callbacks/sandbox`;
  const next = () =>
    new Promise<Received>((resolve) => {
      const one = received.shift();
      if (one) resolve(one);
      else waiting.push(resolve);
    });
  return { server, url, answers, next };
}

describe('the adapter against the sandbox provider', () => {
  it('refunds and pays out, and each is a movement', async () => {
    const before = Date.now();
    const refund = await adapter().refund(key, 'o1', yuan(12_900));
    expect(refund).toEqual({ outcome: 'done', reference: expect.stringMatching(/^sbx-/), at: expect.any(Number) });
    expect(refund.outcome === 'done' && refund.at).toBeGreaterThanOrEqual(before);
    const payout = await adapter().payout('case/c1/compensation/1', 'o1', 'consumer/c-1', yuan(500));
    expect(payout.outcome).toBe('done');
    expect(await movements()).toEqual([
      {
        key,
        kind: 'refund',
        orderId: 'o1',
        amount: 12_900,
        currency: 'CNY',
        reference: refund.outcome === 'done' && refund.reference,
        at: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      },
      expect.objectContaining({ key: 'case/c1/compensation/1', kind: 'payout', amount: 500 }),
    ]);
  });

  it('answers a repeat as before, without a second movement', async () => {
    const first = await adapter().refund(key, 'o1', yuan(100));
    expect(await adapter().refund(key, 'o1', yuan(100))).toEqual(first);
    expect(await adapter().find(key)).toEqual(first);
    expect(await movements()).toHaveLength(1);
  });

  it('pays once for twenty equal keys at once', async () => {
    const answers = await Promise.all(Array.from({ length: 20 }, () => adapter(8_000).refund(key, 'o1', yuan(100))));
    expect(new Set(answers.map((answer) => answer.outcome === 'done' && answer.reference)).size).toBe(1);
    expect(await movements()).toHaveLength(1);
  });

  it('REF-4: asks by key before it pays, every time', async () => {
    const asked: string[] = [];
    const watched = createSandboxProvider({
      url: provider.url,
      fetch: (input, init) => {
        const request = new Request(input, init);
        asked.push(`${request.method} ${new URL(request.url).pathname}`);
        return fetch(request);
      },
    });
    await watched.refund(key, 'o1', yuan(100));
    await watched.refund(key, 'o1', yuan(100));
    expect(asked).toEqual(['GET /operations', 'POST /refunds', 'GET /operations']);
  });

  it('money that is held back is not asked for; what was paid under its key is found all the same', async () => {
    const held = { outcome: 'held', cause: 'stopped' } as const;
    const holdBack = async () => held;
    expect(await adapter().refund(key, 'o1', yuan(100), holdBack)).toEqual(held);
    expect(await adapter().payout(key, 'o1', 'merchant/m-1', yuan(100), holdBack)).toEqual(held);
    expect(await adapter().find(key)).toEqual({ outcome: 'none' });
    const paid = await adapter().refund(key, 'o1', yuan(100), async () => undefined);
    expect(await adapter().refund(key, 'o1', yuan(100), holdBack)).toEqual(paid);
    expect(await movements()).toHaveLength(1);
  });

  it('takes another amount, order, party or kind under a used key for unknown, never for done', async () => {
    await adapter().payout(key, 'o1', 'merchant/m-1', yuan(100));
    for (const other of [
      adapter().payout(key, 'o1', 'merchant/m-1', yuan(101)),
      adapter().payout(key, 'o2', 'merchant/m-1', yuan(100)),
      adapter().payout(key, 'o1', 'merchant/m-2', yuan(100)),
      adapter().payout(key, 'o1', 'merchant/m-1', { amount: 100, currency: 'USD' }),
      adapter().refund(key, 'o1', yuan(100)),
    ]) {
      expect(await other).toEqual({ outcome: 'unknown', reason: `the provider has another operation under ${key}` });
    }
    expect(await movements()).toHaveLength(1);
  });

  it('knows what it was never told: none', async () => {
    expect(await adapter().find('case/c1/refund/7')).toEqual({ outcome: 'none' });
  });

  it('is what the settings name', async () => {
    const named = createPaymentProvider({ paymentProvider: 'sandbox', paymentProviderUrl: provider.url });
    expect((await named.refund(key, 'o1', yuan(1))).outcome).toBe('done');
  });

  it('takes a refusal to understand the request for a refusal for good', async () => {
    const answer = await adapter().refund(key, 'o1', { amount: 100, currency: 'yuan' });
    expect(answer).toEqual({ outcome: 'declined', reason: expect.stringContaining('currency') });
    expect(await movements()).toEqual([]);
  });
});

describe('faults', () => {
  it.each(['refund', 'payout'] as const)(
    'decline: a %s is refused for good, under that key for ever',
    async (operation) => {
      await fail(operation, 'decline');
      const move = (attempt: number) =>
        operation === 'refund'
          ? adapter().refund(`case/c1/refund/${attempt}`, 'o1', yuan(100))
          : adapter().payout(`case/c1/refund/${attempt}`, 'o1', 'consumer/c-1', yuan(100));
      const declined = { outcome: 'declined', reason: expect.stringMatching(/./) };
      expect(await move(1)).toEqual(declined);
      expect(await move(1)).toEqual(declined);
      await killAndStartAnew();
      expect(await move(1)).toEqual(declined);
      expect(await movements()).toEqual([]);
      expect((await move(2)).outcome).toBe('done');
      expect(await movements()).toHaveLength(1);
    },
  );

  it('unavailable: unknown, nothing moved, and the next try pays', async () => {
    await fail('refund', 'unavailable', 2);
    for (let n = 0; n < 2; n += 1) {
      expect(await adapter().refund(key, 'o1', yuan(100))).toEqual({
        outcome: 'unknown',
        reason: 'the provider answered 503 unavailable',
      });
      expect(await adapter().find(key)).toEqual({ outcome: 'none' });
    }
    expect((await adapter().refund(key, 'o1', yuan(100))).outcome).toBe('done');
    expect(await movements()).toHaveLength(1);
  });

  it('timeout_before: unknown, nothing moved', async () => {
    await fail('refund', 'timeout_before');
    expect(await adapter(300).refund(key, 'o1', yuan(100))).toEqual({
      outcome: 'unknown',
      reason: 'the provider did not answer within 300 ms',
    });
    expect(await adapter().find(key)).toEqual({ outcome: 'none' });
    expect(await movements()).toEqual([]);
  });

  it('tricky case 9 · timeout_after: unknown, then asking finds it done; one movement', async () => {
    await fail('refund', 'timeout_after');
    expect((await adapter(10_000).refund(key, 'o1', yuan(100))).outcome).toBe('unknown');
    expect((await adapter().find(key)).outcome).toBe('done');
    expect((await adapter().refund(key, 'o1', yuan(100))).outcome).toBe('done');
    expect(await movements()).toHaveLength(1);
  });

  it.each(['unavailable', 'timeout_before', 'timeout_after'])(
    'find %s: unknown, and nothing is paid unasked',
    async (mode) => {
      await fail('find', mode, 2);
      const impatient = adapter(mode === 'unavailable' ? 30_000 : 5_000);
      expect((await impatient.refund(key, 'o1', yuan(100))).outcome).toBe('unknown');
      expect((await impatient.find(key)).outcome).toBe('unknown');
      expect(await movements()).toEqual([]);
      expect(await adapter().find(key)).toEqual({ outcome: 'none' });
    },
  );

  it('pending: neither yes nor no until it is settled, which is told by a signed callback', async () => {
    await fail('refund', 'pending', 2);
    for (const [attempt, outcome] of [
      [1, 'done'],
      [2, 'declined'],
    ] as const) {
      const pendingKey = `case/c1/refund/${attempt}`;
      const pending = await adapter().refund(pendingKey, 'o1', yuan(100));
      expect(pending).toEqual({ outcome: 'pending', reference: expect.stringMatching(/^sbx-/) });
      expect(await adapter().refund(pendingKey, 'o1', yuan(100))).toEqual(pending);

      expect((await call('POST', '/operations/settle', { key: pendingKey, outcome })).status).toBe(200);
      expect((await adapter().find(pendingKey)).outcome).toBe(outcome);
      const { headers, body } = await receiver.next();
      const told = verifySandboxCallback(secret, body, String(headers['x-provider-signature']), Date.now(), 60_000);
      expect(told).toMatchObject({
        ok: true,
        callback: { key: pendingKey, outcome, reference: pending.outcome === 'pending' && pending.reference },
      });
    }
    expect(await movements()).toEqual([expect.objectContaining({ key: 'case/c1/refund/1' })]);
    await killAndStartAnew();
    expect((await adapter().find('case/c1/refund/1')).outcome).toBe('done');
    expect(await movements()).toHaveLength(1);
  });

  it('tells again when its callback was not taken, and settles only once', async () => {
    receiver.answers.push(503);
    await fail('refund', 'pending');
    await adapter().refund(key, 'o1', yuan(100));
    await call('POST', '/operations/settle', { key, outcome: 'done' });
    expect((await receiver.next()).body).toEqual((await receiver.next()).body);
    expect(await call('POST', '/operations/settle', { key, outcome: 'declined' })).toMatchObject({
      status: 409,
      body: { code: 'already_settled' },
    });
    expect(await movements()).toHaveLength(1);
  });

  it('a repeat of what was done meets a failing line, but no other decision', async () => {
    await adapter().refund(key, 'o1', yuan(100));
    await fail('refund', 'decline');
    const instruction = { key, orderId: 'o1', ...yuan(100) };
    expect((await call('POST', '/refunds', instruction)).body).toMatchObject({ outcome: 'done' });
    await call('DELETE', '/faults');
    await fail('refund', 'unavailable');
    expect((await call('POST', '/refunds', instruction)).status).toBe(503);
  });

  it('wait in line for their own operation, are shown, and can be taken back', async () => {
    await fail('refund', 'unavailable', 2);
    await fail('refund', 'decline');
    expect((await adapter().payout('p', 'o1', 'consumer/c-1', yuan(1))).outcome).toBe('done');
    await adapter().refund(key, 'o1', yuan(1));
    expect((await call('GET', '/faults')).body).toEqual([
      { operation: 'refund', mode: 'unavailable', times: 1 },
      { operation: 'refund', mode: 'decline', times: 1 },
    ]);
    expect((await call('DELETE', '/faults')).status).toBe(204);
    expect((await adapter().refund(key, 'o1', yuan(1))).outcome).toBe('done');
  });
});

describe('the provider away', () => {
  it('is unknown, also where nothing listens', async () => {
    const { url } = provider;
    await provider.handle.process.stop();
    const away = createSandboxProvider({ url, timeoutMs: 1_000 });
    expect((await away.refund(key, 'o1', yuan(100))).outcome).toBe('unknown');
    expect((await away.find(key)).outcome).toBe('unknown');
    provider = await start();
    expect(await adapter().find(key)).toEqual({ outcome: 'none' });
  });

  it('takes the 404 of somebody else for unknown, not for none', async () => {
    const elsewhere = createServer((_, response) => response.writeHead(404).end('{"error":"no such site"}'));
    await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    try {
      expect((await createSandboxProvider({ url }).refund(key, 'o1', yuan(100))).outcome).toBe('unknown');
    } finally {
      elsewhere.closeAllConnections();
      elsewhere.close();
    }
  });
});

describe('the sandbox provider', () => {
  it('keeps what it answered across a kill, and the order of movements', async () => {
    const keys = Array.from({ length: 5 }, (_, n) => `order/o${n}/refund/1`);
    for (const [n, one] of keys.entries()) await adapter().refund(one, `o${n}`, yuan(n + 1));
    const before = await movements();
    await killAndStartAnew();
    expect(await movements()).toEqual(before);
    expect(before.map((movement) => movement['key'])).toEqual(keys);
  });

  it('cuts off a last line that a crash tore, and goes on', async () => {
    await adapter().refund(key, 'o1', yuan(100));
    await provider.handle.process.stop();
    const whole = await readFile(dataFile(), 'utf8');
    await appendFile(dataFile(), '{"entry":"taken","operation":{"key":"case/c2/ref');
    provider = await start();
    expect(await adapter().find('case/c2/refund/1')).toEqual({ outcome: 'none' });
    await adapter().refund('case/c2/refund/1', 'o2', yuan(200));
    const after = await readFile(dataFile(), 'utf8');
    expect(after.startsWith(whole)).toBe(true);
    expect(after.slice(whole.length).split('\n')).toHaveLength(2);
    await killAndStartAnew();
    expect((await movements()).map((movement) => movement['key'])).toEqual([key, 'case/c2/refund/1']);
  });

  it('does not start on a file that something else wrote to, and names the line', async () => {
    await adapter().refund(key, 'o1', yuan(100));
    await provider.handle.process.stop();
    const whole = await readFile(dataFile(), 'utf8');
    await writeFile(dataFile(), `${whole}not ours\n${whole}`);
    await expect(start()).rejects.toThrow(/provider\.jsonl: line 2 is no JSON/);
    await writeFile(dataFile(), whole);
  });

  it('refuses another amount under a used key', async () => {
    await call('POST', '/refunds', { key, orderId: 'o1', ...yuan(100) });
    const answer = await call('POST', '/refunds', { key, orderId: 'o1', ...yuan(101) });
    expect(answer).toMatchObject({ status: 409, body: { code: 'key_reused' } });
    expect(await movements()).toHaveLength(1);
  });

  it('refuses what it cannot read with 422, naming the field, and nothing happens', async () => {
    const bad: [string, object, string][] = [
      ['/refunds', { key, orderId: 'o1', amount: 0, currency: 'CNY' }, 'amount'],
      ['/refunds', { key, orderId: 'o1', amount: 1.5, currency: 'CNY' }, 'amount'],
      ['/refunds', { key, orderId: 'o1', amount: '1', currency: 'CNY' }, 'amount'],
      ['/refunds', { orderId: 'o1', amount: 1, currency: 'CNY' }, 'key'],
      ['/refunds', { key, orderId: 'o1', amount: 1, currency: 'CNY', party: 'x' }, 'party'],
      ['/payouts', { key, orderId: 'o1', amount: 1, currency: 'CNY' }, 'party'],
      ['/operations/settle', { key, outcome: 'pending' }, 'outcome'],
      ['/faults', { operation: 'find', mode: 'decline' }, 'mode'],
      ['/faults', { operation: 'refund', mode: 'explode' }, 'mode'],
      ['/faults', { operation: 'refund', mode: 'decline', times: 0 }, 'times'],
    ];
    for (const [path, body, field] of bad) {
      const answer = await call('POST', path, body);
      expect(answer).toMatchObject({ status: 422, body: { code: 'invalid', detail: expect.stringContaining(field) } });
    }
    expect(await movements()).toEqual([]);
    expect((await call('GET', '/faults')).body).toEqual([]);
  });

  it('ends in order on SIGTERM, although it owes somebody an answer', async () => {
    await fail('refund', 'timeout_before');
    await fail('refund', 'timeout_after');
    const unanswered = [1, 2].map((n) => adapter(60_000).refund(`case/c${n}/refund/1`, 'o1', yuan(100)));
    // Both have been taken once no fault is left waiting.
    await expect.poll(async () => (await call('GET', '/faults')).body).toEqual([]);
    process.kill(provider.handle.process.pid, 'SIGTERM');
    expect(await provider.handle.process.exited).toBe('exit code 0');
    expect((await Promise.all(unanswered)).map(({ outcome }) => outcome)).toEqual(['unknown', 'unknown']);
    provider = await start();
    expect(await movements()).toHaveLength(1);
  });

  it('shows its movements to people, without running anything from them', async () => {
    await adapter().refund('<script>alert(1)</script>', 'o1', yuan(12_900));
    const response = await fetch(provider.url);
    const page = await response.text();
    expect(response.headers.get('content-security-policy')).toContain("default-src 'none'");
    expect(page).toContain('&lt;script&gt;alert(1)&lt;/script&gt;');
    expect(page).not.toContain('<script');
    expect(page).toMatch(/CNY\s129\.00/);
  });

  it('says that it is well', async () => {
    expect(await call('GET', '/healthz')).toEqual({ status: 200, body: { status: 'ok' } });
  });
});
