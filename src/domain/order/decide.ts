import { deadlineFrom } from '../deadline.ts';
import { accept, type Decision, defer, type Given, receiptOf, refuse, staleVersion } from '../decision.ts';
import type { Actor, Role } from '../parties.ts';
import type { OrderCommandName, OrderCommands } from './commands.ts';
import { afterSalesUntil } from './eligibility.ts';
import { goodsPrice, type OrderFacts } from './facts.ts';
import {
  amountDue,
  failedRefunds,
  isFinalOrder,
  lateRefundOf,
  type OrderEvent,
  type OrderPlaced,
  type OrderRefund,
  type OrderState,
  type OrderStatus,
  type RefundPurpose,
} from './order.ts';

type OrderDecision = Decision<OrderEvent>;

/** As a case's: who may, in which statuses it is on offer, what it does, and what it says elsewhere. */
type CommandRule<Name extends OrderCommandName> = {
  action: string;
  roles: readonly Role[];
  offered: (state: OrderState, role: Role) => boolean;
  decide: (state: OrderState, command: OrderCommands[Name], by: Given) => OrderDecision;
  elsewhere?: (state: OrderState, command: OrderCommands[Name], by: Given) => OrderDecision | undefined;
};

const isIn =
  (...statuses: OrderStatus[]) =>
  (state: OrderState) =>
    statuses.includes(state.stage.status);

/** The commands of an order. What is offered and what is allowed come out of this one table. */
const commandRules: { [Name in OrderCommandName]: CommandRule<Name> } = {
  // money is never refused for the state the order is in (ORD-9), so it is judged everywhere
  payment: {
    action: 'payment',
    roles: ['service'],
    offered: isIn('pending_payment'),
    decide: takePayment,
    elsewhere: takePayment,
  },
  confirmation: {
    action: 'confirmation',
    roles: ['merchant'],
    offered: isIn('pending_confirmation'),
    decide: (_, __, by) => accept({ type: 'orderConfirmed', ...taken(by, 'ORD-2') }),
    elsewhere: ({ facts, stage }) =>
      facts.paymentMethod === 'cod' && stage.status !== 'cancelled' ? accept() : undefined,
  },
  shipment: {
    action: 'shipment',
    roles: ['merchant'],
    offered: isIn('stocking_up'),
    decide: (state, shipment, by) =>
      accept({ type: 'orderShipped', ...taken(by, state.facts.paymentMethod === 'cod' ? 'ORD-2' : 'ORD-1'), shipment }),
    elsewhere: repeatShipment,
  },
  delivery: {
    action: 'delivery',
    roles: ['service'],
    offered: isIn('shipped'),
    decide: deliver,
    elsewhere: repeatDelivery,
  },
  cancellation: {
    action: 'cancellation',
    roles: ['consumer', 'merchant', 'agent'],
    offered: (state, role) =>
      judgeCancellation(state, role, role === 'agent' && state.stage.status === 'shipped').answer.kind === 'accepted',
    decide: cancel,
    elsewhere: cancel,
  },
  refundRetry: {
    action: 'refund-retry',
    roles: ['agent'],
    offered: (state) => !isSettling(state) && failedRefunds(state).length > 0,
    decide: retryRefunds,
    elsewhere: refuseWhileUnderWay,
  },
  manualSettlement: {
    action: 'manual-settlement',
    roles: ['agent'],
    offered: (state) => !isSettling(state) && unsettled(state).length > 0,
    decide: settleByHand,
    elsewhere: refuseWhileUnderWay,
  },
};

/** The roles that may ever give a command. */
export const rolesForOrder = (name: OrderCommandName): readonly Role[] => commandRules[name].roles;

/** The actions open to a role now, as the contract names them. SEE-1 */
export function availableOrderActions(state: OrderState, role: Role): string[] {
  return Object.values(commandRules)
    .filter((rule) => rule.roles.includes(role) && rule.offered(state, role))
    .map(({ action }) => action);
}

/** Judges a command on an order. An operator may give every command by hand. */
export function decideOrder<Name extends OrderCommandName>(
  state: OrderState,
  name: Name,
  command: OrderCommands[Name],
  by: Given,
): OrderDecision {
  const rule: CommandRule<Name> = commandRules[name];
  const { actor } = by;
  const role = actor.role as Role;
  if (actor.role !== 'operator' && !rule.roles.includes(role))
    return refuse('not_your_action', `${rule.action} is for the ${rule.roles.join(' or ')}`);
  const stale = staleVersion<OrderEvent>(state.version, by);
  if (stale) return stale;
  if (rule.offered(state, role)) return rule.decide(state, command, by);
  const answer = rule.elsewhere?.(state, command, by);
  if (answer) return answer;
  if (isFinalOrder(state.stage.status))
    return refuse('order_ended', `the order has ended: it is ${state.stage.status}`);
  return refuse('action_not_available', `${rule.action} is not possible while the order is ${state.stage.status}`);
}

/** The first event of an order. ORD-1 to ORD-3 */
export function placeOrder(facts: OrderFacts, by: { actor: Actor; at: number }): OrderPlaced {
  const online = facts.paymentMethod === 'online';
  const deadline = online ? { deadline: deadlineFrom(facts.policy, 'unpaidOrder', by.at) } : {};
  return { type: 'orderPlaced', ...by, rule: online ? 'ORD-1' : 'ORD-2', facts, ...deadline };
}

const taken = ({ actor, at }: Pick<Given, 'actor' | 'at'>, rule: string) => ({ actor, at, rule });

/** ORD-1, ORD-9, ORD-10: every transaction counts once; money that nothing asks for goes back in full, once. */
function takePayment(state: OrderState, { transactionId, amount }: OrderCommands['payment'], by: Given): OrderDecision {
  const known = Object.hasOwn(state.payments, transactionId) ? state.payments[transactionId] : undefined;
  if (known === amount) return accept();
  if (known !== undefined) {
    return refuse(
      'payment_contradicts',
      `transaction ${transactionId} was reported before with ${known}, now with ${amount}`,
      { field: 'amount' },
    );
  }
  const because = whyUnasked(state, amount);
  if (!because) return accept({ type: 'orderPaid', ...taken(by, 'ORD-1'), transactionId, amount });
  const received: OrderEvent = { type: 'extraPaymentReceived', ...taken(by, 'ORD-9'), transactionId, amount, because };
  return accept(received, startRefund(state, lateRefundOf(transactionId), amount, 1, taken(by, 'ORD-9')));
}

function whyUnasked(state: OrderState, amount: number) {
  const { facts, stage } = state;
  if (facts.paymentMethod === 'cod') return 'not_asked_for';
  if (stage.status === 'cancelled') return 'order_cancelled';
  if (stage.status !== 'pending_payment') return 'already_paid';
  return amount === amountDue(state) ? undefined : 'wrong_amount';
}

/** A try of a refund under a key of its own. REF-4 */
function startRefund(
  { facts }: OrderState,
  purpose: RefundPurpose,
  amount: number,
  attempt: number,
  by: { actor: Actor; at: number; rule: string },
): OrderEvent {
  const key = `order/${facts.id}/${encodeURIComponent(purpose)}/${attempt}`;
  return { type: 'refundStarted', ...by, refund: { purpose, key, attempt, amount } };
}

/** ORD-10 */
function repeatShipment({ shipment }: OrderState, again: OrderCommands['shipment']): OrderDecision | undefined {
  if (!shipment) return undefined;
  if (shipment.carrier === again.carrier && shipment.trackingNumber === again.trackingNumber) return accept();
  return refuse('shipment_contradicts', `the order was shipped as ${shipment.carrier} ${shipment.trackingNumber}`, {
    field: 'trackingNumber',
  });
}

/** ORD-1, ORD-2 (cod is paid at the door); ELIG-3 counts from here. */
function deliver(state: OrderState, command: OrderCommands['delivery'], by: Given): OrderDecision {
  const deliveredAt = command.deliveredAt ? Date.parse(command.deliveredAt) : receiptOf(by);
  if (deliveredAt > by.at)
    return refuse('delivered_in_future', 'deliveredAt must not be in the future', { field: 'deliveredAt' });
  const cod = state.facts.paymentMethod === 'cod';
  return accept({
    type: 'orderDelivered',
    ...taken(by, cod ? 'ORD-2' : 'ORD-1'),
    deliveredAt,
    paidAtTheDoor: cod ? amountDue(state) : 0,
    deadline: { kind: 'afterSalesPeriod', from: by.at, at: afterSalesUntil(state.facts, deliveredAt) },
  });
}

/** ORD-10 */
function repeatDelivery({ deliveredAt }: OrderState, again: OrderCommands['delivery']): OrderDecision | undefined {
  if (deliveredAt === null) return undefined;
  if (!again.deliveredAt || Date.parse(again.deliveredAt) === deliveredAt) return accept();
  return refuse('delivery_contradicts', `the order was delivered at ${new Date(deliveredAt).toISOString()}`, {
    field: 'deliveredAt',
  });
}

function cancel(state: OrderState, { reason, note }: OrderCommands['cancellation'], by: Given): OrderDecision {
  const { role } = by.actor;
  const judged = judgeCancellation(state, role === 'operator' ? 'agent' : (role as Role), reason === 'parcel_refused');
  if (judged.answer.kind !== 'accepted') return judged;
  const rule = cancellationRule(state, role);
  const cancelled: OrderEvent = { type: 'orderCancelled', ...taken(by, rule), reason, ...(note ? { note } : {}) };
  return accept(cancelled, ...refundOfCancelled(state, taken(by, rule)));
}

/** Who may cancel when: ORD-4 to ORD-8. Answers without events. */
function judgeCancellation({ facts, stage }: OrderState, role: Role, parcelRefused: boolean): OrderDecision {
  const online = facts.paymentMethod === 'online';
  if (online && role === 'merchant')
    return refuse('merchant_may_not_cancel_online_order', 'a merchant can cancel an order paid online at no stage');
  if (!online && role === 'consumer') {
    return refuse(
      'consumer_may_not_cancel_cod_order',
      'an order paid at the door can’t be cancelled by the consumer: ask customer service',
    );
  }
  switch (stage.status) {
    case 'pending_payment':
    case 'pending_confirmation':
      return accept();
    case 'stocking_up':
      if (role !== 'consumer') return accept();
      return refuse(
        'paid_order_cancelled_by_customer_service_only',
        'once paid, an order is cancelled through customer service only',
      );
    case 'shipped':
      if (role === 'agent' && parcelRefused) return accept();
      return refuse(
        'order_already_shipped',
        'a shipped order is cancelled only by an agent, as parcel_refused, once its parcel was refused or intercepted',
      );
    case 'delivered':
    case 'completed':
      return refuse('order_already_delivered', 'nobody cancels a delivered order: apply for a return instead');
    case 'cancelled':
      return refuse('order_ended', 'the order is cancelled already');
    default:
      return stage satisfies never;
  }
}

function cancellationRule({ facts, stage }: OrderState, role: Actor['role']): string {
  if (stage.status === 'shipped') return 'ORD-8';
  if (facts.paymentMethod === 'online') return 'ORD-4';
  return role === 'merchant' ? 'ORD-7' : 'ORD-8';
}

/** Not shipped: all that was paid; a parcel that came back: the goods, not the postage. ORD-4, ORD-8 */
function refundOfCancelled(state: OrderState, by: { actor: Actor; at: number; rule: string }): OrderEvent[] {
  const refused = state.stage.status === 'shipped';
  const amount = refused ? Math.min(state.paid, goodsPrice(state.facts)) : state.paid;
  return amount === 0 ? [] : [startRefund(state, refused ? 'parcel_refused' : 'cancellation', amount, 1, by)];
}

const unknown = ({ refunds }: OrderState) => refunds.find(({ state }) => state === 'unknown');
/** The refunds that can be settled by hand: the refused first, then one whose outcome is unknown, then what is held back. */
const unsettled = (state: OrderState): OrderRefund[] => [
  ...failedRefunds(state),
  ...state.refunds.filter((one) => one.state === 'unknown'),
  ...state.refunds.filter((one) => one.held !== undefined && one.state !== 'unknown' && one.state !== 'declined'),
];
const isSettling = (state: OrderState) => state.refunds.some(({ settlement }) => settlement !== undefined);

/** ORD-11, CASE-14 */
function refuseWhileUnderWay(state: OrderState): OrderDecision | undefined {
  if (isSettling(state)) return refuse('in_progress', 'a settlement by hand is being checked with the provider');
  if (unknown(state))
    return refuse(
      'refund_outcome_unknown',
      'whether the provider has paid is not known yet: it is asked again and again until it says',
    );
  return refuse('refund_not_failed', 'no refund of the order has failed');
}

/** ORD-11: every refund that the provider refused gets a new attempt. */
function retryRefunds(state: OrderState, _: OrderCommands['refundRetry'], by: Given): OrderDecision {
  return accept(
    ...failedRefunds(state).map(({ purpose, amount, attempt }) =>
      startRefund(state, purpose, amount, attempt + 1, taken(by, 'ORD-11')),
    ),
  );
}

/** ORD-11, CASE-14: the refund that is named; else the refused one first, else the one whose outcome is unknown, else one that is held back. */
function settleByHand(
  state: OrderState,
  { reference, note, purpose, transactionId }: OrderCommands['manualSettlement'],
  by: Given,
): OrderDecision {
  const named = transactionId === undefined ? purpose : lateRefundOf(transactionId);
  const refund = unsettled(state).find((one) => named === undefined || one.purpose === named);
  if (!refund) {
    const which = named === undefined ? 'of the order' : `for ${named}`;
    return refuse('refund_not_failed', `no refund ${which} has failed, is unknown or held back`);
  }
  const settlement = { commandId: by.commandId, reference, note, actor: by.actor };
  return defer({ type: 'manualSettlementStarted', ...taken(by, 'ORD-11'), key: refund.key, settlement });
}
