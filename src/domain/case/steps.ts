import type { Address } from '../address.ts';
import { type Deadline, deadlineFrom } from '../deadline.ts';
import type { Actor } from '../parties.ts';
import { type CaseEvent, type CaseState, type CloseReason, goodsAreBack } from './case.ts';

/** Who takes the step, when (UTC ms) and under which rule; and the deadline that passed, where one did (SEE-2). */
export type Taking = { actor: Actor; at: number; rule: string; passedDeadline?: Deadline };

/** What consent to an application brings, given or by silence. CASE-2, CASE-3 */
export function approval(
  state: CaseState,
  by: Taking & { automatic: boolean; returnAddress?: Address; note?: string },
): CaseEvent[] {
  const { returnAddress: _nowhere, ...consent } = by;
  // where no goods travel back there is no address to show
  const approved: CaseEvent =
    travels(state) && !goodsAreBack(state)
      ? { type: 'applicationApproved', ...by }
      : { type: 'applicationApproved', ...consent };
  return [approved, ...carryOut(state, by)];
}

/** What the goods' safe arrival brings, confirmed or by silence. CASE-8, CASE-9 */
export function receipt(state: CaseState, by: Taking & { automatic: boolean; note?: string }): CaseEvent[] {
  return [{ type: 'receiptConfirmed', ...by }, ...carryOut(state, by, true)];
}

/** Whether the remedy sends the goods back first. CASE-2 */
const travels = ({ remedy }: Pick<CaseState, 'remedy'>) =>
  remedy.kind === 'return_and_refund' || remedy.kind === 'exchange';

/**
 * The way to the case's remedy, by consent, proposal or ruling alike. `goodsBack`: they have travelled already and don't again.
 * CASE-2, CASE-8, CASE-16, INT-6
 */
export function carryOut(state: CaseState, by: Taking, goodsBack = goodsAreBack(state)): CaseEvent[] {
  const { policy } = state.facts;
  if (travels(state) && !goodsBack) {
    return [
      { type: 'returnAwaited', ...origin(by), rule: 'CASE-7', deadline: deadlineFrom(policy, 'buyerReturn', by.at) },
    ];
  }
  if (state.remedy.kind === 'exchange' || state.remedy.kind === 'reship') {
    const deadline = deadlineFrom(policy, 'replacementShipment', by.at);
    return [{ type: 'replacementAwaited', ...origin(by), rule: 'CASE-17', deadline }];
  }
  return refundStep(state, by);
}

/** The refund step: online the platform refunds (CASE-11), cod the merchant does and shows its voucher (CASE-12). */
export function refundStep(state: CaseState, by: Taking): CaseEvent[] {
  const { paymentMethod, policy } = state.facts;
  if (state.remedy.amount === 0) return [{ type: 'nothingToRefund', ...origin(by), rule: 'REF-1' }];
  if (paymentMethod === 'online') return refundAttempt(state, 1, { ...by, rule: 'CASE-11' });
  return [
    { type: 'voucherAwaited', ...origin(by), rule: 'CASE-12', deadline: deadlineFrom(policy, 'refundVoucher', by.at) },
  ];
}

/** A try of the platform's refund under a key of its own. REF-4 */
export function refundAttempt({ facts, remedy }: CaseState, attempt: number, by: Taking): CaseEvent[] {
  const payment = {
    operation: 'refund' as const,
    key: `case/${facts.id}/refund/${attempt}`,
    attempt,
    amount: remedy.amount,
  };
  return [{ type: 'refundStarted', ...origin(by), payment }];
}

/** A try of the platform's payout in the merchant's stead 先行赔付, under a key of its own. CASE-13, REF-4 */
export function advanceCompensation({ facts, remedy }: CaseState, attempt: number, by: Taking): CaseEvent[] {
  const payment = {
    operation: 'payout' as const,
    key: `case/${facts.id}/compensation/${attempt}`,
    attempt,
    amount: remedy.amount,
  };
  return [{ type: 'advanceCompensationStarted', ...by, payment }];
}

export function closing(reason: CloseReason, by: Taking & { note?: string }): CaseEvent[] {
  return [{ type: 'caseClosed', ...by, reason }];
}

/** A step that follows from another has the same actor and time, but its own rule and no deadline of its own that passed. */
const origin = ({ actor, at, rule }: Taking) => ({ actor, at, rule });
