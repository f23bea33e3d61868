import type { Given } from '../../src/domain/decision.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import { type TicketCommandName, type TicketCommands, ticketCommandSchemas } from '../../src/domain/ticket/commands.ts';
import type { TicketState } from '../../src/domain/ticket/ticket.ts';
import { anApplication, days, hours } from '../builders.ts';

export const ticketCommandNames = Object.keys(ticketCommandSchemas) as TicketCommandName[];

/** The files that came with a ticket and its replies. */
const filesOf = ({ facts, thread }: TicketState): string[] =>
  [facts, ...thread].flatMap(({ evidenceIds }) => evidenceIds);

/** A command's fields in several variants; the last of each that may not fit does not. */
function fieldsOf(ticket: TicketState): { [Name in TicketCommandName]: TicketCommands[Name][] } {
  const { facts, stage, thread } = ticket;
  const { orderId: _order, ...application } = anApplication(facts.orderId);
  const own = filesOf(ticket);
  const note = '已处理';
  const [caseId, reason, statement] = ['k', 'other' as const, '代为申请'];
  const file = `0b9d0c2e-8a55-4c1b-9a68-3c2f7b7f${String(1_000 + thread.length)}`;
  const asks = (evidenceIds: string[]) => ({ caseId, reason, statement, evidenceIds });
  const until = 'deadline' in stage ? stage.deadline.at : facts.openedAt;
  const at = (moment: number) => new Date(moment).toISOString();
  return {
    claim: [{}],
    informationRequest: [{ question: '何时收到的?' }],
    reply: [
      { text: '昨天', evidenceIds: [] },
      { text: '见照片', evidenceIds: [file] },
    ],
    resolution: [
      { outcome: 'cancel_order', note },
      { outcome: 'open_case', note, case: { ...application, evidenceIds: own.slice(0, 1) } },
      { outcome: 'request_intervention', note, intervention: asks(own) },
      { outcome: 'cancel_order', note, cancellation: { reason: 'parcel_refused' } },
      { outcome: 'answered', note },
      { outcome: 'request_intervention', note, intervention: asks([...own, 'somebody else’s']) },
    ],
    deadlineExtension: [
      { until: at(until + hours(1)), reason: '买家在途' },
      { until: at(until), reason: '买家在途' },
    ],
  };
}

const mayNotFit: readonly TicketCommandName[] = ['resolution', 'deadlineExtension'];

/** Fields for a command on a ticket; `odd` ones may not fit. */
export function ticketFields(state: TicketState, name: TicketCommandName, variant: number, odd: boolean): object {
  const all: object[] = fieldsOf(state)[name];
  const fitting = mayNotFit.includes(name) ? all.slice(0, -1) : all;
  return (odd ? all.at(-1) : fitting[variant % fitting.length]) ?? {};
}

type Answer = 'accepted' | RefusalCode;
type Answers = { [Name in TicketCommandName]: (state: TicketState, fields: TicketCommands[Name], by: Given) => Answer };

/** Whose files an agent hands on must be the ticket's. INT-8, EVI-3 */
function handsOn(ticket: TicketState, fields: TicketCommands['resolution']): Answer {
  const own = filesOf(ticket);
  const named =
    fields.outcome === 'open_case'
      ? (fields.case.evidenceIds ?? [])
      : fields.outcome === 'request_intervention'
        ? fields.intervention.evidenceIds
        : [];
  return named.every((id) => own.includes(id)) ? 'accepted' : 'evidence_not_of_ticket';
}

/** What each command of a role that may give it must be answered while the ticket has not ended, as DOMAIN.md has it. INT-8 */
const answers: Answers = {
  claim: ({ stage }) => (stage.status === 'open' ? 'accepted' : 'action_not_available'),
  informationRequest: ({ stage, resolving }) =>
    resolving || stage.status === 'waiting_for_consumer' ? 'in_progress' : 'accepted',
  reply: () => 'accepted',
  resolution: (state, fields) => (state.resolving ? 'in_progress' : handsOn(state, fields)),
  deadlineExtension: ({ stage, resolving }, { until }, { at }) => {
    if (resolving) return 'in_progress';
    if (stage.status !== 'waiting_for_consumer') return 'action_not_available';
    const moment = Date.parse(until);
    return moment > stage.deadline.at && moment <= at + days(366) ? 'accepted' : 'deadline_extension_invalid';
  },
};

/** What a command on a ticket must be answered. */
export function ticketAnswer(state: TicketState, name: string, fields: object, by: Given): Answer {
  if (state.stage.status === 'resolved') return 'ticket_ended';
  const answer = answers[name as TicketCommandName] as (...of: unknown[]) => Answer;
  return answer(state, fields, by);
}
