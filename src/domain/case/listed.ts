import { listedStandings } from '../queue.ts';
import type { CaseState } from './case.ts';
import { ownDeadline } from './deadlines.ts';
import { caseQueues } from './queue.ts';
import { caseSearchText } from './searchText.ts';

/** What lists of cases sort and filter by; times in UTC ms. SEE-3 */
export function listedCase(state: CaseState) {
  const { facts, stage, updatedAt } = state;
  const { consumerId, merchantId, orderId, kind, reason, openedAt } = facts;
  const deadlineAt = ownDeadline(state)?.at;
  const text = caseSearchText(state);
  const when = { createdAt: openedAt, updatedAt, ...(deadlineAt === undefined ? {} : { deadlineAt }) };
  const queued = listedStandings(caseQueues(state));
  return { status: stage.status, consumerId, merchantId, orderId, kind, reason, text, ...when, ...queued };
}
