import { assertSameBody, bodyHashOf, commandIdOf } from './command.ts';
import type { Service } from './context.ts';
import type { Asked } from './route.ts';

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
  const { caller, receivedAt, body, idempotencyKey } = asked;
  const commandId = commandIdOf(caller, route, subject, idempotencyKey);
  const bodyHash = bodyHashOf(body);
  const by = { role: caller.role, id: caller.id };
  assertSameBody(
    await store.commands.remember({ _id: commandId, subject, bodyHash, receivedAt, by, at: new Date(receivedAt) }),
    bodyHash,
  );
  return commandId;
}
