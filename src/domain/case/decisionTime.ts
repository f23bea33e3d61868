import type { CaseEvent, CaseState } from './case.ts';

/** Decisions whose time is measured: the merchant's on the application, an agent's on the case, another's on an appeal. */
export type Decision = 'merchant' | 'ruling' | 'appeal_ruling';

const decisions: Partial<Record<CaseEvent['type'], Decision>> = {
  applicationApproved: 'merchant',
  applicationRefused: 'merchant',
  ruled: 'ruling',
  appealRuled: 'appeal_ruling',
  merchantAppealRuled: 'appeal_ruling',
};

/** A decision and how long it took; `automatic` where a deadline took it, nobody having done so (SEE-2). */
export type DecisionTime = { decision: Decision; automatic: boolean; ms: number };

/**
 * How long whoever asked waited for a decision, if the event is one: from the application, from asking the platform in, from the
 * appeal (CASE-2 to CASE-4, INT-5, INT-9). `state` is the one after it, maybe several events after. A merchant that relents counts
 * once more, from the application too.
 */
export function decisionTime(
  state: CaseState,
  { type, at, automatic }: { type: string; at: number; automatic: boolean },
): DecisionTime | undefined {
  const decision = decisions[type as CaseEvent['type']];
  const from = decision && beginningOf(state, decision, at);
  return decision && from !== undefined ? { decision, automatic, ms: Math.max(0, at - from) } : undefined;
}

function beginningOf(
  { facts, intervention, earlierInterventions, merchantAppeal }: CaseState,
  decision: Decision,
  at: number,
): number | undefined {
  if (decision === 'merchant') return facts.openedAt;
  if (merchantAppeal && 'ruling' in merchantAppeal && merchantAppeal.ruling.at === at) return merchantAppeal.at;
  const asked = [intervention, ...earlierInterventions].find(
    (one) => (decision === 'ruling' ? one?.ruling : one?.appeal?.ruling)?.at === at,
  );
  return decision === 'ruling' ? asked?.requestedAt : asked?.appeal?.at;
}
