import { accept, type Decision, refuse } from '../decision.ts';
import { settlementCheckKey } from '../effects.ts';
import type { Found, ProviderAnswer } from '../money/provider.ts';
import { system } from '../parties.ts';
import type { OrderEvent, OrderRefund, OrderState, RefundPurpose } from './order.ts';

const bySystem = (rule: string, at: number) => ({ actor: system, rule, at });

/** The rule under which money goes back. */
function ruleOf(purpose: RefundPurpose): string {
  if (purpose === 'cancellation') return 'ORD-4';
  return purpose === 'parcel_refused' ? 'ORD-8' : 'ORD-9';
}

function settled(
  { purpose, key, attempt, amount }: OrderRefund,
  reference: string,
  at: number,
  byHand?: { note: string },
): OrderEvent {
  return {
    type: 'refundSettled',
    ...bySystem(byHand ? 'ORD-11' : ruleOf(purpose), at),
    refund: { purpose, key, attempt, amount },
    reference,
    ...(byHand ? { byHand } : {}),
  };
}

/** What the provider's answer to the refund under `key` means at `at` (UTC ms), as for a case's. REF-4, ORD-11 */
export function takeOrderPaymentAnswer(
  state: OrderState,
  key: string,
  answer: ProviderAnswer,
  at: number,
): OrderEvent[] {
  const refund = state.refunds.find((one) => one.key === key);
  if (!refund || refund.state === 'settled' || refund.state === 'declined') return [];
  switch (answer.outcome) {
    case 'done':
      return [settled(refund, answer.reference, at)];
    case 'held':
      if (refund.held?.cause === answer.cause) return [];
      return [{ type: 'refundHeld', ...bySystem('REF-4', at), key, cause: answer.cause }];
    case 'declined':
      return [{ type: 'refundDeclined', ...bySystem('ORD-11', at), key, reason: answer.reason }];
    case 'pending':
    case 'unknown':
      if (refund.state === 'unknown') return [];
      return [
        {
          type: 'refundUnknown',
          ...bySystem('REF-4', at),
          key,
          reason: answer.outcome === 'pending' ? 'pending' : answer.reason,
        },
      ];
    default:
      return answer satisfies never;
  }
}

/** As for a case: found → done; not found → the agent's settlement stands; out of reach → refused. ORD-11, CASE-14 */
export function takeOrderSettlementCheck(
  state: OrderState,
  key: string,
  found: Found,
  at: number,
): Decision<OrderEvent> {
  const refund = state.refunds.find((one) => one.settlement && settlementCheckKey(one.key, one.settlement) === key);
  if (!refund?.settlement) return accept(); // the attempt that was stopped had paid after all
  const { settlement } = refund;
  switch (found.outcome) {
    case 'done':
      return accept(settled(refund, found.reference, at));
    case 'none':
    case 'declined':
      return accept({
        ...settled(refund, settlement.reference, at, { note: settlement.note }),
        actor: settlement.actor,
      });
    case 'pending':
    case 'unknown': {
      const detail = 'the provider could not say whether it has paid; nothing was settled, try again later';
      return refuse('refund_outcome_unknown', detail, {
        events: [{ type: 'manualSettlementRefused', ...bySystem('ORD-11', at), key: refund.key }],
      });
    }
    default:
      return found satisfies never;
  }
}
