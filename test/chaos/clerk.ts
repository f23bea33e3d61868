import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { Clients } from './clients.ts';
import type { Chance } from './random.ts';
import type { Stack } from './stack.ts';

type Entry =
  | { entry: 'taken'; operation: { key: string; outcome: string; at: number } }
  | { entry: 'settled'; key: string };

const lookEveryMs = 1_000;
/** How long the provider leaves a payment pending. */
const pendingMs = 4_000;

/** The provider's own people: they settle what it left pending, mostly done, now and then declined, until `signal` ends it. */
export async function clerk({ providerFile, providerUrl }: Stack, chance: Chance, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
    for (const key of await pendingIn(providerFile)) {
      const outcome = chance.below(5) === 0 ? 'declined' : 'done';
      await fetch(`${providerUrl}/operations/settle`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key, outcome }),
        signal: AbortSignal.timeout(2_000),
      }).catch(() => undefined);
    }
  }
}

/**
 * An agent who has refused refunds tried again once all has been played, such as late money of an order that no plot looks after any more. Until
 * `signal` ends it. ORD-11
 */
export async function retryDeclined(clients: Clients, signal: AbortSignal): Promise<void> {
  const agent = await clients.as({ role: 'agent', sub: 'refunds' });
  const failures = async () =>
    (await agent.get<{ items: { subject: string; id: string }[] }>('/v1/queues/refund-failures')).items;
  while (!signal.aborted) {
    // what can't be read now is read a second later
    for (const { subject, id } of await failures().catch(() => []))
      await agent.post(`/v1/${subject.startsWith('order/') ? 'orders' : 'cases'}/${id}/refund-retry`, {});
    await delay(lookEveryMs, undefined, { signal }).catch(() => undefined);
  }
}

/** What its book says is pending for long enough. */
async function pendingIn(file: string): Promise<string[]> {
  const text = await readFile(file, 'utf8').catch(() => '');
  const pending = new Map<string, number>();
  for (const line of text.slice(0, text.lastIndexOf('\n') + 1).split('\n')) {
    if (line === '') continue;
    const entry = JSON.parse(line) as Entry;
    if (entry.entry === 'settled') pending.delete(entry.key);
    else if (entry.operation.outcome === 'pending') pending.set(entry.operation.key, entry.operation.at);
  }
  return [...pending].filter(([, at]) => Date.now() - at > pendingMs).map(([key]) => key);
}
