import { describe, expect, it } from 'vitest';
import { orderDeadlines } from '../../src/domain/order/deadlines.ts';
import { placeOrder } from '../../src/domain/order/decide.ts';
import { orderBookings } from '../../src/domain/order/effects.ts';
import { orderNotices } from '../../src/domain/order/notices.ts';
import { type OrderEvent, type OrderState, orderRulesVersion, placedOrder } from '../../src/domain/order/order.ts';
import { takeOrderSettlementCheck } from '../../src/domain/order/payment.ts';
import { type Actor, system } from '../../src/domain/parties.ts';
import { aLine, anOrder, aPolicy, days, hours, noon } from '../builders.ts';
import * as story from './orderStories.ts';
import {
  agent,
  consumer,
  givenOrder,
  merchant,
  operator,
  orderDeadlinePasses,
  orders,
  providerAnswersOrder,
  providerFindsForOrder,
  service,
} from './specification.ts';

const { at, goods, total } = story;
const key = story.refund('cancellation', total).key;
const iso = (time: number) => new Date(time).toISOString();
const pays = (transactionId: string, amount = total, when = at.later) =>
  orders('payment', { transactionId, amount }, { by: service, at: when });
const cancels = (by: Actor, reason: 'changed_mind' | 'out_of_stock' | 'parcel_refused' = 'changed_mind') =>
  orders('cancellation', { reason }, { by, at: at.later });
const ships = (trackingNumber = 'S1') =>
  orders('shipment', { carrier: 'SF', trackingNumber }, { by: merchant, at: at.later });

describe('the way of an order', () => {
  it('ORD-1 ORD-3: an online order is placed unpaid, with 24 h to pay', () => {
    const first = placeOrder(anOrder(), { actor: service, at: noon });
    expect(first).toMatchObject({ rule: 'ORD-1', deadline: { kind: 'unpaidOrder', from: noon, at: noon + hours(24) } });
    expect(placedOrder(first, orderRulesVersion)).toMatchObject({
      stage: { status: 'pending_payment' },
      paid: 0,
      version: 1,
    });
  });

  it('ORD-2: a cod order waits for its merchant, and no deadline runs', () => {
    const state = placedOrder(
      placeOrder(anOrder({ paymentMethod: 'cod' }), { actor: service, at: noon }),
      orderRulesVersion,
    );
    expect(state).toMatchObject({ stage: { status: 'pending_confirmation' }, paid: 0 });
    expect(orderDeadlines(state)).toEqual([]);
  });

  it('POL-2: the unpaid deadline has the length of the policy the order was placed under', () => {
    const policy = aPolicy({ deadlines: { ...aPolicy().deadlines, unpaidOrder: 'PT30M' } });
    expect(placeOrder(anOrder({ policy }), { actor: service, at: noon }).deadline?.at).toBe(noon + hours(0.5));
  });

  it('ORD-1: paid → stocking up, shipped, delivered; the after-sales period runs from delivery', () => {
    const { state } = givenOrder(...story.placed())
      .when(pays('t-1'))
      .brings({ type: 'orderPaid', rule: 'ORD-1', amount: total });
    expect(state).toMatchObject({ stage: { status: 'stocking_up' }, paid: total });
    givenOrder(...story.paid())
      .when(ships())
      .brings({ type: 'orderShipped', rule: 'ORD-1' });
    const delivered = givenOrder(...story.shipped())
      .when(orders('delivery', {}, { by: service, at: at.delivered }))
      .brings({
        type: 'orderDelivered',
        deliveredAt: at.delivered,
        paidAtTheDoor: 0,
        deadline: { kind: 'afterSalesPeriod', from: at.delivered, at: at.delivered + days(15) },
      });
    expect(delivered.state.paid).toBe(total);
  });

  it('ORD-2: confirmed → stocking up; a cod order is paid at the door, postage included', () => {
    givenOrder(...story.codPlaced())
      .when(orders('confirmation', {}, { by: merchant, at: at.later }))
      .brings({ type: 'orderConfirmed', rule: 'ORD-2' });
    const { state } = givenOrder(...story.codShipped())
      .when(orders('delivery', {}, { by: service, at: at.delivered }))
      .brings({ type: 'orderDelivered', rule: 'ORD-2', paidAtTheDoor: total });
    expect(state.paid).toBe(total);
  });

  it('ORD-1: a delivery reported late counts from when it happened, not from the report', () => {
    const deliveredAt = at.shipped + hours(1);
    givenOrder(...story.shipped())
      .when(orders('delivery', { deliveredAt: iso(deliveredAt) }, { by: service, at: at.shipped + days(3) }))
      .brings({ type: 'orderDelivered', deliveredAt, deadline: { at: deliveredAt + days(15) } as never });
  });

  it('ORD-1: nothing is delivered in the future', () => {
    givenOrder(...story.shipped())
      .when(orders('delivery', { deliveredAt: iso(at.delivered + 1) }, { by: service, at: at.delivered }))
      .isRefused('delivered_in_future', { field: 'deliveredAt' });
  });

  it('ORD-1 SEE-2: the period over, it is asked whether a case is open; the passed deadline is named', () => {
    const { effects } = givenOrder(...story.delivered())
      .when(orderDeadlinePasses())
      .brings({ type: 'afterSalesPeriodEnded', rule: 'ORD-1', passedDeadline: { kind: 'afterSalesPeriod' } as never });
    expect(effects).toMatchObject([{ type: 'completeOrder', orderId: story.id }]);
  });

  it('ORD-3 SEE-2: 24 h unpaid cancel by themselves, and nothing is refunded', () => {
    const { state, effects } = givenOrder(...story.placed())
      .when(orderDeadlinePasses())
      .brings({
        type: 'orderCancelled',
        rule: 'ORD-3',
        reason: 'unpaid',
        passedDeadline: { kind: 'unpaidOrder', at: noon + hours(24) } as never,
      });
    expect(state.cancellation).toMatchObject({ by: 'timer', reason: 'unpaid' });
    expect(effects).toEqual([]);
  });

  it('SEE-1: an unpaid order shows who must act, by when and what happens otherwise', () => {
    expect(orderDeadlines(givenOrder(...story.placed()).state)).toEqual([
      {
        kind: 'unpaidOrder',
        from: noon,
        at: noon + hours(24),
        rule: 'ORD-3',
        waitingFor: 'consumer',
        onExpiry: 'cancelled_automatically',
      },
    ]);
  });

  it.each([
    ['shipped before it was paid', story.placed(), ships()],
    ['shipped before it was confirmed', story.codPlaced(), ships()],
    ['delivered before it was shipped', story.paid(), orders('delivery', {}, { by: service, at: at.later })],
    ['confirmed although paid online', story.paid(), orders('confirmation', {}, { by: merchant, at: at.later })],
  ])('ORD-1 ORD-2: an order is not %s', (_, events, happens) => {
    givenOrder(...events)
      .when(happens)
      .isRefused('action_not_available');
  });

  it.each([
    ['shipped', ships()],
    ['confirmed', orders('confirmation', {}, { by: merchant, at: at.later })],
    ['delivered', orders('delivery', {}, { by: service, at: at.later })],
  ])('a cancelled order is not %s: it has ended', (_, happens) => {
    givenOrder(...story.cancelledUnpaid())
      .when(happens)
      .isRefused('order_ended');
  });

  it('tricky case 4: a command for a version that is no longer current moves nothing', () => {
    givenOrder(...story.paid())
      .when(
        orders('shipment', { carrier: 'SF', trackingNumber: 'S1' }, { by: merchant, at: at.later, expectedVersion: 1 }),
      )
      .isRefused('stale_version');
    givenOrder(...story.paid())
      .when(
        orders('shipment', { carrier: 'SF', trackingNumber: 'S1' }, { by: merchant, at: at.later, expectedVersion: 2 }),
      )
      .brings({ type: 'orderShipped' });
  });
});

describe('cancelling', () => {
  const none = 'nothing';
  const accepted = (rule: string, refund: typeof none | readonly [string, number]) => ({ rule, refund });
  const onlineMerchant = 'merchant_may_not_cancel_online_order';
  const codConsumer = 'consumer_may_not_cancel_cod_order';
  const csOnly = 'paid_order_cancelled_by_customer_service_only';
  const over = 'order_already_delivered';
  const gone = 'order_already_shipped';

  // place × who → the refusal's code, or the rule and what goes back
  const table: [string, Actor, string, string | ReturnType<typeof accepted>][] = [
    ['pending_payment', consumer, 'changed_mind', accepted('ORD-4', none)],
    ['pending_payment', agent, 'changed_mind', accepted('ORD-4', none)],
    ['pending_payment', merchant, 'out_of_stock', onlineMerchant],
    ['stocking_up', consumer, 'changed_mind', csOnly],
    ['stocking_up', agent, 'changed_mind', accepted('ORD-4', ['cancellation', total])],
    ['stocking_up', operator, 'changed_mind', accepted('ORD-4', ['cancellation', total])],
    ['stocking_up', merchant, 'out_of_stock', onlineMerchant],
    ['shipped', consumer, 'changed_mind', gone],
    ['shipped', consumer, 'parcel_refused', gone],
    ['shipped', merchant, 'parcel_refused', onlineMerchant],
    ['shipped', agent, 'changed_mind', gone],
    ['shipped', agent, 'parcel_refused', accepted('ORD-8', ['parcel_refused', goods])],
    ['shipped', operator, 'parcel_refused', accepted('ORD-8', ['parcel_refused', goods])],
    ['delivered', consumer, 'changed_mind', over],
    ['delivered', merchant, 'out_of_stock', onlineMerchant],
    ['delivered', agent, 'parcel_refused', over],
    ['completed', agent, 'changed_mind', over],
    ['cancelled unpaid', consumer, 'changed_mind', 'order_ended'],
    ['cancelled unpaid', merchant, 'changed_mind', onlineMerchant],
    ['cod pending_confirmation', consumer, 'changed_mind', codConsumer],
    ['cod pending_confirmation', merchant, 'out_of_stock', accepted('ORD-7', none)],
    ['cod pending_confirmation', agent, 'changed_mind', accepted('ORD-8', none)],
    ['cod stocking_up', consumer, 'changed_mind', codConsumer],
    ['cod stocking_up', merchant, 'out_of_stock', accepted('ORD-7', none)],
    ['cod stocking_up', agent, 'changed_mind', accepted('ORD-8', none)],
    ['cod shipped', consumer, 'parcel_refused', codConsumer],
    ['cod shipped', merchant, 'out_of_stock', gone],
    ['cod shipped', agent, 'changed_mind', gone],
    ['cod shipped', agent, 'parcel_refused', accepted('ORD-8', none)],
    ['cod delivered', consumer, 'changed_mind', codConsumer],
    ['cod delivered', merchant, 'out_of_stock', over],
    ['cod delivered', agent, 'parcel_refused', over],
    ['cod cancelled', agent, 'changed_mind', 'order_ended'],
  ];
  it.each(table.map(([place, by, reason, outcome]) => ({ place, by, role: by.role, reason, outcome })))(
    'ORD-4 to ORD-8: $place, by the $role as $reason',
    ({ place, by, reason, outcome }) => {
      const when = givenOrder(...story.everyPlace[place]!).when(cancels(by, reason as 'changed_mind'));
      if (typeof outcome === 'string') return void when.isRefused(outcome as never);
      const cancelled = { type: 'orderCancelled', rule: outcome.rule, reason } as never;
      if (outcome.refund === none) return expect(when.brings(cancelled).effects).toEqual([]);
      const [purpose, amount] = outcome.refund;
      const { effects, state } = when.brings(cancelled, {
        type: 'refundStarted',
        refund: { purpose, amount, attempt: 1 },
      } as never);
      expect(effects).toMatchObject([
        { type: 'pay', operation: 'refund', amount: { amount, currency: 'CNY' }, party: 'c-1' },
      ]);
      expect(state.stage.status).toBe('cancelled');
    },
  );

  it('ORD-6: the refusal points the consumer to customer service', () => {
    const { answer } = cancels(consumer)(givenOrder(...story.codPlaced()).state);
    expect(answer).toMatchObject({ refusal: { detail: expect.stringContaining('customer service') } });
  });

  it('ORD-4: the note is kept; ORD-8: a parcel refused of free goods brings nothing back', () => {
    givenOrder(...story.placed())
      .when(orders('cancellation', { reason: 'other', note: '买错了' }, { by: consumer, at: at.later }))
      .brings({ type: 'orderCancelled', note: '买错了' });
    const free = story.placed({ lines: [aLine({ unitPrice: 0 })] });
    const [, paid, shipped] = story.shipped();
    givenOrder(...free, { ...paid!, amount: 1_000 } as never, shipped!)
      .when(cancels(agent, 'parcel_refused'))
      .brings({ type: 'orderCancelled' });
  });

  it.each(['consumer', 'admin', 'service', 'merchant', 'timer', 'system'] as const)(
    'only an agent retries or settles an order’s refund, not a %s',
    (role) => {
      const by = { role, id: 'x-1' } as Actor;
      const failed = givenOrder(...story.refundFailed());
      failed.when(orders('refundRetry', {}, { by, at: at.later })).isRefused('not_your_action');
      failed
        .when(orders('manualSettlement', { reference: 'r', note: 'n' }, { by, at: at.later }))
        .isRefused('not_your_action');
    },
  );
});

describe('money that an order does not ask for', () => {
  const goesBack = (transactionId: string, amount: number, because: string) =>
    [
      { type: 'extraPaymentReceived', rule: 'ORD-9', transactionId, amount, because },
      {
        type: 'refundStarted',
        rule: 'ORD-9',
        refund: { purpose: `late_payment:${transactionId}`, amount, attempt: 1 },
      },
    ] as never[];

  it.each([
    ['after cancellation', 'cancelled unpaid', total, 'order_cancelled'],
    ['after the consumer cancelled', 'cancelled by the consumer', total, 'order_cancelled'],
    ['a second time', 'stocking_up', total, 'already_paid'],
    ['for a shipped order', 'shipped', total, 'already_paid'],
    ['for a delivered order', 'delivered', 1, 'already_paid'],
    ['for a completed order', 'completed', total, 'already_paid'],
    ['one cent short', 'pending_payment', total - 1, 'wrong_amount'],
    ['one cent over', 'pending_payment', total + 1, 'wrong_amount'],
    ['for goods paid at the door', 'cod pending_confirmation', total, 'not_asked_for'],
    ['for cod delivered', 'cod delivered', total, 'not_asked_for'],
  ])(
    'ORD-9 tricky case 11: %s is booked, goes back in full once, and leaves the order as it is',
    (_, place, amount, because) => {
      const events = story.everyPlace[place]!;
      const before = givenOrder(...events).state;
      const { state, effects } = givenOrder(...events)
        .when(pays('t-x', amount))
        .brings(...goesBack('t-x', amount, because));
      expect([state.stage, state.paid, state.cancellation]).toEqual([before.stage, before.paid, before.cancellation]);
      expect(effects).toMatchObject([{ type: 'pay', operation: 'refund', amount: { amount } }]);
    },
  );

  it('ORD-9: after a wrong amount the right one still pays; each transaction counts once', () => {
    const wrong = givenOrder(...story.placed()).when(pays('t-1', 5)).events;
    givenOrder(...story.placed(), ...wrong)
      .when(pays('t-1', 5))
      .changesNothing();
    givenOrder(...story.placed(), ...wrong)
      .when(pays('t-1', total))
      .isRefused('payment_contradicts', { field: 'amount' });
    givenOrder(...story.placed(), ...wrong)
      .when(pays('t-2', total))
      .brings({ type: 'orderPaid' });
  });

  it('ORD-10, woocommerce-payments#12023: a redelivered notice repeats nothing, wherever the order is by then', () => {
    for (const events of [story.paid(), story.shipped(), story.delivered(), story.completed(), story.cancelledPaid()]) {
      givenOrder(...events)
        .when(pays('t-1'))
        .changesNothing();
      givenOrder(...events)
        .when(pays('t-1', total - 1))
        .isRefused('payment_contradicts');
    }
  });

  it('spree#14678: received twice, refunded once, and never more than the second', () => {
    const again = givenOrder(...story.paid()).when(pays('t-2')).events;
    const { state } = givenOrder(...story.paid(), ...again)
      .when(cancels(agent))
      .brings({ type: 'orderCancelled' }, { type: 'refundStarted' });
    expect(state.refunds.map(({ amount }) => amount)).toEqual([total, total]);
    expect(new Set(state.refunds.map((refund) => refund.key)).size).toBe(2);
    expect(Object.values(state.payments)).toEqual([total, total]);
  });

  it.each(['constructor', 'hasOwnProperty', 'toString'])(
    'a transaction called %s is a transaction like any other',
    (transactionId) => {
      givenOrder(...story.placed())
        .when(pays(transactionId))
        .brings({ type: 'orderPaid', transactionId });
      givenOrder(...story.paid())
        .when(pays(transactionId))
        .brings(...goesBack(transactionId, total, 'already_paid'));
    },
  );

  it('REF-4: transactions whose names would run into each other have keys of their own', () => {
    const keys = ['t:1', 't%3A1', 't@1']
      .map((name) => pays(name)(givenOrder(...story.paid()).state).events[1])
      .map((event) => JSON.stringify(event));
    expect(new Set(keys).size).toBe(3);
  });

  it('REF-5 ORD-9: what came is booked as received, and leaves the same account again', () => {
    const { events, state } = givenOrder(...story.paid()).when(pays('t-2'));
    const [received] = events.flatMap((event) => orderBookings(state, event));
    const started = state.refunds[0]!;
    const settled = givenOrder(...story.paid(), ...events).when(
      providerAnswersOrder(started.key, { outcome: 'done', reference: 'r', at: 0 }, at.later),
    );
    const [back] = settled.events.flatMap((event) => orderBookings(settled.state, event));
    expect(received).toMatchObject({
      kind: 'late_payment',
      amount: total,
      debit: 'payment_provider',
      credit: `unassigned_receipts/${story.id}`,
    });
    expect(back).toMatchObject({
      kind: 'refund',
      amount: total,
      debit: `unassigned_receipts/${story.id}`,
      credit: 'payment_provider',
    });
    expect(settled.events).toMatchObject([{ rule: 'ORD-9' }]);
  });
});

describe('repeated notices', () => {
  it('ORD-10: a repeated confirmation, shipment or delivery changes nothing', () => {
    givenOrder(...story.codConfirmed())
      .when(orders('confirmation', {}, { by: merchant, at: at.later }))
      .changesNothing();
    for (const events of [story.shipped(), story.delivered(), story.completed()])
      givenOrder(...events)
        .when(ships())
        .changesNothing();
    for (const events of [story.delivered(), story.awaitingCompletion(), story.completed()]) {
      givenOrder(...events)
        .when(orders('delivery', {}, { by: service, at: at.later }))
        .changesNothing();
      givenOrder(...events)
        .when(orders('delivery', { deliveredAt: iso(at.delivered) }, { by: service, at: at.later }))
        .changesNothing();
    }
  });

  it('ORD-10: one that contradicts is refused', () => {
    givenOrder(...story.shipped())
      .when(ships('S2'))
      .isRefused('shipment_contradicts', { field: 'trackingNumber' });
    givenOrder(...story.delivered())
      .when(orders('delivery', { deliveredAt: iso(at.delivered - 1) }, { by: service, at: at.later }))
      .isRefused('delivery_contradicts', { field: 'deliveredAt' });
  });
});

describe('an order’s refund that does not go through', () => {
  const retry = orders('refundRetry', {}, { by: agent, at: at.later });
  const settle = orders('manualSettlement', { reference: 'bank-77', note: '线下转账' }, { by: agent, at: at.later });

  it('ORD-4: the provider has paid → settled under the rule of the cancellation, and booked once', () => {
    const when = givenOrder(...story.cancelledPaid()).when(
      providerAnswersOrder(key, { outcome: 'done', reference: 'r-1', at: 0 }, at.later),
    );
    when.brings({ type: 'refundSettled', rule: 'ORD-4', reference: 'r-1' });
    expect(when.events.flatMap((event) => orderBookings(when.state, event))).toMatchObject([
      { kind: 'refund', amount: total, debit: `order_proceeds/${story.id}` },
    ]);
    givenOrder(...story.cancelledPaid(), ...when.events)
      .when(providerAnswersOrder(key, { outcome: 'done', reference: 'r-1', at: 0 }, at.later))
      .changesNothing();
  });

  it('ORD-11, vendure#3152: refused for good is shown as failed, not as refunded, and raised to an agent', () => {
    const { state } = givenOrder(...story.cancelledPaid())
      .when(providerAnswersOrder(key, { outcome: 'declined', reason: 'closed' }, at.later))
      .brings({ type: 'refundDeclined', rule: 'ORD-11' });
    expect(state.refunds).toMatchObject([{ state: 'declined' }]);
    expect(orderNotices(state, story.refundFailed().at(-1)!).map(({ to }) => to.role)).toEqual([
      'consumer',
      'merchant',
      'agent',
    ]);
  });

  it('ORD-11, ruoyi-vue-pro#1031: an agent retries; the new attempt has a key of its own', () => {
    const { effects } = givenOrder(...story.refundFailed())
      .when(retry)
      .brings({ type: 'refundStarted', refund: { purpose: 'cancellation', attempt: 2, amount: total } } as never);
    expect(effects).toMatchObject([{ type: 'pay', key: story.refund('cancellation', total, 2).key }]);
  });

  it('ORD-11: of several refunds that have failed, an agent says which it has paid by hand', () => {
    const [late, own] = [story.refund('late_payment:t-9', 500), story.refund('cancellation', total)];
    const paidAgain = givenOrder(...story.refundFailed()).when(
      orders('payment', { transactionId: 't-9', amount: 500 }, { by: service, at: at.later }),
    ).events;
    const started = [...story.refundFailed(), ...paidAgain];
    const declined = providerAnswersOrder(late.key, { outcome: 'declined', reason: 'closed' }, at.later);
    const both = givenOrder(...started, ...givenOrder(...started).when(declined).events);
    expect(both.state.refunds.map(({ state }) => state)).toEqual(['declined', 'declined']);
    const naming = (which: object) =>
      both.when(orders('manualSettlement', { reference: 'b-1', note: 'n', ...which }, { by: agent, at: at.later }));
    naming({}).isDeferred({ type: 'manualSettlementStarted', key: own.key });
    naming({ purpose: 'cancellation' }).isDeferred({ type: 'manualSettlementStarted', key: own.key });
    naming({ purpose: 'late_payment', transactionId: 't-9' }).isDeferred({ key: late.key });
    naming({ purpose: 'late_payment', transactionId: 't-8' }).isRefused('refund_not_failed');
    naming({ purpose: 'parcel_refused' }).isRefused('refund_not_failed');
  });

  it('REF-4: a late word on the first attempt does not touch the second', () => {
    const second = givenOrder(...story.refundFailed()).when(retry).events;
    givenOrder(...story.refundFailed(), ...second)
      .when(providerAnswersOrder(key, { outcome: 'declined', reason: 'again' }, at.later))
      .changesNothing();
  });

  it('REF-4, hyperswitch#13182: while a refund is under way or unknown, no second one starts', () => {
    givenOrder(...story.cancelledPaid())
      .when(retry)
      .isRefused('refund_not_failed');
    givenOrder(...story.cancelledPaid())
      .when(settle)
      .isRefused('refund_not_failed');
    givenOrder(...story.refundUnknown())
      .when(retry)
      .isRefused('refund_outcome_unknown');
    givenOrder(...story.paid())
      .when(retry)
      .isRefused('refund_not_failed');
  });

  it.each([
    ['an unknown', story.refundUnknown()],
    ['a refused', story.refundFailed()],
  ])('ORD-11 CASE-14: settling %s refund by hand asks the provider first, and one at a time', (_, events) => {
    const { effects } = givenOrder(...events)
      .when(settle)
      .isDeferred({ type: 'manualSettlementStarted', key });
    expect(effects).toEqual([{ type: 'checkPayment', key: `${key}/check/cmd-1`, paymentKey: key }]);
    givenOrder(...story.settling(events))
      .when(settle)
      .isRefused('in_progress');
    givenOrder(...story.settling(events))
      .when(retry)
      .isRefused('in_progress');
  });

  it.each([
    ['has paid', { outcome: 'done', reference: 'r-9', at: 0 } as const, 'r-9', 'payment_provider'],
    ['has not', { outcome: 'none' } as const, 'bank-77', 'settled_by_hand'],
    ['refused', { outcome: 'declined', reason: 'closed' } as const, 'bank-77', 'settled_by_hand'],
  ])('ORD-11 tricky case 18: the provider %s → settled once', (_, found, reference, credit) => {
    for (const events of [story.refundUnknown(), story.refundFailed()]) {
      const when = givenOrder(...story.settling(events)).when(providerFindsForOrder(found, at.later));
      const { state } = when.brings({ type: 'refundSettled', reference });
      expect(state.refunds).toMatchObject([{ state: 'settled' }]);
      expect(state.refunds[0]).not.toHaveProperty('settlement');
      expect(when.events.flatMap((event) => orderBookings(state, event))).toMatchObject([{ credit, amount: total }]);
    }
  });

  it.each(['unknown', 'pending'] as const)(
    'ORD-11: the provider’s word is %s → refused, nothing settled, and an open refund goes on being asked for',
    (outcome) => {
      const found = outcome === 'unknown' ? { outcome, reason: 'away' } : { outcome, reference: 'p' };
      const keeps = [{ type: 'manualSettlementRefused' as const, key }];
      const unknown = givenOrder(...story.settling(story.refundUnknown()))
        .when(providerFindsForOrder(found, at.later))
        .isRefused('refund_outcome_unknown', { keeps });
      expect(unknown.effects).toMatchObject([{ type: 'pay', key }]);
      const stopped = { outcome: 'held', cause: 'stopped' } as const;
      const held = givenOrder(...story.cancelledPaid()).when(providerAnswersOrder(key, stopped, at.later)).events;
      const heldBack = givenOrder(...story.settling([...story.cancelledPaid(), ...held]))
        .when(providerFindsForOrder(found, at.later))
        .isRefused('refund_outcome_unknown', { keeps });
      expect(heldBack.effects).toMatchObject([{ type: 'pay', key }]);
      const refused = givenOrder(...story.settling(story.refundFailed()))
        .when(providerFindsForOrder(found, at.later))
        .isRefused('refund_outcome_unknown', { keeps });
      expect(refused.effects).toEqual([]);
      expect(refused.state.refunds).toMatchObject([{ state: 'declined' }]);
    },
  );

  it('CASE-14: the stopped attempt is refused after all while its settlement is checked → the settlement still stands', () => {
    const declined = givenOrder(...story.settling(story.refundUnknown())).when(
      providerAnswersOrder(key, { outcome: 'declined', reason: 'no' }, at.later),
    ).events;
    givenOrder(...story.settling(story.refundUnknown()), ...declined)
      .when(providerFindsForOrder({ outcome: 'declined', reason: 'no' }, at.later))
      .brings({ type: 'refundSettled', reference: 'bank-77' });
  });

  it('CASE-14: the stopped attempt has paid after all → settled by it; the check that follows settles nothing more', () => {
    const paid = givenOrder(...story.settling(story.refundUnknown())).when(
      providerAnswersOrder(key, { outcome: 'done', reference: 'r', at: 0 }, at.later),
    ).events;
    givenOrder(...story.settling(story.refundUnknown()), ...paid)
      .when(providerFindsForOrder({ outcome: 'done', reference: 'r', at: 0 }, at.later))
      .changesNothing();
  });

  it('CASE-14: a check that comes late says nothing of another refund that is being settled since', () => {
    const late = story.refund('late_payment:t-2', 5);
    const checked = `${key}/check/cmd-9`;
    const second: OrderEvent[] = [
      ...story.settling(story.refundUnknown()),
      {
        type: 'refundSettled',
        actor: system,
        rule: 'ORD-4',
        at: at.later,
        refund: story.refund('cancellation', story.total),
        reference: 'r',
      },
      { type: 'refundStarted', actor: service, rule: 'ORD-9', at: at.later, refund: late },
      { type: 'refundUnknown', actor: system, rule: 'REF-4', at: at.later, key: late.key, reason: 'timeout' },
      {
        type: 'manualSettlementStarted',
        actor: agent,
        rule: 'ORD-11',
        at: at.later,
        key: late.key,
        settlement: { commandId: 'cmd-10', reference: 'bank-78', note: '线下转账', actor: agent },
      },
    ];
    const comesLate = (state: OrderState) =>
      takeOrderSettlementCheck(state, checked, { outcome: 'done', reference: 'r', at: 0 }, at.later);
    givenOrder(...second)
      .when(comesLate)
      .changesNothing();
    givenOrder(...second)
      .when(providerFindsForOrder({ outcome: 'none' }, at.later))
      .brings({ type: 'refundSettled', reference: 'bank-78' });
  });
});
