import type { Effect } from '../../src/domain/effects.ts';
import type { Found, ProviderAnswer, ProviderWord } from '../../src/domain/money/provider.ts';

export type Pay = Extract<Effect, { type: 'pay' }>;
/** Money that really left, in minor units. */
export type Movement = Pick<Pay, 'key' | 'operation' | 'party'> & { amount: number };

/** A mood in which the provider does at once what it is asked, and knows what it has done. */
export const goodMood = 5;

/**
 * A provider as the sandbox is: it pays once a key, refuses for good, leaves open, times out before or after, and is away at times; and
 * before it the switch, which holds back what the provider has not heard of.
 */
export class FickleProvider {
  readonly movements: Movement[] = [];
  private readonly answers = new Map<string, ProviderWord>();
  private readonly leftOpen = new Map<string, Pay>();

  /** Tries a payment; every try asks by key first (REF-4). `mood` decides how it goes. */
  pay(payment: Pay, mood: number): ProviderAnswer {
    const { key } = payment;
    const known = this.find(key, mood);
    if (known.outcome !== 'none') return known;
    if (mood % 11 === 4) return { outcome: 'held', cause: mood % 2 === 0 ? 'stopped' : 'daily_cap' };
    const whim = mood % 6;
    if (whim === 0) return { outcome: 'unknown', reason: 'timeout before' };
    if (whim === 1) return this.refuse(key);
    if (whim === 2) {
      this.leftOpen.set(key, payment);
      return { outcome: 'pending', reference: key };
    }
    const done = this.carryOut(payment);
    return whim === 3 ? { outcome: 'unknown', reason: 'timeout after' } : done;
  }

  find(key: string, mood: number): Found {
    if (mood % 7 === 0) return { outcome: 'unknown', reason: 'away' };
    const open = this.leftOpen.get(key);
    if (!open) return this.answers.get(key) ?? { outcome: 'none' };
    if (mood % 3 === 0) return { outcome: 'pending', reference: key };
    this.leftOpen.delete(key);
    return mood % 3 === 1 ? this.refuse(key) : this.carryOut(open);
  }

  /** Whether it has refused this payment for good. */
  hasRefused(key: string): boolean {
    return this.answers.get(key)?.outcome === 'declined';
  }

  private refuse(key: string): ProviderWord {
    const refused: ProviderWord = { outcome: 'declined', reason: 'refused' };
    this.answers.set(key, refused);
    return refused;
  }

  private carryOut({ key, operation, party, amount }: Pay): ProviderWord {
    this.movements.push({ key, operation, party, amount: amount.amount });
    const done: ProviderWord = { outcome: 'done', reference: `r-${key}`, at: 0 };
    this.answers.set(key, done);
    return done;
  }
}
