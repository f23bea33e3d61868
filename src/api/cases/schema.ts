import { z } from 'zod';
import { addressSchema } from '../../domain/address.ts';
import { caseStatuses, channels, interventionReasons, liabilities } from '../../domain/case/case.ts';
import { caseKinds, reasons } from '../../domain/case/kinds.ts';
import { paymentMethods } from '../../domain/order/facts.ts';
import { ratingAnswer } from '../feedback/rate.ts';
import { pageOf } from '../list.ts';
import { actorSchema, deadlineSchema, holdSchema, moneySchema, refundStates, timeSchema } from '../schemas.ts';
import { heldQuery, subjectListQuery } from '../subjectList.ts';

const shipment = z.object({ carrier: z.string(), trackingNumber: z.string() });

/** A ruling as it is answered. INT-5 */
export const rulingAnswer = z.object({
  favour: z.enum(['consumer', 'merchant']),
  remedy: z.enum(caseKinds).optional(),
  refund: moneySchema.optional(),
  liability: z.enum(liabilities),
  reasons: z.string(),
  at: timeSchema,
});
const party = z.enum(['consumer', 'merchant']);
const intervention = z.object({
  reason: z.enum(interventionReasons),
  statement: z.string(),
  evidenceIds: z.array(z.string()),
  requestedAt: timeSchema,
  complete: z.array(party).meta({ description: 'who has nothing more to submit' }),
  informationRequest: z.object({ from: party, question: z.string(), until: timeSchema }).optional(),
  ruling: rulingAnswer.optional(),
});
const appeal = z.object({
  by: party,
  statement: z.string(),
  evidenceIds: z.array(z.string()),
  at: timeSchema,
  deadline: deadlineSchema
    .nullable()
    .meta({ description: 'by when another agent decides; null once overdue or decided' }),
  ruling: rulingAnswer.optional(),
  payout: z
    .object({ amount: z.int(), currency: z.string(), state: z.enum(refundStates), held: holdSchema.optional() })
    .optional()
    .meta({ description: 'what the platform pays a merchant whose appeal was won, once the case itself has ended' }),
});

/** A case as it is answered. SEE-1 */
export const caseAnswer = z
  .object({
    id: z.string(),
    orderId: z.string(),
    consumerId: z.string(),
    merchantId: z.string(),
    paymentMethod: z.enum(paymentMethods),
    kind: z.enum(caseKinds),
    reason: z.enum(reasons),
    subReason: z.string().optional(),
    description: z.string(),
    evidenceIds: z.array(z.string()).meta({ description: 'what the application named' }),
    status: z.enum(caseStatuses),
    final: z.boolean(),
    closeReason: z.string().optional(),
    goodsOwedBack: z
      .boolean()
      .optional()
      .meta({ description: 'closed with the goods at the merchant, who owes them back' }),
    refusalCode: z.string().optional().meta({ description: 'why the merchant refused, while that stands' }),
    channel: z.enum(channels),
    lines: z.array(z.object({ lineId: z.string(), quantity: z.int(), refundAmount: moneySchema })),
    remedy: z.object({ kind: z.enum(caseKinds), refund: moneySchema }).meta({
      description: 'what the case is about to bring: as applied for, until a proposal or a ruling says otherwise',
    }),
    refund: z.object({
      amount: z.int(),
      currency: z.string(),
      state: z.enum(refundStates),
      held: holdSchema.optional(),
    }),
    returnPostageBorneBy: z.enum(['merchant', 'consumer']),
    deadline: deadlineSchema.nullable(),
    availableActions: z.array(z.string()),
    choices: z.record(z.string(), z.record(z.string(), z.array(z.string()))).meta({
      description: 'by action, and by its field, what is taken now; of fields that take at times less than at others',
    }),
    returnAddress: addressSchema.optional(),
    returnShipment: shipment.optional(),
    replacementShipment: shipment.optional(),
    proposal: z.object({ kind: z.enum(caseKinds), refund: moneySchema, note: z.string(), at: timeSchema }).optional(),
    intervention: intervention.optional(),
    earlierInterventions: z.array(intervention.extend({ appeal: appeal.optional() })).optional(),
    appeal: appeal.optional().meta({ description: 'the one that was lodged, the latest where both parties have' }),
    merchantMayAppealUntil: timeSchema
      .optional()
      .meta({ description: 'the merchant may appeal against the ruling until then; the remedy goes on meanwhile' }),
    goodsAtMerchant: z
      .boolean()
      .optional()
      .meta({ description: 'an agent’s case on goods that an earlier one left at the merchant: nothing travels' }),
    previousCaseId: z.string().optional(),
    feedback: ratingAnswer.optional().meta({ description: 'how the consumer rated the handling; not in lists' }),
    policyVersion: z.int(),
    version: z.int(),
    createdAt: timeSchema,
    updatedAt: timeSchema,
  })
  .meta({ id: 'Case' });
export type CaseAnswer = z.infer<typeof caseAnswer>;

export const casePage = pageOf(caseAnswer);

export const caseListQuery = z.strictObject({
  ...subjectListQuery,
  status: z.enum(caseStatuses).optional(),
  kind: z.enum(caseKinds).optional(),
  reason: z.enum(reasons).optional(),
  held: heldQuery,
});

/** Who, what, when, why, under which rule. SEE-1, SEE-2 */
export const timelineItem = z
  .object({
    seq: z.int(),
    at: timeSchema,
    type: z.string(),
    actor: actorSchema,
    rule: z.string().optional(),
    deadline: z
      .object({ kind: z.string(), at: timeSchema })
      .optional()
      .meta({ description: 'the deadline that began with it or was moved by it; else the one that passed' }),
    detail: z.record(z.string(), z.unknown()),
    status: z.string().meta({ description: 'where the subject stood after it' }),
  })
  .meta({ id: 'TimelineItem' });
export type TimelineItem = z.infer<typeof timelineItem>;
export const timelinePage = pageOf(timelineItem);
