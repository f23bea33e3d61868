import type { Standing } from '../queue.ts';
import type { TicketState } from './ticket.ts';

/** A ticket waits for an agent since it was opened, but while its consumer has been asked. INT-8 */
export function ticketQueues({ stage, facts }: TicketState): Standing[] {
  const waits = stage.status === 'open' || stage.status === 'investigating';
  return waits ? [{ queue: 'tickets', since: facts.openedAt }] : [];
}
