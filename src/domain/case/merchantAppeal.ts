import { type Deadline, deadlineFrom } from '../deadline.ts';
import { accept, type Decision, type Given, refuse } from '../decision.ts';
import { system } from '../parties.ts';
import type { CaseEvent, CaseState, Ruling } from './case.ts';
import { evolve } from './case.ts';
import type { CaseCommands } from './commands.ts';
import type { Taking } from './steps.ts';

// The merchant's appeal against a ruling for the consumer: a field beside the status, since the remedy goes on meanwhile. INT-9

type CaseDecision = Decision<CaseEvent>;
const byRule = ({ actor, at }: Pick<Given, 'actor' | 'at'>) => ({ actor, at, rule: 'INT-9' });

/** A ruling for the consumer lets the merchant appeal, once a case. */
export function openMerchantAppeal({ facts, merchantAppeal }: CaseState, by: Given): CaseEvent[] {
  if (merchantAppeal && merchantAppeal.status !== 'open') return [];
  const deadline: Deadline = { ...deadlineFrom(facts.policy, 'appeal', by.at), kind: 'merchantAppeal' };
  return [{ type: 'merchantAppealOpened', ...byRule(by), deadline }];
}

export const merchantMayAppeal = ({ merchantAppeal }: CaseState): boolean => merchantAppeal?.status === 'open';
export const merchantAppealAwaitsRuling = ({ merchantAppeal }: CaseState): boolean =>
  merchantAppeal?.status === 'under_review';

/** The deadline of the merchant's appeal: to lodge it, or to decide on it. */
export function merchantAppealDeadline({ merchantAppeal }: CaseState): Deadline | undefined {
  return merchantAppeal && 'deadline' in merchantAppeal ? merchantAppeal.deadline : undefined;
}

export function lodgeMerchantAppeal(
  { facts }: CaseState,
  { statement, evidenceIds }: CaseCommands['appeal'],
  by: Given,
): CaseDecision {
  const deadline: Deadline = { ...deadlineFrom(facts.policy, 'adjudication', by.at), kind: 'merchantAppealRuling' };
  return accept({ type: 'merchantAppealed', ...byRule(by), statement, evidenceIds, deadline });
}

/** Upheld, the ruling stands; turned, the platform pays the merchant, at most the case's refund, and the ending stays. */
export function ruleOnMerchantAppeal(
  { remedy }: CaseState,
  { favour, remedy: wanted, refundAmount, liability, reasons }: CaseCommands['appealRuling'],
  by: Given,
): CaseDecision {
  if (wanted !== undefined) {
    const detail = "on a merchant's appeal the consumer's remedy goes on as it was ruled: leave remedy out";
    return refuse('remedy_not_allowed', detail, { field: 'remedy' });
  }
  if (favour === 'consumer' && refundAmount !== undefined) {
    const detail = 'nothing is paid where the ruling stands: leave refundAmount out';
    return refuse('refund_amount_not_allowed', detail, { field: 'refundAmount' });
  }
  if (refundAmount !== undefined && refundAmount > remedy.amount) {
    const detail = `at most the case's refund of ${remedy.amount} can be paid to the merchant, not ${refundAmount}`;
    return refuse('refund_above_refundable', detail, { field: 'refundAmount' });
  }
  const ruling: Ruling = { favour, liability, reasons, agent: by.actor, at: by.at };
  const amount = favour === 'merchant' ? (refundAmount ?? remedy.amount) : 0;
  return accept({ type: 'merchantAppealRuled', ...byRule(by), ruling, amount });
}

/**
 * What goes to the merchant once the consumer has got its remedy; nothing where the case closed without one. A proposal or a second
 * ruling may have made the refund smaller since the appeal was decided: it stays the most.
 */
function payoutDue({ stage, remedy, merchantAppeal }: CaseState): number {
  const gotIt = stage.status === 'refunded' || stage.status === 'compensated' || stage.status === 'replaced';
  if (!gotIt || merchantAppeal?.status !== 'won' || merchantAppeal.payout) return 0;
  return Math.min(merchantAppeal.amount, remedy.amount);
}

/** A try of the payout, under a key of its own. REF-4 */
export function payoutAttempt({ facts }: CaseState, amount: number, attempt: number, by: Taking): CaseEvent[] {
  const key = `case/${facts.id}/appeal_payout/${attempt}`;
  return [{ type: 'payoutStarted', ...by, payment: { operation: 'payout', key, attempt, amount } }];
}

/** Whatever brings about both, the appeal won and the remedy got, also brings the payout about: it is added to the events. */
export function withPayout(state: CaseState, events: CaseEvent[]): CaseEvent[] {
  const last = events.at(-1);
  if (!last || (state.merchantAppeal?.status ?? 'rejected') === 'rejected') return events;
  const after = events.reduce(evolve, state);
  const amount = payoutDue(after);
  return amount > 0 ? [...events, ...payoutAttempt(after, amount, 1, byRule({ actor: system, at: last.at }))] : events;
}

/** Whether something can still come of the merchant's appeal: the case lives until then. */
export const merchantAppealIsOpen = ({ merchantAppeal }: CaseState): boolean =>
  merchantAppeal !== null &&
  (merchantAppeal.status === 'open' ||
    merchantAppeal.status === 'under_review' ||
    (merchantAppeal.status === 'won' &&
      merchantAppeal.payout !== undefined &&
      merchantAppeal.payout.outcome !== 'settled'));
