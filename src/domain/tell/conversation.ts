import { openIntervention } from '../case/intervention.ts';
import type { Notice, Recipient } from '../notice.ts';
import type { Role } from '../parties.ts';

/** What people write to each other about: an order or one of its cases, and where it stands; a merchant's appeal is no status. INT-9 */
export type Topic = { orderId: string; consumerId: string; merchantId: string; status: string } & (
  | { caseId?: undefined }
  | { caseId: string; appealAwaitsRuling: boolean }
);

/** How much of what was written a notice repeats. */
const shownCharacters = 200;

/** While the platform is at it, its agents follow what is said. */
const isDisputed = (topic: Topic): boolean =>
  topic.caseId !== undefined &&
  (topic.appealAwaitsRuling || (openIntervention as readonly string[]).includes(topic.status));

/**
 * Who is told that somebody wrote: the other party, both where an agent did; agents, where the platform has been asked in.
 * TELL-3
 */
export function messageNotices(topic: Topic, writer: Role, text: string): Notice[] {
  const { orderId, caseId, consumerId, merchantId, status } = topic;
  const everyone: Recipient[] = [
    { role: 'consumer', id: consumerId },
    { role: 'merchant', id: merchantId },
    ...(isDisputed(topic) ? [{ role: 'agent', id: '*' } as const] : []),
  ];
  const what = { event: 'messageReceived', automatic: false, orderId, ...(caseId ? { caseId } : {}), status };
  return everyone.filter(({ role }) => role !== writer).map((to) => ({ to, ...what, text: beginning(text) }));
}

/** The first characters of a text, none of them cut in two. */
function beginning(text: string): string {
  const characters = Array.from(text);
  return characters.length > shownCharacters ? `${characters.slice(0, shownCharacters).join('')}…` : text;
}
