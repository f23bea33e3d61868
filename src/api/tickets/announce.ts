import type { TicketCommands } from '../../domain/ticket/commands.ts';
import { caseSubject, innerSignals, orderSubject } from '../../workflows/messages.ts';
import type { Service } from '../context.ts';

/**
 * Tells the case or order that a ticket's resolution is about that it is coming: the ticket hands it on only once it has decided, and
 * a deadline that passes there meanwhile must not overtake what was acknowledged before it. `receivedAt`, `until`: UTC ms. POL-4, INT-8
 * @throws HandOverUnknown where Temporal did not answer until then
 */
export async function announce(
  service: Service,
  ticketId: string,
  resolution: TicketCommands['resolution'],
  receivedAt: number,
  until: number,
): Promise<void> {
  const subject = await concernedBy(service, ticketId, resolution);
  if (!subject) return;
  await service.temporal.signal(subject, { name: innerSignals.actionComing, args: [{ receivedAt }] }, until);
}

/** Whose deadlines could overtake it, where it is the ticket's to act on: a case that it opens is opened whatever has passed (0007). */
async function concernedBy(
  { store: { queries } }: Service,
  ticketId: string,
  resolution: TicketCommands['resolution'],
): Promise<string | undefined> {
  if (resolution.outcome !== 'request_intervention' && resolution.outcome !== 'cancel_order') return undefined;
  const ticket = await queries.read('ticket', ticketId);
  if (!ticket) return undefined;
  if (resolution.outcome === 'cancel_order') return orderSubject(ticket.orderId);
  const { caseId } = resolution.intervention;
  const found = await queries.read('case', caseId);
  return found?.orderId === ticket.orderId ? caseSubject(caseId) : undefined;
}
