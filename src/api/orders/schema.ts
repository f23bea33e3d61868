import { z } from 'zod';
import { addressSchema } from '../../domain/address.ts';
import { caseKinds, reasons } from '../../domain/case/kinds.ts';
import { refundPurposes } from '../../domain/order/commands.ts';
import { paymentMethods } from '../../domain/order/facts.ts';
import { orderStatuses } from '../../domain/order/order.ts';
import { pageOf } from '../list.ts';
import { deadlineSchema, holdSchema, moneySchema, refundStates, timeSchema } from '../schemas.ts';
import { heldQuery, subjectListQuery } from '../subjectList.ts';

const integerPrice = z.int().meta({ description: 'minor units of the order’s currency' });

/** An order as it is answered. */
export const orderAnswer = z
  .object({
    id: z.string(),
    consumerId: z.string(),
    merchantId: z.string(),
    paymentMethod: z.enum(paymentMethods),
    status: z.enum(orderStatuses),
    currency: z.string(),
    lines: z.array(
      z.object({
        lineId: z.string(),
        sku: z.string(),
        title: z.string(),
        quantity: z.int(),
        unitPrice: integerPrice,
        discount: integerPrice,
        noReasonReturn: z.boolean(),
        returnedQuantity: z.int(),
        refundedAmount: moneySchema,
      }),
    ),
    postage: integerPrice,
    paid: moneySchema,
    refunds: z.array(
      z.object({
        amount: z.int(),
        currency: z.string(),
        state: z.enum(refundStates),
        held: holdSchema.optional(),
        purpose: z.enum(refundPurposes),
        transactionId: z
          .string()
          .optional()
          .meta({ description: 'the payment that goes back, where the purpose is late_payment' }),
      }),
    ),
    shippingAddress: addressSchema,
    shipment: z.object({ carrier: z.string(), trackingNumber: z.string() }).optional(),
    deliveredAt: timeSchema.optional(),
    cancellation: z
      .object({ by: z.string(), reason: z.string(), note: z.string().optional(), at: timeSchema })
      .optional(),
    deadline: deadlineSchema.nullable(),
    availableActions: z.array(z.string()),
    policyVersion: z.int(),
    version: z.int(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Order' });
export type OrderAnswer = z.infer<typeof orderAnswer>;

export const orderPage = pageOf(orderAnswer);

export const orderListQuery = z.strictObject({
  ...subjectListQuery,
  status: z.enum(orderStatuses).optional(),
  held: heldQuery,
});

/** ORD-9: money for an order that nobody knows. */
export const raisedAnswer = z.object({ orderId: z.string(), raisedToAgent: z.literal(true) });

/** ELIG-4 */
export const returnOptionsAnswer = z
  .object({
    orderId: z.string(),
    lines: z.array(
      z.object({
        lineId: z.string(),
        returnableQuantity: z.int(),
        refundPerUnit: moneySchema,
        refunds: z.array(z.int()).meta({
          description: 'what one unit, two units and so on would bring, in minor units; for at most 100 units',
        }),
        applicationsLeft: z.int(),
        options: z.array(
          z.object({
            reason: z.enum(reasons),
            subReasons: z.array(z.string()).meta({ description: 'what may be said more closely, if anything' }),
            kinds: z.array(z.enum(caseKinds)),
            until: timeSchema,
          }),
        ),
        notEligible: z.array(z.object({ reason: z.enum(reasons), code: z.string(), detail: z.string() })).optional(),
      }),
    ),
  })
  .meta({ id: 'ReturnOptions' });
export type ReturnOptionsAnswer = z.infer<typeof returnOptionsAnswer>;
