import { v5 as uuidV5 } from 'uuid';
import { z } from 'zod';
import {
  type Application,
  applicationSchema,
  type CaseCommandName,
  type CaseCommands,
  caseCommandSchemas,
} from '../../domain/case/commands.ts';
import { rolesFor } from '../../domain/case/decide.ts';
import type { Role } from '../../domain/parties.ts';
import type { RatingDocument } from '../../store/documents.ts';
import type { CaseRead, OrderRead } from '../../store/queries.ts';
import { caseSubject } from '../../workflows/messages.ts';
import { caseStart } from '../../workflows/starting.ts';
import { actionOf } from '../actions.ts';
import type { Caller } from '../authentication.ts';
import { obey } from '../command.ts';
import type { Service } from '../context.ts';
import { policyAt } from '../currentPolicy.ts';
import { evidenceAnswer, presentEvidence } from '../evidence/schema.ts';
import type { LeaseUse } from '../leases.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { caseNotFound, ownCase, ownOrder } from '../ownership.ts';
import { Problem } from '../problems.ts';
import { revisionOf } from '../revision.ts';
import { type Answer, type Asked, type Route, route } from '../route.ts';
import { listSubjects } from '../subjectList.ts';
import { type TimelineQuery, timelineOf, timelineQuery } from '../timelines.ts';
import { ratingOf } from './feedback.ts';
import { presentCase, presentRatedCase, presentTimelineItem } from './present.ts';
import { caseAnswer, caseListQuery, casePage, timelinePage } from './schema.ts';
import { whatIf } from './whatIf.ts';

const tag = 'Cases';
const readers: readonly Role[] = ['consumer', 'merchant', 'agent', 'admin'];
/** Makes the ids of cases out of caller and key. */
const caseIds = 'c1f4b3d2-7a0e-4c55-8d0b-5b2a3f6e9a17';

function answerRated(found: CaseRead, rated: RatingDocument | null, caller: Caller): Answer {
  const body = presentRatedCase(found, rated, caller);
  const { stage, merchantAppeal } = found.state;
  const payout = merchantAppeal?.status === 'won' ? merchantAppeal.payout : undefined;
  const revision = revisionOf({
    rated: rated !== null,
    erased: found.erasedAt !== undefined,
    settling: ('settlement' in stage && stage.settlement !== undefined) || payout?.settlement !== undefined,
    resolving: false,
  });
  return { body, version: found.version, ...revision };
}

/** What a command on a case answers once it is accepted. */
const answerCase = (service: Service, caller: Caller) => async (found: CaseRead | null) => {
  if (!found) throw new TypeError('an accepted command left no case');
  return answerRated(found, await ratingOf(service, found), caller);
};

/** Codes an application may be refused with. */
export const applicationRefusals = [
  'order_not_found',
  'order_not_delivered',
  'order_cancelled',
  'line_unknown',
  'line_not_returnable',
  'reason_not_allowed_for_kind',
  'no_reason_window_over',
  'after_sales_period_over',
  'quantity_not_available',
  'goods_at_merchant_unclear',
  'too_many_applications',
  'refund_exceeds_paid',
] as const;

/** A field of an application that only an agent may fill. */
function isForAgents(field: string): Problem {
  const detail = 'is for agents: leave it out';
  return Problem.of('validation_failed', `${field}: ${detail}`, { errors: [{ field, detail }] });
}

const apply = route<undefined, Application>({
  method: 'post',
  path: '/v1/cases',
  summary: 'Applies for after-sales service; an agent does so for the order’s consumer',
  tag,
  roles: ['consumer', 'agent'],
  body: applicationSchema,
  status: 201,
  answer: caseAnswer,
  command: true,
  versioned: true,
  refuses: applicationRefusals,
  async answers(service, asked) {
    const { caller, body: application } = asked;
    if (caller.role !== 'agent' && application.goodsAtMerchant !== undefined) throw isForAgents('goodsAtMerchant');
    const caseId = uuidV5(JSON.stringify([caller.role, caller.id, asked.idempotencyKey]), caseIds);
    let order: OrderRead | undefined;
    const orderOf = async () =>
      (order ??= ownOrder(caller, await service.store.queries.read('order', application.orderId)));
    const answer = await obey<CaseRead>(service, {
      route: 'POST /v1/cases',
      subject: { kind: 'case', id: caseId },
      asked,
      ...(application.evidenceIds ? { evidenceIds: application.evidenceIds } : {}),
      async judge() {
        await orderOf();
      },
      async handOver(applied, until) {
        const [{ consumerId, merchantId, state }, policy] = await Promise.all([
          orderOf(),
          policyAt(service, applied, asked),
        ]);
        const { paymentMethod } = state.facts;
        const channel = caller.role === 'agent' ? ('agent' as const) : ('return_page' as const);
        return service.temporal.start(
          caseStart(
            { caseId, consumerId, application, channel, policy, applied, settings: { graceMs: service.graceMs } },
            { merchantId, paymentMethod },
          ),
          until,
        );
      },
      notRunning: caseNotFound,
      answer: answerCase(service, caller),
    });
    return answer.status === 202 ? answer : { ...answer, status: 201, location: `/v1/cases/${caseId}` };
  },
});

const list = route<z.infer<typeof caseListQuery>>({
  method: 'get',
  path: '/v1/cases',
  summary: 'Lists the cases that the caller may see',
  tag,
  roles: readers,
  query: caseListQuery,
  answer: casePage,
  async answers(service, { caller, query }) {
    const present = async (found: CaseRead[]) => found.map((one) => presentCase(one, caller));
    return { body: await listSubjects(service, 'case', caller, query, present) };
  },
});

const one = route({
  method: 'get',
  path: '/v1/cases/:id',
  summary: 'A case: where it stands, who must act, by when, and what happens otherwise',
  tag,
  roles: readers,
  answer: caseAnswer,
  versioned: true,
  refuses: ['case_not_found'],
  async answers(service, { caller, params }) {
    const id = params['id'] ?? '';
    const [found, rated] = await Promise.all([
      service.store.queries.read('case', id),
      service.store.ratings.find(caseSubject(id)),
    ]);
    return answerRated(ownCase(caller, found), rated, caller);
  },
});

const timeline = route<TimelineQuery>({
  method: 'get',
  path: '/v1/cases/:id/timeline',
  summary: 'What happened in a case, oldest first: who, what, when, why, under which rule',
  tag,
  roles: readers,
  query: timelineQuery,
  answer: timelinePage,
  refuses: ['case_not_found'],
  async answers({ store }, { caller, params, query }) {
    const id = params['id'] ?? '';
    const own = async () => ownCase(caller, await store.queries.read('case', id));
    return { body: await timelineOf(store, caseSubject(id), query, own, presentTimelineItem) };
  },
});

const evidenceOrder = 'evidence';
const evidenceQuery = z.strictObject(pageQuery);

const evidence = route<z.infer<typeof evidenceQuery>>({
  method: 'get',
  path: '/v1/cases/:id/evidence',
  summary: 'The files that were named in a case, in the order in which they were uploaded',
  tag,
  roles: ['consumer', 'merchant', 'agent'],
  query: evidenceQuery,
  answer: pageOf(evidenceAnswer),
  refuses: ['case_not_found'],
  async answers(service, { caller, params, query: { limit, cursor } }) {
    const id = params['id'] ?? '';
    const position = readCursor(evidenceOrder, cursor);
    ownCase(caller, await service.store.queries.read('case', id));
    const after = position && { at: new Date(position.key ?? 0), id: position.id };
    const found = await service.evidence.listOf(caseSubject(id), { limit: limit + 1, ...(after ? { after } : {}) });
    return {
      body: page(found, limit, presentEvidence, ({ _id, createdAt }) =>
        writeCursor(evidenceOrder, { key: createdAt.getTime(), id: _id }),
      ),
    };
  },
});

const summaries: Record<CaseCommandName, string> = {
  merchantDecision: 'The merchant approves the application or refuses it',
  trackingNumber: 'The consumer has sent the goods back, or corrects the number',
  withdrawal: 'The consumer withdraws the application',
  receiptConfirmation: 'The merchant has the goods back',
  refundVoucher: 'The merchant has refunded an order paid at the door, and shows it',
  proposal: 'The merchant proposes how to settle it among themselves',
  proposalResponse: 'The consumer accepts the proposal or declines it',
  interventionRequest: 'The consumer asks the platform in',
  interventionWithdrawal: 'The consumer takes the request for intervention back',
  interventionAudit: 'An agent accepts the request for intervention or declines it',
  informationRequest: 'An agent asks a party for further information; the other deadlines stand still meanwhile',
  evidenceSubmission: 'A party submits evidence or a statement, answers a question, or has nothing more',
  ruling: 'An agent rules on both parties’ evidence',
  appeal: 'Whoever was ruled against appeals, once',
  appealRuling: 'Another agent decides on the appeal',
  replacementShipment: 'The merchant has shipped the replacement',
  replacementReceipt: 'The consumer has received the replacement',
  refundRetry: 'Tries the refund again that the provider has refused',
  manualSettlement: 'An agent has paid by hand what the provider has not',
  deadlineExtension: 'An agent gives more time',
};

const rulingRefusals = [
  'remedy_required',
  'remedy_not_allowed',
  'refund_amount_required',
  'refund_amount_not_allowed',
  'refund_above_refundable',
] as const;

/** Codes each command may be refused with, beside those that all may. */
const refuses: Partial<Record<CaseCommandName, readonly string[]>> = {
  merchantDecision: ['refusal_code_required', 'evidence_required', 'note_required'],
  receiptConfirmation: ['refusal_code_required', 'evidence_required', 'note_required'],
  proposal: ['refund_amount_required', 'refund_amount_not_allowed', 'refund_above_refundable'],
  interventionRequest: ['reason_does_not_fit'],
  interventionAudit: ['note_required'],
  informationRequest: ['in_progress'],
  evidenceSubmission: ['nothing_submitted', 'evidence_phase_over'],
  ruling: rulingRefusals,
  appealRuling: [...rulingRefusals, 'ruled_before'],
  refundVoucher: ['voucher_amount_mismatch', 'voucher_paid_in_future', 'already_compensated'],
  refundRetry: ['in_progress', 'refund_outcome_unknown'],
  manualSettlement: ['in_progress', 'refund_outcome_unknown'],
  deadlineExtension: ['no_running_deadline', 'deadline_extension_invalid'],
};

/** The commands with which an agent does what a case waits for in its queue, and how they mind other agents' claims. */
const leaseUses: Partial<Record<CaseCommandName, LeaseUse>> = {
  interventionAudit: 'works_under_own',
  informationRequest: 'respects_others',
  ruling: 'works_under_own',
  appealRuling: 'works_under_own',
  refundRetry: 'works_under_own',
  manualSettlement: 'works_under_own',
};

/** A command on a case under its own route. */
function action<Name extends CaseCommandName>(name: Name): Route {
  const path = `/v1/cases/:id/${actionOf(name)}`;
  return route<undefined, CaseCommands[CaseCommandName]>({
    method: 'post',
    path,
    summary: summaries[name],
    tag,
    roles: rolesFor(name),
    body: caseCommandSchemas[name],
    answer: caseAnswer,
    command: true,
    versioned: true,
    refuses: [
      'case_not_found',
      'case_ended',
      'action_not_available',
      'stale_version',
      'too_many_pending',
      ...(refuses[name] ?? []),
      ...(leaseUses[name] ? ['claimed_by_another'] : []),
    ],
    answers: (service, asked) => command(service, asked, name, path),
  });
}

function command(
  service: Service,
  asked: Asked<undefined, CaseCommands[CaseCommandName]>,
  name: CaseCommandName,
  path: string,
): Promise<Answer> {
  const { caller, params, body } = asked;
  const id = params['id'] ?? '';
  const evidenceIds = 'evidenceIds' in body ? body.evidenceIds : undefined;
  return obey<CaseRead>(service, {
    route: path,
    subject: { kind: 'case', id },
    asked,
    ...(evidenceIds ? { evidenceIds } : {}),
    lease: leaseUses[name],
    judge: (found) => void ownCase(caller, found),
    async handOver(envelope, until) {
      const fields =
        name === 'merchantDecision'
          ? await withReturnAddress(service, caller, body as CaseCommands['merchantDecision'])
          : body;
      return service.temporal.signal(caseSubject(id), { name, args: [fields, envelope] }, until);
    },
    notRunning: (found) =>
      found
        ? Problem.refusal({ code: 'case_ended', detail: `the case has ended: it is ${found.status}` })
        : caseNotFound(),
    answer: answerCase(service, caller),
  });
}

/** A decision brings along what the merchant's profile says of its address, so that it needn't be looked up. CASE-2 */
async function withReturnAddress(
  service: Service,
  merchant: Caller,
  decision: CaseCommands['merchantDecision'],
): Promise<CaseCommands['merchantDecision']> {
  if (decision.decision !== 'approve' || decision.returnAddress) return decision;
  return { ...decision, merchantAddress: await service.store.profiles.returnAddressOf(merchant.id) };
}

/** Cases and what may be done in them. */
export const caseRoutes: readonly Route[] = [
  apply,
  list,
  one,
  timeline,
  evidence,
  whatIf,
  ...(Object.keys(caseCommandSchemas) as CaseCommandName[]).map((name) => action(name)),
];
