import { accept, type Decision, type Given, refuse } from '../decision.ts';
import type { Found } from '../money/provider.ts';
import { type CaseEvent, type CaseState, isFinal, openPayment } from './case.ts';
import { takePaymentAnswer } from './payment.ts';
import { closing } from './steps.ts';

/**
 * Ends a case that could not go on by itself, as an agent or administrator asks: closed, and what it held is freed as after any
 * closing without refund (ELIG-6; goods that were sent are the merchant's to answer for, CASE-10). A refund that is owed is never
 * closed away (CASE-14): `found` is what the provider says of the payment under way. Paid, the case ends refunded; else it is
 * refused, and the case goes on from its document.
 */
export function abandonCase(
  state: CaseState,
  reason: string,
  found: Found | undefined,
  { actor, at }: Pick<Given, 'actor' | 'at'>,
): Decision<CaseEvent> {
  const { status } = state.stage;
  if (isFinal(status)) return refuse('case_ended', `the case has ended: it is ${status}`);
  const open = openPayment(state);
  if (!open && status === 'awaiting_refund_voucher')
    return refuse(
      'action_not_available',
      'the merchant owes the refund: the case goes on, and is paid in advance where no voucher comes (CASE-13)',
    );
  if (!open) return accept(...closing('abandoned', { actor, at, rule: 'ELIG-6', note: reason }));
  if (open.settlement) return refuse('in_progress', 'an agent is settling by hand: that ends the case, or is refused');
  if (found?.outcome === 'done') return accept(...takePaymentAnswer(state, open.payment.key, found, at));
  if (found?.outcome === 'unknown' || found?.outcome === 'pending')
    return refuse(
      'refund_outcome_unknown',
      'the provider could not say whether it has paid: nothing was freed; the case goes on and asks',
    );
  return refuse(
    'action_not_available',
    `the case is ${status}: its refund is owed and is tried again under its key; refund-retry or manual-settlement end it`,
  );
}
