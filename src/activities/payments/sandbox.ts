import { createHmac, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { Money } from '../../domain/money/money.ts';
import type { LetGo, PaymentProvider, ProviderAnswer, ProviderWord } from '../../domain/money/provider.ts';

export interface SandboxProviderOptions {
  url: string;
  /** How long one call may take, in ms. */
  timeoutMs?: number;
  /** Stands in for the platform's own. */
  fetch?: typeof fetch;
}

/** What the provider is told to do, as it shows it again when asked. */
type Instruction = { key: string; kind: 'refund' | 'payout'; orderId: string; party?: string } & Money;

const time = z.iso.datetime().transform((text) => Date.parse(text));
const standing = z.discriminatedUnion('outcome', [
  z.object({ outcome: z.literal('done'), reference: z.string(), at: time }),
  z.object({ outcome: z.literal('declined'), reason: z.string() }),
  z.object({ outcome: z.literal('pending'), reference: z.string() }),
]);
const operation = z
  .object({
    key: z.string(),
    kind: z.enum(['refund', 'payout']),
    orderId: z.string(),
    party: z.string().optional(),
    amount: z.int(),
    currency: z.string(),
  })
  .and(standing);
type Operation = z.infer<typeof operation>;
const movement = z.object({
  key: z.string(),
  kind: z.enum(['refund', 'payout']),
  orderId: z.string(),
  amount: z.int(),
  currency: z.string(),
  reference: z.string(),
  at: time,
});
const movementsAtOnce = 500;
const failure = z.object({ code: z.string(), detail: z.string() });

type Unknown = Extract<ProviderWord, { outcome: 'unknown' }>;
const unknown = (reason: string): Unknown => ({ outcome: 'unknown', reason });

/**
 * The sandbox provider behind the port. Every try asks by key first and pays only where the provider has never heard of the
 * key (REF-4), and nothing holds the money back. Whatever leaves the outcome open is `unknown`: no answer in time, a broken connection, a server's error, an answer
 * that can't be read, and a refused connection too, since a proxy may have passed the request on.
 */
export function createSandboxProvider(options: SandboxProviderOptions): PaymentProvider {
  const { timeoutMs = 10_000 } = options;
  const send = options.fetch ?? fetch;

  /** An answer's status and body, or why there is none. */
  async function call(path: string, body?: object): Promise<{ status: number; body: unknown } | Unknown> {
    try {
      const response = await send(new URL(path, options.url), {
        ...(body && { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
        // Following would send a payment to whom nobody configured.
        redirect: 'error',
        signal: AbortSignal.timeout(timeoutMs),
      });
      return { status: response.status, body: await response.json() };
    } catch (error) {
      return unknown(describe(error, timeoutMs));
    }
  }

  async function ask(key: string): Promise<Operation | Unknown | { outcome: 'none' }> {
    const answer = await call(`/operations?key=${encodeURIComponent(key)}`);
    if ('outcome' in answer) return answer;
    // Only the provider's own word counts: a 404 of something in between says nothing about the key.
    if (answer.status === 404 && codeOf(answer.body) === 'unknown_key') return { outcome: 'none' };
    return readOperation(answer);
  }

  async function pay(path: string, instruction: Instruction, letGo?: LetGo): Promise<ProviderAnswer> {
    const found = await ask(instruction.key);
    if (found.outcome === 'unknown') return found;
    if (found.outcome !== 'none') return answerTo(instruction, found);

    const held = await letGo?.();
    if (held) return held;
    const { kind: _, ...body } = instruction;
    const answer = await call(path, body);
    if ('outcome' in answer) return answer;
    if (answer.status === 422 && codeOf(answer.body) === 'invalid') {
      return { outcome: 'declined', reason: failure.parse(answer.body).detail };
    }
    const made = readOperation(answer);
    return made.outcome === 'unknown' ? made : answerTo(instruction, made);
  }

  return {
    name: 'sandbox',
    refund: (key, orderId, amount, letGo) => pay('/refunds', { key, kind: 'refund', orderId, ...amount }, letGo),
    payout: (key, orderId, party, amount, letGo) =>
      pay('/payouts', { key, kind: 'payout', orderId, party, ...amount }, letGo),
    async find(key) {
      const found = await ask(key);
      return found.outcome === 'none' || found.outcome === 'unknown' ? found : inOurWords(found);
    },
    async listMovements({ from, to }, after = '0') {
      const period = { from: new Date(from).toISOString(), to: new Date(to).toISOString() };
      const query = new URLSearchParams({ ...period, after, limit: String(movementsAtOnce) });
      const answer = await call(`/movements?${query.toString()}`);
      if ('outcome' in answer) throw new Error(answer.reason);
      if (answer.status !== 200) throw new Error(`the provider answered ${answer.status}`);
      const read = z.array(movement).parse(answer.body);
      const movements = read.map(({ amount, currency, ...rest }) => ({ ...rest, amount: { amount, currency } }));
      return { movements, ...(read.length < movementsAtOnce ? {} : { next: String(Number(after) + read.length) }) };
    },
  };
}

function readOperation({ status, body }: { status: number; body: unknown }): Operation | Unknown {
  if (status !== 200) return unknown(`the provider answered ${status} ${codeOf(body) ?? ''}`.trimEnd());
  const read = operation.safeParse(body);
  return read.success ? read.data : unknown('the provider answered something that can not be read');
}

/** The operation as the answer to what was asked for; another one under the same key is nothing to go on. */
function answerTo(asked: Instruction, found: Operation): ProviderWord {
  const same = (['key', 'kind', 'orderId', 'party', 'amount', 'currency'] as const).every(
    (name) => asked[name] === found[name],
  );
  return same ? inOurWords(found) : unknown(`the provider has another operation under ${asked.key}`);
}

function inOurWords(found: Operation): ProviderWord {
  switch (found.outcome) {
    case 'done':
      return { outcome: 'done', reference: found.reference, at: found.at };
    case 'declined':
      return { outcome: 'declined', reason: found.reason };
    case 'pending':
      return { outcome: 'pending', reference: found.reference };
  }
}

function codeOf(body: unknown): string | undefined {
  return failure.safeParse(body).data?.code;
}

/** Why a call came to nothing. The platform's `fetch failed` hides the reason in the error's cause. */
function describe(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `the provider did not answer within ${timeoutMs} ms`;
  return `the provider could not be reached: ${error.cause instanceof Error ? error.cause.message : error.message}`;
}

/** What a callback says: how a pending operation ended; `at` in UTC ms. */
export type SandboxCallback = { key: string; reference: string; at: number } & (
  | { outcome: 'done' }
  | { outcome: 'declined'; reason: string }
);

const callback = z
  .object({ key: z.string(), reference: z.string(), at: time })
  .and(
    z.discriminatedUnion('outcome', [
      z.object({ outcome: z.literal('done') }),
      z.object({ outcome: z.literal('declined'), reason: z.string() }),
    ]),
  );

/** A callback that is the provider's own, or why it is not taken. */
export type VerifiedCallback =
  | { ok: true; callback: SandboxCallback }
  | { ok: false; code: 'signature_missing' | 'signature_invalid' | 'signature_expired' | 'callback_unreadable' };

/**
 * Checks a callback's `X-Provider-Signature: t=<Unix seconds>,v1=<hex HMAC-SHA-256 of "t.body">` over the body's raw bytes. Old
 * and far-off times are refused, so that a recorded call can't be played again later.
 */
export function verifySandboxCallback(
  secret: string,
  rawBody: Uint8Array,
  header: string | undefined,
  nowMs: number,
  toleranceMs: number,
): VerifiedCallback {
  if (header === undefined) return { ok: false, code: 'signature_missing' };
  const fields = new Map(
    header.split(',').map((field) => [field.slice(0, field.indexOf('=')), field.slice(field.indexOf('=') + 1)]),
  );
  const t = fields.get('t') ?? '';
  const given = fields.get('v1') ?? '';
  if (!/^\d{1,12}$/.test(t) || !/^[0-9a-f]{64}$/.test(given)) return { ok: false, code: 'signature_invalid' };
  const expected = createHmac('sha256', secret).update(`${t}.`).update(rawBody).digest();
  if (!timingSafeEqual(expected, Buffer.from(given, 'hex'))) return { ok: false, code: 'signature_invalid' };
  if (Math.abs(nowMs - Number(t) * 1_000) > toleranceMs) return { ok: false, code: 'signature_expired' };
  const read = callback.safeParse(readJson(rawBody));
  return read.success ? { ok: true, callback: read.data } : { ok: false, code: 'callback_unreadable' };
}

function readJson(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
