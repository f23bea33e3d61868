import { Webhook } from 'standardwebhooks';

/** One try at calling an endpoint: `gone` is its own word that nobody listens there any more. */
export type Posted =
  | { outcome: 'sent'; status: number }
  | { outcome: 'gone' | 'failed'; status: number; error: string }
  | { outcome: 'failed'; error: string };

/** What is sent, and who is to believe it: `secrets` are all that are good now, newest first. */
export type Post = { url: string; secrets: readonly string[]; id: string; body: string };

/**
 * Posts a webhook as Standard Webhooks says; `at` in UTC ms. Delivered is what was answered 2xx in time. Redirects are not followed:
 * they would send what is signed for one receiver to another.
 */
export async function postWebhook({ url, secrets, id, body }: Post, at: number, timeoutMs: number): Promise<Posted> {
  const time = new Date(at);
  try {
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'user-agent': 'aftersales-webhooks/1',
        'webhook-id': id,
        'webhook-timestamp': String(Math.floor(at / 1_000)),
        'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(id, time, body)).join(' '),
      },
      body,
      redirect: 'manual',
      signal: AbortSignal.timeout(timeoutMs),
    });
    // what it says is of no interest, and could be endless
    await response.body?.cancel();
    const { status } = response;
    if (response.ok) return { outcome: 'sent', status };
    return { outcome: status === 410 ? 'gone' : 'failed', status, error: `answered ${status}` };
  } catch (error) {
    return { outcome: 'failed', error: whyNot(error, timeoutMs) };
  }
}

/** The platform's `fetch failed` hides the reason in the error's cause. */
function whyNot(error: unknown, timeoutMs: number): string {
  if (!(error instanceof Error)) return String(error);
  if (error.name === 'TimeoutError') return `no answer within ${timeoutMs} ms`;
  return error.cause instanceof Error ? error.cause.message : error.message;
}
