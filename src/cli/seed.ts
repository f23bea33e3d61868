import { setTimeout as delay } from 'node:timers/promises';
import { type Party, signToken } from './tokens.ts';

/** The parties of the demo. */
export const demoParties = [
  { role: 'consumer', sub: 'c-1' },
  { role: 'consumer', sub: 'c-2' },
  { role: 'merchant', sub: 'm-1' },
  { role: 'merchant', sub: 'm-2' },
  { role: 'agent', sub: 'a-1' },
  { role: 'agent', sub: 'a-2' },
  { role: 'admin', sub: 'ad-1' },
  { role: 'service', sub: 's-1' },
] as const satisfies readonly Party[];

const backEnd: Party = { role: 'service', sub: 's-1' };

interface DemoOrder {
  /** Makes the idempotency keys: seeding again finds the same orders. */
  name: string;
  consumer: 'c-1' | 'c-2';
  merchant: 'm-1' | 'm-2';
  paymentMethod: 'online' | 'cod';
  title: string;
  quantity: number;
  unitPrice: number;
  discount: number;
  postage: number;
  noReasonReturn: boolean;
  upTo: 'placed' | 'stocking_up' | 'shipped' | 'delivered';
}

/** One order for each thing to try: returns of both payment methods, a cancellation, a shipment. */
const demoOrders: DemoOrder[] = [
  {
    name: 'headphones',
    consumer: 'c-1',
    merchant: 'm-1',
    paymentMethod: 'online',
    title: '无线耳机',
    quantity: 1,
    unitPrice: 12_900,
    discount: 0,
    postage: 1_000,
    noReasonReturn: true,
    upTo: 'delivered',
  },
  {
    name: 'mugs',
    consumer: 'c-1',
    merchant: 'm-2',
    paymentMethod: 'online',
    title: '马克杯',
    quantity: 3,
    unitPrice: 3_990,
    discount: 1_000,
    postage: 800,
    noReasonReturn: true,
    upTo: 'delivered',
  },
  {
    name: 'coat',
    consumer: 'c-2',
    merchant: 'm-1',
    paymentMethod: 'cod',
    title: '羽绒服',
    quantity: 1,
    unitPrice: 45_900,
    discount: 5_000,
    postage: 0,
    noReasonReturn: true,
    upTo: 'delivered',
  },
  {
    name: 'lamp',
    consumer: 'c-2',
    merchant: 'm-2',
    paymentMethod: 'online',
    title: '台灯',
    quantity: 1,
    unitPrice: 8_800,
    discount: 0,
    postage: 600,
    noReasonReturn: true,
    upTo: 'shipped',
  },
  {
    name: 'keyboard',
    consumer: 'c-1',
    merchant: 'm-1',
    paymentMethod: 'online',
    title: '机械键盘',
    quantity: 1,
    unitPrice: 39_900,
    discount: 0,
    postage: 0,
    noReasonReturn: false,
    upTo: 'placed',
  },
  {
    name: 'kettle',
    consumer: 'c-2',
    merchant: 'm-2',
    paymentMethod: 'cod',
    title: '电水壶',
    quantity: 1,
    unitPrice: 15_900,
    discount: 0,
    postage: 1_000,
    noReasonReturn: true,
    upTo: 'stocking_up',
  },
];

/** A demo order as it stands, for showing. */
export interface SeededOrder {
  id: string;
  title: string;
  consumer: string;
  merchant: string;
  paymentMethod: string;
  status: string;
}

/**
 * Places the demo orders through the API and takes each as far as it shall go. Every request has a fixed idempotency
 * key, so that a second seeding changes nothing.
 * @throws Error naming the request that was refused.
 */
export async function seed(apiUrl: string, secret: string): Promise<SeededOrder[]> {
  return Promise.all(demoOrders.map((order) => seedOrder(apiUrl, secret, order)));
}

async function seedOrder(apiUrl: string, secret: string, order: DemoOrder): Promise<SeededOrder> {
  const merchant: Party = { role: 'merchant', sub: order.merchant };
  const call = async (by: Party, step: string, path: string, body: object) =>
    post(apiUrl, path, await signToken(by, secret), `demo-${order.name}-${step}`, body);

  const placed = await call(backEnd, 'placed', '/v1/orders', {
    consumerId: order.consumer,
    merchantId: order.merchant,
    paymentMethod: order.paymentMethod,
    currency: 'CNY',
    postage: order.postage,
    lines: [
      {
        lineId: 'l-1',
        sku: `demo-${order.name}`,
        title: order.title,
        quantity: order.quantity,
        unitPrice: order.unitPrice,
        discount: order.discount,
        noReasonReturn: order.noReasonReturn,
      },
    ],
    shippingAddress: {
      name: '张三',
      phone: '13800000000',
      province: '上海市',
      city: '上海市',
      district: '徐汇区',
      street: '漕溪北路 1 号',
    },
  });
  const path = `/v1/orders/${placed.id}`;
  const stages = ['placed', 'stocking_up', 'shipped', 'delivered'] as const;
  const upTo = stages.indexOf(order.upTo);
  if (upTo >= 1 && order.paymentMethod === 'online') {
    const amount = order.quantity * order.unitPrice - order.discount + order.postage;
    await call(backEnd, 'paid', `${path}/payment`, { transactionId: `demo-${order.name}`, amount });
  }
  if (upTo >= 1 && order.paymentMethod === 'cod') await call(merchant, 'confirmed', `${path}/confirmation`, {});
  if (upTo >= 2) {
    const parcel = { carrier: '顺丰速运', trackingNumber: `SF-${order.name}` };
    await call(merchant, 'shipped', `${path}/shipment`, parcel);
  }
  if (upTo >= 3) await call(backEnd, 'delivered', `${path}/delivery`, {});

  const authorization = `Bearer ${await signToken(backEnd, secret)}`;
  const { status } = await answered(() => fetch(`${apiUrl}${path}`, { headers: { authorization } }));
  const { consumer, paymentMethod, title } = order;
  return { id: placed.id, title, consumer, merchant: order.merchant, paymentMethod, status };
}

interface Answer {
  id: string;
  status: string;
  state?: string;
  code?: string;
}

/** Sends a command and waits for its outcome, also where the API answers 202 or asks to be asked again. */
async function post(apiUrl: string, path: string, token: string, key: string, body: object): Promise<Answer> {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': key };
  return answered(() => fetch(`${apiUrl}${path}`, { method: 'POST', headers, body: JSON.stringify(body) }));
}

/** Asks until there is an answer; the same key again is answered with what became of it. */
async function answered(ask: () => Promise<Response>): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await ask();
    const undecided = response.status === 202 || response.status === 429 || response.status === 503;
    if (!undecided || attempt === 20) return read(response);
    await response.body?.cancel();
    await delay(500);
  }
}

async function read(response: Response): Promise<Answer> {
  const text = await response.text();
  if (!response.ok || response.status === 202) throw new Error(`${response.url} answered ${response.status}: ${text}`);
  return JSON.parse(text) as Answer;
}
