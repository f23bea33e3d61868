import type { CaseState } from '../../domain/case/case.ts';
import { previewRulings, type RulingPreview } from '../../domain/case/preview.ts';
import { caseQueues } from '../../domain/case/queue.ts';
import { takenByOthers } from '../../domain/order/allocation.ts';
import type { OrderState } from '../../domain/order/order.ts';
import type { Queue } from '../../domain/queue.ts';
import type { AllocationDocument } from '../../store/documents.ts';
import type { EvidenceDocument } from '../../store/evidence.ts';
import type { CaseRead, OrderRead } from '../../store/queries.ts';
import type { Caller } from '../authentication.ts';
import { presentCase, presentRuling } from '../cases/present.ts';
import { presentEvidence } from '../evidence/schema.ts';
import { allocationOf, presentOrder } from '../orders/present.ts';
import { isoTime } from '../schemas.ts';
import type { Dossier, EarlierCase, OrderSummary, ShownPreview } from './schema.ts';

/** The order without what has no bearing on a ruling: where the consumer lives, and what else can be done with it. */
export function summaryOf(order: OrderRead, allocation: AllocationDocument | null): OrderSummary {
  const { id, status, paymentMethod, lines, postage, paid, refunds, shipment, deliveredAt, createdAt } = presentOrder(
    order,
    allocation,
    'agent',
  );
  const optional = { ...(shipment ? { shipment } : {}), ...(deliveredAt ? { deliveredAt } : {}) };
  return { id, status, paymentMethod, lines, postage, paid, refunds, ...optional, createdAt };
}

/** Each file with the party whose it is. */
export const fileOfParty = (found: EvidenceDocument): Dossier['evidence'][number] => ({
  ...presentEvidence(found),
  party: found.uploadedBy.role,
});

/** REF-3: where the order's money is. */
export function amountsOf(
  { facts }: CaseState,
  order: OrderState,
  stored: AllocationDocument | null,
): Dossier['amounts'] {
  const { currency } = facts;
  const money = (amount: number) => ({ amount, currency });
  const others = stored ? takenByOthers(allocationOf(stored), facts.id) : { reserved: 0, refunded: 0 };
  const own = stored?.cases[facts.id];
  return {
    paid: money(order.paid),
    postage: money(order.facts.postage),
    refundable: money(facts.refundAmount),
    reservedByOthers: money(others.reserved),
    refundedByOthers: money(others.refunded),
    refundedSoFar: money(others.refunded + (own?.status === 'consumed' ? own.amount : 0)),
  };
}

/** The policy's numbers that bear on the case: its own for deadlines, the order's for what may be returned (POL-2). */
export function rulesOf({ facts }: CaseState, order: OrderState): Dossier['rules'] {
  const { version, deadlines, reminders, onMerchantSilence, codPenalty } = facts.policy;
  const { noReasonWindow, noReasonCountsFromNextDay, afterSalesPeriod, maxApplicationsPerLine } = order.facts.policy;
  return {
    policyVersion: version,
    orderPolicyVersion: order.facts.policy.version,
    deadlines,
    reminders,
    onMerchantSilence,
    codPenalty,
    noReasonWindow,
    noReasonCountsFromNextDay,
    afterSalesPeriod,
    maxApplicationsPerLine,
  };
}

/** An earlier case of the order in short. */
export function earlierCaseOf(found: CaseRead, reader: Caller): EarlierCase {
  const { id, status, kind, reason, refund, closeReason, createdAt } = presentCase(found, reader);
  const { intervention } = found.state;
  const ruling = intervention?.appeal?.ruling ?? intervention?.ruling;
  return {
    id,
    status,
    kind,
    reason,
    refund,
    ...(closeReason ? { closeReason } : {}),
    createdAt,
    ...(ruling ? { ruling: presentRuling(ruling, refund.currency) } : {}),
  };
}

function presentPreview(preview: RulingPreview, currency: string): ShownPreview {
  const { action, favour, remedy, refund, leadsTo, deadline, appealUntil, goodsTravel, payment, payout } = preview;
  return {
    action,
    favour,
    ...(remedy ? { remedy } : {}),
    refund: { amount: refund.full, currency, partAllowed: refund.partAllowed },
    leadsTo,
    deadline: deadline
      ? {
          kind: deadline.kind,
          length: deadline.length,
          at: isoTime(deadline.at),
          rule: deadline.rule,
          waitingFor: deadline.waitingFor,
          onExpiry: deadline.onExpiry,
        }
      : null,
    ...(appealUntil === undefined ? {} : { appealUntil: isoTime(appealUntil) }),
    goodsTravel,
    ...(payment ? { payment: { ...payment, currency } } : {}),
    ...(payout ? { payout: { ...payout, currency } } : {}),
  };
}

/** The queues in which it stands, each once: the case's own matter and a merchant's appeal may wait in the same one. */
export const queuesOf = (state: CaseState): Queue[] => [...new Set(caseQueues(state).map(({ queue }) => queue))];

/** What each ruling would cause at `now` (UTC ms). */
export const rulingsOn = (state: CaseState, now: number): ShownPreview[] =>
  previewRulings(state, Math.max(now, state.updatedAt)).map((one) => presentPreview(one, state.facts.currency));
