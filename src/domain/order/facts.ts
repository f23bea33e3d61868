import type { Address } from '../address.ts';
import type { Policy } from '../policy/policy.ts';

export const paymentMethods = ['online', 'cod'] as const;
/** 在线支付, 货到付款 */
export type PaymentMethod = (typeof paymentMethods)[number];

/** A line as it was sold; `unitPrice` and `discount` (of the whole line) in minor units. */
export type OrderLine = {
  lineId: string;
  sku: string;
  title: string;
  quantity: number;
  unitPrice: number;
  discount: number;
  noReasonReturn: boolean;
};

/** What is agreed when an order is placed, and never changes. Prices and postage in minor units. */
export type OrderFacts = {
  id: string;
  consumerId: string;
  merchantId: string;
  paymentMethod: PaymentMethod;
  currency: string;
  postage: number;
  lines: OrderLine[];
  shippingAddress: Address;
  /** Current when the order was placed; eligibility follows it (POL-2). */
  policy: Policy;
  /** UTC ms */
  placedAt: number;
};

/** What a line was sold for, its discount taken off; minor units. REF-1 */
export function linePrice(line: Pick<OrderLine, 'unitPrice' | 'quantity' | 'discount'>): number {
  return line.unitPrice * line.quantity - line.discount;
}

/** What the goods were sold for, without postage; minor units. REF-2 */
export function goodsPrice(order: Pick<OrderFacts, 'lines'>): number {
  return order.lines.reduce((sum, line) => sum + linePrice(line), 0);
}

/** What the consumer pays in all; minor units. */
export function totalPrice(order: Pick<OrderFacts, 'lines' | 'postage'>): number {
  return goodsPrice(order) + order.postage;
}
