import { v5 as uuidV5 } from 'uuid';
import type { z } from 'zod';
import type { Role } from '../../domain/parties.ts';
import {
  type TicketCommandName,
  type TicketCommands,
  type TicketOpening,
  ticketCommandSchemas,
  ticketSchema,
} from '../../domain/ticket/commands.ts';
import { rolesForTicket } from '../../domain/ticket/decide.ts';
import { isResolved } from '../../domain/ticket/ticket.ts';
import type { OrderRead, TicketRead } from '../../store/queries.ts';
import { ticketSubject } from '../../workflows/messages.ts';
import { ticketStart } from '../../workflows/starting.ts';
import { actionOf } from '../actions.ts';
import { presentTimelineItem } from '../cases/present.ts';
import { applicationRefusals } from '../cases/routes.ts';
import { timelinePage } from '../cases/schema.ts';
import { obey } from '../command.ts';
import { policyAt } from '../currentPolicy.ts';
import { type FeedbackBody, feedbackBody, feedbackRefusals, rate, ratingAnswer, withRating } from '../feedback/rate.ts';
import { type LeaseUse, shownLease } from '../leases.ts';
import { ownOrder, ownTicket, ticketNotFound } from '../ownership.ts';
import { Problem } from '../problems.ts';
import { revisionOf } from '../revision.ts';
import { type Answer, type Route, route } from '../route.ts';
import { listSubjects } from '../subjectList.ts';
import { type TimelineQuery, timelineOf, timelineQuery } from '../timelines.ts';
import { announcer } from './announce.ts';
import { presentTicket } from './present.ts';
import { ticketAnswer, ticketListQuery, ticketPage } from './schema.ts';

const tag = 'Support tickets';
const readers: readonly Role[] = ['consumer', 'agent', 'admin'];
/** Makes the ids of tickets out of caller and key. */
const ticketIds = '3d9a2f64-9c1b-4b0e-8f0a-6f4d2c7e1b58';

const answerTicket =
  (role: Role) =>
  async (found: TicketRead | null): Promise<Answer> => {
    if (!found) throw new TypeError('an accepted command left no ticket');
    return { body: presentTicket(found, role), version: found.version };
  };

const open = route<undefined, TicketOpening>({
  method: 'post',
  path: '/v1/support-tickets',
  summary: 'Opens a support ticket about an order; an agent does so for the order’s consumer',
  tag,
  roles: ['consumer', 'agent'],
  body: ticketSchema,
  status: 201,
  answer: ticketAnswer,
  command: true,
  versioned: true,
  refuses: ['order_not_found'],
  async answers(service, asked) {
    const { caller, body } = asked;
    const ticketId = uuidV5(JSON.stringify([caller.role, caller.id, asked.idempotencyKey]), ticketIds);
    let order: OrderRead | undefined;
    const orderOf = async () => (order ??= ownOrder(caller, await service.store.queries.read('order', body.orderId)));
    const answer = await obey<TicketRead>(service, {
      route: 'POST /v1/support-tickets',
      subject: { kind: 'ticket', id: ticketId },
      asked,
      evidenceIds: body.evidenceIds,
      async judge() {
        await orderOf();
      },
      async handOver(opened, until) {
        const [{ consumerId, merchantId }, policy] = await Promise.all([orderOf(), policyAt(service, opened, asked)]);
        const facts = { id: ticketId, ...body, consumerId, merchantId, policy, openedAt: opened.receivedAt };
        return service.temporal.start(
          ticketStart({ ticketId, facts, opened, settings: { graceMs: service.graceMs } }),
          until,
        );
      },
      notRunning: ticketNotFound,
      answer: answerTicket(caller.role),
    });
    return answer.status === 202 ? answer : { ...answer, status: 201, location: `/v1/support-tickets/${ticketId}` };
  },
});

const list = route<z.infer<typeof ticketListQuery>>({
  method: 'get',
  path: '/v1/support-tickets',
  summary: 'Lists the support tickets that the caller may see',
  tag,
  roles: readers,
  query: ticketListQuery,
  answer: ticketPage,
  async answers(service, { caller, query: { category, kind = category, ...query } }) {
    const wish = { ...query, ...(kind ? { kind } : {}) };
    const present = async (found: TicketRead[]) => found.map((one) => presentTicket(one, caller.role));
    return { body: await listSubjects(service, 'ticket', caller, wish, present) };
  },
});

const one = route({
  method: 'get',
  path: '/v1/support-tickets/:id',
  summary: 'A support ticket: what was said, where it stands, and what came of it',
  tag,
  roles: readers,
  answer: ticketAnswer,
  versioned: true,
  refuses: ['ticket_not_found'],
  async answers({ store }, { caller, params, receivedAt }) {
    const found = ownTicket(caller, await store.queries.read('ticket', params['id'] ?? ''));
    const subject = ticketSubject(found._id);
    const rated = isResolved(found.state) ? await store.ratings.find(subject) : null;
    // who works on it is the desk's own matter
    const isDesk = caller.role !== 'consumer';
    const lease = isDesk ? (await store.leases.standing(receivedAt, { subjects: [subject] })).get(subject) : undefined;
    const shown = withRating(presentTicket(found, caller.role), rated, caller.role);
    const body = isDesk ? { ...shown, lease: lease ? shownLease(lease) : null } : shown;
    const changed = {
      rated: rated !== null,
      erased: found.erasedAt !== undefined,
      settling: false,
      resolving: found.state.resolving !== null,
    };
    const revision = revisionOf(changed, lease?.until);
    return { body, version: found.version, ...revision };
  },
});

const feedbackPath = '/v1/support-tickets/:id/feedback';

const feedback = route<undefined, FeedbackBody>({
  method: 'post',
  path: feedbackPath,
  summary: 'The consumer rates how a resolved ticket was handled, once',
  tag,
  roles: ['consumer'],
  body: feedbackBody,
  status: 201,
  answer: ratingAnswer,
  refuses: ['ticket_not_found', ...feedbackRefusals],
  async answers(service, asked) {
    const { caller, params } = asked;
    const found = ownTicket(caller, await service.store.queries.read('ticket', params['id'] ?? ''));
    const { _id, orderId, consumerId, merchantId, state } = found;
    const { stage } = state;
    const by = stage.status === 'resolved' ? stage.resolution.by : undefined;
    const agents = by?.role === 'agent' ? [by.id] : [];
    const subject = ticketSubject(_id);
    return rate(service, asked, feedbackPath, {
      subject,
      ended: isResolved(state),
      orderId,
      consumerId,
      merchantId,
      agents,
    });
  },
});

const timeline = route<TimelineQuery>({
  method: 'get',
  path: '/v1/support-tickets/:id/timeline',
  summary: 'What happened to a support ticket, oldest first: who, what, when, why, under which rule',
  tag,
  roles: readers,
  query: timelineQuery,
  answer: timelinePage,
  refuses: ['ticket_not_found'],
  async answers({ store }, { caller, params, query }) {
    const id = params['id'] ?? '';
    const own = async () => ownTicket(caller, await store.queries.read('ticket', id));
    return { body: await timelineOf(store, ticketSubject(id), query, own, presentTimelineItem) };
  },
});

/** The commands that have a route here; a ticket is claimed in the agents' queue. */
type RoutedCommand = Exclude<TicketCommandName, 'claim'>;

const summaries: Record<RoutedCommand, string> = {
  informationRequest: 'An agent asks the consumer, who then has until the deadline to reply',
  reply: 'The consumer answers a question, or adds something',
  resolution: 'An agent answers, or opens a case, asks for intervention or cancels the order for the consumer',
  deadlineExtension: 'An agent gives more time to reply',
};

/** Codes each command may be refused with, beside those that all may; a resolution as what it brings about. */
const refuses: Record<RoutedCommand, readonly string[]> = {
  informationRequest: ['in_progress', 'thread_full'],
  reply: ['thread_full'],
  resolution: [
    'in_progress',
    'evidence_not_of_ticket',
    'case_not_of_ticket',
    'case_ended',
    'reason_does_not_fit',
    'order_ended',
    'order_already_shipped',
    'order_already_delivered',
    ...applicationRefusals,
  ],
  deadlineExtension: ['no_running_deadline', 'deadline_extension_invalid', 'in_progress'],
};

/** How agents' commands mind another's claim. */
const leaseUses: Partial<Record<RoutedCommand, LeaseUse>> = {
  resolution: 'works_under_own',
  informationRequest: 'respects_others',
};

/** A command on a ticket under its own route. */
function action<Name extends RoutedCommand>(name: Name): Route {
  const path = `/v1/support-tickets/:id/${actionOf(name)}`;
  return route<undefined, TicketCommands[RoutedCommand]>({
    method: 'post',
    path,
    summary: summaries[name],
    tag,
    roles: rolesForTicket(name),
    body: ticketCommandSchemas[name],
    answer: ticketAnswer,
    command: true,
    versioned: true,
    refuses: [
      'ticket_not_found',
      'ticket_ended',
      'action_not_available',
      'stale_version',
      'too_many_pending',
      ...(leaseUses[name] ? ['claimed_by_another'] : []),
      ...refuses[name],
    ],
    async answers(service, asked) {
      const { caller, params, body } = asked;
      const id = params['id'] ?? '';
      let ticket: TicketRead | undefined;
      const announcing = 'outcome' in body ? announcer(service, id, body) : undefined;
      const obeyed = obey<TicketRead>(service, {
        route: path,
        subject: { kind: 'ticket', id },
        asked,
        ...('evidenceIds' in body ? { evidenceIds: body.evidenceIds } : {}),
        lease: leaseUses[name],
        judge(found) {
          ticket = ownTicket(caller, found);
        },
        async handOver(envelope, until) {
          await announcing?.announce(envelope, ticket, until);
          return service.temporal.signal(ticketSubject(id), { name, args: [body, envelope] }, until);
        },
        notRunning: (found) =>
          found
            ? Problem.refusal({ code: 'ticket_ended', detail: 'the ticket has ended: it is resolved' })
            : ticketNotFound(),
        answer: answerTicket(caller.role),
      });
      return obeyed.catch(async (error: unknown) => {
        await announcing?.takeBackIfRefused(error);
        throw error;
      });
    },
  });
}

/** Support tickets 客服工单 and what may be done with them. */
export const ticketRoutes: readonly Route[] = [
  open,
  list,
  one,
  timeline,
  feedback,
  ...(Object.keys(summaries) as RoutedCommand[]).map((name) => action(name)),
];
