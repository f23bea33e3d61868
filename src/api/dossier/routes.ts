import type { CaseFacts } from '../../domain/case/case.ts';
import { caseSubject } from '../../workflows/messages.ts';
import type { Caller } from '../authentication.ts';
import { presentCase, presentTimelineItem } from '../cases/present.ts';
import type { Service } from '../context.ts';
import { presentSaid } from '../conversations/routes.ts';
import { shownLease } from '../leases.ts';
import { presentEntry } from '../ledger/schema.ts';
import { orderNotFound, ownCase } from '../ownership.ts';
import { type Route, route } from '../route.ts';
import { amountsOf, earlierCaseOf, fileOfParty, queuesOf, rulesOf, rulingsOn, summaryOf } from './present.ts';
import { type Dossier, dossierAnswer } from './schema.ts';
import { spokenTypes, statementsOf } from './statements.ts';

/** How much of what could be long a dossier holds; the lists of their own have all of it. */
const mostItems = 200;

/** The cases of the order that were opened before this one, newest first. */
async function earlierCases({ store }: Service, reader: Caller, { id, orderId, openedAt }: CaseFacts) {
  const filter = { scope: {}, orderId };
  const found = await store.queries.list('case', { filter, sort: 'createdAt', limit: mostItems });
  const earlier = found.filter(({ _id, state }) => _id !== id && state.facts.openedAt <= openedAt);
  return earlier.map((one) => earlierCaseOf(one, reader));
}

const dossier = route({
  method: 'get',
  path: '/v1/cases/:id/dossier',
  summary: 'All that is needed to rule on a case, and what each ruling would cause',
  tag: 'Cases',
  roles: ['agent', 'admin'],
  answer: dossierAnswer,
  refuses: ['case_not_found', 'order_not_found'],
  async answers(service, { caller, params, receivedAt }) {
    const { queries, leases, conversations } = service.store;
    const id = params['id'] ?? '';
    const found = ownCase(caller, await queries.read('case', id));
    const { state, timelineSeq } = found;
    const { orderId } = state.facts;
    const subject = caseSubject(id);
    const [order, allocation, said, timeline, messages, files, earlier, ledger, claims] = await Promise.all([
      queries.read('order', orderId),
      queries.allocation(orderId),
      queries.timelineOf(subject, spokenTypes),
      queries.timeline(subject, Math.max(0, timelineSeq - mostItems), mostItems),
      conversations.latest(orderId, mostItems),
      service.evidence.listOf(subject),
      earlierCases(service, caller, state.facts),
      queries.ledger({ caseId: id }, mostItems),
      leases.standing(receivedAt, { subjects: [subject] }),
    ]);
    if (!order) throw orderNotFound();
    const lease = claims.get(subject);
    const body: Dossier = {
      case: presentCase(found, caller),
      order: summaryOf(order, allocation),
      statements: statementsOf(state.facts, said),
      evidence: files.map(fileOfParty),
      timeline: timeline.map(presentTimelineItem),
      // what the parties write to each other is not the administrators'
      messages: caller.role === 'agent' ? messages.map(presentSaid) : [],
      amounts: amountsOf(state, order.state, allocation),
      rules: rulesOf(state, order.state),
      earlierCases: earlier,
      ledger: ledger.map(presentEntry),
      rulings: rulingsOn(state, receivedAt),
      lease: lease ? shownLease(lease) : null,
      queues: queuesOf(state),
    };
    return { body };
  },
});

/** A case as whoever rules on it needs it. */
export const dossierRoutes: readonly Route[] = [dossier];
