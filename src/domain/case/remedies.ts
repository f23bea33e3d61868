import type { Decision } from '../decision.ts';
import { refuse } from '../decision.ts';
import type { CaseEvent, CaseState, Remedy } from './case.ts';
import type { CaseKind } from './kinds.ts';

/** A remedy as it is asked for, `refundAmount` in minor units; or why it can't be had. INT-5, CASE-16, REF-3 */
export function remedyOf(
  { facts }: CaseState,
  wish: { kind: CaseKind; refundAmount?: number | undefined },
): { remedy: Remedy; refusal?: undefined } | { refusal: Decision<CaseEvent> } {
  const { kind, refundAmount } = wish;
  const refunds = kind === 'refund_only' || kind === 'return_and_refund';
  const field = 'refundAmount';
  if (!refunds && refundAmount !== undefined) {
    return {
      refusal: refuse('refund_amount_not_allowed', `${kind} brings no refund: leave refundAmount out`, { field }),
    };
  }
  if (kind === 'refund_only' && refundAmount === undefined) {
    return { refusal: refuse('refund_amount_required', 'refund_only needs a refundAmount', { field }) };
  }
  if (refundAmount !== undefined && refundAmount > facts.refundAmount) {
    const detail = `at most ${facts.refundAmount} can be refunded, not ${refundAmount}`;
    return { refusal: refuse('refund_above_refundable', detail, { field }) };
  }
  return { remedy: { kind, amount: refundAmount ?? facts.refundAmount } };
}
