import { expect, it } from 'vitest';
import { orderRoutes } from '../../src/api/orders/routes.ts';
import type { OrderCommandName, OrderCommands } from '../../src/domain/order/commands.ts';
import { decideOrder, rolesForOrder } from '../../src/domain/order/decide.ts';
import type { Role } from '../../src/domain/parties.ts';
import { orderFields } from '../model/orderCommands.ts';
import { everyPlace } from './orderStories.ts';
import { givenOrder } from './specification.ts';
import { orderActions } from './validCommands.ts';

const variants = [0, 1, 2, 3, 4];
const states = Object.values(everyPlace).map((events) => givenOrder(...events).state);
const ofAll = ['order_not_found', 'stale_version', 'too_many_pending', 'claimed_by_another'];

/** Where its workflow has been lost, what the rules would accept comes too late; and a settlement by hand is checked with the provider. */
const later: Partial<Record<OrderCommandName, string[]>> = {
  refundRetry: ['order_ended'],
  manualSettlement: ['order_ended', 'refund_outcome_unknown'],
};

/** The codes with which a command is refused, wherever an order stands. */
function refusalsOf(name: OrderCommandName): Set<string> {
  const codes = new Set<string>();
  const judge = (state: (typeof states)[number], role: Role, fields: object) => {
    const given = { commandId: 'cmd-1', actor: { role, id: `${role}-1` }, at: state.updatedAt + 1 };
    const { answer } = decideOrder(state, name, fields as OrderCommands[OrderCommandName], given);
    if (answer.kind === 'refused') codes.add(answer.refusal.code);
  };
  for (const state of states)
    for (const role of rolesForOrder(name))
      for (const variant of variants)
        for (const odd of [true, false]) judge(state, role, orderFields(state, name, variant, odd));
  return codes;
}

it.each(Object.entries(orderActions) as [OrderCommandName, string][])(
  'the contract names every code with which the rules refuse an order’s %s, and no other',
  (name, segment) => {
    const { refuses = [] } = orderRoutes.find(({ path }) => path === `/v1/orders/:id/${segment}`) ?? {};
    const own = refuses.filter((code) => !ofAll.includes(code));
    expect([...own].sort()).toEqual([...refusalsOf(name), ...(later[name] ?? [])].sort());
  },
);
