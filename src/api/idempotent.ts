import type { CommandDocument } from '../store/documents.ts';
import { assertSameBody, bodyHashOf, commandIdOf } from './command.ts';
import type { Service } from './context.ts';
import type { Answer, Asked } from './route.ts';

/**
 * The command id of a request that no workflow takes.
 * @throws Problem where its key was used before with another body.
 */
export async function knownAs(
  { store }: Pick<Service, 'store'>,
  { caller, body, idempotencyKey }: Asked<unknown, unknown>,
  route: string,
  subject: string,
): Promise<string> {
  const commandId = commandIdOf(caller, route, subject, idempotencyKey);
  const first = await store.commands.find(commandId);
  if (first) assertSameBody(first, bodyHashOf(body));
  return commandId;
}

/** Whether a request that no workflow takes has been remembered under its key. */
export async function isKnown(
  { store }: Pick<Service, 'store'>,
  { caller, idempotencyKey }: Asked<unknown, unknown>,
  route: string,
  subject: string,
): Promise<boolean> {
  return Boolean(await store.commands.find(commandIdOf(caller, route, subject, idempotencyKey)));
}

/**
 * Remembers a request that no workflow takes, under its key; answers its command's id, for the writing itself to be done once.
 * @throws Problem where the key was used before with another body.
 */
export async function rememberOnce(
  { store }: Pick<Service, 'store'>,
  asked: Asked<unknown, unknown>,
  route: string,
  subject: string,
): Promise<string> {
  return (await firstOf(store, asked, route, subject))._id;
}

/**
 * As {@link rememberOnce}, where doing it again would not be the same: what was answered is kept, and repeats are answered with it.
 * A refusal changes nothing and is not kept: whoever repeats is judged anew.
 */
export async function answerOnce(
  { store }: Pick<Service, 'store'>,
  asked: Asked<unknown, unknown>,
  route: string,
  subject: string,
  act: () => Promise<Answer>,
): Promise<Answer> {
  const { _id, answer: before } = await firstOf(store, asked, route, subject);
  if (before !== undefined) return before as Answer;
  const answer = await act();
  await store.commands.answered(_id, answer);
  return answer;
}

async function firstOf(
  store: Service['store'],
  asked: Asked<unknown, unknown>,
  route: string,
  subject: string,
): Promise<CommandDocument> {
  const { caller, receivedAt, body, idempotencyKey } = asked;
  const _id = commandIdOf(caller, route, subject, idempotencyKey);
  const bodyHash = bodyHashOf(body);
  const by = { role: caller.role, id: caller.id };
  // under its route, where a workflow's command has its subject alone: nothing will ever come of this one there
  const about = `${route} ${subject}`;
  const first = await store.commands.remember({
    _id,
    subject: about,
    bodyHash,
    receivedAt,
    by,
    at: new Date(receivedAt),
  });
  assertSameBody(first, bodyHash);
  return first;
}
