import { continueAsNew, patched } from '@temporalio/workflow';
import { extendAfterOutage, type OutageExtension, outageExtension } from '../domain/deadlineExtension.ts';
import { accept, countsFrom, type Decision } from '../domain/decision.ts';
import type { Effect } from '../domain/effects.ts';
import type { OrderCommandName, OrderCommands } from '../domain/order/commands.ts';
import { expireOrderDeadline, orderDeadlines, runningInOrder } from '../domain/order/deadlines.ts';
import { availableOrderActions, decideOrder, placeOrder } from '../domain/order/decide.ts';
import { awaitedByOrder, orderAllocationChanges, orderBookings, orderEffects } from '../domain/order/effects.ts';
import { orderNotices } from '../domain/order/notices.ts';
import {
  evolveOrder,
  evolveOrderAll,
  type OrderEvent,
  type OrderState,
  orderListensUntil,
  orderRulesVersion,
  placedOrder,
} from '../domain/order/order.ts';
import { takeOrderPaymentAnswer, takeOrderSettlementCheck } from '../domain/order/payment.ts';
import { orderQueues } from '../domain/order/queue.ts';
import { system } from '../domain/parties.ts';
import { listedStandings } from '../domain/queue.ts';
import { numberOf } from '../domain/tell/numberOf.ts';
import { detailsOf, waitsForPayment } from './details.ts';
import { type OrderInput, orderSubject, rulesVersionOf } from './messages.ts';
import { stored as storing } from './shell/activities.ts';
import { reminded, signalRefused } from './shell/entries.ts';
import { lasting } from './shell/lasting.ts';
import type { EffectResult, Rules } from './shell/rules.ts';
import { Shell, type Snapshot } from './shell/shell.ts';

const commands: Record<OrderCommandName | typeof outageExtension, string> = {
  payment: 'Money has come: {"transactionId":"…","amount":12900} (ORD-1, ORD-9)',
  confirmation: 'The merchant takes the cod order: {} (ORD-2)',
  shipment: 'The merchant has shipped: {"carrier":"SF","trackingNumber":"…"} (ORD-1)',
  delivery: 'The parcel was delivered: {} or {"deliveredAt":"…"} (ORD-1, ORD-2)',
  cancellation: 'Customer service cancels: {"reason":"changed_mind"} (ORD-4, ORD-8)',
  refundRetry: 'An agent tries refused refunds again: {} (ORD-11)',
  manualSettlement: 'An agent has paid by hand: {"reference":"…","note":"…"} (ORD-11)',
  [outageExtension]: 'What runs is extended after an outage: {"by":"PT6H","reason":"…","runningSince":"…"} (POL-5)',
};

function takeResult(state: OrderState, effect: Effect, result: EffectResult, at: number): Decision<OrderEvent> {
  switch (result.type) {
    case 'pay':
      return accept(...takeOrderPaymentAnswer(state, effect.key, result.answer, at));
    case 'checkPayment':
      return takeOrderSettlementCheck(state, effect.key, result.found, at);
    case 'completeOrder':
      return accept({ type: 'orderCompleted', actor: system, rule: 'ORD-1', at });
    case 'resolveReturnAddress':
    case 'actForConsumer':
      return accept();
    default:
      return result satisfies never;
  }
}

function rulesOf(orderId: string): Rules<OrderState, OrderEvent> {
  return {
    subject: orderSubject(orderId),
    kind: 'order',
    collection: 'orders',
    id: orderId,
    commands,
    newestRules: orderRulesVersion,
    besides: [],
    decide: (state, name, fields, by) =>
      name === outageExtension
        ? extendAfterOutage(state, runningInOrder(state), fields as OutageExtension, by)
        : decideOrder(state, name as OrderCommandName, fields as OrderCommands[OrderCommandName], by),
    evolve: evolveOrder,
    evolveAll: evolveOrderAll,
    deadlines: orderDeadlines,
    expire: expireOrderDeadline,
    effects: orderEffects,
    awaited: awaitedByOrder,
    takeResult,
    bookings: orderBookings,
    allocationChanges: orderAllocationChanges,
    notices: orderNotices,
    policyOf: ({ facts }) => facts.policy,
    reminded,
    signalRefused,
    status: ({ stage }) => stage.status,
    listed,
    searchAttributes,
    details,
    listensUntil: orderListensUntil,
  };
}

function listed(state: OrderState) {
  const { facts, stage, updatedAt, shipment } = state;
  const deadlineAt = orderDeadlines(state)[0]?.at;
  const text = [facts.id, ...facts.lines.flatMap(({ sku, title }) => [sku, title]), shipment?.trackingNumber]
    .filter(Boolean)
    .join('\n');
  const when = { createdAt: facts.placedAt, updatedAt, ...(deadlineAt === undefined ? {} : { deadlineAt }) };
  return {
    status: stage.status,
    consumerId: facts.consumerId,
    merchantId: facts.merchantId,
    orderId: facts.id,
    text,
    ...when,
    ...listedStandings(orderQueues(state)),
  };
}

function searchAttributes(state: OrderState) {
  const deadline = orderDeadlines(state)[0];
  const { merchantId, consumerId, paymentMethod } = state.facts;
  return {
    MerchantId: merchantId,
    ConsumerId: consumerId,
    PaymentMethod: paymentMethod,
    DeadlineKind: deadline?.kind ?? null,
    DeadlineAt: deadline ? new Date(deadline.at) : null,
  };
}

/** Who must act on an order for which no deadline runs, and of which no refund is under way. */
const waitsFor: Record<OrderState['stage']['status'], string> = {
  pending_payment: 'the consumer: payment',
  pending_confirmation: 'the merchant: confirmation',
  stocking_up: 'the merchant: shipment',
  shipped: 'the marketplace: delivery',
  delivered: 'the last open case to end',
  completed: 'nobody',
  cancelled: 'nobody',
};

/** The refund that waits for people before the one that waits for the provider: that one may settle by itself. ORD-11 */
function waits({ stage, refunds }: OrderState): string {
  const open = refunds.flatMap(({ state, held }) =>
    state === 'settled' ? [] : [{ outcome: state, ...(held ? { held } : {}) }],
  );
  const first = open.find(({ outcome }) => outcome === 'declined') ?? open.find(({ held }) => held) ?? open[0];
  return first ? waitsForPayment(first) : waitsFor[stage.status];
}

function details(state: OrderState): string {
  const { facts, stage, refunds } = state;
  const agent = availableOrderActions(state, 'agent');
  return detailsOf(stage.status, orderDeadlines(state)[0], waits(state), [
    `${facts.paymentMethod} order of ${facts.consumerId} at ${facts.merchantId}`,
    ...refunds.map(
      (refund) =>
        `refund ${refund.purpose}: ${refund.amount} ${facts.currency} (minor units), ${refund.held ? `held back (${refund.held.cause})` : refund.state}`,
    ),
    ...(agent.length > 0 ? [`an agent can: ${agent.join(', ')}`] : []),
  ]);
}

/** Since 0.2.0 money for an order that nobody knows is raised once, under however many keys it is told of. */
const raisedOnce = 'raised-once';

/** An order that nobody knows: money for it can't be told what it is for, so it is raised to an agent, never just refused. ORD-9 */
async function raiseUnknownOrder(shell: Shell<OrderState, OrderEvent>, orderId: string): Promise<void> {
  const once = patched(raisedOnce);
  let raised = 0;
  await shell.finishWithout(({ name, fields }, record) => {
    if (name !== 'payment') return { state: 'refused', code: 'order_not_found', detail: 'there is no such order' };
    const { transactionId = '', amount = 0 } = (fields ?? {}) as Partial<OrderCommands['payment']>;
    const notice = {
      to: { role: 'agent', id: '*' } as const,
      event: 'unassignedPayment',
      automatic: false,
      orderId,
      status: 'unknown',
      payment: { transactionId, amount },
    };
    // there is no timeline to number it by: each payment is told of, and told again, under its own number, is told of once
    const seq = once ? numberOf(`${transactionId}/${amount}`) : Date.now() + raised;
    record.addNotices([{ seq, at: Date.now(), notice }]);
    raised += 1;
    return { state: 'accepted' };
  });
}

/** One order, from its placing until its after-sales period is over, or it is cancelled, and no money is on its way back. */
export const orderWorkflow = lasting(liveOrder);

async function liveOrder(input: OrderInput, snapshot?: Snapshot<OrderState>): Promise<void> {
  const { orderId, settings } = input;
  const shell = new Shell(rulesOf(orderId), settings, snapshot);
  if (!snapshot && input.resume && input.takingUp) {
    const document = await shell.documentAfter(input.takingUp.afterMs);
    if (!document) return raiseUnknownOrder(shell, orderId);
    shell.takeUp(document);
  } else if (!snapshot && input.resume) {
    const stored = await storing.loadOrder(orderId);
    if (!stored) return raiseUnknownOrder(shell, orderId);
    shell.resumeUnended(stored.state, stored);
  } else if (!snapshot && !input.resume) {
    const { facts, placed } = input;
    const rulesVersion = rulesVersionOf(settings);
    const first = placeOrder(facts, { actor: placed.actor, at: countsFrom(placed, facts.policy, rulesVersion) });
    shell.open(placedOrder(first, rulesVersion), first, placed);
  }
  const end = await shell.run();
  if (end !== 'ended') await continueAsNew<typeof orderWorkflow>(input, end);
}
