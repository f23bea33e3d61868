import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import {
  type CaseInput,
  type CourierInput,
  caseSubject,
  courierId,
  type OrderInput,
  orderSubject,
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

const keywords = (values: Partial<Record<SearchAttributeName, string>>) =>
  Object.entries(values).map(
    ([name, value]) => searchAttribute(name as SearchAttributeName, value) as SearchAttributePair,
  );

/** How a case's workflow is started, once: its id is the case's, and starting it again finds it running or ended. */
export function caseStart(input: CaseInput) {
  const { caseId, application, channel, consumerId } = input;
  return {
    type: workflowTypes.case,
    workflowId: caseSubject(caseId),
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: `${application.kind} for ${application.reason}, order ${application.orderId}`,
    typedSearchAttributes: keywords({
      OrderId: application.orderId,
      ConsumerId: consumerId,
      CaseKind: application.kind,
      CaseReason: application.reason,
      Channel: channel,
    }),
  };
}

/** How an order's workflow is started; a resumed one may follow one that has ended, a new one may not. */
export function orderStart(input: OrderInput) {
  const common = { type: workflowTypes.order, workflowId: orderSubject(input.orderId), args: [input] };
  if (input.resume)
    return {
      ...common,
      workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
      staticSummary: `order ${input.orderId}, money after its end`,
      typedSearchAttributes: keywords({ OrderId: input.orderId }),
    };
  const { consumerId, merchantId, paymentMethod } = input.facts;
  return {
    ...common,
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: `${paymentMethod} order of ${consumerId} at ${merchantId}`,
    typedSearchAttributes: keywords({
      OrderId: input.orderId,
      ConsumerId: consumerId,
      MerchantId: merchantId,
      PaymentMethod: paymentMethod,
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
