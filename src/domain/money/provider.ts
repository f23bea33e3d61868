import type { Held } from './gate.ts';
import type { Money } from './money.ts';

/**
 * What a payment provider answers. `declined` is a refusal for good; `pending` is settled later, by its callback or by asking;
 * `unknown` covers everything that leaves the outcome open, a timeout above all (REF-4). `at` is UTC milliseconds.
 */
export type ProviderWord =
  | { outcome: 'done'; reference: string; at: number }
  | { outcome: 'declined'; reason: string }
  | { outcome: 'pending'; reference: string }
  | { outcome: 'unknown'; reason: string };

/**
 * What came of asking for money: the provider's word, or that it was not asked for, because the platform holds its money back. Held,
 * the provider has nothing under the key.
 */
export type ProviderAnswer = ProviderWord | Held;

/** What asking by key answers: `none` where the provider has never heard of it. */
export type Found = ProviderWord | { outcome: 'none' };

/** The payment providers that there are adapters of. */
export const paymentProviders = ['sandbox'] as const;
export type ProviderName = (typeof paymentProviders)[number];

/** Asked when nothing is left to do but to ask for the money: whether it is held back. Absent: nothing is. */
export type LetGo = () => Promise<Held | undefined>;

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

/**
 * A payment provider in the domain's words. Every operation is idempotent by `key`: it asks for that first, then `letGo`, and only
 * then for money. REF-4
 */
export interface PaymentProvider {
  readonly name: ProviderName;
  refund(key: string, orderId: string, amount: Money, letGo?: LetGo): Promise<ProviderAnswer>;
  payout(key: string, orderId: string, party: string, amount: Money, letGo?: LetGo): Promise<ProviderAnswer>;
  find(key: string): Promise<Found>;
  /**
   * What moved in a period (UTC ms, both ends included), for comparing books. Absent where the provider lists nothing: then only what
   * the ledger has can be asked for, by key. @throws Error where the provider does not answer
   */
  listMovements?(period: { from: number; to: number }, after?: string): Promise<MovementsPage>;
}
