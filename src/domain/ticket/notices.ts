import type { Notice, Recipient } from '../notice.ts';
import { ticketDeadlines } from './deadlines.ts';
import type { TicketEvent, TicketState } from './ticket.ts';

/** Who is told of each event; the order's merchant has no part in a ticket. */
const told: Record<TicketEvent['type'], readonly ('consumer' | 'agents')[]> = {
  ticketOpened: ['consumer', 'agents'],
  ticketClaimed: ['consumer'],
  consumerAsked: ['consumer'],
  consumerReplied: ['agents'],
  ticketResolved: ['consumer'],
  deadlineExtended: ['consumer'],
  reminded: ['consumer'],
  resolutionStarted: [],
  resolutionRefused: [],
  signalRefused: [],
};

/** Entries on the timeline that tell nobody of a change. TELL-1 */
export const ticketEventsForNobody = (Object.keys(told) as TicketEvent['type'][]).filter(
  (type) => told[type].length === 0,
);

/** What was written to those who are told. */
function textOf(event: TicketEvent): string | undefined {
  switch (event.type) {
    case 'consumerAsked':
      return event.question;
    case 'consumerReplied':
      return event.text;
    case 'ticketResolved':
      return event.note;
    default:
      return undefined;
  }
}

/** Who is told of a change, by the event that leads it; `state` is the one after it. TELL-1 */
export function ticketNotices(state: TicketState, leading: TicketEvent): Notice[] {
  const { facts, stage } = state;
  const text = textOf(leading);
  const deadline = leading.type === 'reminded' ? leading.about : ticketDeadlines(state)[0];
  return told[leading.type].map((who) => {
    const to: Recipient = who === 'consumer' ? { role: 'consumer', id: facts.consumerId } : { role: 'agent', id: '*' };
    return {
      to,
      event: leading.type,
      automatic: leading.actor.role === 'timer',
      orderId: facts.orderId,
      ticketId: facts.id,
      status: stage.status,
      ...(text ? { text } : {}),
      ...(deadline ? { deadline } : {}),
    };
  });
}
