import type { TicketCommandName, TicketCommands } from '../../src/domain/ticket/commands.ts';
import { expireTicketDeadline, ticketDeadlines } from '../../src/domain/ticket/deadlines.ts';
import {
  availableTicketActions,
  decideTicket,
  openTicket,
  rolesForTicket,
  takeActed,
} from '../../src/domain/ticket/decide.ts';
import { ticketEffects } from '../../src/domain/ticket/effects.ts';
import {
  evolveTicket,
  evolveTicketAll,
  isResolved,
  openedTicket,
  type TicketEvent,
  type TicketFacts,
  type TicketState,
  ticketListensUntil,
  ticketRulesVersion,
} from '../../src/domain/ticket/ticket.ts';
import { reminded, signalRefused } from '../../src/workflows/shell/entries.ts';
import type { Coverage } from './coverage.ts';
import type { FickleProvider } from './fickleProvider.ts';
import { verify } from './invariants.ts';
import { policyInWords } from './policies.ts';
import type { Story } from './story.ts';
import { ticketAnswer, ticketCommandNames, ticketFields } from './ticketCommands.ts';
import { ticketInvariants } from './ticketInvariants.ts';
import { type Subject, Walker } from './walker.ts';

/** As the contract names them, a claim's comes with the agents' queue. */
const nameOf: Record<string, TicketCommandName> = {
  claim: 'claim',
  'information-request': 'informationRequest',
  reply: 'reply',
  resolution: 'resolution',
  'deadline-extension': 'deadlineExtension',
};

export type TicketWalker = Walker<TicketState, TicketEvent>;

const silent: readonly TicketEvent['type'][] = ['signalRefused', 'resolutionRefused', 'reminded'];

const ticketSubject = (opened: TicketState): Subject<TicketState, TicketEvent> => ({
  opened,
  commands: ticketCommandNames,
  seldom: ['resolution'],
  decide: (state, name, fields, by) =>
    decideTicket(state, name as TicketCommandName, fields as TicketCommands[TicketCommandName], by),
  evolve: evolveTicket,
  evolveAll: evolveTicketAll,
  deadlines: ticketDeadlines,
  expire: expireTicketDeadline,
  effects: ticketEffects,
  bookings: () => [],
  takeResult: (state, _, result, at) => {
    if (result.type !== 'actForConsumer') throw new TypeError(`a ticket asks for no ${result.type}`);
    return takeActed(state, result.acted, at);
  },
  reminded,
  signalRefused,
  status: ({ stage }) => stage.status,
  listensUntil: ticketListensUntil,
  policyOf: ({ facts }) => facts.policy,
  isFinal: isResolved,
  isSilent: ({ type }) => silent.includes(type),
  rolesFor: (name) => rolesForTicket(name as TicketCommandName),
  offers: (state, { role }) => availableTicketActions(state, role).map((action) => nameOf[action] ?? action),
  fields: (state, name, variant, odd) => ticketFields(state, name as TicketCommandName, variant, odd),
  answerDue: ticketAnswer,
  // an agent's work; what the consumer was asked has a deadline of its own
  mends: (state) =>
    ticketDeadlines(state).length === 0 && availableTicketActions(state, 'agent').includes('resolution')
      ? {
          command: 'resolution',
          fields: { outcome: 'answered', note: '已解答' },
          actor: { role: 'agent', id: 'agent-1' },
        }
      : undefined,
  resultOf: (_, mood) => ({
    type: 'actForConsumer',
    acted:
      mood % 3 === 0
        ? { state: 'refused', refusal: { code: 'case_ended', detail: 'the case has ended' } }
        : { state: 'accepted', caseId: 'k', orderId: 'o' },
  }),
  verify: (walker, change) => verify(ticketInvariants, walker, change),
});

/** A support ticket that walks from its opening on. INT-8 */
export function walkTicket(
  facts: TicketFacts,
  shared: { provider: FickleProvider; story: Story; coverage: Coverage },
): TicketWalker {
  const opened = openTicket(facts, { actor: { role: 'consumer', id: facts.consumerId }, at: facts.openedAt });
  shared.story.add(facts.openedAt, () => `a ticket is opened, under ${policyInWords(facts.policy)}`);
  return new Walker(ticketSubject(openedTicket(opened, ticketRulesVersion)), facts.openedAt, shared);
}
