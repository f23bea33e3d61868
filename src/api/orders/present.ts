import type { z } from 'zod';
import { subReasons } from '../../domain/case/kinds.ts';
import { type Allocation, returnedOf } from '../../domain/order/allocation.ts';
import { orderDeadlines } from '../../domain/order/deadlines.ts';
import { availableOrderActions } from '../../domain/order/decide.ts';
import { lateTransactionOf, type OrderRefund } from '../../domain/order/order.ts';
import type { LineOptions } from '../../domain/order/returnOptions.ts';
import type { Role } from '../../domain/parties.ts';
import type { AllocationDocument } from '../../store/documents.ts';
import type { OrderRead } from '../../store/queries.ts';
import { isoTime, shownDeadline, shownHold } from '../schemas.ts';
import type { OrderAnswer, returnOptionsAnswer } from './schema.ts';

export const allocationOf = ({ _id, ...rest }: AllocationDocument): Allocation => ({ orderId: _id, ...rest });

/** An order for whoever asks; its allocation says what came back of it, once it is delivered. */
export function presentOrder(
  document: OrderRead,
  stored: AllocationDocument | null | undefined,
  role: Role,
): OrderAnswer {
  const { state } = document;
  const { facts, stage, shipment, deliveredAt, cancellation } = state;
  const { currency } = facts;
  const allocation = stored && allocationOf(stored);
  return {
    id: facts.id,
    consumerId: facts.consumerId,
    merchantId: facts.merchantId,
    paymentMethod: facts.paymentMethod,
    status: stage.status,
    currency,
    lines: facts.lines.map((line) => {
      const returned = allocation ? returnedOf(allocation, line.lineId) : { quantity: 0, refunded: 0 };
      return { ...line, returnedQuantity: returned.quantity, refundedAmount: { amount: returned.refunded, currency } };
    }),
    postage: facts.postage,
    paid: { amount: state.paid, currency },
    refunds: state.refunds.map((refund) => presentRefund(refund, currency)),
    shippingAddress: facts.shippingAddress,
    ...(shipment ? { shipment } : {}),
    ...(deliveredAt === null ? {} : { deliveredAt: isoTime(deliveredAt) }),
    ...(cancellation ? { cancellation: { ...cancellation, at: isoTime(cancellation.at) } } : {}),
    deadline: shownDeadline(orderDeadlines(state)[0]),
    availableActions: availableOrderActions(state, role),
    policyVersion: facts.policy.version,
    version: document.version,
    createdAt: isoTime(facts.placedAt),
    updatedAt: isoTime(state.updatedAt),
  };
}

function presentRefund(
  { amount, state, held, purpose }: OrderRefund,
  currency: string,
): OrderAnswer['refunds'][number] {
  const refund = { amount, currency, state, ...shownHold(held) };
  if (purpose === 'cancellation' || purpose === 'parcel_refused') return { ...refund, purpose };
  return { ...refund, purpose: 'late_payment', transactionId: lateTransactionOf(purpose) };
}

/** ELIG-4 */
export function presentReturnOptions(
  orderId: string,
  currency: string,
  lines: LineOptions[],
): z.infer<typeof returnOptionsAnswer> {
  return {
    orderId,
    lines: lines.map(({ refundPerUnit, options, notEligible, ...line }) => ({
      ...line,
      refundPerUnit: { amount: refundPerUnit, currency },
      options: options.map(({ reason, kinds, until }) => ({
        reason,
        subReasons: [...subReasons[reason]],
        kinds,
        until: isoTime(until),
      })),
      ...(notEligible.length > 0
        ? { notEligible: notEligible.map(({ reason, code, detail }) => ({ reason, code, detail })) }
        : {}),
    })),
  };
}
