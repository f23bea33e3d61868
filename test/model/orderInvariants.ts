import type { OrderEvent, OrderState } from '../../src/domain/order/order.ts';
import type { Invariant } from './invariants.ts';
import type { Change } from './subjectInvariants.ts';
import type { Walker } from './walker.ts';

type OrderWalk = Walker<OrderState, OrderEvent>;
type Of<Type extends OrderEvent['type']> = Extract<OrderEvent, { type: Type }>;
const all = <Type extends OrderEvent['type']>(events: readonly OrderEvent[], ...types: Type[]): Of<Type>[] =>
  events.filter((event): event is Of<Type> => (types as string[]).includes(event.type));
const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);

const moneyOut = ({ provider, events }: OrderWalk) =>
  sum(provider.movements.map(({ amount }) => amount)) +
  sum(
    all(events, 'refundSettled')
      .filter(({ byHand }) => byHand)
      .map(({ refund }) => refund.amount),
  );

/** Where an order may go from each status. ORD-1, ORD-2, ORD-8 */
const ways: Record<string, readonly string[]> = {
  pending_payment: ['stocking_up', 'cancelled'],
  pending_confirmation: ['stocking_up', 'cancelled'],
  stocking_up: ['shipped', 'cancelled'],
  shipped: ['delivered', 'cancelled'],
  delivered: ['completed'],
};

/** What the goods were sold for, in arithmetic of its own; minor units. */
const goods = ({ facts }: OrderState) =>
  sum(facts.lines.map(({ quantity, unitPrice, discount }) => quantity * unitPrice - discount));

/** What must hold of every change of an order, beyond what holds of every subject. */
export const orderInvariants: readonly Invariant<OrderWalk, Change<OrderState, OrderEvent>>[] = [
  {
    rule: 'ORD-1, ORD-2, ORD-8',
    says: 'an order goes its way, and nobody cancels what was delivered',
    holds: (_, { before, after }) =>
      before.stage.status === after.stage.status || (ways[before.stage.status]?.includes(after.stage.status) ?? false),
  },
  {
    rule: 'ORD-4, ORD-5, ORD-6, ORD-7',
    says: 'whoever may cancel cancels: never the merchant online, never the consumer cod or once it is paid',
    holds: (_, { before, events }) =>
      all(events, 'orderCancelled').every(({ actor: { role }, reason }) => {
        const online = before.facts.paymentMethod === 'online';
        const { status } = before.stage;
        if (role === 'timer') return online && status === 'pending_payment' && reason === 'unpaid';
        if (role === 'merchant') return !online && status !== 'shipped';
        if (role === 'consumer') return online && status === 'pending_payment';
        return status !== 'shipped' || reason === 'parcel_refused';
      }),
  },
  {
    rule: 'REF-3, ORD-9',
    says: 'no more goes out than came in',
    holds: (walk) => moneyOut(walk) <= sum(Object.values(walk.state.payments)),
  },
  {
    rule: 'ORD-4, ORD-8, REF-2',
    says: 'cancelled before shipping all that was paid goes back, a refused parcel’s postage does not',
    holds: (_, { before, after, events }) => {
      if (all(events, 'orderCancelled').length === 0) return true;
      const shipped = before.stage.status === 'shipped';
      const amount = shipped ? Math.min(before.paid, goods(before)) : before.paid;
      const own = after.refunds.filter(({ purpose }) => !purpose.startsWith('late_payment:'));
      return amount === 0
        ? own.length === 0
        : own.length === 1 &&
            own[0]?.amount === amount &&
            own[0].purpose === (shipped ? 'parcel_refused' : 'cancellation');
    },
  },
  {
    rule: 'ORD-9',
    says: 'money that was not asked for is booked and goes back in full, once; the order stays as it is',
    holds: ({ ledger }, { before, after, events }) => {
      const own = all(events, 'orderPaid').length;
      const came = Object.keys(after.payments).filter((id) => !(id in before.payments));
      const extra = all(events, 'extraPaymentReceived');
      if (came.length !== own + extra.length) return false;
      return extra.every(({ transactionId, amount }) => {
        const back = after.refunds.filter(({ purpose }) => purpose === `late_payment:${transactionId}`);
        const booked = ledger.filter(
          (entry) =>
            entry.kind === 'late_payment' &&
            entry.movementKey.endsWith(`received:${encodeURIComponent(transactionId)}`),
        );
        return (
          before.stage.status === after.stage.status &&
          back.length === 1 &&
          back[0]?.amount === amount &&
          booked.length === 1 &&
          booked[0]?.amount === amount
        );
      });
    },
  },
  {
    rule: 'ORD-1, ORD-9',
    says: 'an order is paid once, with just what it costs, while it waits to be paid',
    holds: ({ events }, { before, events: news }) =>
      all(events, 'orderPaid').length <= 1 &&
      all(news, 'orderPaid').every(
        ({ amount }) => before.stage.status === 'pending_payment' && amount === goods(before) + before.facts.postage,
      ),
  },
  {
    rule: 'ORD-2',
    says: 'cod is paid at the door, online before; never both',
    holds: (_, { before, after, events }) =>
      all(events, 'orderDelivered').every(
        ({ paidAtTheDoor, deliveredAt, at }) =>
          deliveredAt <= at &&
          paidAtTheDoor === (before.facts.paymentMethod === 'cod' ? goods(before) + before.facts.postage : 0) &&
          after.paid === goods(before) + before.facts.postage,
      ),
  },
  {
    rule: 'ORD-9, ORD-11',
    says: 'each purpose is refunded once',
    holds: ({ events }, { events: news }) => {
      if (news.length === 0) return true;
      const purposes = all(events, 'refundSettled').map(({ refund }) => refund.purpose);
      return new Set(purposes).size === purposes.length;
    },
  },
  {
    rule: 'ORD-11',
    says: 'a refund is settled by the provider’s own payment, or by hand where the provider has not paid',
    holds: ({ provider }, { events }) =>
      all(events, 'refundSettled').every(
        ({ refund, byHand }) => provider.movements.some(({ key }) => key === refund.key) === (byHand === undefined),
      ),
  },
  {
    rule: 'REF-4',
    says: 'keys count attempts one by one, each purpose for itself',
    holds: ({ state }, { events }) =>
      all(events, 'refundStarted').every(
        ({ refund: { key, purpose, attempt } }) =>
          key === `order/${state.facts.id}/${encodeURIComponent(purpose)}/${attempt}` &&
          state.refunds.filter((one) => one.purpose === purpose).length === 1,
      ),
  },
  {
    rule: 'REF-5, ORD-9',
    says: 'what was received for nothing and goes back comes out even',
    holds: ({ ledger, state }) => {
      const account = `unassigned_receipts/${state.facts.id}`;
      const received = sum(ledger.filter(({ credit }) => credit === account).map(({ amount }) => amount));
      const returned = sum(ledger.filter(({ debit }) => debit === account).map(({ amount }) => amount));
      const late = state.refunds.filter(({ purpose }) => purpose.startsWith('late_payment:'));
      const settled = late.filter((refund) => refund.state === 'settled');
      return (
        received === sum(late.map(({ amount }) => amount)) && returned === sum(settled.map(({ amount }) => amount))
      );
    },
  },
  {
    rule: 'ORD-1',
    says: 'an order completes after its after-sales period',
    holds: ({ events }, { events: news }) =>
      all(news, 'orderCompleted').length === 0 || all(events, 'afterSalesPeriodEnded').length === 1,
  },
  {
    rule: 'ORD-10',
    says: 'a repeated shipment or delivery changes nothing',
    holds: ({ events }) => all(events, 'orderShipped').length <= 1 && all(events, 'orderDelivered').length <= 1,
  },
];
