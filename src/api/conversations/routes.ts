import { z } from 'zod';
import { appealAwaitsRuling } from '../../domain/case/intervention.ts';
import { evidenceIds, freeText } from '../../domain/fields.ts';
import { type Role, roles } from '../../domain/parties.ts';
import { messageNotices, type Topic } from '../../domain/tell/conversation.ts';
import type { ConversationDocument } from '../../store/documents.ts';
import type { Subject } from '../../store/queries.ts';
import type { Caller } from '../authentication.ts';
import type { Service } from '../context.ts';
import { attachEvidence, releaseEvidence } from '../evidence/attach.ts';
import { knownAs, rememberOnce } from '../idempotent.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { ownCase, ownOrder } from '../ownership.ts';
import { Problem } from '../problems.ts';
import { type Answer, type Asked, type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const writers: readonly Role[] = ['consumer', 'merchant', 'agent'];
/** Messages one may write on a subject: more is no conversation. */
const mostMessages = 500;

const messageBody = z.strictObject({ text: freeText, evidenceIds: evidenceIds.optional() });
type MessageBody = z.infer<typeof messageBody>;

export const saidAnswer = z
  .object({
    id: z.string(),
    orderId: z.string(),
    caseId: z.string().optional().meta({ description: 'absent where it was written on the order itself' }),
    by: z.object({ role: z.enum(roles), id: z.string() }),
    text: z.string(),
    evidenceIds: z.array(z.string()),
    createdAt: timeSchema,
  })
  .meta({ id: 'ConversationMessage' });

export function presentSaid(message: ConversationDocument): z.infer<typeof saidAnswer> {
  const { _id, orderId, caseId, by, text, evidenceIds: files, createdAt } = message;
  return {
    id: _id,
    orderId,
    ...(caseId ? { caseId } : {}),
    by,
    text,
    evidenceIds: files,
    createdAt: isoTime(createdAt),
  };
}

type Kind = 'order' | 'case';
const subjectOf = (kind: Kind, params: Record<string, string>) => ({ kind, id: params['id'] ?? '' });
const nameOf = ({ kind, id }: Subject) => `${kind}/${id}`;

/** What a thread is about. @throws Problem 404 to strangers. */
async function topicOf({ store }: Service, caller: Caller, { kind, id }: Subject): Promise<Topic> {
  if (kind === 'order') {
    const { consumerId, merchantId, status } = ownOrder(caller, await store.queries.read('order', id));
    return { orderId: id, consumerId, merchantId, status };
  }
  const { orderId, consumerId, merchantId, status, state } = ownCase(caller, await store.queries.read('case', id));
  return { orderId, caseId: id, consumerId, merchantId, status, appealAwaitsRuling: appealAwaitsRuling(state) };
}

const threadOrder = 'thread';
const cases = z.enum(['true', 'false']).default('false').meta({ description: 'with the messages on its cases too' });
const caseQuery = z.strictObject(pageQuery);
const orderQuery = z.strictObject({ ...pageQuery, cases });

async function listThread(
  service: Service,
  { caller, params, query }: Asked<z.infer<typeof caseQuery> & { cases?: 'true' | 'false' }, undefined>,
  kind: Kind,
): Promise<Answer> {
  const subject = subjectOf(kind, params);
  const { limit, cursor } = query;
  const after = readCursor(threadOrder, cursor)?.key ?? 0;
  await topicOf(service, caller, subject);
  const thread = query.cases === 'true' ? { orderId: subject.id } : { subject: nameOf(subject) };
  const found = await service.store.conversations.list(thread, after, limit + 1);
  const cursorAfter = ({ seq }: ConversationDocument) => writeCursor(threadOrder, { key: seq, id: '' });
  return { body: page(found, limit, presentSaid, cursorAfter) };
}

/**
 * Adds a message, then tells the others. In this order, so that nobody is told of what then isn't there; a crash in between is
 * mended by the repeat, and the sender has had no answer until then.
 */
async function write(
  service: Service,
  asked: Asked<undefined, MessageBody>,
  kind: Kind,
  path: string,
): Promise<Answer> {
  const { store } = service;
  const { caller, params, body, receivedAt } = asked;
  const subject = subjectOf(kind, params);
  const name = nameOf(subject);
  const topic = await topicOf(service, caller, subject);
  const commandId = await knownAs(service, asked, path, name);
  const files = body.evidenceIds ?? [];
  const naming = { ids: files, asked, subject: name, holder: commandId };
  if (!(await store.conversations.find(commandId))) await attachEvidence(service, naming);
  await rememberOnce(service, asked, path, name);
  const { orderId, caseId } = topic;
  const said = {
    _id: commandId,
    subject: name,
    orderId,
    ...(caseId ? { caseId } : {}),
    by: { role: caller.role, id: caller.id },
    text: body.text,
    evidenceIds: files,
    createdAt: new Date(receivedAt),
  };
  const message = await store.conversations.add(said, mostMessages);
  if (!message) {
    await releaseEvidence(service, naming);
    throw Problem.of('too_many_messages', `you have written ${mostMessages} messages here: that is the most`);
  }
  await store.conversations.tell(message, messageNotices(topic, caller.role, message.text));
  return { status: 201, body: presentSaid(message) };
}

/** The thread of an order or a case: reading it and adding to it, also when it has ended. */
function threadOf(kind: Kind): Route[] {
  const path = `/v1/${kind}s/:id/messages`;
  const tag = kind === 'order' ? 'Orders' : 'Cases';
  const common = { path, tag, roles: writers };
  const notFound = `${kind}_not_found`;
  return [
    route<z.infer<typeof orderQuery> | z.infer<typeof caseQuery>>({
      ...common,
      method: 'get',
      summary: `What consumer, merchant and agents have written on this ${kind}, oldest first`,
      query: kind === 'order' ? orderQuery : caseQuery,
      answer: pageOf(saidAnswer),
      refuses: [notFound],
      answers: (service, asked) => listThread(service, asked, kind),
    }),
    route<undefined, MessageBody>({
      ...common,
      method: 'post',
      summary: `Writes to the others on this ${kind}; what was written counts as evidence and stays`,
      body: messageBody,
      status: 201,
      answer: saidAnswer,
      refuses: [notFound, 'too_many_messages'],
      answers: (service, asked) => write(service, asked, kind, path),
    }),
  ];
}

/** Conversations 协商留言. TELL-3 */
export const conversationRoutes: readonly Route[] = [...threadOf('order'), ...threadOf('case')];
