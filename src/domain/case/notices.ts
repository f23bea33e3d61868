import type { ShownDeadline } from '../deadline.ts';
import { type Notice, type Recipient, remindedParties } from '../notice.ts';
import type { CaseEvent, CaseState } from './case.ts';
import { appealDeadline, ownDeadline } from './deadlines.ts';
import { isOfMerchantAppeal } from './merchantAppealState.ts';

/** What only agents need to see, or agents too: something went wrong that one of them must set right, or they must decide. */
const forAgentsOnly: readonly CaseEvent['type'][] = ['voucherKept'];
const forAgentsToo: readonly CaseEvent['type'][] = [
  'refundDeclined',
  'interventionRequested',
  'adjudicationBegun',
  'adjudicationEscalated',
  'appealed',
  'merchantAppealed',
  'merchantAppealEscalated',
];
/** What concerns the merchant's own appeal alone, and what of it an agent must see to. INT-9 */
const forMerchantOnly: readonly CaseEvent['type'][] = ['merchantAppealLapsed', 'payoutSettled'];
const forMerchantAndAgents: readonly CaseEvent['type'][] = ['payoutDeclined'];
/** Entries on the timeline that tell nobody of a change. TELL-1 */
export const caseEventsForNobody: readonly CaseEvent['type'][] = [
  'signalRefused',
  'manualSettlementRefused',
  'manualSettlementStarted',
  'refundHeld',
  'refundUnknown',
  'payoutHeld',
  'payoutUnknown',
];

/** The last word of the parties, after which an agent must rule. INT-3, INT-4 */
const leadsToRuling = ({ stage }: CaseState, { type }: CaseEvent) =>
  stage.status === 'under_adjudication' &&
  (type === 'evidenceSubmitted' || type === 'informationPhaseEnded' || type === 'interventionAccepted');

/** Since rules 2 parties are told of goods that are owed back, and of an appeal's payout the merchant alone. CASE-10, INT-9 */
const isByRules2 = ({ rulesVersion }: CaseState) => rulesVersion >= 2;

const agents: Recipient = { role: 'agent', id: '*' };

function recipientsOf(state: CaseState, leading: CaseEvent): Recipient[] {
  const { type } = leading;
  const consumer: Recipient = { role: 'consumer', id: state.facts.consumerId };
  const merchant: Recipient = { role: 'merchant', id: state.facts.merchantId };
  if (caseEventsForNobody.includes(type)) return [];
  if (forAgentsOnly.includes(type)) return [agents];
  if (forMerchantOnly.includes(type) || (type === 'payoutStarted' && isByRules2(state))) return [merchant];
  if (forMerchantAndAgents.includes(type)) return [merchant, agents];
  if (forAgentsToo.includes(type) || leadsToRuling(state, leading)) return [consumer, merchant, agents];
  return [consumer, merchant];
}

/** Who is told of a change, by the event that leads it; `state` is the one after it. TELL-1 */
export function caseNotices(state: CaseState, leading: CaseEvent): Notice[] {
  const { facts, stage } = state;
  const automatic = leading.actor.role === 'timer';
  const what = {
    event: leading.type,
    automatic,
    orderId: facts.orderId,
    caseId: facts.id,
    status: stage.status,
    ...(stage.status === 'closed' && stage.goodsKept && isByRules2(state) ? { goodsOwedBack: true as const } : {}),
  };
  if (leading.type === 'reminded') {
    const { about } = leading;
    const mustAct = remindedParties(about.waitingFor, facts);
    return mustAct.map((to) => ({ to, ...what, automatic: false, deadline: about }));
  }
  const own = ownDeadline(state);
  const appeal = appealDeadline(state);
  // an agent's question goes to the one it is put to (INT-4)
  const question = (to: Recipient) =>
    leading.type === 'informationRequested' && leading.from === to.role ? { text: leading.question } : {};
  // what is due of an appeal is told with it, and to the merchant with the ruling that lets it appeal (INT-9)
  const deadlineFor = (to: Recipient) =>
    leading.type.startsWith('merchantAppeal') ||
    (leading.type === 'deadlineExtended' && isOfMerchantAppeal(leading.deadline)) ||
    (leading.type === 'ruled' && to.role === 'merchant' && !mustShip(own))
      ? (appeal ?? own)
      : own;
  return recipientsOf(state, leading).map((to) => {
    const deadline = deadlineFor(to);
    return { to, ...what, ...question(to), ...(deadline ? { deadline } : {}) };
  });
}

const mustShip = (own: ShownDeadline | undefined) => own?.waitingFor === 'merchant';
