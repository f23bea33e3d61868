import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Operation } from './operation.ts';

/** Where settled operations are told, and the secret that proves it is us. */
export interface CallbackTarget {
  url: string;
  secret: string;
}

const attempts = 8;
const firstDelayMs = 500;
const longestDelayMs = 30_000;
const timeoutMs = 5_000;

/** The signature a receiver checks: `t` in Unix seconds, `v1` the hex HMAC-SHA-256 of `<t>.<body>`. */
function signatureOf(secret: string, body: string, nowMs: number): string {
  const t = Math.floor(nowMs / 1_000);
  return `t=${t},v1=${createHmac('sha256', secret).update(`${t}.${body}`).digest('hex')}`;
}

/**
 * Tells the receiver how an operation ended, again and again for about a minute until it answers 2xx; then it has to ask.
 * @returns whether it was told
 */
export async function callBack(target: CallbackTarget, operation: Operation, stopped: AbortSignal): Promise<boolean> {
  const { key, outcome, reference, at } = operation;
  const reason = outcome === 'declined' ? { reason: operation.reason } : {};
  const body = JSON.stringify({ key, outcome, reference, at: new Date(at).toISOString(), ...reason });
  for (let attempt = 0; attempt < attempts && !stopped.aborted; attempt += 1) {
    if (await post(target, body, stopped)) return true;
    await delay(Math.min(firstDelayMs * 2 ** attempt, longestDelayMs), undefined, { signal: stopped }).catch(
      () => undefined,
    );
  }
  return false;
}

async function post({ url, secret }: CallbackTarget, body: string, stopped: AbortSignal): Promise<boolean> {
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-provider-signature': signatureOf(secret, body, Date.now()) },
      body,
      redirect: 'error',
      signal: AbortSignal.any([stopped, AbortSignal.timeout(timeoutMs)]),
    });
    await response.body?.cancel();
    return response.ok;
  } catch {
    return false; // away, or too slow: the next attempt will tell
  }
}
