import { isFinal, refundState } from '../../domain/case/case.ts';
import { caseDeadlines } from '../../domain/case/deadlines.ts';
import { availableActions } from '../../domain/case/decide.ts';
import { returnPostageBorneBy } from '../../domain/case/kinds.ts';
import type { Role } from '../../domain/parties.ts';
import type { TimelineDocument } from '../../store/documents.ts';
import type { CaseRead } from '../../store/queries.ts';
import { isoTime, shownDeadline } from '../schemas.ts';
import type { CaseAnswer, TimelineItem } from './schema.ts';

/** A case for whoever asks. SEE-1 */
export function presentCase({ state, version }: CaseRead, role: Role): CaseAnswer {
  const { facts, stage, returnAddress, returnShipment } = state;
  const { currency } = facts;
  return {
    id: facts.id,
    orderId: facts.orderId,
    consumerId: facts.consumerId,
    merchantId: facts.merchantId,
    paymentMethod: facts.paymentMethod,
    kind: facts.kind,
    reason: facts.reason,
    ...(facts.subReason ? { subReason: facts.subReason } : {}),
    description: facts.description,
    evidenceIds: facts.evidenceIds,
    status: stage.status,
    final: isFinal(stage.status),
    ...(stage.status === 'closed' ? { closeReason: stage.reason } : {}),
    ...(stage.status === 'application_refused' ? { refusalCode: stage.refusalCode } : {}),
    channel: facts.channel,
    lines: facts.lines.map(({ lineId, quantity, refund }) => ({
      lineId,
      quantity,
      refundAmount: { amount: refund, currency },
    })),
    refund: { amount: facts.refundAmount, currency, state: refundState(state) },
    returnPostageBorneBy: returnPostageBorneBy(facts.reason),
    deadline: shownDeadline(caseDeadlines(state)[0]),
    availableActions: availableActions(state, role),
    ...(returnAddress ? { returnAddress } : {}),
    ...(returnShipment ? { returnShipment } : {}),
    ...(facts.previousCaseId ? { previousCaseId: facts.previousCaseId } : {}),
    policyVersion: facts.policy.version,
    version,
    createdAt: isoTime(facts.openedAt),
    updatedAt: isoTime(state.updatedAt),
  };
}

type StoredDeadline = { kind: string; at: number };

/** An entry of a timeline; its deadline is the one it sets, or the one that passed. SEE-2 */
export function presentTimelineItem({
  seq,
  at,
  type,
  actor,
  rule,
  deadline: set,
  detail: stored,
  status,
}: TimelineDocument): TimelineItem {
  const { passedDeadline, was, ...detail } = stored as Record<string, unknown> & {
    passedDeadline?: StoredDeadline;
    was?: number;
  };
  const deadline = set ?? passedDeadline;
  return {
    seq,
    at: isoTime(at),
    type,
    actor,
    rule,
    ...(deadline ? { deadline: { kind: deadline.kind, at: isoTime(deadline.at) } } : {}),
    detail: { ...detail, ...(was === undefined ? {} : { was: isoTime(was) }) },
    status,
  };
}
