import type { TicketCommands } from '../../domain/ticket/commands.ts';
import { actedAs } from '../../domain/ticket/effects.ts';
import { isResolved } from '../../domain/ticket/ticket.ts';
import type { TicketRead } from '../../store/queries.ts';
import { type ActionComing, caseSubject, type Envelope, innerSignals, orderSubject } from '../../workflows/messages.ts';
import type { Service } from '../context.ts';
import { Problem } from '../problems.ts';
import { HandOverUnknown } from '../temporal.ts';

type Resolution = TicketCommands['resolution'];

/** How long the word that nothing is coming is tried, ms: a deadline then waits in vain, which POL-6 sets right. */
const takingBackMs = 2_000;

/**
 * Tells the case or order that a ticket's resolution is about that it is coming: the ticket hands it on only once it has decided, and
 * a deadline that passes there meanwhile must not overtake what was acknowledged before it. POL-4, INT-8
 */
export function announcer({ store: { queries }, temporal, clock }: Service, ticketId: string, resolution: Resolution) {
  let told: { subject: string; commandId: string } | undefined;
  const tell = (subject: string, action: ActionComing, until: number) =>
    temporal.signal(subject, { name: innerSignals.actionComing, args: [action] }, until);

  /** Whose deadlines could overtake it, where it is the ticket's to act on: a case that it opens is opened whatever has passed (0007). */
  async function concerned(known: TicketRead | undefined): Promise<string | undefined> {
    if (resolution.outcome !== 'request_intervention' && resolution.outcome !== 'cancel_order') return undefined;
    const caseId = resolution.outcome === 'request_intervention' ? resolution.intervention.caseId : undefined;
    const [ticket, found] = await Promise.all([
      known ?? queries.read('ticket', ticketId),
      caseId === undefined ? null : queries.read('case', caseId),
    ]);
    if (!ticket || isResolved(ticket.state)) return undefined;
    if (caseId === undefined) return orderSubject(ticket.orderId);
    return found?.orderId === ticket.orderId ? caseSubject(caseId) : undefined;
  }

  return {
    /** Before it is handed to the ticket; `ticket` where it has been read, `until` in UTC ms. @throws HandOverUnknown where Temporal did not answer until then */
    async announce({ commandId, receivedAt }: Envelope, ticket: TicketRead | undefined, until: number): Promise<void> {
      const subject = await concerned(ticket);
      if (!subject) return;
      const coming = { commandId: actedAs(ticketId, commandId), receivedAt };
      await tell(subject, coming, until);
      told = { subject, commandId: coming.commandId };
    },

    /** Says so where it was refused: nothing is coming then. */
    async takeBackIfRefused(error: unknown): Promise<void> {
      if (!told || !(error instanceof Problem) || error.status >= 500) return;
      try {
        await tell(told.subject, { commandId: told.commandId, isNot: true }, clock() + takingBackMs);
      } catch (failure) {
        if (!(failure instanceof HandOverUnknown)) throw failure;
      }
    },
  };
}
