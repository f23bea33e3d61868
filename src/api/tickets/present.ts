import type { Role } from '../../domain/parties.ts';
import { ticketDeadlines } from '../../domain/ticket/deadlines.ts';
import { availableTicketActions } from '../../domain/ticket/decide.ts';
import { isResolved } from '../../domain/ticket/ticket.ts';
import type { TicketRead } from '../../store/queries.ts';
import { isoTime, shownDeadline } from '../schemas.ts';
import type { TicketAnswer } from './schema.ts';

/** A support ticket for whoever asks. SEE-1 */
export function presentTicket({ state, version }: TicketRead, role: Role): TicketAnswer {
  const { facts, stage, thread, resolving, assignedTo } = state;
  return {
    id: facts.id,
    orderId: facts.orderId,
    consumerId: facts.consumerId,
    channel: facts.channel,
    category: facts.category,
    description: facts.description,
    evidenceIds: facts.evidenceIds,
    status: stage.status,
    final: isResolved(state),
    thread: thread.map(({ at, ...entry }) => ({ ...entry, at: isoTime(at) })),
    ...(stage.status === 'waiting_for_consumer' ? { question: stage.question } : {}),
    ...(resolving
      ? { resolving: { outcome: resolving.act.outcome, by: resolving.agent, at: isoTime(resolving.at) } }
      : {}),
    ...(stage.status === 'resolved' ? { resolution: { ...stage.resolution, at: isoTime(stage.resolution.at) } } : {}),
    ...(assignedTo ? { assignedTo } : {}),
    deadline: shownDeadline(ticketDeadlines(state)[0]),
    availableActions: availableTicketActions(state, role),
    policyVersion: facts.policy.version,
    version,
    createdAt: isoTime(facts.openedAt),
    updatedAt: isoTime(state.updatedAt),
  };
}
