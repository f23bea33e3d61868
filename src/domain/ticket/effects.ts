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
  return [{ effect: { type: 'actForConsumer', key: `ticket/${id}/${commandId}`, ticket, resolving }, commandId }];
}
