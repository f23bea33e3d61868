/** What a ledger entry books. REF-5 */
export type LedgerKind = 'refund' | 'compensation' | 'claim' | 'penalty' | 'payout' | 'late_payment';

/**
 * One double entry of the ledger 台账: `amount` minor units leave `credit` and arrive at `debit`, so every entry
 * balances by itself. Entries are only ever added; `id` makes adding one twice the same as adding it once. REF-5
 */
export type LedgerEntry = {
  id: string;
  /** UTC milliseconds */
  at: number;
  movementKey: string;
  kind: LedgerKind;
  debit: string;
  credit: string;
  amount: number;
  currency: string;
  orderId: string;
  caseId?: string;
};

/** Account names: what the platform holds, owes and is owed. */
const accounts = {
  provider: 'payment_provider',
  byHand: 'settled_by_hand',
  proceeds: (orderId: string) => `order_proceeds/${orderId}`,
  advances: 'advance_compensations',
  receivable: (merchantId: string) => `merchant_receivable/${merchantId}`,
  penalties: 'penalty_income',
  appeals: 'appeal_payouts',
  unassigned: (orderId: string) => `unassigned_receipts/${orderId}`,
};

/** The accounts between which each kind moves: debit, credit. */
const sides: Record<LedgerKind, (of: { orderId: string; merchantId: string }) => [debit: string, credit: string]> = {
  refund: ({ orderId }) => [accounts.proceeds(orderId), accounts.provider],
  compensation: () => [accounts.advances, accounts.provider],
  claim: ({ merchantId }) => [accounts.receivable(merchantId), accounts.advances],
  penalty: ({ merchantId }) => [accounts.receivable(merchantId), accounts.penalties],
  payout: () => [accounts.appeals, accounts.provider],
  late_payment: ({ orderId }) => [accounts.provider, accounts.unassigned(orderId)],
};

type Booking = {
  movementKey: string;
  at: number;
  amount: number;
  currency: string;
  orderId: string;
  merchantId: string;
  caseId?: string;
  /** An agent paid outside the provider (CASE-14). */
  byHand?: boolean;
};

/** A ledger entry of the given kind; `amount` in minor units. REF-5 */
export function book(kind: LedgerKind, { merchantId, byHand = false, ...booking }: Booking): LedgerEntry {
  const [debit, from] = sides[kind]({ orderId: booking.orderId, merchantId });
  const credit = byHand && from === accounts.provider ? accounts.byHand : from;
  return { id: `${booking.movementKey}/${kind}`, kind, debit, credit, ...booking };
}

/** The refund of money that came in late: it leaves where ORD-9 booked it, not the order's proceeds. */
export function bookLateRefund(booking: Booking): LedgerEntry {
  return { ...book('refund', booking), debit: accounts.unassigned(booking.orderId) };
}
