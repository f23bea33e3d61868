import type { Given } from '../../src/domain/decision.ts';
import type { OrderCommandName, OrderCommands } from '../../src/domain/order/commands.ts';
import { totalPrice } from '../../src/domain/order/facts.ts';
import type { OrderRefund, OrderState } from '../../src/domain/order/order.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import { orderActions, validOrderCommands } from '../domain/validCommands.ts';

export const orderCommandNames = Object.keys(orderActions) as OrderCommandName[];

/** Further fields for commands: notices that repeat, contradict or bring the wrong money. ORD-9, ORD-10 */
function oddFields(state: OrderState): { [Name in OrderCommandName]?: OrderCommands[Name][] } {
  const due = totalPrice(state.facts);
  const next = `t-${Object.keys(state.payments).length + 1}`;
  const at = (moment: number) => new Date(moment).toISOString();
  return {
    payment: [
      { transactionId: 't-1', amount: due },
      { transactionId: 't-1', amount: due + 1 },
      { transactionId: next, amount: due + 1 },
      { transactionId: next, amount: Math.max(1, due - 1) },
      { transactionId: 't/1 %', amount: 7 },
    ],
    shipment: [{ carrier: 'JD', trackingNumber: 'J1' }],
    delivery: [
      { deliveredAt: at(state.deliveredAt ?? state.updatedAt) },
      { deliveredAt: at(state.facts.placedAt) },
      { deliveredAt: '2050-01-01T00:00:00.000Z' },
    ],
    cancellation: [{ reason: 'parcel_refused', note: '拒收' }],
  };
}

/** Fields for a command on an order; `odd` ones may not fit. */
export function orderFields(state: OrderState, name: OrderCommandName, variant: number, odd: boolean): object {
  const fields: object[] = (odd ? oddFields(state)[name] : undefined) ?? validOrderCommands(state)[name];
  const chosen = fields[variant % fields.length] ?? {};
  // an order that costs nothing asks for no money, and no payment is of nothing
  return 'amount' in chosen && chosen.amount === 0 ? { ...chosen, amount: 1 } : chosen;
}

type Answer = 'accepted' | RefusalCode;
type Answers = { [Name in OrderCommandName]: (state: OrderState, fields: OrderCommands[Name], by: Given) => Answer };

const ended = ({ stage }: OrderState): Answer =>
  stage.status === 'cancelled' || stage.status === 'completed' ? 'order_ended' : 'action_not_available';

/** Why there is nothing to try again, or to settle by hand. ORD-11 */
function unmended({ refunds }: OrderState, ...mendable: (OrderRefund['state'] | 'held')[]): Answer {
  if (refunds.some(({ settlement }) => settlement !== undefined)) return 'in_progress';
  if (refunds.some(({ state, held }) => mendable.includes(held ? 'held' : state))) return 'accepted';
  return refunds.some(({ state }) => state === 'unknown') ? 'refund_outcome_unknown' : 'refund_not_failed';
}

/** What each command of a role that may give it must be answered, rule by rule, as DOMAIN.md has it. */
const answers: Answers = {
  payment: ({ payments }, { transactionId, amount }) =>
    (payments[transactionId] ?? amount) === amount ? 'accepted' : 'payment_contradicts',
  confirmation: (state) =>
    state.facts.paymentMethod === 'cod' && state.stage.status !== 'cancelled' ? 'accepted' : ended(state),
  shipment: (state, { carrier, trackingNumber }) => {
    if (!state.shipment) return state.stage.status === 'stocking_up' ? 'accepted' : ended(state);
    const same = state.shipment.carrier === carrier && state.shipment.trackingNumber === trackingNumber;
    return same ? 'accepted' : 'shipment_contradicts';
  },
  delivery: (state, { deliveredAt }, { at }) => {
    const known = state.deliveredAt;
    if (known !== null) return !deliveredAt || Date.parse(deliveredAt) === known ? 'accepted' : 'delivery_contradicts';
    if (state.stage.status !== 'shipped') return ended(state);
    return deliveredAt && Date.parse(deliveredAt) > at ? 'delivered_in_future' : 'accepted';
  },
  cancellation: ({ facts, stage }, { reason }, { actor }) => {
    const online = facts.paymentMethod === 'online';
    if (online && actor.role === 'merchant') return 'merchant_may_not_cancel_online_order';
    if (!online && actor.role === 'consumer') return 'consumer_may_not_cancel_cod_order';
    if (stage.status === 'cancelled') return 'order_ended';
    if (stage.status === 'delivered' || stage.status === 'completed') return 'order_already_delivered';
    const agent = actor.role === 'agent' || actor.role === 'operator';
    if (stage.status === 'shipped') return agent && reason === 'parcel_refused' ? 'accepted' : 'order_already_shipped';
    return stage.status === 'stocking_up' && actor.role === 'consumer'
      ? 'paid_order_cancelled_by_customer_service_only'
      : 'accepted';
  },
  refundRetry: (state) => unmended(state, 'declined'),
  manualSettlement: (state) => unmended(state, 'declined', 'unknown', 'held'),
};

/** What a command on an order must be answered. */
export function orderAnswer(state: OrderState, name: string, fields: object, by: Given): Answer {
  const answer = answers[name as OrderCommandName] as (...of: unknown[]) => Answer;
  return answer(state, fields, by);
}
