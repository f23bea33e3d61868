import { accept, type Decision, refuse } from '../decision.ts';
import { settlementCheckKey } from '../effects.ts';
import { basisPointsHalfUp } from '../money/money.ts';
import type { Found, ProviderAnswer } from '../money/provider.ts';
import { system } from '../parties.ts';
import { type CaseEvent, type CaseState, type OpenPayment, openPayment } from './case.ts';
import { withPayout } from './merchantAppeal.ts';

const bySystem = (rule: string, at: number) => ({ actor: system, rule, at });

/** The penalty 处罚 for a compensation of `amount` minor units: the larger of the minimum and its basis points. CASE-13 */
function penaltyFor({ facts: { policy }, remedy }: CaseState): number {
  return Math.max(policy.codPenalty.minimum, basisPointsHalfUp(remedy.amount, policy.codPenalty.basisPoints));
}

function settled(
  state: CaseState,
  { to, payment }: OpenPayment,
  reference: string,
  at: number,
  byHand?: { note: string },
): CaseEvent {
  const more = { payment, reference, ...(byHand ? { byHand } : {}) };
  const by = (rule: string) => bySystem(byHand ? 'CASE-14' : rule, at);
  if (to === 'merchant') return { type: 'payoutSettled', ...by('INT-9'), ...more };
  return payment.operation === 'refund'
    ? { type: 'refundSettled', ...by('CASE-11'), ...more }
    : { type: 'compensationSettled', ...by('CASE-13'), ...more, penalty: penaltyFor(state) };
}

/**
 * What the provider's answer to the payment under `key` means at `at` (UTC ms). A timeout is *unknown*, never *failed* (REF-4); an
 * answer to anything but the payment under way changes nothing.
 */
export function takePaymentAnswer(state: CaseState, key: string, answer: ProviderAnswer, at: number): CaseEvent[] {
  const open = openPayment(state);
  if (!open || open.outcome === 'declined' || open.payment.key !== key) return [];
  const ofPayout = open.to === 'merchant';
  switch (answer.outcome) {
    case 'done':
      return withPayout(state, [settled(state, open, answer.reference, at)]);
    case 'held': {
      if (open.held?.cause === answer.cause) return [];
      return [{ type: ofPayout ? 'payoutHeld' : 'refundHeld', ...bySystem('REF-4', at), cause: answer.cause }];
    }
    case 'declined': {
      const type = ofPayout ? 'payoutDeclined' : 'refundDeclined';
      return [{ type, ...bySystem('CASE-14', at), reason: answer.reason }];
    }
    case 'pending':
    case 'unknown': {
      if (open.outcome === 'unknown') return [];
      const type = ofPayout ? 'payoutUnknown' : 'refundUnknown';
      return [{ type, ...bySystem('REF-4', at), reason: answer.outcome === 'pending' ? 'pending' : answer.reason }];
    }
    default:
      return answer satisfies never;
  }
}

/**
 * What the provider's word on a payment that an agent wants to settle by hand means (CASE-14): found → done; not found or refused
 * → the agent's settlement stands; out of reach or still under way → refused, and nothing changes. `key` is the check's: one that
 * comes late says nothing of a payment that is being settled since.
 */
export function takeSettlementCheck(state: CaseState, key: string, found: Found, at: number): Decision<CaseEvent> {
  const open = openPayment(state);
  if (!open?.settlement) return accept(); // the attempt that was stopped had paid after all
  const { settlement } = open;
  if (key !== settlementCheckKey(open.payment.key, settlement)) return accept();
  switch (found.outcome) {
    case 'done':
      return accept(...withPayout(state, [settled(state, open, found.reference, at)]));
    case 'none':
    case 'declined': {
      const byHand = settled(state, open, settlement.reference, at, { note: settlement.note });
      return accept(...withPayout(state, [{ ...byHand, actor: settlement.actor }]));
    }
    case 'pending':
    case 'unknown': {
      const detail = 'the provider could not say whether it has paid; nothing was settled, try again later';
      return refuse('refund_outcome_unknown', detail, {
        events: [{ type: 'manualSettlementRefused', ...bySystem('CASE-14', at) }],
      });
    }
    default:
      return found satisfies never;
  }
}
