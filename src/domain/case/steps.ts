import type { Address } from '../address.ts';
import { type Deadline, deadlineFrom } from '../deadline.ts';
import type { Actor } from '../parties.ts';
import type { CaseEvent, CaseState, CloseReason } from './case.ts';

/** Who takes the step, when (UTC ms) and under which rule; and the deadline that passed, where one did (SEE-2). */
export type Taking = { actor: Actor; at: number; rule: string; passedDeadline?: Deadline };

/** What consent to an application brings, given or by silence. CASE-2, CASE-3 */
export function approval(
  state: CaseState,
  by: Taking & { automatic: boolean; returnAddress?: Address; note?: string },
): CaseEvent[] {
  if (state.facts.kind === 'refund_only') {
    // no goods travel back, so there is no address to show
    const { returnAddress: _unused, ...consent } = by;
    return [{ type: 'applicationApproved', ...consent }, ...refundStep(state, by)];
  }
  const approved: CaseEvent = { type: 'applicationApproved', ...by };
  const deadline = deadlineFrom(state.facts.policy, 'buyerReturn', by.at);
  return [approved, { type: 'returnAwaited', ...origin(by), rule: 'CASE-7', deadline }];
}

/** What the goods' safe arrival brings, confirmed or by silence. CASE-8, CASE-9 */
export function receipt(state: CaseState, by: Taking & { automatic: boolean; note?: string }): CaseEvent[] {
  return [{ type: 'receiptConfirmed', ...by }, ...refundStep(state, by)];
}

/** The refund step: online the platform refunds (CASE-11), cod the merchant does and shows its voucher (CASE-12). */
function refundStep(state: CaseState, by: Taking): CaseEvent[] {
  const { refundAmount, paymentMethod, policy } = state.facts;
  if (refundAmount === 0) return [{ type: 'nothingToRefund', ...origin(by), rule: 'REF-1' }];
  if (paymentMethod === 'online') return refundAttempt(state, 1, { ...by, rule: 'CASE-11' });
  return [
    { type: 'voucherAwaited', ...origin(by), rule: 'CASE-12', deadline: deadlineFrom(policy, 'refundVoucher', by.at) },
  ];
}

/** A try of the platform's refund under a key of its own. REF-4 */
export function refundAttempt({ facts }: CaseState, attempt: number, by: Taking): CaseEvent[] {
  const payment = {
    operation: 'refund' as const,
    key: `case/${facts.id}/refund/${attempt}`,
    attempt,
    amount: facts.refundAmount,
  };
  return [{ type: 'refundStarted', ...origin(by), payment }];
}

/** A try of the platform's payout in the merchant's stead 先行赔付, under a key of its own. CASE-13, REF-4 */
export function advanceCompensation({ facts }: CaseState, attempt: number, by: Taking): CaseEvent[] {
  const payment = {
    operation: 'payout' as const,
    key: `case/${facts.id}/compensation/${attempt}`,
    attempt,
    amount: facts.refundAmount,
  };
  return [{ type: 'advanceCompensationStarted', ...by, payment }];
}

export function closing(reason: CloseReason, by: Taking & { note?: string }): CaseEvent[] {
  return [{ type: 'caseClosed', ...by, reason }];
}

/** A step that follows from another has the same actor and time, but its own rule and no deadline of its own that passed. */
const origin = ({ actor, at, rule }: Taking) => ({ actor, at, rule });
