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

/** A payment provider in the domain's words. Every operation is idempotent by `key`, and asks for it first. REF-4 */
export interface PaymentProvider {
  refund(key: string, orderId: string, amount: Money): Promise<ProviderAnswer>;
  payout(key: string, orderId: string, party: string, amount: Money): Promise<ProviderAnswer>;
  find(key: string): Promise<Found>;
}
