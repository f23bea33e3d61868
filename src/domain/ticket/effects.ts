import type { Awaited, Effect } from '../effects.ts';
import type { TicketEvent, TicketState } from './ticket.ts';

/** What an event asks to be carried out; `state` is the one after it. */
export function ticketEffects(state: TicketState, event: TicketEvent): Effect[] {
  return event.type === 'resolutionStarted' ? awaitedByTicket(state).map(({ effect }) => effect) : [];
}

/** What the ticket's state says is still to be carried out: the resolution that an agent has given. INT-8 */
export function awaitedByTicket({ facts, resolving }: TicketState): Awaited[] {
  if (!resolving) return [];
  const { id, orderId, consumerId, merchantId, channel } = facts;
  const { commandId } = resolving;
  const ticket = { id, orderId, consumerId, merchantId, channel };
  return [{ effect: { type: 'actForConsumer', key: actedAs(id, commandId), ticket, resolving }, commandId }];
}

/** The command as which a ticket's resolution reaches the case or order that it is about. */
export const actedAs = (ticketId: string, commandId: string): string => `ticket/${ticketId}/${commandId}`;
