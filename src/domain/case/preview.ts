import type { ShownDeadline } from '../deadline.ts';
import type { Actor } from '../parties.ts';
import type { PolicyDeadline } from '../policy/policy.ts';
import { type CaseState, type CaseStatus, evolveAll, runningDeadline } from './case.ts';
import type { CaseCommandName, CaseCommands } from './commands.ts';
import { appealDeadline, caseDeadlines } from './deadlines.ts';
import { availableActions, decideCase } from './decide.ts';
import { type CaseKind, caseKinds } from './kinds.ts';

/** What a ruling would cause, were it given now. Amounts in minor units, times in UTC ms. INT-5, INT-6, INT-9 */
export type RulingPreview = {
  /** The action that gives it: where both are open, the merchant's appeal is another matter than the dispute. */
  action: RulingAction;
  favour: 'consumer' | 'merchant';
  remedy?: CaseKind;
  /** What the consumer gets back in full, and whether the agent may name a part of it instead. */
  refund: { full: number; partAllowed: boolean };
  leadsTo: CaseStatus;
  /** What begins to run, with its length as the policy has it: who must act, and what happens otherwise. */
  deadline?: Omit<ShownDeadline, 'from'> & { length: string };
  /** Until when whoever lost could appeal. INT-9 */
  appealUntil?: number;
  /** Whether the goods must go back first. */
  goodsTravel: boolean;
  /** Who then pays the consumer, and when; the merchant does on cod (CASE-12). */
  payment?: { by: 'platform' | 'merchant'; amount: number; when: 'at_once' | 'once_the_goods_are_back' };
  /** What the platform pays a merchant whose appeal is won, of which the agent may name a part. INT-9 */
  payout?: { amount: number; when: 'at_once' | 'once_the_case_has_ended' };
};

/** The actions that rule, as the contract names them. */
export const rulingActions = ['ruling', 'appeal-ruling'] as const;
type RulingAction = (typeof rulingActions)[number];

type Fields = CaseCommands['ruling'];

/** Whoever may rule: what a ruling causes doesn't depend on who gives it. */
const someAgent: Actor = { role: 'agent', id: '*' };
const consumer: Actor = { role: 'consumer', id: '*' };
const merchant: Actor = { role: 'merchant', id: '*' };

/** The case after a command, judged by the very rules; undefined where they refuse it. */
function after<Name extends CaseCommandName>(
  state: CaseState,
  name: Name,
  fields: CaseCommands[Name],
  by: { actor: Actor; at: number },
): CaseState | undefined {
  const { answer, events } = decideCase(state, name, fields, { commandId: 'preview', ...by });
  return answer.kind === 'accepted' ? evolveAll(state, events) : undefined;
}

const why = { liability: 'platform', reasons: 'preview' } as const;

/** Each ruling there is: for the merchant, and for the consumer by each remedy, in full. */
function rulingsOn({ facts }: CaseState): Fields[] {
  const remedies = caseKinds.map((remedy): Fields => {
    const named = remedy === 'refund_only' ? { refundAmount: facts.refundAmount } : {};
    return { favour: 'consumer', remedy, ...named, ...why };
  });
  return [{ favour: 'merchant', ...why }, ...remedies];
}

/** What is paid once the goods, where they travel, are back. */
function paymentAfter(ruled: CaseState, at: number): RulingPreview['payment'] {
  const travel = ruled.stage.status === 'awaiting_buyer_return';
  const shipment = { carrier: '-', trackingNumber: '-' };
  const sent = travel ? after(ruled, 'trackingNumber', shipment, { actor: consumer, at }) : ruled;
  const back =
    travel && sent ? after(sent, 'receiptConfirmation', { outcome: 'received' }, { actor: merchant, at }) : sent;
  const when = travel ? 'once_the_goods_are_back' : 'at_once';
  if (back?.stage.status === 'awaiting_refund_voucher') return { by: 'merchant', amount: back.remedy.amount, when };
  return back && 'payment' in back.stage ? { by: 'platform', amount: back.stage.payment.amount, when } : undefined;
}

function previewOf(ruled: CaseState, { favour, remedy }: Fields, at: number): Omit<RulingPreview, 'action'> {
  const { facts, stage } = ruled;
  const refunds = remedy === 'return_and_refund' || remedy === 'refund_only';
  const running = runningDeadline(ruled);
  const shown = caseDeadlines(ruled).find(({ kind }) => kind === running?.kind);
  const payment = paymentAfter(ruled, at);
  const appealUntil = (shown?.kind === 'appeal' ? shown : appealDeadline(ruled))?.at;
  return {
    favour,
    ...(remedy ? { remedy } : {}),
    refund: { full: refunds ? facts.refundAmount : 0, partAllowed: refunds },
    leadsTo: stage.status,
    ...(shown ? { deadline: begun(ruled, shown) } : {}),
    ...(appealUntil === undefined ? {} : { appealUntil }),
    goodsTravel: stage.status === 'awaiting_buyer_return',
    ...(payment ? { payment } : {}),
  };
}

function begun({ facts }: CaseState, { from: _now, ...deadline }: ShownDeadline): RulingPreview['deadline'] {
  return { ...deadline, length: facts.policy.deadlines[deadline.kind as PolicyDeadline] };
}

/** What each ruling that an agent could give at `at` (UTC ms) would cause; none where there is nothing to rule on. */
export function previewRulings(state: CaseState, at: number): RulingPreview[] {
  const open = availableActions(state, 'agent');
  return rulingActions.filter((action) => open.includes(action)).flatMap((action) => previewBy(action, state, at));
}

function previewBy(action: RulingAction, state: CaseState, at: number): RulingPreview[] {
  if (action === 'appeal-ruling' && state.stage.status !== 'under_appeal') return previewMerchantAppeal(state, at);
  const name = action === 'ruling' ? 'ruling' : 'appealRuling';
  return rulingsOn(state).flatMap((fields) => {
    // a case that brings no refund has no part of it to give
    if (fields.remedy === 'refund_only' && state.facts.refundAmount === 0) return [];
    const ruled = after(state, name, fields, { actor: someAgent, at });
    return ruled ? [{ action, ...previewOf(ruled, fields, at) }] : [];
  });
}

/** What either decision on a merchant's appeal would cause: the consumer's remedy goes on in any case. INT-9 */
function previewMerchantAppeal(state: CaseState, at: number): RulingPreview[] {
  return (['merchant', 'consumer'] as const).flatMap((favour) => {
    const ruled = after(state, 'appealRuling', { favour, ...why }, { actor: someAgent, at });
    if (!ruled) return [];
    const { stage, merchantAppeal } = ruled;
    const won = merchantAppeal?.status === 'won' ? merchantAppeal : undefined;
    const when = won?.payout ? 'at_once' : 'once_the_case_has_ended';
    const refund = { full: 0, partAllowed: false };
    // a case that has closed without a remedy has nothing to give back
    const payout =
      won && won.amount > 0 && stage.status !== 'closed' ? { payout: { amount: won.amount, when } as const } : {};
    return [{ action: 'appeal-ruling', favour, refund, leadsTo: stage.status, goodsTravel: false, ...payout }];
  });
}
