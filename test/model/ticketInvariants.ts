import { isDeepStrictEqual } from 'node:util';
import type { TicketEvent, TicketState } from '../../src/domain/ticket/ticket.ts';
import type { Invariant } from './invariants.ts';
import type { Change } from './subjectInvariants.ts';
import type { Walker } from './walker.ts';

type TicketWalk = Walker<TicketState, TicketEvent>;
type Of<Type extends TicketEvent['type']> = Extract<TicketEvent, { type: Type }>;
const all = <Type extends TicketEvent['type']>(events: readonly TicketEvent[], type: Type): Of<Type>[] =>
  events.filter((event): event is Of<Type> => event.type === type);

/** Where a ticket may go from each status. INT-8 */
const ways: Record<string, readonly string[]> = {
  open: ['investigating', 'waiting_for_consumer', 'resolved'],
  investigating: ['waiting_for_consumer', 'resolved'],
  waiting_for_consumer: ['investigating', 'resolved'],
};

/** What must hold of every change of a support ticket, beyond what holds of every subject. */
export const ticketInvariants: readonly Invariant<TicketWalk, Change<TicketState, TicketEvent>>[] = [
  {
    rule: 'INT-8',
    says: 'a ticket goes its way',
    holds: (_, { before, after }) =>
      before.stage.status === after.stage.status || (ways[before.stage.status]?.includes(after.stage.status) ?? false),
  },
  {
    rule: 'INT-8',
    says: 'only an agent’s answer, what an agent has done elsewhere, or the consumer’s silence ends it; silence not while an agent resolves it',
    holds: (_, { before, events }) =>
      all(events, 'ticketResolved').every(({ outcome, actor: { role } }) => {
        if (outcome === 'no_answer')
          return role === 'timer' && before.stage.status === 'waiting_for_consumer' && !before.resolving;
        const byHand = role === 'agent' || role === 'operator';
        return byHand && (outcome === 'answered' ? !before.resolving : before.resolving?.act.outcome === outcome);
      }),
  },
  {
    rule: 'INT-8, POL-7',
    says: 'while an agent’s resolution is under way no deadline runs; refused, all is as it was',
    holds: ({ subject }, { before, after, events }) =>
      (!after.resolving || subject.deadlines(after).length === 0) &&
      (all(events, 'resolutionRefused').length === 0 ||
        (after.resolving === null &&
          isDeepStrictEqual(after.stage, before.stage) &&
          after.assignedTo === before.assignedTo)),
  },
  {
    rule: 'INT-8',
    says: 'one resolution is carried out at a time, and each once',
    holds: ({ pending }, { after }) => pending.size === (after.resolving ? 1 : 0),
  },
  {
    rule: 'SEE-1',
    says: 'what was asked and replied stays, in its order',
    holds: (_, { before, after }) => isDeepStrictEqual(after.thread.slice(0, before.thread.length), before.thread),
  },
  {
    rule: 'REF-5',
    says: 'a ticket moves and books no money',
    holds: ({ provider, ledger }) => provider.movements.length === 0 && ledger.length === 0,
  },
];
