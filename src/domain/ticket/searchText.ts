import type { TicketState } from './ticket.ts';

/** The words a support ticket is found by. SEE-3 */
export const ticketSearchText = ({ facts }: TicketState): string =>
  [facts.id, facts.orderId, facts.description].join('\n');
