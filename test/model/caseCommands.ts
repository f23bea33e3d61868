import type { CaseState } from '../../src/domain/case/case.ts';
import type { CaseCommandName, CaseCommands } from '../../src/domain/case/commands.ts';
import type { Given } from '../../src/domain/decision.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import { days } from '../builders.ts';
import { evidenceId } from '../domain/caseStories.ts';
import { caseActions, validCaseCommands } from '../domain/validCommands.ts';

export const caseCommandNames = Object.keys(caseActions) as CaseCommandName[];

const why = { liability: 'both', reasons: '证据充分' } as const;
const longAgo = '2020-01-01T00:00:00Z';

/** Further fields for commands, most of which some state or other does not bear. */
function oddFields({ facts, remedy }: CaseState): { [Name in CaseCommandName]?: CaseCommands[Name][] } {
  const above = facts.refundAmount + 1;
  const rulings: CaseCommands['ruling'][] = [
    { favour: 'merchant', remedy: 'reship', ...why },
    { favour: 'merchant', refundAmount: 1, ...why },
    { favour: 'consumer', ...why },
    { favour: 'consumer', refundAmount: 1, ...why },
    { favour: 'consumer', remedy: 'refund_only', ...why },
    { favour: 'consumer', remedy: 'refund_only', refundAmount: above, ...why },
    { favour: 'consumer', remedy: 'return_and_refund', refundAmount: 1, ...why },
    { favour: 'consumer', remedy: 'exchange', refundAmount: 1, ...why },
    { favour: 'merchant', refundAmount: above, ...why },
    { favour: 'merchant', refundAmount: remedy.amount, ...why },
  ];
  return {
    merchantDecision: [
      { decision: 'refuse' },
      { decision: 'refuse', refusalCode: 'no_fault_found' },
      { decision: 'refuse', refusalCode: 'other' },
      { decision: 'refuse', refusalCode: 'other', note: '另议' },
      { decision: 'refuse', refusalCode: 'agreed_otherwise' },
      { decision: 'approve', merchantAddress: null },
    ],
    receiptConfirmation: [
      { outcome: 'refused' },
      { outcome: 'refused', refusalCode: 'items_missing' },
      { outcome: 'refused', refusalCode: 'other', evidenceIds: [evidenceId] },
      { outcome: 'refused', refusalCode: 'not_received' },
    ],
    proposal: [
      { kind: 'refund_only', note: '补偿' },
      { kind: 'refund_only', refundAmount: above, note: '补偿' },
      { kind: 'exchange', refundAmount: 1, note: '换货' },
      { kind: 'exchange', note: '换货' },
      { kind: 'return_and_refund', note: '退货' },
    ],
    interventionRequest: [
      { reason: 'merchant_unresponsive', statement: '没人理', evidenceIds: [] },
      { reason: 'merchant_refused', statement: '被拒绝', evidenceIds: [] },
    ],
    interventionAudit: [{ decision: 'decline' }],
    evidenceSubmission: [{ evidenceIds: [] }],
    ruling: rulings,
    appealRuling: rulings,
    refundVoucher: [
      { reference: 'v-2', amount: Math.max(1, remedy.amount - 1), paidAt: longAgo, evidenceIds: [evidenceId] },
      { reference: 'v-2', amount: remedy.amount + 1, paidAt: longAgo, evidenceIds: [evidenceId] },
      { reference: 'v-2', amount: remedy.amount, paidAt: '2050-01-01T00:00:00Z', evidenceIds: [evidenceId] },
    ],
    deadlineExtension: [
      { until: longAgo, reason: '物流延误' },
      { until: '2099-01-01T00:00:00Z', reason: '物流延误' },
    ],
  };
}

/** Fields for a command on a case; `odd` ones may not fit. */
export function caseFields(state: CaseState, name: CaseCommandName, variant: number, odd: boolean): object {
  const fields: object[] = (odd ? oddFields(state)[name] : undefined) ?? validCaseCommands(state)[name];
  return fields[variant % fields.length] ?? {};
}

type Misfits = {
  [Name in CaseCommandName]?: (state: CaseState, fields: CaseCommands[Name], by: Given) => RefusalCode | undefined;
};

/** The refusal that a wish for a remedy earns. INT-5, CASE-16, REF-3 */
function misfitOfRemedy({ facts }: CaseState, kind: string, refundAmount: number | undefined): RefusalCode | undefined {
  if (kind === 'exchange' || kind === 'reship')
    return refundAmount === undefined ? undefined : 'refund_amount_not_allowed';
  if (kind === 'refund_only' && refundAmount === undefined) return 'refund_amount_required';
  return (refundAmount ?? 0) > facts.refundAmount ? 'refund_above_refundable' : undefined;
}

function misfitOfRuling(
  state: CaseState,
  { favour, remedy, refundAmount }: CaseCommands['ruling'],
): RefusalCode | undefined {
  if (favour === 'merchant')
    return remedy === undefined && refundAmount === undefined ? undefined : 'remedy_not_allowed';
  return remedy === undefined ? 'remedy_required' : misfitOfRemedy(state, remedy, refundAmount);
}

/** Why fields do not fit a state in which their command is on offer, rule by rule, as DOMAIN.md has it. */
const misfits: Misfits = {
  merchantDecision: ({ stage }, { decision, refusalCode, evidenceIds = [], note }) => {
    if (decision === 'approve') return undefined;
    if (stage.status !== 'pending_merchant_review') return 'action_not_available';
    if (!refusalCode) return 'refusal_code_required';
    if (['goods_used', 'no_fault_found', 'not_our_goods'].includes(refusalCode) && evidenceIds.length === 0)
      return 'evidence_required';
    return refusalCode === 'other' && !note ? 'note_required' : undefined;
  },
  receiptConfirmation: ({ stage }, { outcome, refusalCode, evidenceIds = [], note }) => {
    if (outcome === 'received') return undefined;
    if (stage.status !== 'awaiting_merchant_receipt') return 'action_not_available';
    if (!refusalCode) return 'refusal_code_required';
    if (refusalCode !== 'not_received' && evidenceIds.length === 0) return 'evidence_required';
    return refusalCode === 'other' && !note ? 'note_required' : undefined;
  },
  proposal: (state, { kind, refundAmount }) => misfitOfRemedy(state, kind, refundAmount),
  interventionRequest: ({ stage }, { reason }) => {
    const silent = stage.status === 'pending_merchant_review';
    const wrong = silent ? 'merchant_refused' : 'merchant_unresponsive';
    return reason === wrong ? 'reason_does_not_fit' : undefined;
  },
  interventionAudit: (_, { decision, note }) => (decision === 'decline' && !note ? 'note_required' : undefined),
  evidenceSubmission: (_, { statement, evidenceIds, complete }, { actor }) => {
    if (actor.role === 'operator') return 'not_your_action';
    return !statement && evidenceIds.length === 0 && !complete ? 'nothing_submitted' : undefined;
  },
  ruling: (state, fields) => misfitOfRuling(state, fields),
  appealRuling: (state, fields, { actor }) => {
    const { stage, intervention, merchantAppeal, remedy } = state;
    const against = stage.status === 'under_appeal' ? intervention?.ruling : merchantAppeal?.against;
    const ruledBy = against?.agent;
    if (ruledBy && 'id' in ruledBy && 'id' in actor && `${ruledBy.role} ${ruledBy.id}` === `${actor.role} ${actor.id}`)
      return 'ruled_before';
    if (stage.status === 'under_appeal') return misfitOfRuling(state, fields);
    if (fields.remedy !== undefined) return 'remedy_not_allowed';
    if (fields.refundAmount === undefined) return undefined;
    if (fields.favour === 'consumer') return 'refund_amount_not_allowed';
    return fields.refundAmount > remedy.amount ? 'refund_above_refundable' : undefined;
  },
  refundVoucher: ({ remedy }, { amount, paidAt }, { at }) => {
    if (amount !== remedy.amount) return 'voucher_amount_mismatch';
    return Date.parse(paidAt) > at ? 'voucher_paid_in_future' : undefined;
  },
  deadlineExtension: ({ stage, intervention, merchantAppeal }, { until }, { at }) => {
    const [running] = [intervention?.asked, stage, merchantAppeal].flatMap((one) =>
      one && 'deadline' in one && one.deadline ? [one.deadline] : [],
    );
    const fits = running && Date.parse(until) > running.at && Date.parse(until) <= at + days(366);
    return fits ? undefined : 'deadline_extension_invalid';
  },
};

/** What an offered command on a case must be answered. */
export function caseMisfit(state: CaseState, name: string, fields: object, by: Given): RefusalCode | undefined {
  const misfit = misfits[name as CaseCommandName] as ((...of: unknown[]) => RefusalCode | undefined) | undefined;
  return misfit?.(state, fields, by);
}
