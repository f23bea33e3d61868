import { continueAsNew } from '@temporalio/workflow';
import { extendAfterOutage, type OutageExtension, outageExtension } from '../domain/deadlineExtension.ts';
import { accept, type Decision } from '../domain/decision.ts';
import type { Effect } from '../domain/effects.ts';
import { listedStandings } from '../domain/queue.ts';
import type { TicketCommandName, TicketCommands } from '../domain/ticket/commands.ts';
import { expireTicketDeadline, runningInTicket, ticketDeadlines } from '../domain/ticket/deadlines.ts';
import { availableTicketActions, decideTicket, openTicket, takeActed } from '../domain/ticket/decide.ts';
import { awaitedByTicket, ticketEffects } from '../domain/ticket/effects.ts';
import { ticketNotices } from '../domain/ticket/notices.ts';
import { ticketQueues } from '../domain/ticket/queue.ts';
import { ticketSearchText } from '../domain/ticket/searchText.ts';
import {
  evolveTicket,
  evolveTicketAll,
  isResolved,
  openedTicket,
  type TicketEvent,
  type TicketState,
  ticketListensUntil,
  ticketRulesVersion,
} from '../domain/ticket/ticket.ts';
import { detailsOf } from './details.ts';
import { rulesVersionOf, type TicketInput, ticketSubject } from './messages.ts';
import { reminded, signalRefused } from './shell/entries.ts';
import { lasting } from './shell/lasting.ts';
import type { EffectResult, Rules } from './shell/rules.ts';
import { Shell, type Snapshot } from './shell/shell.ts';

const commands: Record<TicketCommandName | typeof outageExtension, string> = {
  claim: 'An agent takes the ticket on: {} (INT-8)',
  informationRequest: 'An agent asks the consumer: {"question":"…"} (INT-8)',
  reply: 'The consumer replies: {"text":"…","evidenceIds":[]} (INT-8)',
  resolution:
    'An agent resolves it: {"outcome":"answered","note":"…"}, or cancel_order, or open_case with "case", or request_intervention with "intervention" (INT-8)',
  deadlineExtension: 'An agent extends the running deadline: {"until":"…","reason":"…"} (POL-5)',
  [outageExtension]: 'What runs is extended after an outage: {"by":"PT6H","reason":"…","runningSince":"…"} (POL-5)',
};

function takeResult(state: TicketState, _: Effect, result: EffectResult, at: number): Decision<TicketEvent> {
  return result.type === 'actForConsumer' ? takeActed(state, result.acted, at) : accept();
}

function rulesOf(ticketId: string): Rules<TicketState, TicketEvent> {
  return {
    subject: ticketSubject(ticketId),
    kind: 'ticket',
    collection: 'tickets',
    id: ticketId,
    commands,
    newestRules: ticketRulesVersion,
    besides: [],
    decide: (state, name, fields, by) =>
      name === outageExtension
        ? extendAfterOutage(state, runningInTicket(state), fields as OutageExtension, by)
        : decideTicket(state, name as TicketCommandName, fields as TicketCommands[TicketCommandName], by),
    evolve: evolveTicket,
    evolveAll: evolveTicketAll,
    deadlines: ticketDeadlines,
    expire: expireTicketDeadline,
    effects: ticketEffects,
    awaited: awaitedByTicket,
    takeResult,
    bookings: () => [],
    allocationChanges: () => [],
    notices: ticketNotices,
    policyOf: ({ facts }) => facts.policy,
    reminded,
    signalRefused,
    status: ({ stage }) => stage.status,
    listed,
    searchAttributes,
    details,
    listensUntil: ticketListensUntil,
  };
}

function listed(state: TicketState) {
  const { facts, stage, updatedAt } = state;
  const { consumerId, merchantId, orderId, category, openedAt } = facts;
  const deadlineAt = ticketDeadlines(state)[0]?.at;
  const when = { createdAt: openedAt, updatedAt, ...(deadlineAt === undefined ? {} : { deadlineAt }) };
  const text = ticketSearchText(state);
  const queued = listedStandings(ticketQueues(state));
  return { status: stage.status, consumerId, merchantId, orderId, kind: category, text, ...when, ...queued };
}

function searchAttributes(state: TicketState) {
  const deadline = ticketDeadlines(state)[0];
  return {
    CaseStatus: state.stage.status,
    DeadlineKind: deadline?.kind ?? null,
    DeadlineAt: deadline ? new Date(deadline.at) : null,
  };
}

function details(state: TicketState): string {
  const { facts, stage, resolving } = state;
  const waits = resolving ? `what becomes of ${resolving.act.outcome}` : isResolved(state) ? 'nobody' : 'an agent';
  const agent = availableTicketActions(state, 'agent');
  return detailsOf(stage.status, ticketDeadlines(state)[0], waits, [
    `${facts.category}, from ${facts.channel}`,
    `order ${facts.orderId}, consumer ${facts.consumerId}`,
    ...(stage.status === 'resolved' ? [`outcome: ${stage.resolution.outcome}`] : []),
    ...(agent.length > 0 ? [`an agent can: ${agent.join(', ')}`] : []),
  ]);
}

/** One support ticket 客服工单, until it is resolved. INT-8 */
export const ticketWorkflow = lasting(liveTicket);

async function liveTicket(input: TicketInput, snapshot?: Snapshot<TicketState>): Promise<void> {
  const { ticketId, settings } = input;
  const shell = new Shell(rulesOf(ticketId), settings, snapshot);
  if (!snapshot && input.takingUp) {
    const document = await shell.documentAfter(input.takingUp.afterMs);
    if (!document)
      return shell.finishWithout(() => ({ state: 'refused', code: 'ticket_ended', detail: 'there is no such ticket' }));
    shell.takeUp(document);
  } else if (!snapshot && !input.takingUp) {
    const { facts, opened } = input;
    const first = openTicket(facts, { actor: opened.actor, at: opened.receivedAt });
    shell.open(openedTicket(first, rulesVersionOf(settings)), first, opened);
  }
  const end = await shell.run();
  if (end !== 'ended') await continueAsNew<typeof ticketWorkflow>(input, end);
}
