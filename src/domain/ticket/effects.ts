import type { Effect } from '../effects.ts';
import type { TicketEvent, TicketState } from './ticket.ts';

/** What an event asks to be carried out; `state` is the one after it. */
export function ticketEffects({ facts, resolving }: TicketState, event: TicketEvent): Effect[] {
  if (event.type !== 'resolutionStarted' || !resolving) return [];
  const { id, orderId, consumerId, merchantId, channel } = facts;
  const key = `ticket/${id}/${event.commandId}`;
  return [{ type: 'actForConsumer', key, ticket: { id, orderId, consumerId, merchantId, channel }, resolving }];
}
