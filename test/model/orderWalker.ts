import { accept } from '../../src/domain/decision.ts';
import type { OrderCommandName, OrderCommands } from '../../src/domain/order/commands.ts';
import { expireOrderDeadline, orderDeadlines } from '../../src/domain/order/deadlines.ts';
import { availableOrderActions, decideOrder, placeOrder, rolesForOrder } from '../../src/domain/order/decide.ts';
import { orderBookings, orderEffects } from '../../src/domain/order/effects.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import {
  evolveOrder,
  evolveOrderAll,
  isFinalOrder,
  type OrderEvent,
  type OrderState,
  orderRulesVersion,
  placedOrder,
} from '../../src/domain/order/order.ts';
import { takeOrderPaymentAnswer, takeOrderSettlementCheck } from '../../src/domain/order/payment.ts';
import { system } from '../../src/domain/parties.ts';
import { reminded, signalRefused } from '../../src/workflows/shell/entries.ts';
import { orderActions } from '../domain/validCommands.ts';
import type { Coverage } from './coverage.ts';
import type { FickleProvider } from './fickleProvider.ts';
import { verify } from './invariants.ts';
import { orderAnswer, orderCommandNames, orderFields } from './orderCommands.ts';
import { orderInvariants } from './orderInvariants.ts';
import { policyInWords } from './policies.ts';
import type { Story } from './story.ts';
import { type Subject, Walker } from './walker.ts';

const nameOf = Object.fromEntries(orderCommandNames.map((name) => [orderActions[name], name]));

export type OrderWalker = Walker<OrderState, OrderEvent>;

const silent: readonly OrderEvent['type'][] = ['signalRefused', 'manualSettlementRefused', 'reminded'];

const orderSubject = (opened: OrderState): Subject<OrderState, OrderEvent> => ({
  opened,
  commands: orderCommandNames,
  seldom: ['cancellation'],
  decide: (state, name, fields, by) =>
    decideOrder(state, name as OrderCommandName, fields as OrderCommands[OrderCommandName], by),
  evolve: evolveOrder,
  evolveAll: evolveOrderAll,
  deadlines: orderDeadlines,
  expire: expireOrderDeadline,
  effects: orderEffects,
  bookings: orderBookings,
  takeResult: (state, effect, result, at) => {
    if (result.type === 'pay') return accept(...takeOrderPaymentAnswer(state, effect.key, result.answer, at));
    if (result.type === 'checkPayment') return takeOrderSettlementCheck(state, effect.key, result.found, at);
    return accept({ type: 'orderCompleted', actor: system, rule: 'ORD-1', at });
  },
  reminded,
  signalRefused,
  status: ({ stage }) => stage.status,
  listensUntil: ({ stage, refunds }) =>
    isFinalOrder(stage.status) && refunds.every(({ state }) => state === 'settled') ? 0 : undefined,
  policyOf: ({ facts }) => facts.policy,
  isFinal: ({ stage }) => isFinalOrder(stage.status),
  isSilent: ({ type }) => silent.includes(type),
  rolesFor: (name) => rolesForOrder(name as OrderCommandName),
  offers: (state, { role }) => availableOrderActions(state, role).map((action) => nameOf[action] ?? action),
  fields: (state, name, variant, odd) => orderFields(state, name as OrderCommandName, variant, odd),
  answerDue: orderAnswer,
  mends: (state) =>
    availableOrderActions(state, 'agent').includes('refund-retry')
      ? { command: 'refundRetry', fields: {}, actor: { role: 'agent', id: 'agent-1' } }
      : undefined,
  resultOf: () => ({ type: 'completeOrder' }),
  verify: (walker, change) => verify(orderInvariants, walker, change),
});

/** An order that walks from its placing on. */
export function walkOrder(
  facts: OrderFacts,
  shared: { provider: FickleProvider; story: Story; coverage: Coverage },
): OrderWalker {
  const placed = placeOrder(facts, { actor: { role: 'service', id: 'service-1' }, at: facts.placedAt });
  shared.story.add(facts.placedAt, () => inWords(facts));
  return new Walker(orderSubject(placedOrder(placed, orderRulesVersion)), facts.placedAt, shared);
}

function inWords({ id, paymentMethod, postage, lines, policy }: OrderFacts): string {
  const goods = lines.map(({ quantity, unitPrice, discount }) => `${quantity} at ${unitPrice} less ${discount}`);
  return `order ${id} is placed: ${paymentMethod}, ${goods.join(', ')}, postage ${postage}, under ${policyInWords(policy)}`;
}
