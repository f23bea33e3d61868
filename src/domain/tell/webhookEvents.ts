import { type CaseEvent, type CaseStatus, isFinal } from '../case/case.ts';
import { caseEventsForNobody } from '../case/notices.ts';
import { orderEventsForNobody } from '../order/notices.ts';
import { isFinalOrder, type OrderEvent, type OrderStatus } from '../order/order.ts';
import { ticketEventsForNobody } from '../ticket/notices.ts';
import type { TicketEvent } from '../ticket/ticket.ts';

/** Every event of a case, of an order and of a ticket; the compiler says when one is missing. */
const caseEvents: Record<CaseEvent['type'], true> = {
  caseOpened: true,
  merchantSilent: true,
  applicationApproved: true,
  returnAwaited: true,
  returnAddressFixed: true,
  applicationRefused: true,
  trackingNumberGiven: true,
  trackingNumberCorrected: true,
  receiptConfirmed: true,
  receiptRefused: true,
  refundStarted: true,
  refundHeld: true,
  refundUnknown: true,
  refundDeclined: true,
  refundSettled: true,
  nothingToRefund: true,
  voucherAwaited: true,
  voucherAccepted: true,
  voucherKept: true,
  advanceCompensationStarted: true,
  compensationSettled: true,
  manualSettlementStarted: true,
  manualSettlementRefused: true,
  deadlineExtended: true,
  caseClosed: true,
  interventionRequested: true,
  interventionWithdrawn: true,
  interventionAccepted: true,
  evidenceSubmitted: true,
  informationRequested: true,
  informationPhaseEnded: true,
  adjudicationBegun: true,
  adjudicationEscalated: true,
  ruled: true,
  appealAwaited: true,
  appealed: true,
  appealRuled: true,
  merchantAppealOpened: true,
  merchantAppealLapsed: true,
  merchantAppealed: true,
  merchantAppealEscalated: true,
  merchantAppealRuled: true,
  payoutStarted: true,
  payoutHeld: true,
  payoutUnknown: true,
  payoutDeclined: true,
  payoutSettled: true,
  proposed: true,
  proposalAccepted: true,
  proposalDeclined: true,
  replacementAwaited: true,
  replacementOverdue: true,
  replacementShipped: true,
  replacementReceived: true,
  reminded: true,
  signalRefused: true,
};
const orderEvents: Record<OrderEvent['type'], true> = {
  orderPlaced: true,
  orderPaid: true,
  extraPaymentReceived: true,
  orderConfirmed: true,
  orderShipped: true,
  orderDelivered: true,
  orderCancelled: true,
  orderCompleted: true,
  afterSalesPeriodEnded: true,
  refundStarted: true,
  refundHeld: true,
  refundUnknown: true,
  refundDeclined: true,
  refundSettled: true,
  manualSettlementStarted: true,
  manualSettlementRefused: true,
  deadlineExtended: true,
  reminded: true,
  signalRefused: true,
};
const ticketEvents: Record<TicketEvent['type'], true> = {
  ticketOpened: true,
  ticketClaimed: true,
  consumerAsked: true,
  consumerReplied: true,
  resolutionStarted: true,
  resolutionRefused: true,
  ticketResolved: true,
  deadlineExtended: true,
  reminded: true,
  signalRefused: true,
};

/** People are reminded; machines have read the deadline when it began. That a workflow went on from its document changes nothing. */
const forPeopleOnly = ['reminded', 'takenUp'];
const silent = new Set<string>([
  ...caseEventsForNobody,
  ...orderEventsForNobody,
  ...ticketEventsForNobody,
  ...forPeopleOnly,
]);
const inSnakeCase = (name: string) => name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** What an administrator sends an endpoint to try it, whatever it asks for. */
export const testEvent = 'webhook.test';

/**
 * The name under which webhooks tell of an entry on a subject's timeline (`case/…`, `refundSettled` → `case.refund_settled`);
 * undefined where it tells of no change. TELL-1
 */
export function webhookEvent(subject: string, type: string): string | undefined {
  if (silent.has(type)) return undefined;
  const [kind = ''] = subject.split('/', 1);
  return `${kind}.${inSnakeCase(type)}`;
}

/** What an endpoint can ask for: everything, everything of one kind, or single events by name. */
export const webhookFilters: readonly string[] = [
  '*',
  ...Object.entries({ case: caseEvents, order: orderEvents, ticket: ticketEvents }).flatMap(([kind, events]) => [
    `${kind}.*`,
    ...Object.keys(events).flatMap((type) => webhookEvent(`${kind}/`, type) ?? []),
  ]),
];

/** Whether an endpoint that asked for these events wants this one. */
export function isWanted(filters: readonly string[], event: string): boolean {
  return filters.some((filter) => filter === event || (filter.endsWith('*') && event.startsWith(filter.slice(0, -1))));
}

/** Whether a subject of this kind has ended with this status; undefined for kinds that don't say. */
export function isFinalStatus(kind: string, status: string): boolean | undefined {
  if (kind === 'case') return isFinal(status as CaseStatus);
  if (kind === 'order') return isFinalOrder(status as OrderStatus);
  if (kind === 'ticket') return status === 'resolved';
  return undefined;
}
