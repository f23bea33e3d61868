import dns from 'node:dns';
import http from 'node:http';
import https from 'node:https';
import { isIP, type LookupFunction } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { hostOf, isPublicAddress } from '../../domain/tell/webhookTarget.ts';

/** One try at calling an endpoint: `gone` is its own word that nobody listens there any more. */
export type Posted =
  | { outcome: 'sent'; status: number }
  | { outcome: 'gone' | 'failed'; status: number; error: string }
  | { outcome: 'failed'; error: string };

/** What is sent, and who is to believe it: `secrets` are all that are good now, newest first. */
export type Post = { url: string; secrets: readonly string[]; id: string; body: string };

/** How long an answer may take, and whether addresses that are not public may be called. */
export type PostLimits = { answerMs: number; privateToo: boolean };

const inside = (host: string) => new Error(`${host} is not on the public internet: see PRIVATE_WEBHOOKS`);

/**
 * Looks a name up for the connection that is about to be made: what was judged here is what is connected to, whatever the name stands
 * for a moment later. A name that stands for anything inside is refused whole.
 */
const publicOnly: LookupFunction = (host, options, found) => {
  dns.lookup(host, { ...options, all: true }, (error, addresses) => {
    const [first] = addresses ?? [];
    const refused =
      error ?? (first && addresses.every(({ address }) => isPublicAddress(address)) ? null : inside(host));
    if (refused || !first) found(refused, []);
    else if (options.all) found(null, addresses);
    else found(null, first.address, first.family);
  });
};

/**
 * Posts a webhook as Standard Webhooks says; `at` in UTC ms. Delivered is what was answered 2xx in time. Redirects are not followed:
 * they would send what is signed for one receiver to another.
 */
export async function postWebhook({ url, secrets, id, body }: Post, at: number, limits: PostLimits): Promise<Posted> {
  const time = new Date(at);
  const host = hostOf(url);
  try {
    // an address is connected to without being looked up
    if (!limits.privateToo && isIP(host) !== 0 && !isPublicAddress(host)) throw inside(host);
    const headers = {
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      'user-agent': 'aftersales-webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at / 1_000)),
      'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, time, body)).join(' '),
    };
    const status = await statusOf(url, headers, body, limits);
    if (status >= 200 && status < 300) return { outcome: 'sent', status };
    return { outcome: status === 410 ? 'gone' : 'failed', status, error: `answered ${status}` };
  } catch (error) {
    return { outcome: 'failed', error: error instanceof Error ? error.message : String(error) };
  }
}

/** Posts, over a connection of its own, and answers the status; what else is said is of no interest, and could be endless. */
function statusOf(
  url: string,
  headers: http.OutgoingHttpHeaders,
  body: string,
  { answerMs, privateToo }: PostLimits,
): Promise<number> {
  const { request } = url.startsWith('https:') ? https : http;
  const signal = AbortSignal.timeout(answerMs);
  return new Promise((answered, failed) => {
    const asked = request(url, {
      method: 'POST',
      headers,
      signal,
      agent: false,
      ...(privateToo ? {} : { lookup: publicOnly }),
    });
    asked.once('error', (error) => failed(signal.aborted ? new Error(`no answer within ${answerMs} ms`) : error));
    // one that switches protocols gives neither an answer nor an error: Node only closes
    asked.once('close', () => failed(new Error('the connection was closed without an answer')));
    asked.once('response', (response) => {
      answered(response.statusCode ?? 0);
      response.destroy();
    });
    asked.end(body);
  });
}
