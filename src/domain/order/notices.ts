import { type Notice, type Recipient, remindedParties } from '../notice.ts';
import { orderDeadlines } from './deadlines.ts';
import type { OrderEvent, OrderState } from './order.ts';

const forAgentsToo: readonly OrderEvent['type'][] = ['refundDeclined'];
/** Entries on the timeline that tell nobody of a change. TELL-1 */
export const orderEventsForNobody: readonly OrderEvent['type'][] = [
  'signalRefused',
  'manualSettlementRefused',
  'manualSettlementStarted',
  'refundHeld',
  'refundUnknown',
  'afterSalesPeriodEnded',
];

/** Who is told of a change, by the event that leads it; `state` is the one after it. TELL-1 */
export function orderNotices(state: OrderState, leading: OrderEvent): Notice[] {
  if (orderEventsForNobody.includes(leading.type)) return [];
  const { facts, stage } = state;
  const about = leading.type === 'reminded' ? leading.about : undefined;
  const everybody: Recipient[] = [
    { role: 'consumer', id: facts.consumerId },
    { role: 'merchant', id: facts.merchantId },
    ...(forAgentsToo.includes(leading.type) ? [{ role: 'agent', id: '*' } as const] : []),
  ];
  const recipients = about ? remindedParties(about.waitingFor, facts) : everybody;
  const deadline = about ?? orderDeadlines(state)[0];
  const what = {
    event: leading.type,
    automatic: leading.actor.role === 'timer' && !about,
    orderId: facts.id,
    status: stage.status,
  };
  return recipients.map((to) => ({ to, ...what, ...(deadline ? { deadline } : {}) }));
}
