import { continueAsNew, patched } from '@temporalio/workflow';
import { abandonCase } from '../domain/case/abandonment.ts';
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
  runningInCase,
} from '../domain/case/deadlines.ts';
import { availableActions, decideCase, fixReturnAddress, openCase } from '../domain/case/decide.ts';
import { awaitedByCase, caseBookings, caseEffects, caseSettlement } from '../domain/case/effects.ts';
import { listedCase } from '../domain/case/listed.ts';
import { caseNotices } from '../domain/case/notices.ts';
import { takePaymentAnswer, takeSettlementCheck } from '../domain/case/payment.ts';
import type { ShownDeadline } from '../domain/deadline.ts';
import { extendAfterOutage, type OutageExtension, outageExtension } from '../domain/deadlineExtension.ts';
import { accept, type Decision } from '../domain/decision.ts';
import type { Effect } from '../domain/effects.ts';
import { system } from '../domain/parties.ts';
import { detailsOf, waitsForPayment } from './details.ts';
import { type CaseInput, caseSubject, rulesVersionOf } from './messages.ts';
import { stored } from './shell/activities.ts';
import { foundAtProvider } from './shell/effects.ts';
import { reminded, signalRefused } from './shell/entries.ts';
import { lasting } from './shell/lasting.ts';
import type { EffectResult, Rules } from './shell/rules.ts';
import { Shell, type Snapshot } from './shell/shell.ts';

const commands: Record<CaseCommandName | typeof outageExtension, string> = {
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
  [outageExtension]: 'What runs is extended after an outage: {"by":"PT6H","reason":"…","runningSince":"…"} (POL-5)',
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
    besides: ['merchantAppealLapsed', 'merchantAppealEscalated'],
    decide: (state, name, fields, by) =>
      name === outageExtension
        ? extendAfterOutage(state, runningInCase(state), fields as OutageExtension, by)
        : decideCase(state, name as CaseCommandName, fields as CaseCommands[CaseCommandName], by),
    evolve,
    evolveAll,
    deadlines: caseDeadlines,
    expire: expireCaseDeadline,
    effects: caseEffects,
    awaited: awaitedByCase,
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
    listed: listedCase,
    searchAttributes,
    details,
    listensUntil: caseListensUntil,
  };
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
      ? waitsForPayment(open)
      : stage.status === 'under_adjudication' || stage.status === 'under_appeal'
        ? 'an agent: overdue, escalated'
        : open
          ? waitsForPayment(open)
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

/** Since 0.2.0 one activity reserves and writes the first state, and no upsert tells of `refunding` while its first try is on its way. */
const fewerCommands = 'fewer-commands';

/** Goes on from the case's document, or ends it there; answers whether there is one. */
async function takeUp(
  shell: Shell<CaseState, CaseEvent>,
  { afterMs, abandoned }: NonNullable<CaseInput['takingUp']>,
): Promise<boolean> {
  const document = await shell.documentAfter(afterMs);
  if (!document) {
    await shell.finishWithout(() => ({ state: 'refused', code: 'case_ended', detail: 'there is no such case' }));
    return false;
  }
  if (!abandoned) {
    shell.takeUp(document);
    return true;
  }
  const state = document.state as CaseState;
  const open = openPayment(state);
  const found = open && open.outcome !== 'declined' ? await foundAtProvider(open.payment.key) : undefined;
  const { reason, by } = abandoned;
  const at = Math.max(state.updatedAt, Date.now());
  shell.takeUp(document, { by, decision: abandonCase(state, reason, found, { actor: by.actor, at }) });
  return true;
}

/** One after-sales case, from its application until nothing that concerns it can still arrive. */
export const caseWorkflow = lasting(liveCase);

async function liveCase(input: CaseInput, snapshot?: Snapshot<CaseState>): Promise<void> {
  const { caseId, settings } = input;
  const fewer = patched(fewerCommands);
  const shell = new Shell(rulesOf(caseId), settings, snapshot, { skipsPassing: fewer });
  if (!snapshot && input.takingUp) {
    if (!(await takeUp(shell, input.takingUp))) return;
  } else if (!snapshot && !input.takingUp) {
    const { consumerId, application, channel, policy, applied } = input;
    const { receivedAt, actor } = applied;
    const wish = { consumerId, application, receivedAt, byAgent: actor.role === 'agent' };
    const summary = 'take quantity and money';
    if (fewer) {
      const opening = { application, channel, policy };
      const rulesVersion = rulesVersionOf(settings);
      const asked = { wish, opening, applied, rulesVersion, at: Date.now() };
      const done = await stored.openCase.executeWithOptions({ summary }, [caseId, asked]);
      if (done.refusal) return shell.refuseToOpen(applied, done.refusal);
      shell.openWritten(openedCase(done.opened, rulesVersion), done.outcome, done.behind);
    } else {
      const reservation = await stored.reserve.executeWithOptions({ summary }, [caseId, wish]);
      if (reservation.refusal) return shell.refuseToOpen(applied, reservation.refusal);
      const opened = openCase(reservation, { caseId, application, channel, policy }, { actor, at: receivedAt });
      shell.open(openedCase(opened, rulesVersionOf(settings)), opened, applied);
    }
  }
  const end = await shell.run();
  if (end !== 'ended') await continueAsNew<typeof caseWorkflow>(input, end);
}
