import { z } from 'zod';
import { type Address, addressSchema } from '../address.ts';
import { deadlineExtensionSchema } from '../deadlineExtension.ts';
import { evidenceIds, foreignId, freeText, label, ownId, paidAmount } from '../fields.ts';
import type { Actor } from '../parties.ts';
import { interventionReasons, liabilities } from './case.ts';
import { caseKinds, type Reason, reasons, subReasons } from './kinds.ts';
import { receiptRefusalCodes, refusalCodesOfApplications } from './refusalCodes.ts';

const wish = {
  kind: z.enum(caseKinds),
  reason: z.enum(reasons),
  subReason: z.enum([...new Set(Object.values(subReasons).flat())]).optional(),
  lines: z
    .array(z.strictObject({ lineId: foreignId, quantity: z.int().min(1).max(9999) }))
    .min(1)
    .max(100)
    .refine((lines) => new Set(lines.map(({ lineId }) => lineId)).size === lines.length, 'must not name a line twice'),
  description: freeText,
  evidenceIds: evidenceIds.optional(),
  /** ELIG-6 */
  goodsAtMerchant: z.boolean().optional().meta({
    description:
      'for agents: whether it is about units that an earlier case left at the merchant (they are taken over, nothing travels), or about others',
  }),
};

/** ELIG-1 */
function subReasonFits(
  { reason, subReason }: { reason: Reason; subReason?: string | undefined },
  context: z.RefinementCtx,
): void {
  const allowed: readonly string[] = subReasons[reason];
  if (subReason === undefined || allowed.includes(subReason)) return;
  const mend =
    allowed.length > 0
      ? `must be one of ${allowed.join(', ')} for ${reason}`
      : `${reason} has no sub-reasons: leave it out`;
  context.addIssue({ code: 'custom', path: ['subReason'], message: mend });
}

/** What an application names. CASE-1, ELIG-1 */
export const applicationSchema = z.strictObject({ orderId: ownId, ...wish }).superRefine(subReasonFits);

/** What an application names where the order is known already. INT-8 */
export const applicationOnOrderSchema = z.strictObject(wish).superRefine(subReasonFits);

export type Application = z.infer<typeof applicationSchema>;

const carrierAndNumber = { carrier: label(64), trackingNumber: label(64) };

const rulingSchema = z.strictObject({
  favour: z.enum(['consumer', 'merchant']),
  remedy: z.enum(caseKinds).optional(),
  refundAmount: paidAmount.optional(),
  liability: z.enum(liabilities),
  reasons: freeText,
});

/** Consent has no code of refusal: whoever gives both is asked to make up its mind. */
const consentHasNoCode = (isConsent: boolean, refusalCode: string | undefined, context: z.RefinementCtx) => {
  if (isConsent && refusalCode !== undefined)
    context.addIssue({ code: 'custom', path: ['refusalCode'], message: 'is for a refusal only: leave it out' });
};

/** The fields of each command on a case, under the name of its signal: what a route takes, and what an operator may send by hand. */
export const caseCommandSchemas = {
  merchantDecision: z
    .strictObject({
      decision: z.enum(['approve', 'refuse']),
      returnAddress: addressSchema.optional(),
      refusalCode: z.enum(refusalCodesOfApplications).optional(),
      note: freeText.optional(),
      evidenceIds: evidenceIds.optional(),
    })
    .superRefine(({ decision, refusalCode }, context) =>
      consentHasNoCode(decision === 'approve', refusalCode, context),
    ),
  trackingNumber: z.strictObject(carrierAndNumber),
  withdrawal: z.strictObject({ note: freeText.optional() }),
  receiptConfirmation: z
    .strictObject({
      outcome: z.enum(['received', 'refused']),
      refusalCode: z.enum(receiptRefusalCodes).optional(),
      note: freeText.optional(),
      evidenceIds: evidenceIds.optional(),
    })
    .superRefine(({ outcome, refusalCode }, context) => consentHasNoCode(outcome === 'received', refusalCode, context)),
  refundVoucher: z.strictObject({
    reference: label(128),
    amount: paidAmount,
    paidAt: z.iso.datetime({ offset: true }),
    evidenceIds: evidenceIds.min(1, 'must name the uploaded voucher'),
  }),
  proposal: z.strictObject({ kind: z.enum(caseKinds), refundAmount: paidAmount.optional(), note: freeText }),
  proposalResponse: z.strictObject({ decision: z.enum(['accept', 'decline']) }),
  interventionRequest: z.strictObject({ reason: z.enum(interventionReasons), statement: freeText, evidenceIds }),
  interventionWithdrawal: z.strictObject({}),
  interventionAudit: z.strictObject({ decision: z.enum(['accept', 'decline']), note: freeText.optional() }),
  informationRequest: z.strictObject({ from: z.enum(['consumer', 'merchant']), question: freeText }),
  evidenceSubmission: z.strictObject({
    statement: freeText.optional(),
    evidenceIds,
    complete: z.boolean().optional(),
  }),
  ruling: rulingSchema,
  appeal: z.strictObject({ statement: freeText, evidenceIds }),
  appealRuling: rulingSchema,
  replacementShipment: z.strictObject(carrierAndNumber),
  replacementReceipt: z.strictObject({}),
  refundRetry: z.strictObject({}),
  manualSettlement: z.strictObject({ reference: label(128), note: freeText }),
  deadlineExtension: deadlineExtensionSchema,
};

/** A command's name, which is its signal's. */
export type CaseCommandName = keyof typeof caseCommandSchemas;

/**
 * A command on a case with its fields. A decision that comes through the API also brings the merchant's own return address, null
 * where it has none; without either it is looked up (CASE-2). A request that an agent enters for the consumer names the agent (INT-8).
 */
export type CaseCommands = { [Name in CaseCommandName]: z.infer<(typeof caseCommandSchemas)[Name]> } & {
  merchantDecision: { merchantAddress?: Address | null };
  interventionRequest: { enteredBy?: Actor };
};
