import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { TicketCommands } from '../../src/domain/ticket/commands.ts';
import { innerSignals } from '../../src/workflows/messages.ts';
import { anApplication, anOrder, hours } from '../builders.ts';
import { agent, type CaseUnderTest, consumer, graceMs, Harness, service, type TicketUnderTest } from './harness.ts';
import { moneyOf, refused } from './stories.ts';

const answered = ['resolution', { outcome: 'answered', note: '已解答' }] as const;
const cancels = ['resolution', { outcome: 'cancel_order', note: '买家不想要了' }] as const;
const { orderId: _order, ...application } = anApplication('');
const opensCase = (quantity = 1): ['resolution', TicketCommands['resolution']] => [
  'resolution',
  { outcome: 'open_case', note: '代为申请', case: { ...application, lines: [{ lineId: 'l-1', quantity }] } },
];
const asksPlatform = (caseId: string): ['resolution', TicketCommands['resolution']] => [
  'resolution',
  {
    outcome: 'request_intervention',
    note: '代为申请',
    intervention: { caseId, reason: 'merchant_refused', statement: '商家无理拒绝', evidenceIds: [] },
  },
];

describe('support tickets', () => {
  let harness: Harness;
  beforeAll(async () => {
    harness = await Harness.start(inject('testServerPath'));
  });
  afterAll(() => harness.stop());

  const open = () => harness.openTicket(anOrder());
  const asked = async (): Promise<TicketUnderTest> => {
    const ticket = await open();
    await ticket.give(agent, ['informationRequest', { question: '何时收到的?' }]);
    return ticket;
  };
  const openOnDelivered = async () => {
    const order = anOrder();
    harness.world.deliver(order, await harness.now());
    return { order, ticket: await harness.openTicket(order) };
  };
  const paid = async () => {
    const facts = anOrder();
    const order = await harness.place(facts);
    await order.give(service, ['payment', { transactionId: `t-${facts.id}`, amount: 26_800 }]);
    return { order, ticket: await harness.openTicket(facts) };
  };
  const ticketOf = ({ state: { facts } }: CaseUnderTest) =>
    harness.openTicket(anOrder({ id: facts.orderId, consumerId: facts.consumerId }));

  it('INT-8: claimed, asked, replied to and answered; the workflow ends', async () => {
    const ticket = await open();
    expect(await ticket.give(agent, ['claim', {}])).toBe('accepted');
    expect(ticket.status).toBe('investigating');
    expect(await ticket.give(agent, ['informationRequest', { question: '何时收到的?' }])).toBe('accepted');
    expect(ticket.deadlineAt).toBe(ticket.state.updatedAt + hours(72));
    expect(await ticket.give(consumer, ['reply', { text: '昨天', evidenceIds: [] }])).toBe('accepted');
    expect(ticket.status).toBe('investigating');
    expect(await ticket.give(agent, [...answered])).toBe('accepted');
    await ticket.handle.result();
    expect(ticket.status).toBe('resolved');
    expect(ticket.story).toEqual([
      'ticketOpened',
      'ticketClaimed',
      'consumerAsked',
      'consumerReplied',
      'ticketResolved',
    ]);
  });

  it('INT-8: 72 h without a reply resolve it as no_answer, not a millisecond before the deadline', async () => {
    const ticket = await asked();
    const { deadlineAt } = ticket;
    await harness.sleepUntil(deadlineAt + graceMs - 30_000);
    expect(ticket.status).toBe('waiting_for_consumer');
    await harness.sleepUntil(deadlineAt + graceMs + 1_000);
    await ticket.becomes('resolved');
    expect(ticket.timeline.at(-1)).toMatchObject({
      type: 'ticketResolved',
      rule: 'INT-8',
      actor: { role: 'timer' },
      detail: { outcome: 'no_answer', passedDeadline: { kind: 'ticketReply', at: deadlineAt } },
    });
  });

  it.each([
    [-1, 'accepted', 'investigating'],
    [0, 'accepted', 'investigating'],
    [1, 'ticket_ended', 'resolved'],
  ])('POL-3, POL-4: a reply received %i ms from the deadline is %s', async (offset, answer, status) => {
    const ticket = await asked();
    await harness.sleepUntil(ticket.deadlineAt - 1_000);
    const receivedAt = ticket.deadlineAt + offset;
    const id = await ticket.send(consumer, ['reply', { text: '昨天', evidenceIds: [] }], { receivedAt });
    await harness.sleepUntil(ticket.deadlineAt + graceMs + 1_000);
    expect(await ticket.answered(id)).toBe(answer);
    expect(ticket.status).toBe(status);
  });

  it('POL-5: extended, it runs to its new end', async () => {
    const ticket = await asked();
    const end = ticket.deadlineAt + hours(24);
    await ticket.give(agent, ['deadlineExtension', { until: new Date(end).toISOString(), reason: '买家在途' }]);
    await harness.sleepUntil(end + graceMs - 30_000);
    expect(ticket.status).toBe('waiting_for_consumer');
    await harness.sleepUntil(end + graceMs + 1_000);
    await ticket.becomes('resolved');
  });

  it('INT-8, CASE-1: open_case starts the case’s own workflow, by the agent, from the ticket’s channel', async () => {
    const { order, ticket } = await openOnDelivered();
    expect(await ticket.give(agent, opensCase())).toBe('accepted');
    const { caseId, orderId } = ticket.timeline.at(-1)!.detail as { caseId: string; orderId: string };
    expect(orderId).toBe(order.id);
    const opened = harness.world.documents.get(`case/${caseId}`);
    expect(opened).toMatchObject({
      listed: { status: 'pending_merchant_review', consumerId: 'c-1' },
      state: { facts: { channel: 'feedback', openedAt: ticket.timeline.at(-2)!.at } },
    });
    expect(harness.world.timelines.get(`case/${caseId}`)).toMatchObject([{ type: 'caseOpened', actor: agent }]);
    expect(harness.world.allocations.get(order.id)?.cases[caseId]?.status).toBe('reserved');
    expect(await harness.env.client.workflow.getHandle(`case/${caseId}`).query('state')).toBeTruthy();
  });

  it('INT-8, ELIG-5: a case that is refused leaves the ticket as it was, and it can be resolved otherwise', async () => {
    const { ticket } = await openOnDelivered();
    expect(await ticket.give(agent, opensCase(3))).toBe('quantity_not_available');
    expect(ticket.state).toMatchObject({ stage: { status: 'open' }, resolving: null });
    expect(ticket.story).toEqual(['ticketOpened', 'resolutionStarted', 'resolutionRefused']);
    expect(await ticket.give(agent, opensCase(2))).toBe('accepted');
    await ticket.handle.result();
  });

  it('INT-8, INT-1: request_intervention is the consumer’s request, and shows the agent who entered it', async () => {
    const one = await refused(harness);
    const ticket = await ticketOf(one);
    expect(await ticket.give(agent, asksPlatform(one.id))).toBe('accepted');
    expect(one.status).toBe('intervention_requested');
    expect(one.timeline.at(-1)).toMatchObject({ actor: consumer, detail: { enteredBy: agent } });
    expect(ticket.timeline.at(-1)).toMatchObject({ actor: agent, detail: { caseId: one.id } });
  });

  it('INT-8: an intervention for a case of another order, or for one that can’t have it, is refused', async () => {
    const one = await refused(harness);
    expect(await (await open()).give(agent, asksPlatform(one.id))).toBe('case_not_of_ticket');
    expect(await (await open()).give(agent, asksPlatform('5f0c7a52-6a5c-5c7d-9a55-000000000000'))).toBe(
      'case_not_of_ticket',
    );
    expect(await (await ticketOf(one)).give(agent, asksPlatform(one.id))).toBe('accepted');
    expect(await (await ticketOf(one)).give(agent, asksPlatform(one.id))).toBe('action_not_available');
    const closed = await refused(harness);
    await closed.give(consumer, ['withdrawal', {}]);
    await closed.handle.result();
    expect(await (await ticketOf(closed)).give(agent, asksPlatform(closed.id))).toBe('case_ended');
  });

  it('INT-8, ORD-4: cancel_order cancels a paid order, refunded in full once', async () => {
    const { order, ticket } = await paid();
    expect(await ticket.give(agent, [...cancels])).toBe('accepted');
    await order.becomes('cancelled');
    await order.handle.result();
    expect(moneyOf(order)).toMatchObject({ movements: [['refund', 26_800]], unbalanced: [] });
    expect(order.timeline.find(({ type }) => type === 'orderCancelled')).toMatchObject({
      actor: agent,
      detail: { reason: 'changed_mind', note: '买家不想要了' },
    });
    const late = await harness.openTicket(order.state.facts);
    expect(await late.give(agent, [...cancels])).toBe('order_ended');
  });

  it('INT-8, ORD-8: a shipped order is cancelled through a ticket as parcel_refused only', async () => {
    const { order, ticket } = await paid();
    const { merchantId } = order.state.facts;
    await order.give({ role: 'merchant', id: merchantId }, ['shipment', { carrier: 'SF', trackingNumber: 'S1' }]);
    expect(await ticket.give(agent, [...cancels])).toBe('order_already_shipped');
    const cancellation = { reason: 'parcel_refused' as const };
    expect(await ticket.give(agent, ['resolution', { ...cancels[1], cancellation }])).toBe('accepted');
    await order.becomes('cancelled');
  });

  it('INT-8: two resolutions at once → one stands, the other is in_progress', async () => {
    const { order, ticket } = await paid();
    const ids = await Promise.all([ticket.send(agent, [...cancels]), ticket.send(agent, [...cancels])]);
    const answers = await Promise.all(ids.map((id) => ticket.answered(id)));
    expect(answers.sort()).toEqual(['accepted', expect.stringMatching(/in_progress|ticket_ended/)]);
    await order.handle.result();
    expect(moneyOf(order)).toMatchObject({ movements: [['refund', 26_800]] });
  });

  it('first law: with the store away a resolution waits, what is said meanwhile is heard, and all is done once', async () => {
    const { order, ticket } = await paid();
    harness.world.storeAway = true;
    const resolution = await ticket.send(agent, [...cancels]);
    const reply = await ticket.send(consumer, ['reply', { text: '快点', evidenceIds: [] }]);
    const second = await ticket.send(agent, [...answered]);
    harness.world.storeAway = false;
    expect(await ticket.answered(reply)).toBe('accepted');
    expect(await ticket.answered(second)).toBe('in_progress');
    expect(await ticket.answered(resolution)).toBe('accepted');
    expect(ticket.state.stage).toMatchObject({ status: 'resolved', resolution: { outcome: 'cancel_order' } });
    expect(order.story.filter((type) => type === 'orderCancelled')).toHaveLength(1);
  });

  it('a signal sent by hand: claimed, asked and resolved by an operator, refused where it is unusable', async () => {
    const { order, ticket } = await paid();
    await ticket.handle.signal('claim');
    await ticket.becomes('investigating');
    await ticket.handle.signal('resolution', { outcome: 'answered' });
    await harness.world.until(() => ticket.story.includes('signalRefused'));
    expect(ticket.timeline.at(-1)).toMatchObject({ detail: { signal: 'resolution', code: 'unusable_signal' } });
    await ticket.handle.signal('resolution', cancels[1]);
    await ticket.becomes('resolved');
    await order.becomes('cancelled');
    expect(ticket.timeline.at(-1)).toMatchObject({ actor: { role: 'operator', id: 'temporal' } });
  });

  describe('POL-4: what a ticket is resolved by, announced to a case whose deadline passes', () => {
    const minutes = (count: number) => count * 60_000;
    const commandOf = ({ id }: CaseUnderTest) => `ticket/t-1/${id}`;
    const announced = async (receivedAfter: number) => {
      const one = await refused(harness);
      const receivedAt = one.deadlineAt + receivedAfter;
      await harness.sleepUntil(one.deadlineAt);
      await one.handle.signal(innerSignals.actionComing, { commandId: commandOf(one), receivedAt });
      return { one, deadline: one.deadlineAt, receivedAt };
    };
    const asks = (one: CaseUnderTest, receivedAt: number, reason: 'other' | 'merchant_unresponsive' = 'other') =>
      one.give(consumer, ['interventionRequest', { reason, statement: '商家无理拒绝', evidenceIds: [] }], {
        commandId: commandOf(one),
        receivedAt,
      });

    it.each([-1, 0])('received %d ms after the deadline, is waited for, and judged', async (after) => {
      const { one, deadline, receivedAt } = await announced(after);
      await harness.sleepUntil(deadline + graceMs + minutes(5));
      expect(one.status).toBe('application_refused');
      expect(await asks(one, receivedAt)).toBe('accepted');
      expect(one.story.slice(-2)).toEqual(['applicationRefused', 'interventionRequested']);
    });

    it('received in time, counts as received then, whatever its ticket has heard since', async () => {
      const one = await refused(harness);
      const ticket = await ticketOf(one);
      const inTime = one.deadlineAt - 1;
      await harness.sleepUntil(one.deadlineAt + 10_000);
      await ticket.give(agent, ['claim', {}], { receivedAt: one.deadlineAt + 5_000 });
      expect(await ticket.give(agent, asksPlatform(one.id), { receivedAt: inTime })).toBe('accepted');
      await one.becomes('intervention_requested');
      expect(one.timeline.at(-1)).toMatchObject({ type: 'interventionRequested', at: inTime });
    });

    it('received a moment after it, is not', async () => {
      const { one, deadline } = await announced(1);
      await harness.sleepUntil(deadline + graceMs);
      await one.becomes('closed');
    });

    it('refused by the case, is waited for no more', async () => {
      const { one, deadline, receivedAt } = await announced(-1);
      await harness.sleepUntil(deadline + graceMs + 1_000);
      expect(one.status).toBe('application_refused');
      expect(await asks(one, receivedAt, 'merchant_unresponsive')).toBe('reason_does_not_fit');
      await one.becomes('closed');
      expect(one.story.at(-2)).toBe('applicationRefused');
    });

    it('refused by its ticket, is waited for no more', async () => {
      const { one, deadline } = await announced(-1);
      await harness.sleepUntil(deadline + graceMs + 1_000);
      expect(one.status).toBe('application_refused');
      await one.handle.signal(innerSignals.actionComing, { commandId: commandOf(one), isNot: true });
      await one.becomes('closed');
      expect(one.story.at(-2)).toBe('applicationRefused');
    });

    it('POL-6: never coming, is an outage of ours, after which there is more time', async () => {
      const { one, deadline, receivedAt } = await announced(-1);
      await harness.sleepUntil(deadline + graceMs + minutes(6));
      await harness.world.until(() => one.story.includes('deadlineExtended'));
      expect(one.timeline.at(-1)).toMatchObject({ rule: 'POL-6', detail: { reason: 'service_outage' } });
      expect(await asks(one, receivedAt)).toBe('accepted');
    });
  });
});
