import type { DeadlineKind, ShownDeadline } from '../deadline.ts';
import type { Actor } from '../parties.ts';
import type { Queue, Standing } from '../queue.ts';
import type { CaseState } from './case.ts';
import { appealDeadline, caseDeadlines } from './deadlines.ts';
import { appealAwaitsRuling, ruledAlready, ruledBefore } from './intervention.ts';

type Waits = (state: CaseState) => Omit<Standing, 'queue'> | undefined;

/** The deadline an agent works under, or the question's while that holds it up (INT-4). */
function under(state: CaseState, kind: DeadlineKind): { deadline?: ShownDeadline } {
  const running = caseDeadlines(state).find((one) => one.kind === kind || one.kind === 'furtherInformation');
  return running ? { deadline: running } : {};
}

/** INT-5, INT-9: under its deadline, which may stand still; escalated once that has passed. */
const ruling =
  (status: 'under_adjudication' | 'under_appeal', escalated: boolean): Waits =>
  (state) => {
    const { stage, updatedAt } = state;
    if (stage.status !== status || (stage.deadline === undefined) !== escalated) return undefined;
    const { since = stage.deadline?.from ?? updatedAt } = stage;
    return { ...(escalated ? {} : under(state, 'adjudication')), since };
  };

/** INT-9: the merchant's appeal, which waits beside the case's own status. */
const merchantAppeal =
  (escalated: boolean): Waits =>
  ({ merchantAppeal: appeal, ...state }) => {
    if (appeal?.status !== 'under_review' || (appeal.deadline === undefined) !== escalated) return undefined;
    const deadline = appealDeadline({ ...state, merchantAppeal: appeal });
    return { ...(deadline ? { deadline } : {}), since: appeal.at };
  };

/** The queues a case can stand in, and when it does. A further reason to stand in one is a further line. */
const lines: readonly { queue: Queue; waits: Waits }[] = [
  {
    queue: 'audit',
    waits: (state) =>
      state.stage.status === 'intervention_requested'
        ? { ...under(state, 'interventionAudit'), since: state.intervention?.requestedAt ?? state.updatedAt }
        : undefined,
  },
  { queue: 'adjudication', waits: ruling('under_adjudication', false) },
  { queue: 'escalated', waits: ruling('under_adjudication', true) },
  { queue: 'appeal', waits: ruling('under_appeal', false) },
  { queue: 'escalated', waits: ruling('under_appeal', true) },
  { queue: 'appeal', waits: merchantAppeal(false) },
  { queue: 'escalated', waits: merchantAppeal(true) },
  {
    queue: 'refund-failures',
    waits: ({ stage, updatedAt }) =>
      stage.status === 'refund_failed' || stage.status === 'compensation_failed'
        ? { since: stage.since ?? updatedAt }
        : undefined,
  },
  {
    queue: 'refund-failures',
    waits: ({ merchantAppeal: appeal, updatedAt }) =>
      appeal?.status === 'won' && appeal.payout?.outcome === 'declined'
        ? { since: appeal.payout.since ?? updatedAt }
        : undefined,
  },
];

/** Where a case stands in line for an agent. INT-2, INT-5, INT-9, CASE-14 */
export const caseQueues = (state: CaseState): Standing[] =>
  lines.flatMap(({ queue, waits }) => {
    const standing = waits(state);
    return standing ? [{ queue, ...standing }] : [];
  });

/** Why this agent can't take the case on, whoever else may: an appeal is another's to decide (INT-9). */
export const barredFrom = (state: CaseState, agent: Actor): Bar | undefined =>
  appealAwaitsRuling(state) && ruledBefore(state, agent) ? ruledAlready : undefined;
export type Bar = typeof ruledAlready;
