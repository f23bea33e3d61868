/**
 * The search attributes operators filter by in the Temporal UI, and their types.
 * Keyword, never Text, for anything that is an id or a code: Text is split into words.
 */
export const searchAttributes = {
  CaseStatus: 'Keyword',
  CaseKind: 'Keyword',
  CaseReason: 'Keyword',
  OrderId: 'Keyword',
  MerchantId: 'Keyword',
  ConsumerId: 'Keyword',
  PaymentMethod: 'Keyword',
  DeadlineKind: 'Keyword',
  Channel: 'Keyword',
  DeadlineAt: 'Datetime',
} as const;
