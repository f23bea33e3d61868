import type { Deadline, ShownDeadline } from '../deadline.ts';
import { extendedForOutage } from '../deadlineExtension.ts';
import { timer } from '../parties.ts';
import { runningTicketDeadline, type TicketEvent, type TicketState } from './ticket.ts';

/** The one deadline of a ticket: the consumer's reply to a question. INT-8 */
const ticketReply = { rule: 'INT-8', waitingFor: 'consumer', onExpiry: 'resolved_without_answer' };

/** The deadline that runs for a ticket, if one does. SEE-1 */
export function ticketDeadlines(state: TicketState): ShownDeadline[] {
  const running = runningTicketDeadline(state);
  return running ? [{ ...running, ...ticketReply }] : [];
}

/** As a case's: the rule's outcome, or its one extension after an outage of ours; UTC ms. POL-6, SEE-2 */
export function expireTicketDeadline(state: TicketState, passed: Deadline, due: number, now: number): TicketEvent[] {
  const extended = extendedForOutage(state, passed, due, now);
  if (extended) return [extended];
  return [
    { type: 'ticketResolved', actor: timer, at: now, rule: 'INT-8', outcome: 'no_answer', passedDeadline: passed },
  ];
}

/** What runs for a ticket, as it is kept; it stands still while the ticket is being resolved, and may run again. */
export const runningInTicket = ({ stage }: TicketState): Deadline[] => ('deadline' in stage ? [stage.deadline] : []);
