import { accept, type Decision, type Given, refuse } from '../decision.ts';
import type { CaseEvent, CaseState } from './case.ts';
import type { CaseCommands } from './commands.ts';
import { isDisputed } from './intervention.ts';
import { remedyOf } from './remedies.ts';
import { carryOut } from './steps.ts';

type CaseDecision = Decision<CaseEvent>;
const taken = ({ actor, at }: Given) => ({ actor, at, rule: 'CASE-16' });

/** Where merchant and consumer may still come to terms. CASE-16 */
export const isNegotiable = (state: CaseState): boolean =>
  ['pending_merchant_review', 'application_refused', 'receipt_refused'].includes(state.stage.status) ||
  isDisputed(state);

/** CASE-16: a proposal stands in the place of an earlier one; no deadline moves by it. */
export function propose(
  state: CaseState,
  { kind, refundAmount, note }: CaseCommands['proposal'],
  by: Given,
): CaseDecision {
  const wanted = remedyOf(state, { kind, refundAmount });
  if (wanted.refusal) return wanted.refusal;
  return accept({ type: 'proposed', ...taken(by), proposal: { ...wanted.remedy, note, at: by.at } });
}

/** CASE-16: accepted, the case follows it and an intervention ends; declined, everything goes on as it was. */
export function respondToProposal(
  state: CaseState,
  { decision }: CaseCommands['proposalResponse'],
  by: Given,
): CaseDecision {
  if (!state.proposal) return refuse('action_not_available', 'there is no proposal to answer');
  if (decision === 'decline') return accept({ type: 'proposalDeclined', ...taken(by) });
  const { kind, amount } = state.proposal;
  const remedy = { kind, amount };
  return accept({ type: 'proposalAccepted', ...taken(by), remedy }, ...carryOut({ ...state, remedy }, taken(by)));
}
