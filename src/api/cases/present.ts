import {
  type CaseState,
  type Intervention,
  isFinal,
  type MerchantAppeal,
  type Proposal,
  type Ruling,
  refundState,
} from '../../domain/case/case.ts';
import { appealDeadline, ownDeadline } from '../../domain/case/deadlines.ts';
import { availableActions, openChoices } from '../../domain/case/decide.ts';
import { returnPostageBorneBy } from '../../domain/case/kinds.ts';
import type { ShownDeadline } from '../../domain/deadline.ts';
import type { RatingDocument, TimelineDocument } from '../../store/documents.ts';
import type { CaseRead } from '../../store/queries.ts';
import type { Caller } from '../authentication.ts';
import { withRating } from '../feedback/rate.ts';
import { isoTime, shownDeadline, shownHold } from '../schemas.ts';
import type { CaseAnswer, TimelineItem } from './schema.ts';

type Appeal = NonNullable<Intervention['appeal']>;

/** Who looks; without an id, anybody of the role. */
export type Viewer = Pick<Caller, 'role'> & { id?: string };

/** A case for whoever asks, by what its own document says. SEE-1 */
export function presentCase({ state, version }: CaseRead, { role, id }: Viewer): CaseAnswer {
  const { facts, stage, returnAddress, returnShipment, merchantAppeal, earlierInterventions } = state;
  const { currency } = facts;
  const appeal = presentAppeal(state);
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
    ...(stage.status === 'closed' && stage.goodsKept ? { goodsOwedBack: true } : {}),
    ...('refusalCode' in stage ? { refusalCode: stage.refusalCode } : {}),
    channel: facts.channel,
    lines: facts.lines.map(({ lineId, quantity, refund }) => ({
      lineId,
      quantity,
      refundAmount: { amount: refund, currency },
    })),
    remedy: { kind: state.remedy.kind, refund: { amount: state.remedy.amount, currency } },
    refund: {
      amount: state.remedy.amount,
      currency,
      state: refundState(state),
      ...shownHold('held' in stage ? stage.held : undefined),
    },
    returnPostageBorneBy: returnPostageBorneBy(facts.reason),
    deadline: shownDeadline(ownDeadline(state)),
    availableActions: availableActions(state, role, id),
    choices: openChoices(state),
    ...(returnAddress ? { returnAddress } : {}),
    ...(returnShipment ? { returnShipment } : {}),
    ...(stage.status === 'awaiting_replacement_receipt' ? { replacementShipment: stage.shipment } : {}),
    ...(state.proposal ? { proposal: presentProposal(state.proposal, currency) } : {}),
    ...(state.intervention ? { intervention: presentIntervention(state.intervention, currency) } : {}),
    ...(earlierInterventions.length > 0
      ? { earlierInterventions: earlierInterventions.map((one) => presentEarlier(one, currency)) }
      : {}),
    ...(appeal ? { appeal } : {}),
    ...(merchantAppeal?.status === 'open' ? { merchantMayAppealUntil: isoTime(merchantAppeal.deadline.at) } : {}),
    ...(facts.previousCaseId ? { previousCaseId: facts.previousCaseId } : {}),
    ...(facts.goodsBack ? { goodsAtMerchant: true } : {}),
    policyVersion: facts.policy.version,
    version,
    createdAt: isoTime(facts.openedAt),
    updatedAt: isoTime(state.updatedAt),
  };
}

/** What a case's document doesn't say: how it was rated once it had ended, null where it wasn't. TELL-4 */
export type Rated = Pick<RatingDocument, 'rating' | 'comment' | 'at'> | null;

/** A case with its rating: what `GET /v1/cases/{id}` answers. The consumer may rate a case that has ended, once. TELL-4 */
export function presentRatedCase(found: CaseRead, rated: Rated, viewer: Viewer): CaseAnswer {
  return withRating(presentCase(found, viewer), rated, viewer.role);
}

function presentProposal({ kind, amount, note, at }: Proposal, currency: string) {
  return { kind, refund: { amount, currency }, note, at: isoTime(at) };
}

/** A ruling as everybody concerned sees it. INT-5 */
export function presentRuling({ favour, remedy, liability, reasons, at }: Ruling, currency: string) {
  const outcome = remedy ? { remedy: remedy.kind, refund: { amount: remedy.amount, currency } } : {};
  return { favour, ...outcome, liability, reasons, at: isoTime(at) };
}

/** An intervention as both parties and agents see it: who asked for it and why, what is asked for, and how it was ruled. */
function presentIntervention(intervention: Intervention, currency: string): NonNullable<CaseAnswer['intervention']> {
  const { reason, statement, evidenceIds, requestedAt, complete, asked, ruling } = intervention;
  return {
    reason,
    statement,
    evidenceIds,
    requestedAt: isoTime(requestedAt),
    complete,
    ...(asked
      ? { informationRequest: { from: asked.from, question: asked.question, until: isoTime(asked.deadline.at) } }
      : {}),
    ...(ruling ? { ruling: presentRuling(ruling, currency) } : {}),
  };
}

/** An intervention that was over before the last one began, with the appeal against its ruling. INT-9 */
function presentEarlier(intervention: Intervention, currency: string) {
  const { appeal } = intervention;
  return {
    ...presentIntervention(intervention, currency),
    ...(appeal ? { appeal: presentConsumerAppeal(appeal, currency, null) } : {}),
  };
}

/** The appeal that was lodged, the latest where both parties have, with its own deadline while one runs. INT-9 */
function presentAppeal(state: CaseState): CaseAnswer['appeal'] {
  const consumers = state.intervention?.appeal;
  const merchants = state.merchantAppeal && 'statement' in state.merchantAppeal ? state.merchantAppeal : undefined;
  if (merchants && (!consumers || merchants.at > consumers.at)) return presentMerchantAppeal(state, merchants);
  const deadline = state.stage.status === 'under_appeal' ? shownDeadline(ownDeadline(state)) : null;
  return consumers && presentConsumerAppeal(consumers, state.facts.currency, deadline);
}

function presentConsumerAppeal(
  { by, statement, evidenceIds, at, ruling }: Appeal,
  currency: string,
  deadline: ReturnType<typeof shownDeadline>,
) {
  return {
    by,
    statement,
    evidenceIds,
    at: isoTime(at),
    deadline,
    ...(ruling ? { ruling: presentRuling(ruling, currency) } : {}),
  };
}

function presentMerchantAppeal(state: CaseState, lodged: Extract<MerchantAppeal, { statement: string }>) {
  const { currency } = state.facts;
  const { statement, evidenceIds, at } = lodged;
  const payout = lodged.status === 'won' && {
    amount: lodged.amount,
    currency,
    state: lodged.payout?.outcome ?? ('none' as const),
    ...shownHold(lodged.payout?.held),
  };
  return {
    by: 'merchant' as const,
    statement,
    evidenceIds,
    at: isoTime(at),
    deadline: shownDeadline(appealDeadline(state)),
    ...('ruling' in lodged ? { ruling: presentRuling(lodged.ruling, currency) } : {}),
    ...(payout ? { payout } : {}),
  };
}

type StoredDeadline = { kind: string; at: number };
const presentDeadline = ({ kind, at }: StoredDeadline) => ({ kind, at: isoTime(at) });

/** What an item's detail holds as numbers and shows as ISO 8601; all else is shown as it is. */
type StoredDetail = Record<string, unknown> & {
  about?: ShownDeadline;
  passedDeadline?: StoredDeadline;
  was?: number;
  left?: number;
  ruling?: { at: number };
  proposal?: { at: number };
  deliveredAt?: number;
  paidAt?: string;
};

/** An entry of a timeline; its deadline is the one it sets, or the one that passed: where it is both, `detail` has that one. SEE-2 */
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
  const { about, passedDeadline, was, left, ruling, proposal, deliveredAt, paidAt, ...detail } = stored as StoredDetail;
  const deadline = set ?? passedDeadline ?? about;
  return {
    seq,
    at: isoTime(at),
    type,
    actor,
    rule,
    ...(deadline ? { deadline: presentDeadline(deadline) } : {}),
    detail: {
      ...detail,
      ...(set && passedDeadline ? { passedDeadline: presentDeadline(passedDeadline) } : {}),
      ...(deliveredAt === undefined ? {} : { deliveredAt: isoTime(deliveredAt) }),
      // a merchant may have written it with an offset
      ...(paidAt === undefined ? {} : { paidAt: isoTime(Date.parse(paidAt)) }),
      ...(was === undefined ? {} : { was: isoTime(was) }),
      ...(left === undefined ? {} : { left: `PT${left / 1000}S` }),
      ...(ruling ? { ruling: { ...ruling, at: isoTime(ruling.at) } } : {}),
      ...(proposal ? { proposal: { ...proposal, at: isoTime(proposal.at) } } : {}),
    },
    status,
  };
}
