import { defineSearchAttributeKey, type SearchAttributePair, SearchAttributeType } from '@temporalio/common';
import { caseRulesVersion } from '../domain/case/case.ts';
import { deadlineFrom } from '../domain/deadline.ts';
import { orderRulesVersion } from '../domain/order/order.ts';
import { ticketRulesVersion } from '../domain/ticket/ticket.ts';
import {
  type CaseApplied,
  type CaseInput,
  type CaseTakingUp,
  type CourierInput,
  caseSubject,
  courierId,
  defaultTaskQueue,
  type ExtensionInput,
  type JobInput,
  type OrderInput,
  orderSubject,
  type ReconciliationInput,
  type ShellSettings,
  type TicketInput,
  type TicketOpened,
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
export function caseStart(input: CaseApplied, order: { merchantId: string; paymentMethod?: string }) {
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
export function ticketStart(input: TicketOpened) {
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

/** What is stored of a subject whose workflow is gone, as far as a start needs it. */
export type Left = {
  kind: 'case' | 'order' | 'ticket';
  id: string;
  orderId: string;
  consumerId: string;
  merchantId: string;
  reason?: string;
  state: { facts: { paymentMethod?: string; kind?: string; channel?: string } };
};

/**
 * How a subject is started that goes on from its document. Where a run is still there, `inPlaceOf` ends it in the same step, or lets it
 * be and is as good as it.
 */
export function takingUpStart(
  { kind, id, orderId, consumerId, merchantId, reason, state }: Left,
  settings: ShellSettings,
  takingUp: CaseTakingUp,
  inPlaceOf: 'whatever_runs' | 'nothing',
) {
  const { facts } = state;
  const common = {
    workflowIdReusePolicy: 'ALLOW_DUPLICATE' as const,
    workflowIdConflictPolicy:
      inPlaceOf === 'whatever_runs' ? ('TERMINATE_EXISTING' as const) : ('USE_EXISTING' as const),
    typedSearchAttributes: attributes({
      OrderId: orderId,
      ConsumerId: consumerId,
      MerchantId: merchantId,
      ...(facts.paymentMethod ? { PaymentMethod: facts.paymentMethod } : {}),
      ...(kind === 'case' && facts.kind ? { CaseKind: facts.kind } : {}),
      ...(kind === 'case' && reason ? { CaseReason: reason } : {}),
      ...(facts.channel ? { Channel: facts.channel } : {}),
    }),
  };
  const staticSummary = `${kind} ${id}, gone on from its document`;
  switch (kind) {
    case 'case': {
      const input: CaseInput = { caseId: id, settings, takingUp };
      return { ...common, type: workflowTypes.case, workflowId: caseSubject(id), args: [input], staticSummary };
    }
    case 'order': {
      const input: OrderInput = { orderId: id, settings, resume: true, takingUp };
      return { ...common, type: workflowTypes.order, workflowId: orderSubject(id), args: [input], staticSummary };
    }
    case 'ticket': {
      const input: TicketInput = { ticketId: id, settings, takingUp };
      return { ...common, type: workflowTypes.ticket, workflowId: ticketSubject(id), args: [input], staticSummary };
    }
    default:
      return kind satisfies never;
  }
}

/**
 * How the run is started that ends a case which could not go on, in the place of whatever runs. Its memo names the command, so that
 * asked again under its key it is found at work.
 */
export function abandonmentStart(left: Left, settings: ShellSettings, takingUp: Required<CaseTakingUp>) {
  const memo = { abandonedBy: takingUp.abandoned.by.commandId };
  return { ...takingUpStart(left, settings, takingUp, 'whatever_runs'), memo };
}

/** How a republication is started, once. */
export function republicationStart(input: JobInput) {
  return {
    type: workflowTypes.republication,
    workflowId: `republication/${input.id}`,
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: 'writes again what workflows have decided',
    typedSearchAttributes: [],
  };
}

/** How a reconciliation that was asked for is started, once. */
export function reconciliationStart(input: Required<ReconciliationInput>) {
  return {
    type: workflowTypes.reconciliation,
    workflowId: `reconciliation/${input.id}`,
    args: [input],
    workflowIdReusePolicy: 'REJECT_DUPLICATE' as const,
    staticSummary: 'compares movements, ledger, allocations and workflows',
    typedSearchAttributes: [],
  };
}

/** The daily reconciliation, at 3 o'clock UTC; its first one at once. One that takes longer than a day leaves the next out. */
export function reconciliationSchedule(taskQueue: string) {
  const name = taskQueue === defaultTaskQueue ? 'reconciliation' : `reconciliation/${taskQueue}`;
  return {
    scheduleId: name,
    spec: { calendars: [{ hour: 3 }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: workflowTypes.reconciliation,
      workflowId: name,
      // none: what is encrypted for a schedule could not be read by its runs, whose ids Temporal makes (0009)
      args: [] as [],
      taskQueue,
    },
    policies: { overlap: 'SKIP' as const, catchupWindow: '1 day' as const },
    state: { triggerImmediately: true },
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
