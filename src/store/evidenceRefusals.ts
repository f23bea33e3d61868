export const evidenceRefusalCodes = [
  'evidence_type_not_allowed',
  'evidence_type_mismatch',
  'evidence_too_large',
  'evidence_empty',
  'evidence_id_taken',
  'evidence_unknown',
  'evidence_already_attached',
  'too_many_files',
] as const;

/** Why a file is not taken or not attached. */
export type EvidenceRefusal = { code: (typeof evidenceRefusalCodes)[number]; detail: string };
export type Refused = { ok: false; refusal: EvidenceRefusal };
export const refuse = (code: EvidenceRefusal['code'], detail: string): Refused => ({
  ok: false,
  refusal: { code, detail },
});
