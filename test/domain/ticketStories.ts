import { system } from '../../src/domain/parties.ts';
import type { ActForConsumer, TicketEvent, TicketFacts } from '../../src/domain/ticket/ticket.ts';
import { anOrder, aTicket, hours, noon } from '../builders.ts';
import { agent, consumer } from './specification.ts';

// As caseStories: written out event by event, with their own arithmetic.
export const id = '5f0c7a52-6a5c-4c7d-9a55-444444444444';
export const orderId = '5f0c7a52-6a5c-4c7d-9a55-555555555555';
export const caseId = '5f0c7a52-6a5c-5c7d-9a55-666666666666';
export const screenshot = '0b9d0c2e-8a55-4c1b-9a68-3c2f7b7ff002';
export const photo = '0b9d0c2e-8a55-4c1b-9a68-3c2f7b7ff003';

const by = (actor: TicketEvent['actor'], at: number) => ({ actor, rule: 'INT-8', at });
export const at = {
  opened: noon,
  claimed: noon + hours(1),
  asked: noon + hours(2),
  replied: noon + hours(3),
  resolving: noon + hours(4),
  later: noon + hours(5),
};

export const opened = (changes: Partial<TicketFacts> = {}): TicketEvent[] => [
  {
    type: 'ticketOpened',
    ...by(consumer, at.opened),
    facts: aTicket(anOrder({ id: orderId }), { id, evidenceIds: [screenshot], ...changes }),
  },
];
export const claimed = (): TicketEvent[] => [...opened(), { type: 'ticketClaimed', ...by(agent, at.claimed) }];
export const asked = (before = claimed()): TicketEvent[] => [
  ...before,
  {
    type: 'consumerAsked',
    ...by(agent, at.asked),
    question: '请补充开箱视频',
    deadline: { kind: 'ticketReply', from: at.asked, at: at.asked + hours(72) },
  },
];
export const replied = (): TicketEvent[] => [
  ...asked(),
  { type: 'consumerReplied', ...by(consumer, at.replied), text: '如图', evidenceIds: [photo] },
];

export const cancelling: ActForConsumer = { outcome: 'cancel_order', cancellation: { reason: 'changed_mind' } };
export const resolving = (before = replied(), act: ActForConsumer = cancelling): TicketEvent[] => [
  ...before,
  { type: 'resolutionStarted', ...by(agent, at.resolving), commandId: 'cmd-1', note: '已核实', act },
];
export const resolutionRefused = (): TicketEvent[] => [
  ...resolving(),
  { type: 'resolutionRefused', ...by(system, at.later), code: 'order_already_shipped', reason: 'it was shipped' },
];
export const resolved = (): TicketEvent[] => [
  ...claimed(),
  { type: 'ticketResolved', ...by(agent, at.resolving), outcome: 'answered', note: '已解答' },
];

/** Every place a ticket can be in, and how it came there. */
export const everyPlace: Record<string, TicketEvent[]> = {
  open: opened(),
  investigating: claimed(),
  'waiting_for_consumer, asked at once': asked(opened()),
  waiting_for_consumer: asked(),
  'investigating after a reply': replied(),
  'open while resolving': resolving(opened()),
  'investigating while resolving': resolving(),
  'waiting_for_consumer while resolving': resolving(asked()),
  'investigating after a refused resolution': resolutionRefused(),
  resolved: resolved(),
};
