import type { Money } from './money.ts';

/**
 * What a payment provider answers. `declined` is a refusal for good; `pending` is settled later, by its callback or by asking;
 * `unknown` covers everything that leaves the outcome open, a timeout above all (REF-4). `at` is UTC milliseconds.
 */
export type ProviderAnswer =
  | { outcome: 'done'; reference: string; at: number }
  | { outcome: 'declined'; reason: string }
  | { outcome: 'pending'; reference: string }
  | { outcome: 'unknown'; reason: string };

/** What asking by key answers: `none` where the provider has never heard of it. */
export type Found = ProviderAnswer | { outcome: 'none' };

/** Money that has moved, as the provider's own books have it; `at` in UTC ms. */
export type Movement = {
  key: string;
  kind: 'refund' | 'payout';
  orderId: string;
  amount: Money;
  reference: string;
  at: number;
};

/** A page of a period's movements, the earliest first; `next` asks for the one after it, where there is one. */
export type MovementsPage = { movements: Movement[]; next?: string };

/** A payment provider in the domain's words. Every operation is idempotent by `key`, and asks for it first. REF-4 */
export interface PaymentProvider {
  refund(key: string, orderId: string, amount: Money): Promise<ProviderAnswer>;
  payout(key: string, orderId: string, party: string, amount: Money): Promise<ProviderAnswer>;
  find(key: string): Promise<Found>;
  /**
   * What moved in a period (UTC ms, both ends included), for comparing books. Absent where the provider lists nothing: then only what
   * the ledger has can be asked for, by key. @throws Error where the provider does not answer
   */
  listMovements?(period: { from: number; to: number }, after?: string): Promise<MovementsPage>;
}
