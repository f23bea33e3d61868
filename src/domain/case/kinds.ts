/** 退货退款, 仅退款, 换货, 补发 */
export const caseKinds = ['return_and_refund', 'refund_only', 'exchange', 'reship'] as const;
export type CaseKind = (typeof caseKinds)[number];

/** 商品质量问题, 与描述不符, 七天无理由. ELIG-1 */
export const reasons = ['quality_problem', 'not_as_described', 'no_reason_7d'] as const;
export type Reason = (typeof reasons)[number];

/** The sub-reasons of each reason. ELIG-1 */
export const subReasons = {
  quality_problem: ['damaged', 'malfunction', 'other'],
  not_as_described: ['material', 'colour', 'size', 'other'],
  no_reason_7d: [],
} as const satisfies Record<Reason, readonly string[]>;
export type SubReason = (typeof subReasons)[Reason][number];

/** The kinds each reason allows. ELIG-2, ELIG-3 */
const kindsOfReason: Record<Reason, readonly CaseKind[]> = {
  quality_problem: caseKinds,
  not_as_described: caseKinds,
  no_reason_7d: ['return_and_refund'],
};

/** The kinds a consumer may choose for the reason. ELIG-2, ELIG-4 */
export const kindsFor = (reason: Reason): readonly CaseKind[] => kindsOfReason[reason];

export const reasonAllowsKind = (reason: Reason, kind: CaseKind): boolean => kindsOfReason[reason].includes(kind);

/** Who bears the postage of the goods' way back: shown, not charged. REF-6 */
export const returnPostageBorneBy = (reason: Reason): 'merchant' | 'consumer' =>
  reason === 'no_reason_7d' ? 'consumer' : 'merchant';
