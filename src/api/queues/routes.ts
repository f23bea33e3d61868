import { z } from 'zod';
import { type Queue, queues } from '../../domain/queue.ts';
import type { Lease } from '../../store/leases.ts';
import type { Line, TicketRead } from '../../store/queries.ts';
import { ticketSubject } from '../../workflows/messages.ts';
import type { Caller } from '../authentication.ts';
import { obey } from '../command.ts';
import type { Service } from '../context.ts';
import { answerOnce, isKnown } from '../idempotent.ts';
import { claim, shownLease } from '../leases.ts';
import { page, readCursor, writeCursor } from '../list.ts';
import { Problem } from '../problems.ts';
import { type Asked, type Route, route } from '../route.ts';
import { isoTime, shownDeadline } from '../schemas.ts';
import { claimAnswer, type QueueItem, queuePage, queueQuery } from './schema.ts';
import { type Source, sources, type Waiting } from './sources.ts';

const tag = 'Queues';
const agents = ['agent'] as const;
type Query = z.infer<typeof queueQuery>;
type Whose = Query['claimed'];

/** @throws Problem 404 where there is no such queue. */
function queueOf({ params }: Asked<unknown, unknown>): Queue {
  const queue = queues.find((one) => one === params['queue']);
  if (!queue) throw Problem.of('queue_not_found', `there is no such queue: there are ${queues.join(', ')}`);
  return queue;
}

/** Which of a source's subjects are meant, by who has claimed them. */
async function narrowed(
  { store }: Service,
  source: Source,
  agent: Caller,
  whose: Whose,
  now: number,
): Promise<Pick<Line, 'ids' | 'notIds'>> {
  if (whose === 'all') return {};
  const leased = await store.leases.standing(now, whose === 'mine' ? { agent: agent.id } : {});
  const prefix = source.subjectOf('');
  const ids = [...leased.keys()].flatMap((name) => (name.startsWith(prefix) ? [name.slice(prefix.length)] : []));
  return whose === 'mine' ? { ids } : { notIds: ids };
}

/** A subject in a queue for the agent who asks; undefined where it doesn't stand there. */
function present(
  { subject, id, standings, shows, barred }: Waiting,
  queue: Queue,
  agent: Caller,
  lease: Lease | undefined,
): QueueItem | undefined {
  const standing = standings.find((one) => one.queue === queue);
  if (!standing) return undefined;
  const whyNot = lease && lease.agent !== agent.id ? 'claimed_by_another' : barred(agent)?.code;
  return {
    subject,
    id,
    queue,
    ...shows,
    deadline: shownDeadline(standing.deadline),
    waitingSince: isoTime(standing.since),
    ...(lease ? { lease: shownLease(lease) } : {}),
    mayClaim: whyNot === undefined,
    ...(whyNot ? { whyNot } : {}),
  };
}

const list = route<Query>({
  method: 'get',
  path: '/v1/queues/:queue',
  summary: 'What waits for an agent: due first, then what has no deadline, oldest first',
  tag,
  roles: agents,
  query: queueQuery,
  answer: queuePage,
  refuses: ['queue_not_found'],
  async answers(service, asked) {
    const { caller, query, receivedAt } = asked;
    const queue = queueOf(asked);
    const order = `queue/${queue}`;
    const after = readCursor(order, query.cursor);
    const found = await Promise.all(
      sources[queue].map(async (source) => {
        const whose = await narrowed(service, source, caller, query.claimed, receivedAt);
        const line = { limit: query.limit + 1, ...(after ? { after } : {}), ...whose };
        return source.list(service.store, queue, line);
      }),
    );
    const inLine = found.flat().sort((one, other) => one.place - other.place || (one.id < other.id ? -1 : 1));
    const { items, nextCursor } = page(
      inLine,
      query.limit,
      (one) => one,
      ({ place, id }) => writeCursor(order, { key: place, id }),
    );
    const leases = await service.store.leases.standing(receivedAt, { subjects: items.map(({ subject }) => subject) });
    return {
      body: { items: items.flatMap((one) => present(one, queue, caller, leases.get(one.subject)) ?? []), nextCursor },
    };
  },
});

/** @throws Problem 404 where no such subject can ever stand in the queue. */
async function subjectOf({ store }: Service, queue: Queue, id: string): Promise<Waiting> {
  for (const source of sources[queue]) {
    const found = await source.find(store, id);
    if (found) return found;
  }
  throw Problem.of('subject_not_found', `there is nothing with this id that could wait in ${queue}`);
}

const noFields = z.strictObject({});

/**
 * A ticket that nobody has looked at is then being looked into (INT-8). One that an agent has claimed before, or that has moved on
 * meanwhile, stays where it is: the claim itself has been made.
 */
async function investigate(
  service: Service,
  // a claim is of no version
  { expectedVersion: _, ...asked }: Asked<unknown, unknown>,
  id: string,
): Promise<void> {
  try {
    await obey<TicketRead>(service, {
      route: claimPath,
      subject: { kind: 'ticket', id },
      asked,
      judge: () => undefined,
      handOver: (envelope, until) =>
        service.temporal.signal(ticketSubject(id), { name: 'claim', args: [{}, envelope] }, until),
      notRunning: () => Problem.refusal({ code: 'ticket_ended', detail: 'the ticket has ended: it is resolved' }),
      answer: async () => ({ body: {} }),
    });
  } catch (error) {
    if (!(error instanceof Problem && (error.code === 'action_not_available' || error.code === 'ticket_ended')))
      throw error;
  }
}

const claimPath = '/v1/queues/:queue/:subjectId/claim';
const claiming = route<undefined, z.infer<typeof noFields>>({
  method: 'post',
  path: claimPath,
  summary: 'Takes a subject on, for as long as the policy says; again, it lasts longer. No other agent acts on it then',
  tag,
  roles: agents,
  body: noFields,
  answer: claimAnswer,
  refuses: ['queue_not_found', 'subject_not_found', 'not_in_queue', 'claimed_by_another', 'ruled_before'],
  async answers(service, asked) {
    const { caller, params, receivedAt } = asked;
    const queue = queueOf(asked);
    const found = await subjectOf(service, queue, params['subjectId'] ?? '');
    const { subject, id } = found;
    return answerOnce(service, asked, claimPath, `${queue}/${subject}`, async () => {
      if (!found.standings.some((one) => one.queue === queue))
        throw Problem.of('not_in_queue', `${subject} does not wait in ${queue}: it is ${found.shows.status}`);
      const bar = found.barred(caller);
      if (bar) throw Problem.refusal(bar);
      const lease = await claim(service, { subject, agent: caller.id }, receivedAt);
      if (queue === 'tickets') await investigate(service, asked, id);
      return { body: { subject, id, queue, lease: shownLease(lease) } };
    });
  },
});

const releasePath = '/v1/queues/:queue/:subjectId/release';
const releasing = route<undefined, z.infer<typeof noFields>>({
  method: 'post',
  path: releasePath,
  summary: 'Gives back what the caller has claimed',
  tag,
  roles: agents,
  body: noFields,
  answer: claimAnswer,
  refuses: ['queue_not_found', 'subject_not_found', 'not_claimed_by_you'],
  async answers(service, asked) {
    const { caller, params, receivedAt } = asked;
    const { leases } = service.store;
    const queue = queueOf(asked);
    const { subject, id } = await subjectOf(service, queue, params['subjectId'] ?? '');
    const name = `${queue}/${subject}`;
    const lease = (await leases.standing(receivedAt, { subjects: [subject] })).get(subject);
    // looked at in this order: a claim that the first try has given back is gone after that try was remembered
    if (lease?.agent !== caller.id && !(await isKnown(service, asked, releasePath, name)))
      throw Problem.of('not_claimed_by_you', `${subject} is not claimed by you: there is nothing to give back`);
    return answerOnce(service, asked, releasePath, name, async () => {
      await leases.release(subject, caller.id);
      return { body: { subject, id, queue, lease: null } };
    });
  },
});

/** Agents' queues, and their claims of what waits there. */
export const queueRoutes: readonly Route[] = [list, claiming, releasing];
