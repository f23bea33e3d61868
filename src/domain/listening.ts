import type { CaseState } from './case/case.ts';
import { caseListensUntil } from './case/deadlines.ts';
import { type OrderState, orderListensUntil } from './order/order.ts';
import { type TicketState, ticketListensUntil } from './ticket/ticket.ts';

/**
 * Whether something that concerns a subject can still arrive or is under way at `now` (UTC ms): then it needs a workflow. *Final is
 * not ended.*
 */
export function needsWorkflow(kind: 'case' | 'order' | 'ticket', state: unknown, now: number): boolean {
  const until =
    kind === 'case'
      ? caseListensUntil(state as CaseState)
      : kind === 'order'
        ? orderListensUntil(state as OrderState)
        : ticketListensUntil(state as TicketState);
  return until === undefined || until > now;
}
