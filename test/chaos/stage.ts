import { setTimeout as delay } from 'node:timers/promises';
import type { CaseAnswer } from '../../src/api/cases/schema.ts';
import type { OrderAnswer } from '../../src/api/orders/schema.ts';
import type { PaymentMethod } from '../../src/domain/order/facts.ts';
import type { Clients, Person, Reply } from './clients.ts';
import type { Chance } from './random.ts';

/** What one plot is played with: its people, its own chance, and what it has brought into being. */
export type Stage = {
  chance: Chance;
  consumer: Person;
  merchant: Person;
  agent: Person;
  /** An appeal is another agent's to decide. INT-9 */
  senior: Person;
  marketplace: Person;
  /** Subjects of this plot, such as `case/<id>`. */
  subjects: string[];
  signal: AbortSignal;
  /** Until when a plot must be over, UTC ms. */
  until: number;
};

/** Prices of every order here, in minor units: two of one line with a discount, and postage. REF-1, REF-2 */
export const goods = { unitPrice: 12_900, quantity: 2, discount: 101, postage: 1_000 } as const;
export const paid = goods.unitPrice * goods.quantity - goods.discount + goods.postage;

export async function stageOf(
  clients: Clients,
  index: number,
  common: Pick<Stage, 'chance' | 'signal' | 'until'>,
): Promise<Stage> {
  const [consumer, merchant, agent, senior, marketplace] = await Promise.all([
    clients.as({ role: 'consumer', sub: `consumer-${index}` }),
    clients.as({ role: 'merchant', sub: `merchant-${index}` }),
    clients.as({ role: 'agent', sub: `agent-${index}` }),
    clients.as({ role: 'agent', sub: `senior-${index}` }),
    clients.as({ role: 'service', sub: `marketplace-${index}` }),
  ]);
  return { ...common, consumer, merchant, agent, senior, marketplace, subjects: [] };
}

/** Somebody takes a while to do what they do next. */
export const think = ({ chance, signal }: Stage) => delay(chance.between(0, 1_200), undefined, { signal });

/** What was created; a refusal is a fault of the plot. */
async function created(stage: Stage, kind: string, asked: Promise<Reply>): Promise<string> {
  const { status, body } = await asked;
  if (status !== 201) throw new Error(`${kind} was answered ${status}: ${JSON.stringify(body)}`);
  const id = String(body['id']);
  stage.subjects.push(`${kind}/${id}`);
  return id;
}

export const placedOrder = (stage: Stage, paymentMethod: PaymentMethod): Promise<string> =>
  created(
    stage,
    'order',
    stage.marketplace.post('/v1/orders', {
      consumerId: stage.consumer.id,
      merchantId: stage.merchant.id,
      paymentMethod,
      currency: 'CNY',
      postage: goods.postage,
      lines: [
        {
          lineId: 'l-1',
          sku: 'cup',
          title: '保温杯',
          quantity: goods.quantity,
          unitPrice: goods.unitPrice,
          discount: goods.discount,
          noReasonReturn: true,
        },
      ],
      shippingAddress: {
        name: '王小明',
        phone: '13800000000',
        province: '上海市',
        city: '上海市',
        district: '徐汇区',
        street: '漕溪北路 1 号',
      },
    }),
  );

export const pay = ({ marketplace }: Stage, orderId: string, transactionId: string, amount: number = paid) =>
  marketplace.post(`/v1/orders/${orderId}/payment`, { transactionId, amount });

export const ship = ({ merchant }: Stage, orderId: string) =>
  merchant.post(`/v1/orders/${orderId}/shipment`, { carrier: 'SF', trackingNumber: `SF-${orderId.slice(0, 8)}` });

/** An order at its consumer's door, or undefined where an outage lasted longer than the consumer had for paying (ORD-3). */
export async function deliveredOrder(stage: Stage, paymentMethod: PaymentMethod): Promise<string | undefined> {
  const orderId = await placedOrder(stage, paymentMethod);
  if (paymentMethod === 'online') await pay(stage, orderId, `t-${orderId}`);
  else await stage.merchant.post(`/v1/orders/${orderId}/confirmation`, {});
  await ship(stage, orderId);
  const { status } = await stage.marketplace.post(`/v1/orders/${orderId}/delivery`, {});
  return status === 200 ? orderId : undefined;
}

/** A case on one unit, or the refusal. */
export async function apply(
  stage: Stage,
  orderId: string,
  wish: { kind: string; reason: string; quantity?: number },
): Promise<string | undefined> {
  const { kind, reason, quantity = 1 } = wish;
  const reply = await stage.consumer.post('/v1/cases', {
    orderId,
    kind,
    reason,
    lines: [{ lineId: 'l-1', quantity }],
    description: '盖子漏水',
  });
  if (reply.status !== 201) return undefined;
  const id = String(reply.body['id']);
  stage.subjects.push(`case/${id}`);
  return id;
}

/** Looks again and again until it is as wanted. @throws Error where it does not come in time */
export async function comes<Subject>(
  stage: Stage,
  look: () => Promise<Subject>,
  wanted: (subject: Subject) => boolean,
  what: string,
): Promise<Subject> {
  for (;;) {
    const found = await look();
    if (wanted(found)) return found;
    if (Date.now() > stage.until) throw new Error(`${what} did not come in time`);
    await delay(lookAgainAfterMs, undefined, { signal: stage.signal });
  }
}
export const lookAgainAfterMs = 500;

export const orderOf = ({ agent }: Stage, orderId: string) => agent.get<OrderAnswer>(`/v1/orders/${orderId}`);
export const caseOf = ({ merchant }: Stage, caseId: string) => merchant.get<CaseAnswer>(`/v1/cases/${caseId}`);
