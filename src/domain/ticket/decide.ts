import { deadlineFrom } from '../deadline.ts';
import { extended } from '../deadlineExtension.ts';
import { accept, type Decision, defer, type Given, refuse, staleVersion } from '../decision.ts';
import type { ActedForConsumer } from '../effects.ts';
import { type Actor, type Role, system } from '../parties.ts';
import type { TicketCommandName, TicketCommands } from './commands.ts';
import {
  type ActForConsumer,
  isResolved,
  runningTicketDeadline,
  type TicketEvent,
  type TicketFacts,
  type TicketOpened,
  type TicketState,
  type TicketStatus,
} from './ticket.ts';

type TicketDecision = Decision<TicketEvent>;

/** As a case's: the action's name, who may, in which statuses it is on offer, what it does, and what it says elsewhere. */
type CommandRule<Name extends TicketCommandName> = {
  action: string;
  roles: readonly Role[];
  offered: (state: TicketState) => boolean;
  decide: (state: TicketState, command: TicketCommands[Name], by: Given) => TicketDecision;
  elsewhere?: (state: TicketState) => TicketDecision | undefined;
};

const isIn =
  (...statuses: TicketStatus[]) =>
  ({ stage }: TicketState) =>
    statuses.includes(stage.status);

/** The commands of a ticket. What is offered and what is allowed come out of this one table. */
const commandRules: { [Name in TicketCommandName]: CommandRule<Name> } = {
  claim: {
    action: 'claim',
    roles: ['agent'],
    offered: isIn('open'),
    decide: (_, __, by) => accept({ type: 'ticketClaimed', ...taken(by) }),
  },
  informationRequest: {
    action: 'information-request',
    roles: ['agent'],
    offered: (state) => isIn('open', 'investigating')(state) && !state.resolving && !isFull(state),
    decide: askConsumer,
    elsewhere: whyNotAsked,
  },
  reply: {
    action: 'reply',
    roles: ['consumer'],
    // the answer to a question always has room
    offered: (state) => isIn('waiting_for_consumer')(state) || (!isResolved(state) && !isFull(state)),
    decide: (_, { text, evidenceIds }, by) => accept({ type: 'consumerReplied', ...taken(by), text, evidenceIds }),
    elsewhere: refuseWhenFull,
  },
  resolution: {
    action: 'resolution',
    roles: ['agent'],
    offered: (state) => !isResolved(state) && !state.resolving,
    decide: resolve,
    elsewhere: refuseWhileResolving,
  },
  deadlineExtension: {
    action: 'deadline-extension',
    roles: ['agent'],
    offered: (state) => runningTicketDeadline(state) !== undefined,
    decide: extendDeadline,
    elsewhere: refuseWhileResolving,
  },
};

/** The roles that may ever give a command. */
export const rolesForTicket = (name: TicketCommandName): readonly Role[] => commandRules[name].roles;

/** The actions open to a role now, as the contract names them. SEE-1 */
export function availableTicketActions(state: TicketState, role: Role): string[] {
  return Object.values(commandRules)
    .filter(({ roles, offered }) => roles.includes(role) && offered(state))
    .map(({ action }) => action);
}

/** Judges a command on a ticket. An operator may give every command by hand. */
export function decideTicket<Name extends TicketCommandName>(
  state: TicketState,
  name: Name,
  command: TicketCommands[Name],
  by: Given,
): TicketDecision {
  const rule: CommandRule<Name> = commandRules[name];
  const { role } = by.actor;
  if (role !== 'operator' && !rule.roles.includes(role as Role))
    return refuse('not_your_action', `${rule.action} is for the ${rule.roles.join(' or ')}`);
  const stale = staleVersion<TicketEvent>(state.version, by);
  if (stale) return stale;
  if (rule.offered(state)) return rule.decide(state, command, by);
  if (isResolved(state)) return refuse('ticket_ended', 'the ticket has ended: it is resolved');
  return (
    rule.elsewhere?.(state) ??
    refuse('action_not_available', `${rule.action} is not possible while the ticket is ${state.stage.status}`)
  );
}

/** The first event of a ticket. INT-8 */
export const openTicket = (facts: TicketFacts, by: { actor: Actor; at: number }): TicketOpened => ({
  type: 'ticketOpened',
  ...by,
  rule: 'INT-8',
  facts,
});

const taken = ({ actor, at }: Pick<Given, 'actor' | 'at'>) => ({ actor, at, rule: 'INT-8' });

const mostEntries = 100;
/** Together with the entries' evidence this leaves room for a resolution within what a state may hold. */
const mostCharacters = 60_000;

const isFull = ({ thread }: TicketState) =>
  thread.length >= mostEntries || thread.reduce((sum, { text }) => sum + text.length, 0) >= mostCharacters;

function refuseWhenFull(state: TicketState): TicketDecision | undefined {
  if (!isFull(state)) return undefined;
  const most = `${mostEntries} questions and replies, or ${mostCharacters} characters of them`;
  return refuse('thread_full', `a ticket holds at most ${most}: it can only be resolved now`);
}

function refuseWhileResolving({ resolving }: TicketState): TicketDecision | undefined {
  return resolving ? refuse('in_progress', 'a resolution is being carried out already') : undefined;
}

/** One question at a time, and none while the ticket is about to end. */
function whyNotAsked(state: TicketState): TicketDecision | undefined {
  if (state.resolving) return refuseWhileResolving(state);
  if (state.stage.status === 'waiting_for_consumer') return refuse('in_progress', 'an answer is awaited already');
  return refuseWhenFull(state);
}

/** INT-8 */
function askConsumer(
  { facts }: TicketState,
  { question }: TicketCommands['informationRequest'],
  by: Given,
): TicketDecision {
  const deadline = deadlineFrom(facts.policy, 'ticketReply', by.at);
  return accept({ type: 'consumerAsked', ...taken(by), question, deadline });
}

/** INT-8: an answer ends the ticket at once; whatever is done elsewhere, once it stands there. */
function resolve(state: TicketState, command: TicketCommands['resolution'], by: Given): TicketDecision {
  const { outcome, note } = command;
  if (outcome === 'answered') return accept({ type: 'ticketResolved', ...taken(by), outcome, note });
  const act = actOf(command);
  const foreign = evidenceOf(act).ids.find((id) => !holds(state, id));
  if (foreign !== undefined) {
    const detail = `the file ${foreign} is not of this ticket: let the consumer reply with it first`;
    return refuse('evidence_not_of_ticket', detail, { field: evidenceOf(act).field });
  }
  const { commandId, receivedAt } = by;
  const first = receivedAt === undefined ? {} : { receivedAt };
  return defer({ type: 'resolutionStarted', ...taken(by), commandId, note, act, ...first });
}

function actOf(command: Exclude<TicketCommands['resolution'], { outcome: 'answered' }>): ActForConsumer {
  switch (command.outcome) {
    case 'open_case':
      return { outcome: command.outcome, case: command.case };
    case 'request_intervention':
      return { outcome: command.outcome, intervention: command.intervention };
    case 'cancel_order':
      return { outcome: command.outcome, cancellation: command.cancellation ?? { reason: 'changed_mind' } };
    default:
      return command satisfies never;
  }
}

/** The files that an agent hands on, and the field that names them. */
export function evidenceOf(act: ActForConsumer): { ids: string[]; field: string } {
  if (act.outcome === 'open_case') return { ids: act.case.evidenceIds ?? [], field: 'case.evidenceIds' };
  if (act.outcome === 'cancel_order') return { ids: [], field: 'cancellation' };
  return { ids: act.intervention.evidenceIds, field: 'intervention.evidenceIds' };
}

const holds = ({ facts, thread }: TicketState, evidenceId: string) =>
  [facts, ...thread].some(({ evidenceIds }) => evidenceIds.includes(evidenceId));

/** POL-5 */
function extendDeadline(
  state: TicketState,
  { until, reason, kind }: TicketCommands['deadlineExtension'],
  by: Given,
): TicketDecision {
  const running = runningTicketDeadline(state);
  const named = kind === undefined || kind === running?.kind ? running : undefined;
  const extension = extended(state, named, until, by.at);
  if (extension.refusal) return refuse(extension.refusal.code, extension.refusal.detail, extension.refusal);
  const { deadline, was } = extension;
  return accept({ type: 'deadlineExtended', ...taken(by), rule: 'POL-5', deadline, was, reason });
}

const fieldOf: Record<ActForConsumer['outcome'], string> = {
  open_case: 'case',
  request_intervention: 'intervention',
  cancel_order: 'cancellation',
};

/** What has become of a resolution elsewhere (`at` in UTC ms): it stands, or it is refused as there and the ticket goes on as it was. INT-8 */
export function takeActed({ resolving }: TicketState, acted: ActedForConsumer, at: number): TicketDecision {
  if (!resolving) throw new TypeError('the ticket is not being resolved');
  const { act, note, agent } = resolving;
  if (acted.state === 'refused') {
    const { code, detail, field } = acted.refusal;
    return refuse(code, detail, {
      ...(field ? { field: `${fieldOf[act.outcome]}.${field}` } : {}),
      events: [{ type: 'resolutionRefused', ...taken({ actor: system, at }), code, reason: detail }],
    });
  }
  const { state: _accepted, ...led } = acted;
  return accept({ type: 'ticketResolved', ...taken({ actor: agent, at }), outcome: act.outcome, note, ...led });
}
