/** Why a merchant refuses an application: 影响二次销售, 无质量问题, 与原订单不符, 超售后时效, 已协商, other. CASE-4 */
export const refusalCodesOfApplications = [
  'goods_used',
  'no_fault_found',
  'not_our_goods',
  'out_of_window',
  'agreed_otherwise',
  'other',
] as const;
export type ApplicationRefusalCode = (typeof refusalCodesOfApplications)[number];

/** Why a merchant refuses what arrived. CASE-10 */
export const receiptRefusalCodes = [
  'empty_parcel',
  'wrong_goods',
  'damaged_in_return',
  'items_missing',
  'not_received',
  'other',
] as const;

export type ReceiptRefusalCode = (typeof receiptRefusalCodes)[number];

/** What must come with the refusal of what arrived. CASE-10 */
export const neededWithReceipt: Record<ReceiptRefusalCode, { evidence: boolean; note: boolean }> = {
  empty_parcel: { evidence: true, note: false },
  wrong_goods: { evidence: true, note: false },
  damaged_in_return: { evidence: true, note: false },
  items_missing: { evidence: true, note: false },
  not_received: { evidence: false, note: false },
  other: { evidence: true, note: true },
};

/** What must come with a code: evidence, or a note that explains it. CASE-4 */
export const neededWith: Record<ApplicationRefusalCode, 'evidence' | 'note' | 'nothing'> = {
  goods_used: 'evidence',
  no_fault_found: 'evidence',
  not_our_goods: 'evidence',
  out_of_window: 'nothing',
  agreed_otherwise: 'nothing',
  other: 'note',
};
