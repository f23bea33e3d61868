import type { Deadline } from '../deadline.ts';
import { holdOf } from '../money/gate.ts';
import type { CaseEvent, CaseState, MerchantAppeal, Payout } from './case.ts';

/** Deadlines that run beside the case's own. INT-9 */
export const isOfMerchantAppeal = ({ kind }: Deadline): boolean =>
  kind === 'merchantAppeal' || kind === 'merchantAppealRuling';

type MerchantAppealEvent = Extract<CaseEvent, { type: `merchantAppeal${string}` | `payout${string}` }>;

/** The merchant's appeal after an event of it; null where it has lapsed. */
export function evolveMerchantAppeal(state: CaseState, event: MerchantAppealEvent): MerchantAppeal | null {
  const { intervention, merchantAppeal } = state;
  if (event.type === 'merchantAppealOpened') {
    const against = intervention?.ruling;
    if (!against) throw new TypeError('there is no ruling to appeal against');
    return { against, status: 'open', deadline: event.deadline };
  }
  if (!merchantAppeal) throw new TypeError('the merchant has no appeal');
  switch (event.type) {
    case 'merchantAppealLapsed':
      return null;
    case 'merchantAppealed': {
      const { statement, evidenceIds, at, deadline } = event;
      return { against: merchantAppeal.against, status: 'under_review', statement, evidenceIds, at, deadline };
    }
    case 'merchantAppealEscalated': {
      const { deadline: _passed, ...escalated } = underReview(merchantAppeal);
      return escalated;
    }
    case 'merchantAppealRuled': {
      const { deadline: _over, status: _reviewed, ...lodged } = underReview(merchantAppeal);
      const { ruling, amount } = event;
      return ruling.favour === 'merchant'
        ? { ...lodged, status: 'won', ruling, amount }
        : { ...lodged, status: 'rejected', ruling };
    }
    case 'payoutStarted':
      return { ...won(merchantAppeal), payout: { payment: event.payment, outcome: 'requested' } };
    case 'payoutHeld': {
      const { since: _over, ...payout } = payoutOf(merchantAppeal);
      return { ...won(merchantAppeal), payout: { ...payout, outcome: 'requested', held: holdOf(payout, event) } };
    }
    case 'payoutUnknown': {
      const { held: _over, ...payout } = payoutOf(merchantAppeal);
      const since = state.rulesVersion >= 3 ? { since: event.at } : {};
      return { ...won(merchantAppeal), payout: { ...payout, outcome: 'unknown', ...since } };
    }
    case 'payoutDeclined': {
      const { held: _over, ...payout } = payoutOf(merchantAppeal);
      return { ...won(merchantAppeal), payout: { ...payout, outcome: 'declined', since: event.at } };
    }
    case 'payoutSettled':
      return { ...won(merchantAppeal), payout: { payment: event.payment, outcome: 'settled' } };
    default:
      return event satisfies never;
  }
}

function underReview(appeal: MerchantAppeal) {
  if (appeal.status === 'under_review') return appeal;
  throw new TypeError(`the merchant's appeal is ${appeal.status}`);
}

/** An appeal that is known to be won: an event that doesn't fit the state is a fault of ours. */
export function won(appeal: MerchantAppeal) {
  if (appeal.status === 'won') return appeal;
  throw new TypeError(`the merchant's appeal is ${appeal.status}`);
}

/** The payout that is known to be under way. */
export function payoutOf(appeal: MerchantAppeal): Payout {
  const { payout } = won(appeal);
  if (payout) return payout;
  throw new TypeError('no payout is under way');
}
