import { type CaseEvent, caseStatuses } from '../../src/domain/case/case.ts';
import { type OrderEvent, orderStatuses } from '../../src/domain/order/order.ts';
import { type TicketEvent, ticketOutcomes, ticketStatuses } from '../../src/domain/ticket/ticket.ts';

// What walks must have come to, or their silence says nothing. The compiler sees to it that no event is forgotten.

const caseEvents: Record<Exclude<CaseEvent['type'], 'caseOpened'>, true> = {
  merchantSilent: true,
  applicationApproved: true,
  returnAwaited: true,
  returnAddressFixed: true,
  applicationRefused: true,
  trackingNumberGiven: true,
  trackingNumberCorrected: true,
  receiptConfirmed: true,
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
  receiptRefused: true,
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

const orderEvents: Record<Exclude<OrderEvent['type'], 'orderPlaced'>, true> = {
  orderPaid: true,
  extraPaymentReceived: true,
  orderConfirmed: true,
  orderShipped: true,
  orderDelivered: true,
  orderCancelled: true,
  afterSalesPeriodEnded: true,
  orderCompleted: true,
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

const ticketEvents: Record<Exclude<TicketEvent['type'], 'ticketOpened'>, true> = {
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

const placesOf = (events: Record<string, true>, statuses: readonly string[]) => [
  ...Object.keys(events).map((type) => `event ${type}`),
  ...statuses.map((status) => `status ${status}`),
];

/** A case's places: every event, every status; and each way in which it can end. */
export const casePlaces = [
  ...placesOf(caseEvents, caseStatuses),
  ...['refunded', 'compensated', 'replaced'].map((ending) => `ended ${ending}`),
  ...['withdrawn', 'no_intervention_request', 'no_return_shipment', 'ruled_for_merchant', 'intervention_declined'].map(
    (reason) => `ended closed, ${reason}`,
  ),
];

export const orderPlaces = [...placesOf(orderEvents, orderStatuses), 'ended completed', 'ended cancelled'];

/** A ticket's places; and each way in which it can end. INT-8 */
export const ticketPlaces = [
  ...placesOf(ticketEvents, ticketStatuses),
  ...ticketOutcomes.map((outcome) => `ended ${outcome}`),
  'extended after an outage ticketReply',
];

/** What comes of an order's allocation: every operation, and every answer to an application. */
export const marketplacePlaces = [
  ...['reserve', 'settle', 'extend', 'complete', 'taken over'].map((what) => `allocation ${what}`),
  ...[
    'quantity_not_available',
    'too_many_applications',
    'after_sales_period_over',
    'no_reason_window_over',
    'line_not_returnable',
  ].map((code) => `refused ${code}`),
];
