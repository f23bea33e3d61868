import type { Notice, Recipient } from '../notice.ts';
import type { CaseEvent, CaseState } from './case.ts';
import { caseDeadlines } from './deadlines.ts';

/** What only agents need to see, or agents too: something went wrong that one of them must set right. */
const forAgentsOnly: readonly CaseEvent['type'][] = ['voucherKept'];
const forAgentsToo: readonly CaseEvent['type'][] = [
  'refundDeclined',
  'interventionRequested',
  'adjudicationBegun',
  'adjudicationEscalated',
  'appealed',
];
/** Entries on the timeline that tell nobody of a change. TELL-1 */
export const caseEventsForNobody: readonly CaseEvent['type'][] = [
  'signalRefused',
  'manualSettlementRefused',
  'manualSettlementStarted',
  'refundUnknown',
];

/** The last word of the parties, after which an agent must rule. INT-3, INT-4 */
const leadsToRuling = ({ stage }: CaseState, { type }: CaseEvent) =>
  stage.status === 'under_adjudication' && (type === 'evidenceSubmitted' || type === 'informationPhaseEnded');

/** Who is told of a change, by the event that leads it; `state` is the one after it. TELL-1 */
export function caseNotices(state: CaseState, leading: CaseEvent): Notice[] {
  if (caseEventsForNobody.includes(leading.type)) return [];
  const { facts, stage } = state;
  const parties: Recipient[] = [
    { role: 'consumer', id: facts.consumerId },
    { role: 'merchant', id: facts.merchantId },
  ];
  const agents: Recipient[] = [{ role: 'agent', id: '*' }];
  const recipients = forAgentsOnly.includes(leading.type)
    ? agents
    : forAgentsToo.includes(leading.type) || leadsToRuling(state, leading)
      ? [...parties, ...agents]
      : parties;
  const [deadline] = caseDeadlines(state);
  const automatic = leading.actor.role === 'timer';
  const what = { event: leading.type, automatic, orderId: facts.orderId, caseId: facts.id, status: stage.status };
  // an agent's question goes to the one it is put to (INT-4)
  const question = (to: Recipient) =>
    leading.type === 'informationRequested' && leading.from === to.role ? { text: leading.question } : {};
  return recipients.map((to) => ({ to, ...what, ...question(to), ...(deadline ? { deadline } : {}) }));
}
