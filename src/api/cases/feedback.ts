import { isFinal } from '../../domain/case/case.ts';
import type { Actor } from '../../domain/parties.ts';
import type { RatingDocument } from '../../store/documents.ts';
import type { CaseRead } from '../../store/queries.ts';
import { caseSubject } from '../../workflows/messages.ts';
import type { Service } from '../context.ts';
import { type FeedbackBody, feedbackBody, feedbackRefusals, rate, ratingAnswer } from '../feedback/rate.ts';
import { ownCase } from '../ownership.ts';
import { type Route, route } from '../route.ts';

/** How a case was rated; only one that has ended is looked up. TELL-4 */
export const ratingOf = async (
  { store }: Pick<Service, 'store'>,
  { _id, state }: CaseRead,
): Promise<RatingDocument | null> => (isFinal(state.stage.status) ? await store.ratings.find(caseSubject(_id)) : null);

/** The agents who ruled in a case. */
function agentsOf({ state: { intervention, earlierInterventions, merchantAppeal } }: CaseRead): string[] {
  const all = [...earlierInterventions, ...(intervention ? [intervention] : [])];
  const rulers: (Actor | undefined)[] = [
    ...all.flatMap(({ ruling, appeal }) => [ruling?.agent, appeal?.ruling?.agent]),
    merchantAppeal && 'ruling' in merchantAppeal ? merchantAppeal.ruling.agent : undefined,
  ];
  return [...new Set(rulers.flatMap((agent) => (agent?.role === 'agent' ? [agent.id] : [])))];
}

const path = '/v1/cases/:id/feedback';

const feedback = route<undefined, FeedbackBody>({
  method: 'post',
  path,
  summary: 'The consumer rates how an ended case was handled, once',
  tag: 'Cases',
  roles: ['consumer'],
  body: feedbackBody,
  status: 201,
  answer: ratingAnswer,
  refuses: ['case_not_found', ...feedbackRefusals],
  async answers(service, asked) {
    const { caller, params } = asked;
    const found = ownCase(caller, await service.store.queries.read('case', params['id'] ?? ''));
    const { _id, orderId, consumerId, merchantId, state } = found;
    const subject = caseSubject(_id);
    const ended = isFinal(state.stage.status);
    return rate(service, asked, path, { subject, ended, orderId, consumerId, merchantId, agents: agentsOf(found) });
  },
});

/** 评价反馈. TELL-4 */
export const feedbackRoutes: readonly Route[] = [feedback];
