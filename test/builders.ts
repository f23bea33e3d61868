import { randomUUID } from 'node:crypto';
import type { Application } from '../src/domain/case/commands.ts';
import type { OrderFacts, OrderLine } from '../src/domain/order/facts.ts';
import { defaultPolicy } from '../src/domain/policy/defaultPolicy.ts';
import type { Policy, PolicyDocument } from '../src/domain/policy/policy.ts';
import type { TicketFacts } from '../src/domain/ticket/ticket.ts';

export const hours = (count: number) => count * 3_600_000;
export const days = (count: number) => hours(24 * count);

/** Noon in Shanghai on an ordinary day, for tests that need no clock. */
export const noon = Date.UTC(2026, 2, 2, 4);

export const aPolicy = (changes: Partial<PolicyDocument> = {}): Policy => ({
  ...defaultPolicy,
  ...changes,
  version: 1,
});

export const aLine = (changes: Partial<OrderLine> = {}): OrderLine => ({
  lineId: 'l-1',
  sku: 'sku-1',
  title: '保温杯',
  quantity: 2,
  unitPrice: 12_900,
  discount: 0,
  noReasonReturn: true,
  ...changes,
});

/** An order of two cups at 129.00 each, 10.00 postage. */
export const anOrder = (changes: Partial<OrderFacts> = {}): OrderFacts => ({
  id: randomUUID(),
  consumerId: 'c-1',
  merchantId: 'm-1',
  paymentMethod: 'online',
  currency: 'CNY',
  postage: 1_000,
  lines: [aLine()],
  shippingAddress: {
    name: '王小明',
    phone: '13800000000',
    province: '上海市',
    city: '上海市',
    district: '徐汇区',
    street: '漕溪北路 1 号',
  },
  policy: aPolicy(),
  placedAt: noon,
  ...changes,
});

export const anApplication = (orderId: string, changes: Partial<Application> = {}): Application => ({
  orderId,
  kind: 'return_and_refund',
  reason: 'quality_problem',
  lines: [{ lineId: 'l-1', quantity: 1 }],
  description: '盖子漏水',
  ...changes,
});

export const aTicket = (order: OrderFacts, changes: Partial<TicketFacts> = {}): TicketFacts => ({
  id: randomUUID(),
  orderId: order.id,
  consumerId: order.consumerId,
  merchantId: order.merchantId,
  channel: 'feedback',
  category: 'other',
  description: '商家一直不处理',
  evidenceIds: [],
  policy: aPolicy(),
  openedAt: noon,
  ...changes,
});

export const anAddress = {
  name: '退货组',
  phone: '02112345678',
  province: '广东省',
  city: '深圳市',
  district: '南山区',
  street: '科技路 2 号',
};
