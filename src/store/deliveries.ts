import { createHash } from 'node:crypto';
import type { Notice } from '../domain/notice.ts';
import { courierOf } from '../domain/tell/delivery.ts';
import { isFinalStatus, isWanted, webhookEvent } from '../domain/tell/webhookEvents.ts';
import type { TimelineItem } from '../domain/timeline.ts';
import type { Batch } from './batch.ts';
import {
  type EndpointDocument,
  endpointDestination,
  inboxOf,
  type MailDocument,
  type OutboxDocument,
  type WebhookDocument,
} from './documents.ts';

type Told = Batch['notices'][number];
type Listener = Pick<EndpointDocument, '_id' | 'events'>;

/** A name for an entry that others may see: always the same, and free of what its own id tells. */
const publicIdOf = (id: string) => createHash('sha256').update(id).digest('base64url').slice(0, 27);

/** A mail's `Message-ID` and a webhook's `webhook-id`: the same at every try, so that a repeat can be told. */
export const messageIdOf = (id: string): string => `<${publicIdOf(id)}@outbox.aftersales.invalid>`;
export const webhookIdOf = (id: string): string => `msg_${publicIdOf(id)}`;

const iso = (at: number) => new Date(at).toISOString();

/** What is pending from a moment on (UTC ms), for the courier of this destination. */
const pending = (to: string, lane: string, seq: number, at: number) => ({
  to,
  seq,
  createdAt: new Date(at),
  state: 'pending' as const,
  nextTryAt: new Date(at),
  courier: courierOf(to),
  lane,
  since: new Date(at),
  tried: 0,
  tries: [],
});

const unaddressed = ({ to: _, ...notice }: Notice) => notice;

/** A notice as an in-app message. TELL-1 */
export function messageOf(subject: string, { seq, at, notice }: Told): OutboxDocument {
  const to = inboxOf(notice.to.role, notice.to.id);
  return {
    _id: `${subject}/${seq}/${to}/in_app`,
    channel: 'in_app',
    to,
    ...unaddressed(notice),
    createdAt: new Date(at),
  };
}

/** A notice as a mail to somebody who wants mail. All mail waits in one lane, as it goes through one server. TELL-1 */
export function mailOf(subject: string, { seq, at, notice }: Told): MailDocument {
  const to = inboxOf(notice.to.role, notice.to.id);
  return {
    _id: `${subject}/${seq}/${to}/email`,
    channel: 'email',
    ...unaddressed(notice),
    ...pending(to, 'email', seq, at),
  };
}

/** Whether an entry on a subject's timeline is something that webhooks tell of. */
export const isTold = (subject: string, { type }: TimelineItem): boolean => webhookEvent(subject, type) !== undefined;

/** An entry on a subject's timeline for each endpoint that wants it: ids and facts, nothing personal and no free text. */
export function webhooksOf(
  subject: string,
  item: TimelineItem,
  orderId: string | undefined,
  endpoints: readonly Listener[],
): WebhookDocument[] {
  const type = webhookEvent(subject, item.type);
  if (type === undefined) return [];
  const [kind = '', id = ''] = subject.split('/');
  const final = isFinalStatus(kind, item.status);
  const data = {
    subject,
    ...(orderId === undefined ? {} : { orderId }),
    [`${kind}Id`]: id,
    seq: item.seq,
    event: item.type,
    status: item.status,
    ...(final === undefined ? {} : { final }),
    rule: item.rule,
    automatic: item.actor.role === 'timer',
    actorRole: item.actor.role,
    ...(item.deadline ? { deadline: { kind: item.deadline.kind, at: iso(item.deadline.at) } } : {}),
  };
  return endpoints
    .filter(({ events }) => isWanted(events, type))
    .map(({ _id }) => webhookTo(_id, `${subject}/${item.seq}`, { type, seq: item.seq, at: item.at, data }));
}

/** One webhook to one endpoint, in the shape of Standard Webhooks; `about` makes its id, `at` is UTC ms. */
export function webhookTo(
  endpointId: string,
  about: string,
  { type, seq, at, data }: { type: string; seq: number; at: number; data: Record<string, unknown> },
): WebhookDocument {
  const to = endpointDestination(endpointId);
  return {
    _id: `${about}/${to}`,
    channel: 'webhook',
    event: type,
    body: JSON.stringify({ type, timestamp: iso(at), data }),
    ...pending(to, to, seq, at),
  };
}
