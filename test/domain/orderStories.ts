import type { OrderFacts } from '../../src/domain/order/facts.ts';
import type { OrderEvent, RefundPurpose } from '../../src/domain/order/order.ts';
import { system, timer } from '../../src/domain/parties.ts';
import { anOrder, days, hours, noon } from '../builders.ts';
import { agent, consumer, merchant, service } from './specification.ts';

// As caseStories: written out event by event. Two cups at 129.00 and 10.00 postage.
export const id = '5f0c7a52-6a5c-4c7d-9a55-333333333333';
export const goods = 25_800;
export const total = 26_800;

const by = (actor: OrderEvent['actor'], rule: string, at: number) => ({ actor, rule, at });
export const at = {
  placed: noon,
  paid: noon + hours(1),
  shipped: noon + hours(2),
  delivered: noon + hours(3),
  later: noon + hours(4),
};

export const placed = (changes: Partial<OrderFacts> = {}): OrderEvent[] => [
  {
    type: 'orderPlaced',
    ...by(service, 'ORD-1', at.placed),
    facts: anOrder({ id, ...changes }),
    deadline: { kind: 'unpaidOrder', from: at.placed, at: at.placed + hours(24) },
  },
];
export const paid = (): OrderEvent[] => [
  ...placed(),
  { type: 'orderPaid', ...by(service, 'ORD-1', at.paid), transactionId: 't-1', amount: total },
];

export const codPlaced = (changes: Partial<OrderFacts> = {}): OrderEvent[] => [
  { type: 'orderPlaced', ...by(service, 'ORD-2', at.placed), facts: anOrder({ id, paymentMethod: 'cod', ...changes }) },
];
export const codConfirmed = (): OrderEvent[] => [
  ...codPlaced(),
  { type: 'orderConfirmed', ...by(merchant, 'ORD-2', at.paid) },
];

const shipment = { carrier: 'SF', trackingNumber: 'S1' };
const ships = (before: OrderEvent[]): OrderEvent[] => [
  ...before,
  { type: 'orderShipped', ...by(merchant, 'ORD-1', at.shipped), shipment },
];
export const shipped = () => ships(paid());
export const codShipped = () => ships(codConfirmed());

const delivers = (before: OrderEvent[], paidAtTheDoor: number): OrderEvent[] => [
  ...before,
  {
    type: 'orderDelivered',
    ...by(service, 'ORD-1', at.delivered),
    deliveredAt: at.delivered,
    paidAtTheDoor,
    deadline: { kind: 'afterSalesPeriod', from: at.delivered, at: at.delivered + days(15) },
  },
];
export const delivered = () => delivers(shipped(), 0);
export const codDelivered = () => delivers(codShipped(), total);

const periodOver = (before: OrderEvent[]): OrderEvent[] => [
  ...before,
  {
    type: 'afterSalesPeriodEnded',
    ...by(timer, 'ORD-1', at.delivered + days(15)),
    passedDeadline: { kind: 'afterSalesPeriod', from: at.delivered, at: at.delivered + days(15) },
  },
];
export const awaitingCompletion = () => periodOver(delivered());
export const completed = (): OrderEvent[] => [
  ...awaitingCompletion(),
  { type: 'orderCompleted', ...by(system, 'ORD-1', at.delivered + days(15)) },
];

export const cancelledUnpaid = (): OrderEvent[] => [
  ...placed(),
  {
    type: 'orderCancelled',
    ...by(timer, 'ORD-3', at.placed + hours(24)),
    reason: 'unpaid',
    passedDeadline: { kind: 'unpaidOrder', from: at.placed, at: at.placed + hours(24) },
  },
];
export const codCancelled = (): OrderEvent[] => [
  ...codPlaced(),
  { type: 'orderCancelled', ...by(merchant, 'ORD-7', at.paid), reason: 'out_of_stock' },
];

export const refund = (purpose: RefundPurpose, amount: number, attempt = 1) => ({
  purpose,
  amount,
  attempt,
  key: `order/${id}/${encodeURIComponent(purpose)}/${attempt}`,
});
export const cancelledPaid = (): OrderEvent[] => [
  ...paid(),
  { type: 'orderCancelled', ...by(agent, 'ORD-4', at.later), reason: 'changed_mind' },
  { type: 'refundStarted', ...by(agent, 'ORD-4', at.later), refund: refund('cancellation', total) },
];
const { key } = refund('cancellation', total);
export const refundUnknown = (): OrderEvent[] => [
  ...cancelledPaid(),
  { type: 'refundUnknown', ...by(system, 'REF-4', at.later), key, reason: 'timeout' },
];
export const refundHeld = (): OrderEvent[] => [
  ...cancelledPaid(),
  { type: 'refundHeld', ...by(system, 'REF-4', at.later), key, cause: 'stopped' },
];
export const refundFailed = (): OrderEvent[] => [
  ...cancelledPaid(),
  { type: 'refundDeclined', ...by(system, 'ORD-11', at.later), key, reason: 'closed' },
];
export const settling = (before: OrderEvent[]): OrderEvent[] => [
  ...before,
  {
    type: 'manualSettlementStarted',
    ...by(agent, 'ORD-11', at.later),
    key,
    settlement: { commandId: 'cmd-9', reference: 'bank-77', note: '线下转账', actor: agent },
  },
];
export const cancelledByConsumer = (): OrderEvent[] => [
  ...placed(),
  { type: 'orderCancelled', ...by(consumer, 'ORD-4', at.paid), reason: 'changed_mind' },
];

/** Every place an order can be in, and how it came there. */
export const everyPlace: Record<string, OrderEvent[]> = {
  pending_payment: placed(),
  stocking_up: paid(),
  shipped: shipped(),
  delivered: delivered(),
  'delivered, waiting to complete': awaitingCompletion(),
  completed: completed(),
  'cod pending_confirmation': codPlaced(),
  'cod stocking_up': codConfirmed(),
  'cod shipped': codShipped(),
  'cod delivered': codDelivered(),
  'cod cancelled': codCancelled(),
  'cancelled unpaid': cancelledUnpaid(),
  'cancelled by the consumer': cancelledByConsumer(),
  'cancelled, refund under way': cancelledPaid(),
  'cancelled, refund unknown': refundUnknown(),
  'cancelled, refund held back': refundHeld(),
  'cancelled, refund refused': refundFailed(),
  'cancelled, unknown refund being settled by hand': settling(refundUnknown()),
  'cancelled, refused refund being settled by hand': settling(refundFailed()),
};
