import { z } from 'zod';
import { caseStatuses } from '../../domain/case/case.ts';
import { caseKinds, reasons } from '../../domain/case/kinds.ts';
import { rulingActions } from '../../domain/case/preview.ts';
import { roles } from '../../domain/parties.ts';
import { policySchema } from '../../domain/policy/policy.ts';
import { queues } from '../../domain/queue.ts';
import { caseAnswer, rulingAnswer, timelineItem } from '../cases/schema.ts';
import { saidAnswer } from '../conversations/routes.ts';
import { evidenceAnswer } from '../evidence/schema.ts';
import { ledgerEntry } from '../ledger/schema.ts';
import { orderAnswer } from '../orders/schema.ts';
import { deadlineSchema, leaseSchema, moneySchema, timeSchema } from '../schemas.ts';

const statement = z.object({
  what: z.enum([
    'application',
    'approval',
    'refusal',
    'receipt_refusal',
    'receipt_confirmation',
    'proposal',
    'intervention_request',
    'evidence_submission',
    'appeal',
    'refund_voucher',
    'late_refund_voucher',
  ]),
  at: timeSchema,
  code: z.string().optional().meta({ description: 'the reason or refusal code that was given' }),
  text: z.string().optional(),
  evidenceIds: z.array(z.string()),
});
export type Statement = z.infer<typeof statement>;

const { id, status, paymentMethod, lines, postage, paid, refunds, shipment, deliveredAt, createdAt } =
  orderAnswer.shape;
const orderSummary = z.object({
  id,
  status,
  paymentMethod,
  lines,
  postage,
  paid,
  refunds,
  shipment,
  deliveredAt,
  createdAt,
});
export type OrderSummary = z.infer<typeof orderSummary>;

/** What a ruling would cause. INT-5, INT-6, INT-9 */
const rulingPreview = z.object({
  action: z
    .enum(rulingActions)
    .meta({ description: 'the action that gives it: a merchant’s appeal may wait beside a dispute' }),
  favour: z.enum(['consumer', 'merchant']),
  remedy: z.enum(caseKinds).optional(),
  refund: z
    .object({ ...moneySchema.shape, partAllowed: z.boolean() })
    .meta({ description: 'in full; where a part is allowed, the ruling may name any amount up to it' }),
  leadsTo: z.enum(caseStatuses),
  deadline: z
    .object({ ...deadlineSchema.shape, length: z.string() })
    .nullable()
    .meta({ description: 'what would begin to run, were the ruling given now; length is the policy’s duration' }),
  appealUntil: timeSchema.optional().meta({ description: 'until when whoever lost could appeal' }),
  goodsTravel: z.boolean().meta({ description: 'the goods must go back first' }),
  payment: z
    .object({
      by: z.enum(['platform', 'merchant']),
      ...moneySchema.shape,
      when: z.enum(['at_once', 'once_the_goods_are_back']),
    })
    .optional()
    .meta({ description: 'who then pays the consumer; nobody where absent' }),
  payout: z
    .object({ ...moneySchema.shape, when: z.enum(['at_once', 'once_the_case_has_ended']) })
    .optional()
    .meta({ description: 'what the platform pays a merchant whose appeal is won; a part may be named' }),
});
export type ShownPreview = z.infer<typeof rulingPreview>;

const earlierCase = z.object({
  id: z.string(),
  status: z.enum(caseStatuses),
  kind: z.enum(caseKinds),
  reason: z.enum(reasons),
  refund: caseAnswer.shape.refund,
  closeReason: z.string().optional(),
  createdAt: timeSchema,
  ruling: rulingAnswer.optional().meta({ description: 'the last one: that on the appeal, where there was one' }),
});
export type EarlierCase = z.infer<typeof earlierCase>;

const { deadlines, onMerchantSilence, codPenalty, reminders } = policySchema.shape;
const { noReasonWindow, noReasonCountsFromNextDay, afterSalesPeriod, maxApplicationsPerLine } = policySchema.shape;

/** All that is needed to rule on a case. */
export const dossierAnswer = z
  .object({
    case: caseAnswer,
    order: orderSummary,
    statements: z.object({ consumer: z.array(statement), merchant: z.array(statement) }),
    evidence: z.array(z.object({ ...evidenceAnswer.shape, party: z.enum(roles) })),
    timeline: z.array(timelineItem).meta({ description: 'the last 200 items, oldest first' }),
    messages: z
      .array(saidAnswer)
      .meta({ description: 'the last 200 on the order and its cases, oldest first; none for an administrator' }),
    amounts: z.object({
      paid: moneySchema,
      postage: moneySchema,
      refundable: moneySchema.meta({ description: 'what this case can bring at most' }),
      reservedByOthers: moneySchema.meta({ description: 'what other cases of the order hold' }),
      refundedByOthers: moneySchema,
      refundedSoFar: moneySchema.meta({ description: 'what all cases of the order have brought back, this one too' }),
    }),
    rules: z.object({
      policyVersion: z.int().meta({ description: 'the case’s: its deadlines follow it' }),
      orderPolicyVersion: z.int().meta({ description: 'the order’s: what may be returned, and until when' }),
      deadlines,
      reminders,
      onMerchantSilence,
      codPenalty,
      noReasonWindow,
      noReasonCountsFromNextDay,
      afterSalesPeriod,
      maxApplicationsPerLine,
    }),
    earlierCases: z.array(earlierCase),
    ledger: z.array(ledgerEntry),
    rulings: z.array(rulingPreview).meta({
      description: 'what each ruling would cause, were it given now; empty where there is nothing to rule on',
    }),
    lease: leaseSchema.nullable(),
    queues: z
      .array(z.enum(queues))
      .meta({ description: 'where it waits for an agent, and so can be claimed; empty where it waits in no queue' }),
  })
  .meta({ id: 'Dossier' });
export type Dossier = z.infer<typeof dossierAnswer>;
