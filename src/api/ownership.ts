import type { CaseRead, Kind, OrderRead, Reads, TicketRead } from '../store/queries.ts';
import type { Caller } from './authentication.ts';
import { Problem } from './problems.ts';

type Parties = { consumerId: string; merchantId: string };

/** Whether the caller may know of it: the parties of a subject know of it, and those whose work is with all. */
export function maySee({ role, id }: Caller, { consumerId, merchantId }: Parties): boolean {
  if (role === 'consumer') return id === consumerId;
  if (role === 'merchant') return id === merchantId;
  return true;
}

/** As {@link maySee}, of a subject of any kind: a merchant has no part in its order's tickets. INT-8 */
export const maySeeSubject = (caller: Caller, kind: Kind, found: Reads[Kind]): boolean =>
  maySee(caller, found) && !(kind === 'ticket' && caller.role === 'merchant');

/** What a list may hold for the caller. */
export function scopeOf({ role, id }: Caller): { consumerId?: string; merchantId?: string } {
  if (role === 'consumer') return { consumerId: id };
  if (role === 'merchant') return { merchantId: id };
  return {};
}

export const caseNotFound = (): Problem => Problem.of('case_not_found', 'there is no such case');
export const ticketNotFound = (): Problem => Problem.of('ticket_not_found', 'there is no such ticket');
export const orderNotFound = (): Problem =>
  Problem.refusal({ code: 'order_not_found', detail: 'there is no such order' });

/** @throws Problem 404 for a stranger too: that there is such a case is nobody else's business. */
export function ownCase(caller: Caller, found: CaseRead | null): CaseRead {
  if (!found || !maySee(caller, found)) throw caseNotFound();
  return found;
}

/** @throws Problem 404, as {@link ownCase}. */
export function ownOrder(caller: Caller, found: OrderRead | null): OrderRead {
  if (!found || !maySee(caller, found)) throw orderNotFound();
  return found;
}

/** @throws Problem 404, as {@link ownCase}. */
export function ownTicket(caller: Caller, found: TicketRead | null): TicketRead {
  if (!found || !maySeeSubject(caller, 'ticket', found)) throw ticketNotFound();
  return found;
}
