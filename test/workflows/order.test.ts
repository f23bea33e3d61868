import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Actor } from '../../src/domain/parties.ts';
import { orderStart } from '../../src/workflows/starting.ts';
import { anOrder, days, hours } from '../builders.ts';
import { agent, consumer, graceMs, Harness, merchant, OrderUnderTest, service } from './harness.ts';
import { moneyOf } from './stories.ts';

const senior: Actor = { role: 'agent', id: 'a-2' };
const total = 26_800;
const pay = (transactionId: string, amount = total) =>
  ['payment', { transactionId, amount }] as ['payment', { transactionId: string; amount: number }];

describe('orders', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterEach(() => harness.world.provider.recover());
  afterAll(() => harness.stop());

  const placed = (changes = {}) => harness.place(anOrder(changes));
  const shipped = async (changes = {}): Promise<OrderUnderTest> => {
    const one = await placed(changes);
    await one.give(service, pay('t-1'));
    await one.give(merchant, ['shipment', { carrier: 'SF', trackingNumber: 'S1' }]);
    return one;
  };
  const money = (one: OrderUnderTest) => moneyOf(one);

  it.each([
    ['1 ms before', -1, 'stocking_up'],
    ['at', 0, 'stocking_up'],
    ['1 ms after', 1, 'cancelled'],
  ])('ORD-3 ORD-9: a payment received %s the end of the 24 h', async (_, offset, status) => {
    const one = await placed();
    const deadline = one.deadlineAt;
    expect(deadline - one.state.facts.placedAt).toBeGreaterThan(0);
    expect(deadline - one.timeline[0]!.at).toBe(hours(24));
    await harness.sleepUntil(deadline + 1_000);
    const id = await one.send(service, pay('t-1'), { receivedAt: deadline + offset });
    await harness.sleepUntil(deadline + graceMs + 1_000);
    expect(await one.answered(id)).toBe('accepted');
    await one.becomes(status);
    await harness.world.until(
      () => status === 'stocking_up' || one.state.refunds.some(({ state }) => state === 'settled'),
    );
    expect(money(one)).toMatchObject(
      status === 'stocking_up'
        ? { movements: [], ledger: [] }
        : {
            movements: [['refund', total]],
            ledger: [
              ['late_payment', total],
              ['refund', total],
            ],
            unbalanced: [],
          },
    );
  });

  it('ORD-9 tricky case 11: money weeks after the order’s workflow ended → booked, refunded in full once, the order stays', async () => {
    const one = await placed();
    await harness.sleepUntil(one.deadlineAt + graceMs + 1_000);
    await one.handle.result();
    await harness.env.sleep(days(40));
    const { type, ...start } = orderStart({ orderId: one.id, resume: true, settings: { graceMs } });
    const notice = async (commandId: string) => {
      const envelope = { commandId, receivedAt: await harness.now(), actor: service };
      await harness.env.client.workflow.signalWithStart(type, {
        ...start,
        taskQueue: harness.taskQueue,
        signal: 'payment',
        signalArgs: [...pay('t-late').slice(1), envelope],
      });
      return one.answered(commandId);
    };
    expect(await notice('late-1')).toBe('accepted');
    await harness.world.until(() => one.state.refunds[0]?.state === 'settled');
    await one.handle.result();
    expect(await notice('late-2')).toBe('accepted');
    expect(one.status).toBe('cancelled');
    expect(money(one)).toMatchObject({
      movements: [['refund', total]],
      asked: [expect.stringContaining('late_payment')],
      unbalanced: [],
    });
  });

  it('ORD-9, ORD-11: money for an order whose workflow is gone before its end: what it owed is paid, too', async () => {
    // written elsewhere: where a workflow was terminated, the test server's clock stands still
    const elsewhere = await Harness.start(inject('testServerPath'));
    const there = await elsewhere.place(anOrder());
    await there.give(service, pay('t-1'));
    elsewhere.world.provider.away = true;
    await there.give(agent, ['cancellation', { reason: 'changed_mind' }]);
    await elsewhere.world.until(() => there.state.refunds[0]?.state === 'unknown');
    harness.world.documents.set(there.subject, structuredClone(there.document!));
    await elsewhere.stop();
    const one = new OrderUnderTest(harness, there.subject, there.id, there.opened);
    const { type, ...start } = orderStart({ orderId: one.id, resume: true, settings: { graceMs } });
    const envelope = { commandId: `again-${one.id}`, receivedAt: await harness.now(), actor: service };
    await harness.env.client.workflow.signalWithStart(type, {
      ...start,
      taskQueue: harness.taskQueue,
      signal: 'payment',
      signalArgs: [...pay('t-2').slice(1), envelope],
    });
    await harness.world.until(
      () => one.state.refunds.length === 2 && one.state.refunds.every(({ state }) => state === 'settled'),
    );
    expect(money(one)).toMatchObject({
      movements: [
        ['refund', total],
        ['refund', total],
      ],
      unbalanced: [],
    });
    await one.handle.result();
  });

  it('ORD-9: money for an order that nobody knows is raised to an agent, not refused; told of again, it is raised once', async () => {
    const orderId = anOrder().id;
    const { type, ...start } = orderStart({ orderId, resume: true, settings: { graceMs } });
    const told = async (commandId: string, amount: number) => {
      const envelope = { commandId: `${commandId}-${orderId}`, receivedAt: await harness.now(), actor: service };
      await harness.env.client.workflow.signalWithStart(type, {
        ...start,
        taskQueue: harness.taskQueue,
        signal: 'payment',
        signalArgs: [...pay('t-1', amount).slice(1), envelope],
      });
      await harness.world.until(() => harness.world.outcomes.has(envelope.commandId));
      return harness.world.outcomes.get(envelope.commandId)?.state;
    };
    expect([await told('a', total), await told('b', total), await told('c', 1)]).toEqual([
      'accepted',
      'accepted',
      'accepted',
    ]);
    const raised = harness.world.notices.filter(({ notice }) => notice.orderId === orderId);
    expect(raised).toMatchObject(
      [total, total, 1].map((amount) => ({
        notice: {
          event: 'unassignedPayment',
          to: { role: 'agent', id: '*' },
          payment: { transactionId: 't-1', amount },
        },
      })),
    );
    // by its number a message is stored once
    expect(raised[1]?.seq).toBe(raised[0]?.seq);
    expect(raised[2]?.seq).not.toBe(raised[0]?.seq);
  });

  it('ORD-10, woocommerce-payments#12023: a redelivered payment notice repeats nothing; a second transaction goes back', async () => {
    const one = await placed();
    expect(await one.give(service, pay('t-1'))).toBe('accepted');
    expect(await one.give(service, pay('t-1'))).toBe('accepted');
    expect(await one.give(service, pay('t-1', total - 1))).toBe('payment_contradicts');
    expect(await one.give(service, pay('t-2'))).toBe('accepted');
    await harness.world.until(() => one.state.refunds[0]?.state === 'settled');
    expect(one.status).toBe('stocking_up');
    expect(money(one)).toMatchObject({ movements: [['refund', total]], unbalanced: [] });
  });

  it('ORD-4: an agent cancels before shipping → all of it back, postage included; ORD-11: refused → retried by an agent', async () => {
    const one = await placed();
    await one.give(service, pay('t-1'));
    harness.world.provider.next.push('decline');
    expect(await one.give(agent, ['cancellation', { reason: 'changed_mind' }])).toBe('accepted');
    await harness.world.until(() => one.state.refunds[0]?.state === 'declined');
    expect(await one.give(agent, ['refundRetry', {}])).toBe('accepted');
    await one.handle.result();
    expect(money(one)).toMatchObject({ movements: [['refund', total]], ledger: [['refund', total]], unbalanced: [] });
  });

  it('ORD-11, hyperswitch#13182: two agents retry at once → one new attempt, one refund', async () => {
    const { provider } = harness.world;
    const one = await placed();
    await one.give(service, pay('t-1'));
    provider.next.push('decline');
    await one.give(agent, ['cancellation', { reason: 'changed_mind' }]);
    await harness.world.until(() => one.state.refunds[0]?.state === 'declined');
    // the new attempt is under way while the second asks for one
    provider.slowDown();
    const retries = await Promise.all([one.give(agent, ['refundRetry', {}]), one.give(senior, ['refundRetry', {}])]);
    expect(retries.sort()).toEqual(['accepted', 'refund_not_failed']);
    provider.speedUp();
    await one.handle.result();
    const key = `order/${one.id}/cancellation`;
    expect(money(one)).toMatchObject({
      movements: [['refund', total]],
      asked: [`${key}/1`, `${key}/2`],
      ledger: [['refund', total]],
      unbalanced: [],
    });
  });

  it('ORD-8: a parcel refused on the way → the goods back, not the postage', async () => {
    const one = await shipped();
    expect(await one.give(agent, ['cancellation', { reason: 'changed_mind' }])).toBe('order_already_shipped');
    expect(await one.give(agent, ['cancellation', { reason: 'parcel_refused' }])).toBe('accepted');
    await one.handle.result();
    expect(money(one)).toMatchObject({ movements: [['refund', 25_800]], unbalanced: [] });
  });

  it('ORD-5 ORD-6: an online order is cancelled by its merchant at no stage, a cod one by its consumer never', async () => {
    const online = await placed();
    expect(await online.give(merchant, ['cancellation', { reason: 'out_of_stock' }])).toBe(
      'merchant_may_not_cancel_online_order',
    );
    const cod = await placed({ paymentMethod: 'cod' });
    expect(await cod.give(consumer, ['cancellation', { reason: 'changed_mind' }])).toBe(
      'consumer_may_not_cancel_cod_order',
    );
    expect(await online.give(consumer, ['cancellation', { reason: 'changed_mind' }])).toBe('accepted');
    expect(await cod.give(merchant, ['cancellation', { reason: 'out_of_stock' }])).toBe('accepted');
  });

  it('ORD-1: an order completes when its after-sales period is over, but not before its last open case has ended', async () => {
    const one = await shipped();
    await one.give(service, ['delivery', {}]);
    const until = one.deadlineAt;
    expect(until - one.state.deliveredAt!).toBe(days(15));
    await harness.sleepUntil(until - hours(1));
    const case_ = await harness.apply(one.state.facts);
    await harness.sleepUntil(until + graceMs + 1_000);
    await harness.world.until(() => one.story.includes('afterSalesPeriodEnded'));
    expect(one.status).toBe('delivered');
    expect(await case_.give(consumer, ['withdrawal', {}])).toBe('accepted');
    await one.becomes('completed');
    await one.handle.result();
  });
});
