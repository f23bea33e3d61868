import type { Deadline, ShownDeadline } from '../deadline.ts';
import { type Hold, type HoldCause, holdOf } from '../money/gate.ts';
import type { Actor, Role } from '../parties.ts';
import type { cancellationReasons } from './commands.ts';
import { type OrderFacts, totalPrice } from './facts.ts';

/** Decides differently on old histories where a rule's code has changed: set at an order's start, never after. */
export const orderRulesVersion = 3;

/** Where an order can stand. ORD-1, ORD-2 */
export const orderStatuses = [
  'pending_payment',
  'pending_confirmation', // 待确认
  'stocking_up', // 备货中
  'shipped',
  'delivered',
  'completed',
  'cancelled',
] as const;
export type OrderStatus = (typeof orderStatuses)[number];

export type CancellationReason = (typeof cancellationReasons)[number] | 'unpaid';
export type Shipment = { carrier: string; trackingNumber: string };
export type Cancellation = {
  by: Role | 'operator' | 'timer' | 'system';
  reason: CancellationReason;
  note?: string;
  at: number;
};

/** The order's place and what only that place has. */
type Stage =
  | { status: 'pending_payment'; deadline: Deadline }
  | { status: 'pending_confirmation' | 'stocking_up' | 'shipped' }
  | { status: 'delivered'; deadline?: Deadline }
  | { status: 'completed' }
  | { status: 'cancelled' };

/** Why money goes back that is no case's: the order was cancelled, or money came that it didn't ask for (ORD-4, ORD-8, ORD-9). */
export type RefundPurpose = 'cancellation' | 'parcel_refused' | `late_payment:${string}`;

const latePayment = 'late_payment:';

/** The purpose of a payment that goes back, one per transaction. ORD-9 */
export const lateRefundOf = (transactionId: string): RefundPurpose => `${latePayment}${transactionId}`;

/** The payment that goes back for this purpose; undefined where money goes back for another reason. ORD-9 */
export const lateTransactionOf = (purpose: RefundPurpose): string | undefined =>
  purpose.startsWith(latePayment) ? purpose.slice(latePayment.length) : undefined;

/** Money going back, one per purpose; `key` is `subject/purpose/attempt` (REF-4), `amount` in minor units. */
export type OrderRefund = {
  purpose: RefundPurpose;
  key: string;
  attempt: number;
  amount: number;
  state: 'requested' | 'unknown' | 'declined' | 'settled';
  /** UTC ms; one of older rules has none. */
  unknownAt?: number;
  /** UTC ms; a refusal written before that was kept has none. */
  declinedAt?: number;
  /** The platform holds the money back: the provider has not been asked for it. */
  held?: Hold;
  settlement?: Settlement;
};
type Settlement = { commandId: string; reference: string; note: string; actor: Actor };

export type OrderState = {
  rulesVersion: number;
  facts: OrderFacts;
  stage: Stage;
  /** minor units of the order's own payment */
  paid: number;
  /** Every transaction that brought money, with its amount in minor units. */
  payments: Record<string, number>;
  refunds: OrderRefund[];
  shipment: Shipment | null;
  /** UTC ms */
  deliveredAt: number | null;
  cancellation: Cancellation | null;
  updatedAt: number;
  version: number;
};

type By = { at: number; actor: Actor; rule: string };
type Started = Pick<OrderRefund, 'purpose' | 'key' | 'attempt' | 'amount'>;

/** What can have happened to an order. */
export type OrderEvent = By &
  (
    | { type: 'orderPlaced'; facts: OrderFacts; deadline?: Deadline }
    | { type: 'orderPaid'; transactionId: string; amount: number }
    | {
        type: 'extraPaymentReceived';
        transactionId: string;
        amount: number;
        because: 'not_asked_for' | 'already_paid' | 'wrong_amount' | 'order_cancelled';
      }
    | { type: 'orderConfirmed' }
    | { type: 'orderShipped'; shipment: Shipment }
    | { type: 'orderDelivered'; deliveredAt: number; paidAtTheDoor: number; deadline: Deadline }
    | { type: 'orderCancelled'; reason: CancellationReason; note?: string; passedDeadline?: Deadline }
    | { type: 'afterSalesPeriodEnded'; passedDeadline: Deadline }
    | { type: 'orderCompleted' }
    | { type: 'refundStarted'; refund: Started }
    | { type: 'refundHeld'; key: string; cause: HoldCause }
    | { type: 'refundUnknown'; key: string; reason: string }
    | { type: 'refundDeclined'; key: string; reason: string }
    | { type: 'refundSettled'; refund: Started; reference: string; byHand?: { note: string } }
    | { type: 'manualSettlementStarted'; key: string; settlement: Settlement }
    | { type: 'manualSettlementRefused'; key: string }
    | { type: 'deadlineExtended'; deadline: Deadline; was: number; reason: string }
    | { type: 'reminded'; about: ShownDeadline }
    | { type: 'signalRefused'; signal: string; code: string; detail: string }
  );

/** Statuses in which an order has ended; money that came for nothing may still be on its way back. */
export const isFinalOrder = (status: OrderStatus): boolean => status === 'completed' || status === 'cancelled';

/**
 * Until when (UTC ms) something that concerns the order is still under way: 0 once it has ended and no money is on its way back,
 * undefined while that can't be said. Money that comes later starts its workflow anew (ORD-9).
 */
export const orderListensUntil = ({ stage, refunds }: OrderState): number | undefined =>
  isFinalOrder(stage.status) && refunds.every(({ state }) => state === 'settled') ? 0 : undefined;

/** An order's first event. */
export type OrderPlaced = Extract<OrderEvent, { type: 'orderPlaced' }>;

/** The order after its first event. */
export function placedOrder({ facts, deadline, at }: OrderPlaced, rulesVersion: number): OrderState {
  return {
    rulesVersion,
    facts,
    stage: deadline ? { status: 'pending_payment', deadline } : { status: 'pending_confirmation' },
    paid: 0,
    payments: {},
    refunds: [],
    shipment: null,
    deliveredAt: null,
    cancellation: null,
    updatedAt: at,
    version: 1,
  };
}

/** The state after an event; replaying an order's events gives its state. */
export function evolveOrder(state: OrderState, event: OrderEvent): OrderState {
  return { ...state, ...changes(state, event), updatedAt: event.at };
}

const silent: readonly OrderEvent['type'][] = ['signalRefused', 'manualSettlementRefused', 'reminded'];

/** The state after all events of one accepted change: its version moves once. */
export function evolveOrderAll(state: OrderState, events: OrderEvent[]): OrderState {
  const after = events.reduce(evolveOrder, state);
  return events.some(({ type }) => !silent.includes(type)) ? { ...after, version: state.version + 1 } : after;
}

function changes(state: OrderState, event: OrderEvent): Partial<OrderState> {
  switch (event.type) {
    case 'orderPlaced':
      return placedOrder(event, state.rulesVersion);
    case 'orderPaid':
      return {
        stage: { status: 'stocking_up' },
        paid: event.amount,
        payments: { ...state.payments, [event.transactionId]: event.amount },
      };
    case 'extraPaymentReceived':
      return { payments: { ...state.payments, [event.transactionId]: event.amount } };
    case 'orderConfirmed':
      return { stage: { status: 'stocking_up' } };
    case 'orderShipped':
      return { stage: { status: 'shipped' }, shipment: event.shipment };
    case 'orderDelivered':
      return {
        stage: { status: 'delivered', deadline: event.deadline },
        deliveredAt: event.deliveredAt,
        paid: state.paid + event.paidAtTheDoor,
      };
    case 'orderCancelled': {
      const { actor, reason, note, at } = event;
      return {
        stage: { status: 'cancelled' },
        cancellation: { by: actor.role, reason, ...(note ? { note } : {}), at },
      };
    }
    case 'afterSalesPeriodEnded':
      return { stage: { status: 'delivered' } };
    case 'orderCompleted':
      return { stage: { status: 'completed' } };
    case 'refundStarted':
      return {
        refunds: [
          ...state.refunds.filter(({ purpose }) => purpose !== event.refund.purpose),
          { ...event.refund, state: 'requested' },
        ],
      };
    case 'refundHeld':
      return {
        refunds: withRefund(state, event.key, ({ unknownAt: _over, ...refund }) => ({
          ...refund,
          state: 'requested',
          held: holdOf(refund, event),
        })),
      };
    case 'refundUnknown':
      return {
        refunds: withRefund(state, event.key, ({ held: _over, ...refund }) => ({
          ...refund,
          state: 'unknown',
          ...(state.rulesVersion >= 3 ? { unknownAt: event.at } : {}),
        })),
      };
    case 'refundDeclined':
      return {
        refunds: withRefund(state, event.key, ({ held: _over, unknownAt: _then, ...refund }) => ({
          ...refund,
          state: 'declined',
          declinedAt: event.at,
        })),
      };
    case 'refundSettled':
      return {
        refunds: withRefund(
          state,
          event.refund.key,
          ({ settlement: _done, declinedAt: _then, unknownAt: _since, held: _over, ...refund }) => ({
            ...refund,
            state: 'settled',
          }),
        ),
      };
    case 'manualSettlementStarted':
      return { refunds: withRefund(state, event.key, (refund) => ({ ...refund, settlement: event.settlement })) };
    case 'manualSettlementRefused':
      return { refunds: withRefund(state, event.key, ({ settlement: _ended, ...refund }) => refund) };
    case 'deadlineExtended':
      return { stage: { ...state.stage, deadline: event.deadline } as Stage };
    case 'reminded':
    case 'signalRefused':
      return {};
    default:
      return event satisfies never;
  }
}

function withRefund(state: OrderState, key: string, change: (refund: OrderRefund) => OrderRefund): OrderRefund[] {
  return state.refunds.map((refund) => (refund.key === key ? change(refund) : refund));
}

/** The refunds that the provider has refused for good: an agent retries them or settles by hand. ORD-11 */
export const failedRefunds = ({ refunds }: OrderState): OrderRefund[] =>
  refunds.filter(({ state }) => state === 'declined');

/** What the order asks to be paid, in minor units. */
export const amountDue = (state: OrderState): number => totalPrice(state.facts);
