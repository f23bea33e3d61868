import { z } from 'zod';
import { roles } from '../../domain/parties.ts';
import { type Language, messageText } from '../../domain/tell/texts.ts';
import { inboxOf, type OutboxDocument } from '../../store/documents.ts';
import { rememberOnce } from '../idempotent.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { Problem } from '../problems.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const tag = 'Own';
export const messageAnswer = z
  .object({
    id: z.string(),
    caseId: z.string().optional(),
    ticketId: z.string().optional(),
    orderId: z.string().optional(),
    title: z.string(),
    body: z.string(),
    createdAt: timeSchema,
    readAt: timeSchema.nullable(),
  })
  .meta({ id: 'Message' });

/** An in-app message in its reader's language. */
export function presentMessage(message: OutboxDocument, language: Language): z.infer<typeof messageAnswer> {
  const { _id, caseId, ticketId, orderId, createdAt, readAt } = message;
  return {
    id: _id,
    ...(caseId ? { caseId } : {}),
    ...(ticketId ? { ticketId } : {}),
    orderId,
    ...messageText(message, language),
    createdAt: isoTime(createdAt),
    readAt: readAt ? isoTime(readAt) : null,
  };
}

const listQuery = z.strictObject(pageQuery);
const listOrder = 'messages';

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path: '/v1/messages',
  summary: 'The caller’s in-app messages in its language, newest first; agents share one inbox',
  tag,
  roles,
  query: listQuery,
  answer: pageOf(messageAnswer),
  async answers({ store }, { caller, query: { limit, cursor } }) {
    const [found, { language }] = await Promise.all([
      store.messages.list(inboxOf(caller.role, caller.id), limit + 1, readCursor(listOrder, cursor)),
      store.profiles.read(caller.role, caller.id),
    ]);
    const cursorAfter = ({ _id, createdAt }: OutboxDocument) =>
      writeCursor(listOrder, { key: createdAt.getTime(), id: _id });
    return { body: page(found, limit, (message) => presentMessage(message, language), cursorAfter) };
  },
});

const read = route({
  method: 'post',
  path: '/v1/messages/:id/read',
  summary: 'Marks a message as read; its id is URL-encoded in the path',
  tag,
  roles,
  answer: messageAnswer,
  refuses: ['message_not_found'],
  async answers(service, asked) {
    const { caller, params, receivedAt } = asked;
    const id = params['id'] ?? '';
    await rememberOnce(service, asked, '/v1/messages/:id/read', id);
    const [message, { language }] = await Promise.all([
      service.store.messages.markRead(inboxOf(caller.role, caller.id), id, new Date(receivedAt)),
      service.store.profiles.read(caller.role, caller.id),
    ]);
    if (!message) throw Problem.of('message_not_found', 'there is no such message for you');
    return { body: presentMessage(message, language) };
  },
});

/** In-app messages 站内消息. TELL-1 */
export const messageRoutes: readonly Route[] = [list, read];
