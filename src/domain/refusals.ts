/** Every code with which a rule refuses. Clients match on them: never rename one. HTTP statuses are the edge's business. */
export const refusalCodes = [
  // any subject
  'action_not_available',
  'case_ended',
  'order_ended',
  'in_progress',
  'stale_version',
  'too_many_pending',
  'unusable_signal',
  'subject_too_large',
  'not_your_action',
  'deadline_extension_invalid',
  'no_running_deadline',
  // applications (ELIG)
  'order_not_found',
  'order_not_delivered',
  'order_cancelled',
  'line_unknown',
  'line_not_returnable',
  'reason_not_allowed_for_kind',
  'no_reason_window_over',
  'after_sales_period_over',
  'quantity_not_available',
  'goods_at_merchant_unclear',
  'too_many_applications',
  'refund_exceeds_paid',
  // cases
  'evidence_required',
  'note_required',
  'refusal_code_required',
  'reason_does_not_fit',
  'nothing_submitted',
  'evidence_phase_over',
  'refund_amount_required',
  'refund_amount_not_allowed',
  'refund_above_refundable',
  'remedy_required',
  'remedy_not_allowed',
  'ruled_before',
  'voucher_amount_mismatch',
  'voucher_paid_in_future',
  'already_compensated',
  'refund_outcome_unknown',
  // orders
  'merchant_may_not_cancel_online_order',
  'consumer_may_not_cancel_cod_order',
  'paid_order_cancelled_by_customer_service_only',
  'order_already_shipped',
  'order_already_delivered',
  'payment_contradicts',
  'shipment_contradicts',
  'delivery_contradicts',
  'delivered_in_future',
  'refund_not_failed',
  // tickets
  'ticket_ended',
  'thread_full',
  'evidence_not_of_ticket',
  'case_not_of_ticket',
  // outgoing money
  'money_already_stopped',
  'money_not_stopped',
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** Refusals of what is kept all the same, its evidence with it, for an agent to see. CASE-13 */
export const keptThoughRefused: readonly RefusalCode[] = ['already_compensated'];
