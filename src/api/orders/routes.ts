import { v5 as uuidV5 } from 'uuid';
import { z } from 'zod';
import { foreignId } from '../../domain/fields.ts';
import {
  type OrderCommandName,
  type OrderCommands,
  orderCommandSchemas,
  orderSchema,
  type PlacedOrder,
} from '../../domain/order/commands.ts';
import { decideOrder, rolesForOrder } from '../../domain/order/decide.ts';
import { isFinalOrder } from '../../domain/order/order.ts';
import { noReturnOptions, returnOptions } from '../../domain/order/returnOptions.ts';
import type { Role } from '../../domain/parties.ts';
import type { OrderRead } from '../../store/queries.ts';
import { orderSubject } from '../../workflows/messages.ts';
import { orderStart } from '../../workflows/starting.ts';
import { actionOf } from '../actions.ts';
import { presentTimelineItem } from '../cases/present.ts';
import { timelinePage } from '../cases/schema.ts';
import { obey } from '../command.ts';
import type { Service } from '../context.ts';
import { policyAt } from '../currentPolicy.ts';
import type { LeaseUse } from '../leases.ts';
import { orderNotFound, ownOrder } from '../ownership.ts';
import { Problem } from '../problems.ts';
import { type Answer, type Asked, type Route, route } from '../route.ts';
import { listSubjects } from '../subjectList.ts';
import { type TimelineQuery, timelineOf, timelineQuery } from '../timelines.ts';
import { allocationOf, presentOrder, presentReturnOptions } from './present.ts';
import { orderAnswer, orderListQuery, orderPage, raisedAnswer, returnOptionsAnswer } from './schema.ts';

const tag = 'Orders';
const readers: readonly Role[] = ['service', 'consumer', 'merchant', 'agent', 'admin'];
/** Makes the ids of orders out of caller and key. */
const orderIds = '8b0d7e5c-36a8-4b2f-9d6b-1f1f0c9f5f3e';

async function answerOrder(service: Service, found: OrderRead, role: Role): Promise<Answer> {
  return { body: presentOrder(found, await service.store.queries.allocation(found._id), role), version: found.version };
}

/** What a command on an order answers once it is accepted. */
const answerFound = (service: Service, role: Role) => async (found: OrderRead | null) => {
  if (!found) throw new TypeError('an accepted command left no order');
  return answerOrder(service, found, role);
};

const orderEnded = (found: OrderRead | null): Problem =>
  found
    ? Problem.refusal({ code: 'order_ended', detail: `the order has ended: it is ${found.status}` })
    : orderNotFound();

const place = route<undefined, PlacedOrder>({
  method: 'post',
  path: '/v1/orders',
  summary: 'Places an order',
  tag,
  roles: ['service'],
  body: orderSchema,
  status: 201,
  answer: orderAnswer,
  command: true,
  versioned: true,
  async answers(service, asked) {
    const { caller, body } = asked;
    const orderId = uuidV5(JSON.stringify([caller.role, caller.id, asked.idempotencyKey]), orderIds);
    const answer = await obey<OrderRead>(service, {
      route: 'POST /v1/orders',
      subject: { kind: 'order', id: orderId },
      asked,
      judge: () => undefined,
      async handOver(placed, until) {
        const policy = await policyAt(service, placed, asked);
        const facts = { ...body, id: orderId, policy, placedAt: placed.receivedAt };
        return service.temporal.start(
          orderStart({ orderId, facts, placed, settings: { graceMs: service.graceMs } }),
          until,
        );
      },
      notRunning: orderNotFound,
      answer: answerFound(service, caller.role),
    });
    return answer.status === 202 ? answer : { ...answer, status: 201, location: `/v1/orders/${orderId}` };
  },
});

const list = route<z.infer<typeof orderListQuery>>({
  method: 'get',
  path: '/v1/orders',
  summary: 'Lists the orders that the caller may see',
  tag,
  roles: readers,
  query: orderListQuery,
  answer: orderPage,
  async answers(service, { caller, query }) {
    const present = async (found: OrderRead[]) => {
      const allocations = await service.store.queries.allocations(found.map(({ _id }) => _id));
      return found.map((one) => presentOrder(one, allocations.get(one._id), caller.role));
    };
    return { body: await listSubjects(service, 'order', caller, query, present) };
  },
});

const one = route({
  method: 'get',
  path: '/v1/orders/:id',
  summary: 'An order',
  tag,
  roles: readers,
  answer: orderAnswer,
  refuses: ['order_not_found'],
  async answers(service, { caller, params }) {
    const id = params['id'] ?? '';
    return answerOrder(service, ownOrder(caller, await service.store.queries.read('order', id)), caller.role);
  },
});

const options = route({
  method: 'get',
  path: '/v1/orders/:id/return-options',
  summary: 'What can be applied for on each line, until when, what it would bring, and where not, why',
  tag,
  roles: ['consumer', 'agent'],
  answer: returnOptionsAnswer,
  refuses: ['order_not_found'],
  async answers(service, { caller, params, receivedAt }) {
    const { queries } = service.store;
    const id = params['id'] ?? '';
    const [found, allocation] = await Promise.all([queries.read('order', id), queries.allocation(id)]);
    const { facts, stage } = ownOrder(caller, found).state;
    const lines = allocation
      ? returnOptions(allocationOf(allocation), receivedAt)
      : noReturnOptions(
          facts,
          isFinalOrder(stage.status)
            ? { code: 'order_cancelled', detail: 'the order was cancelled' }
            : { code: 'order_not_delivered', detail: 'before delivery an order is cancelled, not returned' },
        );
    return { body: presentReturnOptions(id, facts.currency, lines) };
  },
});

const timeline = route<TimelineQuery>({
  method: 'get',
  path: '/v1/orders/:id/timeline',
  summary: 'What happened to an order, oldest first: who, what, when, why, under which rule',
  tag,
  roles: readers,
  query: timelineQuery,
  answer: timelinePage,
  refuses: ['order_not_found'],
  async answers({ store }, { caller, params, query }) {
    const id = params['id'] ?? '';
    const own = async () => ownOrder(caller, await store.queries.read('order', id));
    return { body: await timelineOf(store, orderSubject(id), query, own, presentTimelineItem) };
  },
});

const summaries: Record<OrderCommandName, string> = {
  payment: 'Money has come for an order, also for one that has ended or that nobody knows',
  confirmation: 'The merchant confirms an order paid at the door',
  shipment: 'The order is on its way',
  delivery: 'The order has arrived',
  cancellation: 'Cancels an order, where the rules let the caller',
  refundRetry: 'Tries the refunds again that the provider has refused',
  manualSettlement: 'An agent has paid by hand what the provider has not',
};

const notPossibleNow = ['action_not_available', 'order_ended'] as const;
const notFailed = ['in_progress', 'refund_outcome_unknown', 'refund_not_failed', 'order_ended'] as const;

/** Codes each command may be refused with, beside those that all may. */
const refuses: Record<OrderCommandName, readonly string[]> = {
  payment: ['payment_contradicts'],
  confirmation: notPossibleNow,
  shipment: [...notPossibleNow, 'shipment_contradicts'],
  delivery: [...notPossibleNow, 'delivery_contradicts', 'delivered_in_future'],
  cancellation: [
    'merchant_may_not_cancel_online_order',
    'consumer_may_not_cancel_cod_order',
    'paid_order_cancelled_by_customer_service_only',
    'order_already_shipped',
    'order_already_delivered',
    'order_ended',
  ],
  refundRetry: notFailed,
  manualSettlement: notFailed,
};

/** As for a case: what an agent does of what a queue has. ORD-11 */
const leaseUses: Partial<Record<OrderCommandName, LeaseUse>> = {
  refundRetry: 'works_under_own',
  manualSettlement: 'works_under_own',
};

/** A command on an order under its own route. */
function action<Name extends OrderCommandName>(name: Name): Route {
  const path = `/v1/orders/:id/${actionOf(name)}`;
  return route<undefined, unknown>({
    method: 'post',
    path,
    summary: summaries[name],
    tag,
    roles: rolesForOrder(name),
    body: orderCommandSchemas[name],
    answer: name === 'payment' ? z.union([orderAnswer, raisedAnswer]) : orderAnswer,
    command: true,
    versioned: true,
    refuses: [
      'order_not_found',
      'stale_version',
      'too_many_pending',
      ...refuses[name],
      ...(leaseUses[name] ? ['claimed_by_another'] : []),
    ],
    answers: (service, asked) =>
      name === 'payment' ? takePayment(service, asked, path) : command(service, asked, name, path),
  });
}

/** A command that changes nothing of an order whose workflow has ended. */
class NothingChanges extends Error {
  override readonly name = 'NothingChanges';
  readonly order: OrderRead;

  constructor(order: OrderRead) {
    super('the command changes nothing');
    this.order = order;
  }
}

/**
 * Why a command on an order whose workflow has ended is refused: by the rules, on what is stored, which nobody writes any more. What
 * they would accept comes too late.
 * @throws NothingChanges where it changes nothing: a notice that is repeated. ORD-10
 */
function refusalOfEnded(
  { caller, body, receivedAt, expectedVersion, about }: Asked<undefined, unknown>,
  name: OrderCommandName,
  found: OrderRead | null,
): Problem {
  if (!found) return orderNotFound();
  const { state } = found;
  const { events, answer } = decideOrder(state, name, body as OrderCommands[OrderCommandName], {
    commandId: about.commandId ?? '',
    actor: { role: caller.role, id: caller.id },
    at: Math.max(state.updatedAt, receivedAt),
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  });
  if (answer.kind === 'refused') return Problem.refusal(answer.refusal);
  if (events.length === 0) throw new NothingChanges(found);
  return orderEnded(found);
}

async function command(
  service: Service,
  asked: Asked<undefined, unknown>,
  name: OrderCommandName,
  path: string,
): Promise<Answer> {
  const { caller, params, body } = asked;
  const id = params['id'] ?? '';
  try {
    return await obey<OrderRead>(service, {
      route: path,
      subject: { kind: 'order', id },
      asked,
      lease: leaseUses[name],
      judge: (found) => void ownOrder(caller, found),
      handOver: (envelope, until) => service.temporal.signal(orderSubject(id), { name, args: [body, envelope] }, until),
      notRunning: (found) => refusalOfEnded(asked, name, found),
      answer: answerFound(service, caller.role),
    });
  } catch (error) {
    if (!(error instanceof NothingChanges)) throw error;
    return answerOrder(service, error.order, caller.role);
  }
}

/** Money is never just refused: it wakes an order that has ended, and goes to an agent where there is no such order. ORD-9 */
function takePayment(service: Service, asked: Asked<undefined, unknown>, path: string): Promise<Answer> {
  const { caller, params, body } = asked;
  const id = params['id'] ?? '';
  if (!foreignId.safeParse(id).success) throw orderNotFound();
  return obey<OrderRead>(service, {
    route: path,
    subject: { kind: 'order', id },
    asked,
    judge: () => undefined,
    handOver(envelope, until) {
      const resumed = orderStart({ orderId: id, resume: true, settings: { graceMs: service.graceMs } });
      return service.temporal.signalWithStart(resumed, { name: 'payment', args: [body, envelope] }, until);
    },
    notRunning: orderEnded,
    answer: async (found) =>
      found ? answerOrder(service, found, caller.role) : { body: { orderId: id, raisedToAgent: true } },
  });
}

/** Orders and what may be done with them. */
export const orderRoutes: readonly Route[] = [
  place,
  list,
  one,
  timeline,
  options,
  ...(Object.keys(orderCommandSchemas) as OrderCommandName[]).map((name) => action(name)),
];
