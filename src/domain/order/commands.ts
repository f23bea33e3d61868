import { z } from 'zod';
import { addressSchema } from '../address.ts';
import { foreignId, freeText, label, paidAmount } from '../fields.ts';
import { paymentMethods, totalPrice } from './facts.ts';

const price = z.int().min(0).max(1_000_000_000);

const lineSchema = z
  .strictObject({
    lineId: foreignId,
    sku: foreignId,
    title: label(300),
    quantity: z.int().min(1).max(9999),
    unitPrice: price,
    discount: z.int().min(0).max(10_000_000_000_000).default(0),
    noReasonReturn: z.boolean(),
  })
  .refine(({ discount, unitPrice, quantity }) => discount <= unitPrice * quantity, {
    path: ['discount'],
    message: 'must not be more than the line costs',
  });

/** An order as the marketplace places it. ORD-1, ORD-2 */
export const orderSchema = z
  .strictObject({
    consumerId: foreignId,
    merchantId: foreignId,
    paymentMethod: z.enum(paymentMethods),
    currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code such as CNY'),
    postage: price,
    lines: z
      .array(lineSchema)
      .min(1)
      .max(100)
      .refine(
        (lines) => new Set(lines.map(({ lineId }) => lineId)).size === lines.length,
        'must not have a lineId twice',
      ),
    shippingAddress: addressSchema,
  })
  .refine((order) => order.paymentMethod === 'cod' || totalPrice(order) > 0, {
    path: ['lines'],
    message: 'an order paid online must cost something',
  });

export type PlacedOrder = z.infer<typeof orderSchema>;

/** Why an order is cancelled. */
export const cancellationReasons = [
  'changed_mind',
  'wrong_order',
  'out_of_stock',
  'duplicate',
  'parcel_refused',
  'other',
] as const;
export type CancellationReason = (typeof cancellationReasons)[number];

/** What an order's refunds are for, as they are shown; of several that wait, an agent may name the one it has paid by hand. ORD-11 */
export const refundPurposes = ['cancellation', 'parcel_refused', 'late_payment'] as const;

/** The fields of each command on an order, under the name of its signal. */
export const orderCommandSchemas = {
  payment: z.strictObject({ transactionId: foreignId, amount: paidAmount }),
  confirmation: z.strictObject({}),
  shipment: z.strictObject({ carrier: label(64), trackingNumber: label(64) }),
  delivery: z.strictObject({ deliveredAt: z.iso.datetime({ offset: true }).optional() }),
  cancellation: z.strictObject({ reason: z.enum(cancellationReasons), note: freeText.optional() }),
  refundRetry: z.strictObject({}),
  manualSettlement: z
    .strictObject({
      reference: label(128),
      note: freeText,
      purpose: z.enum(refundPurposes).optional(),
      transactionId: foreignId.optional(),
    })
    .refine(({ purpose, transactionId }) => (purpose === 'late_payment') === (transactionId !== undefined), {
      path: ['transactionId'],
      message: 'names the payment that goes back, beside the purpose late_payment and with no other',
    }),
};

export type OrderCommandName = keyof typeof orderCommandSchemas;
export type OrderCommands = { [Name in OrderCommandName]: z.infer<(typeof orderCommandSchemas)[Name]> };
