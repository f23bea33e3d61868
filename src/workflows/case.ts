import { continueAsNew } from '@temporalio/workflow';
import {
  type CaseEvent,
  type CaseState,
  caseRulesVersion,
  evolve,
  evolveAll,
  openedCase,
  openPayment,
} from '../domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../domain/case/commands.ts';
import {
  appealDeadline,
  caseDeadlines,
  caseListensUntil,
  expireCaseDeadline,
  ownDeadline,
} from '../domain/case/deadlines.ts';
import { availableActions, decideCase, fixReturnAddress, openCase } from '../domain/case/decide.ts';
import { caseBookings, caseEffects, caseSettlement } from '../domain/case/effects.ts';
import { caseNotices } from '../domain/case/notices.ts';
import { takePaymentAnswer, takeSettlementCheck } from '../domain/case/payment.ts';
import { caseQueues } from '../domain/case/queue.ts';
import { caseSearchText } from '../domain/case/searchText.ts';
import type { ShownDeadline } from '../domain/deadline.ts';
import { accept, type Decision } from '../domain/decision.ts';
import type { Effect } from '../domain/effects.ts';
import { system } from '../domain/parties.ts';
import { listedStandings } from '../domain/queue.ts';
import { detailsOf } from './details.ts';
import { type CaseInput, caseSubject, rulesVersionOf } from './messages.ts';
import { stored } from './shell/activities.ts';
import { reminded, signalRefused } from './shell/entries.ts';
import type { EffectResult, Rules } from './shell/rules.ts';
import { Shell, type Snapshot } from './shell/shell.ts';

const commands: Record<CaseCommandName, string> = {
  merchantDecision: 'The merchant approves or refuses the application: {"decision":"approve"} (CASE-2, CASE-4)',
  trackingNumber: 'The consumer sends the goods back: {"carrier":"SF","trackingNumber":"…"} (CASE-6)',
  withdrawal: 'The consumer withdraws: {} (CASE-15)',
  receiptConfirmation: 'The merchant has received the goods: {"outcome":"received"} (CASE-8)',
  refundVoucher:
    'The merchant shows its refund: {"reference":"…","amount":12900,"paidAt":"…","evidenceIds":["…"]} (CASE-12)',
  proposal: 'The merchant proposes: {"kind":"refund_only","refundAmount":5000,"note":"…"} (CASE-16)',
  proposalResponse: 'The consumer answers a proposal: {"decision":"accept"} (CASE-16)',
  interventionRequest:
    'The consumer asks the platform in: {"reason":"merchant_refused","statement":"…","evidenceIds":[]} (INT-1)',
  interventionWithdrawal: 'The consumer takes the request back: {} (INT-7)',
  interventionAudit: 'An agent audits the request: {"decision":"accept"} (INT-2)',
  informationRequest: 'An agent asks a party for more: {"from":"merchant","question":"…"} (INT-4)',
  evidenceSubmission: 'A party submits evidence; not by hand, since it must be known whose it is (INT-3)',
  ruling:
    'An agent rules: {"favour":"consumer","remedy":"return_and_refund","liability":"merchant","reasons":"…"} (INT-5)',
  appeal: 'Who was ruled against appeals, the consumer where it may: {"statement":"…","evidenceIds":[]} (INT-9)',
  appealRuling: 'Another agent decides on the appeal, as a ruling (INT-9)',
  replacementShipment: 'The merchant ships the replacement: {"carrier":"SF","trackingNumber":"…"} (CASE-17)',
  replacementReceipt: 'The consumer has received the replacement: {} (CASE-17)',
  refundRetry: 'An agent tries a refused refund again: {} (CASE-14)',
  manualSettlement: 'An agent has paid by hand: {"reference":"…","note":"…"} (CASE-14)',
  deadlineExtension: 'An agent extends the running deadline: {"until":"…","reason":"…"} (POL-5)',
};

function takeResult(state: CaseState, effect: Effect, result: EffectResult, at: number): Decision<CaseEvent> {
  switch (result.type) {
    case 'pay':
      return accept(...takePaymentAnswer(state, effect.key, result.answer, at));
    case 'checkPayment':
      return takeSettlementCheck(state, effect.key, result.found, at);
    case 'resolveReturnAddress':
      return accept(...fixReturnAddress(state, result.address, { actor: system, at }));
    case 'completeOrder':
    case 'actForConsumer':
      return accept();
    default:
      return result satisfies never;
  }
}

function rulesOf(caseId: string): Rules<CaseState, CaseEvent> {
  return {
    subject: caseSubject(caseId),
    kind: 'case',
    collection: 'cases',
    id: caseId,
    commands,
    newestRules: caseRulesVersion,
    decide: (state, name, fields, by) =>
      decideCase(state, name as CaseCommandName, fields as CaseCommands[CaseCommandName], by),
    evolve,
    evolveAll,
    deadlines: caseDeadlines,
    expire: expireCaseDeadline,
    effects: caseEffects,
    takeResult,
    bookings: caseBookings,
    allocationChanges: (state, event) => {
      const settlement = caseSettlement(state, event);
      return settlement ? [{ change: 'settle', orderId: state.facts.orderId, settlement }] : [];
    },
    notices: caseNotices,
    policyOf: ({ facts }) => facts.policy,
    reminded,
    signalRefused,
    status: ({ stage }) => stage.status,
    listed,
    searchAttributes,
    details,
    listensUntil: caseListensUntil,
  };
}

function listed(state: CaseState) {
  const { facts, stage, updatedAt } = state;
  const { consumerId, merchantId, orderId, kind, reason, openedAt } = facts;
  const deadlineAt = ownDeadline(state)?.at;
  const text = caseSearchText(state);
  const when = { createdAt: openedAt, updatedAt, ...(deadlineAt === undefined ? {} : { deadlineAt }) };
  const queued = listedStandings(caseQueues(state));
  return { status: stage.status, consumerId, merchantId, orderId, kind, reason, text, ...when, ...queued };
}

function searchAttributes(state: CaseState) {
  const { facts, stage } = state;
  const deadline = ownDeadline(state) ?? appealDeadline(state);
  return {
    CaseStatus: stage.status,
    MerchantId: facts.merchantId,
    PaymentMethod: facts.paymentMethod,
    DeadlineKind: deadline?.kind ?? null,
    DeadlineAt: deadline ? new Date(deadline.at) : null,
  };
}

function details(state: CaseState): string {
  const { facts, stage, remedy, merchantAppeal } = state;
  const open = openPayment(state);
  const waits =
    open?.outcome === 'declined'
      ? 'an agent: refund-retry or manual-settlement'
      : stage.status === 'under_adjudication' || stage.status === 'under_appeal'
        ? 'an agent: overdue, escalated'
        : open
          ? `the payment provider (${open.outcome})`
          : 'nobody';
  const agent = availableActions(state, 'agent');
  const beside = appealDeadline(state);
  return detailsOf(stage.status, ownDeadline(state), waits, [
    `${remedy.kind} for ${facts.reason}, ${remedy.amount} ${facts.currency} (minor units), ${facts.paymentMethod}`,
    `order ${facts.orderId}, consumer ${facts.consumerId}, merchant ${facts.merchantId}`,
    ...(stage.status === 'closed' ? [`closed: ${stage.reason}`] : []),
    ...(merchantAppeal ? [`the merchant's appeal: ${merchantAppeal.status}${beside ? byWhen(beside) : ''}`] : []),
    ...(agent.length > 0 ? [`an agent can: ${agent.join(', ')}`] : []),
  ]);
}

const byWhen = ({ at, waitingFor }: ShownDeadline) => `, until ${new Date(at).toISOString()} (${waitingFor})`;

/** One after-sales case, from its application until nothing that concerns it can still arrive. */
export async function caseWorkflow(input: CaseInput, snapshot?: Snapshot<CaseState>): Promise<void> {
  const { caseId, consumerId, application, channel, policy, applied, settings } = input;
  const shell = new Shell(rulesOf(caseId), settings, snapshot);
  if (!snapshot) {
    const { receivedAt, actor } = applied;
    const reservation = await stored.reserve.executeWithOptions({ summary: 'take quantity and money' }, [
      caseId,
      { consumerId, application, receivedAt, byAgent: actor.role === 'agent' },
    ]);
    if (reservation.refusal) return shell.refuseToOpen(applied, reservation.refusal);
    const opened = openCase(reservation, { caseId, application, channel, policy }, { actor, at: receivedAt });
    shell.open(openedCase(opened, rulesVersionOf(settings)), opened, applied);
  }
  const end = await shell.run();
  if (end !== 'ended') await continueAsNew<typeof caseWorkflow>(input, end);
}
