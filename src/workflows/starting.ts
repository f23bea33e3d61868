import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import { caseRulesVersion } from '../domain/case/case.ts';
import { deadlineFrom } from '../domain/deadline.ts';
import { orderRulesVersion } from '../domain/order/order.ts';
import { ticketRulesVersion } from '../domain/ticket/ticket.ts';
import {
  type CaseInput,
  type CourierInput,
  caseSubject,
  courierId,
  type ExtensionInput,
  type OrderInput,
  orderSubject,
  type ShellSettings,
  type TicketInput,
  ticketSubject,
  workflowTypes,
} from './messages.ts';
import { searchAttributes } from './searchAttributes.ts';

export type SearchAttributeName = keyof typeof searchAttributes;

/** A search attribute's value under its registered name and type; times as `Date`. */
export function searchAttribute(
  name: SearchAttributeName,
  value: string | Date | null,
): SearchAttributePair | { key: SearchAttributePair['key']; value: null } {
  const type = searchAttributes[name] === 'Datetime' ? SearchAttributeType.DATETIME : SearchAttributeType.KEYWORD;
  return { key: defineSearchAttributeKey(name, type), value } as SearchAttributePair;
}

const attributes = (values: Partial<Record<SearchAttributeName, string | Date>>) =>
  Object.entries(values).map(
    ([name, value]) => searchAttribute(name as SearchAttributeName, value) as SearchAttributePair,
  );

/** A new subject is decided by the rules of whoever starts it, for its whole life. */
const stamped = <Input extends { settings: ShellSettings }>(input: Input, rulesVersion: number): Input => ({
  ...input,
  settings: { ...input.settings, rulesVersion },
});

/**
 * How a case's workflow is started, once: its id is the case's, and starting it again finds it running or ended. Search attributes
 * are as the case shows them once it is open, as far as they are known, so that its first task has none to upsert.
 */
export function caseStart(input: CaseInput, order: { merchantId: string; paymentMethod?: string }) {
  const { caseId, application, channel, consumerId, policy, applied } = input;
  const { kind, at } = deadlineFrom(policy, 'merchantDecision', applied.receivedAt);
  return {
    type: workflowTypes.case,
    workflowId: caseSubject(caseId),
    args: [stamped(input, caseRulesVersion)],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: `${application.kind} for ${application.reason}, order ${application.orderId}`,
    typedSearchAttributes: attributes({
      OrderId: application.orderId,
      ConsumerId: consumerId,
      MerchantId: order.merchantId,
      ...(order.paymentMethod ? { PaymentMethod: order.paymentMethod } : {}),
      CaseKind: application.kind,
      CaseReason: application.reason,
      CaseStatus: 'pending_merchant_review',
      Channel: channel,
      DeadlineKind: kind,
      DeadlineAt: new Date(at),
    }),
  };
}

/** How an order's workflow is started; a resumed one may follow one that has ended, a new one may not. */
export function orderStart(input: OrderInput) {
  const common = { type: workflowTypes.order, workflowId: orderSubject(input.orderId) };
  if (input.resume)
    return {
      ...common,
      args: [input],
      workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
      staticSummary: `order ${input.orderId}, money after its end`,
      typedSearchAttributes: attributes({ OrderId: input.orderId }),
    };
  const { consumerId, merchantId, paymentMethod } = input.facts;
  return {
    ...common,
    args: [stamped(input, orderRulesVersion)],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: `${paymentMethod} order of ${consumerId} at ${merchantId}`,
    typedSearchAttributes: attributes({
      OrderId: input.orderId,
      ConsumerId: consumerId,
      MerchantId: merchantId,
      PaymentMethod: paymentMethod,
    }),
  };
}

/** How a ticket's workflow is started, once. INT-8 */
export function ticketStart(input: TicketInput) {
  const { ticketId, facts } = input;
  const { orderId, consumerId, merchantId, channel, category } = facts;
  return {
    type: workflowTypes.ticket,
    workflowId: ticketSubject(ticketId),
    args: [stamped(input, ticketRulesVersion)],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: `support ticket (${category}) of ${consumerId}, order ${orderId}`,
    typedSearchAttributes: attributes({
      OrderId: orderId,
      ConsumerId: consumerId,
      MerchantId: merchantId,
      Channel: channel,
      CaseStatus: 'open',
    }),
  };
}

/** How a courier is started: one that runs already is as good as a new one. */
export function courierStart(input: CourierInput, taskQueue: string) {
  return {
    type: workflowTypes.courier,
    taskQueue,
    workflowId: courierId(input.courier, taskQueue),
    args: [input] as [CourierInput],
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    workflowIdConflictPolicy: 'USE_EXISTING' as const,
    staticSummary: 'sends mail and webhooks out of the outbox',
  };
}

/** How an extension of everything that runs is started, once. POL-5 */
export function extensionStart(input: ExtensionInput, { by }: { by: string }) {
  return {
    type: workflowTypes.deadlineExtension,
    workflowId: `deadline-extension/${input.id}`,
    args: [input] as [ExtensionInput],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: `extends all that runs by ${by}`,
  };
}
