import type { Sender } from './commands.ts';
import type { Parties } from './parties.ts';

/** A delivered order: what a case is about. */
export type Delivered = { orderId: string; parties: Parties };

const lineId = 'l-1';
const unitPrice = 12_900;
const postage = 1_000;
/** What a case on the order's only unit brings back, in minor units: the price, without postage (REF-1, REF-2). */
export const refundAmount = unitPrice;

/** Places an online order and takes it to its consumer's door, through the API like any marketplace. */
export async function deliver({ send }: Sender, service: string, parties: Parties): Promise<Delivered> {
  const placed = await send('/v1/orders', service, {
    consumerId: parties.consumer.id,
    merchantId: parties.merchant.id,
    paymentMethod: 'online',
    currency: 'CNY',
    postage,
    lines: [{ lineId, sku: 'cup', title: '保温杯', quantity: 1, unitPrice, noReasonReturn: true }],
    shippingAddress: address('王小明'),
  });
  const orderId = placed.body.id;
  const path = `/v1/orders/${orderId}`;
  await send(`${path}/payment`, service, { transactionId: orderId, amount: unitPrice + postage });
  await send(`${path}/shipment`, parties.merchant.token, { carrier: 'SF', trackingNumber: 'SF1' });
  await send(`${path}/delivery`, service, {});
  return { orderId, parties };
}

/** What its consumer applies for. */
export const applicationFor = (orderId: string) => ({
  orderId,
  kind: 'return_and_refund' as const,
  reason: 'quality_problem' as const,
  lines: [{ lineId, quantity: 1 }],
  description: '盖子漏水',
});

export const address = (name: string) => ({
  name,
  phone: '13800000000',
  province: '上海市',
  city: '上海市',
  district: '徐汇区',
  street: '漕溪北路 1 号',
});
