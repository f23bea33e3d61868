import type { CaseState } from './case/case.ts';
import { caseQueues } from './case/queue.ts';
import type { OrderState } from './order/order.ts';
import { orderQueues } from './order/queue.ts';
import type { Standing } from './queue.ts';
import { ticketQueues } from './ticket/queue.ts';
import type { TicketState } from './ticket/ticket.ts';

/** Where a subject stands in line for an agent. INT-2, INT-5, INT-9, CASE-14, ORD-11, INT-8 */
function standingsOf(kind: 'case' | 'order' | 'ticket', state: unknown): Standing[] {
  if (kind === 'case') return caseQueues(state as CaseState);
  return kind === 'order' ? orderQueues(state as OrderState) : ticketQueues(state as TicketState);
}

/** Since when a subject waits for an agent (UTC ms), the longest where it does so in several queues; undefined where it doesn't. */
export function waitingSince(kind: 'case' | 'order' | 'ticket', state: unknown): number | undefined {
  const all = standingsOf(kind, state).map(({ since }) => since);
  return all.length === 0 ? undefined : Math.min(...all);
}
