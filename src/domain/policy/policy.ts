import { z } from 'zod';
import { addressSchema } from '../address.ts';
import { durationMs, readDuration } from './duration.ts';
import { evidenceTypes } from './evidenceTypes.ts';

/** A length of time as people write it: ISO 8601, in exact weeks to seconds. POL-1 */
export const duration = z
  .string()
  .refine(
    (text) => readDuration(text) !== undefined,
    'must be an ISO 8601 duration longer than zero, such as PT48H or P7D',
  );
const bytes = z.int().min(1).max(1_073_741_824);

/** Every deadline's length; the names are the kinds of deadlines people see. POL-1 */
export const policyDeadlines = z.strictObject({
  unpaidOrder: duration,
  merchantDecision: duration,
  interventionWindow: duration,
  buyerReturn: duration,
  merchantReceipt: duration,
  refundVoucher: duration,
  interventionAudit: duration,
  evidence: duration,
  furtherInformation: duration,
  adjudication: duration,
  appeal: duration,
  replacementShipment: duration,
  replacementReceipt: duration,
  ticketReply: duration,
});

/** Lengths that the document has come to name later: what holds under a policy that was published before. POL-2 */
export const usual = { outageExtension: 'PT4H', agentLease: 'PT15M', unattachedEvidence: 'P7D' } as const;

/** What an upload must be. EVI-2 */
const evidenceLimits = z.strictObject({
  maxFilesPerParty: z.int().min(1).max(1000),
  maxImageBytes: bytes,
  maxVideoBytes: bytes,
  types: z
    .array(z.enum(evidenceTypes))
    .min(1)
    .default([...evidenceTypes]),
});

/** The policy document as it is published, without its version. POL-1 */
export const policySchema = z.strictObject({
  deadlines: policyDeadlines,
  reminders: z.array(duration).max(10),
  outageTolerance: duration,
  outageExtension: duration.default(usual.outageExtension),
  lateVoucher: duration,
  defaultReturnAddress: addressSchema,
  noReasonWindow: duration,
  noReasonCountsFromNextDay: z.boolean(),
  afterSalesPeriod: duration,
  maxApplicationsPerLine: z.int().min(1).max(100),
  onMerchantSilence: z.enum(['approve', 'allow_intervention']),
  codPenalty: z.strictObject({ basisPoints: z.int().min(0).max(10_000), minimum: z.int().min(0).max(1_000_000_000) }),
  agentLease: duration.default(usual.agentLease),
  unattachedEvidence: duration.default(usual.unattachedEvidence),
  evidence: evidenceLimits,
});

/** A policy as it was published, with what holds for what it did not name yet. POL-2 */
export const whole = (document: PolicyDocument): PolicyDocument => ({
  ...usual,
  ...document,
  evidence: { ...document.evidence, types: document.evidence.types ?? [...evidenceTypes] },
});

/** A policy document before it has a version. */
export type PolicyDocument = z.infer<typeof policySchema>;

/** A published policy: immutable, numbered from 1. POL-2 */
export type Policy = PolicyDocument & { version: number };

const lengthIn =
  (field: keyof typeof usual) =>
  (policy: Partial<PolicyDocument>): number =>
    durationMs(policy[field] ?? usual[field]);

/** The most that a deadline is extended by after an outage of ours, in ms. POL-6 */
export const outageExtensionMs = lengthIn('outageExtension');

/** How long an agent's claim of a subject lasts, in ms. */
export const agentLeaseMs = lengthIn('agentLease');

/** How long evidence that nothing refers to is kept, in ms. EVI-5 */
export const unattachedEvidenceMs = lengthIn('unattachedEvidence');

/** The kinds of deadline whose length is a field of the policy's `deadlines`. */
export type PolicyDeadline = keyof PolicyDocument['deadlines'];
