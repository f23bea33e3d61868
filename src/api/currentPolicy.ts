import type { Policy } from '../domain/policy/policy.ts';
import type { Service } from './context.ts';

type Reading = Pick<Service, 'store'>;

/** The policy in force. POL-2 */
export async function currentPolicy({ store }: Reading): Promise<Policy> {
  const policy = await store.policies.current();
  if (!policy) throw new Error('no policy has been published: the first one is made when the API starts');
  return policy;
}

/**
 * The policy that what is opened begins under: the one in force when its command was first received, also where only a repeat of that is
 * handed over. POL-2
 */
export async function policyAt(
  service: Reading,
  first: { receivedAt: number },
  asked: { receivedAt: number },
): Promise<Policy> {
  const then =
    first.receivedAt < asked.receivedAt
      ? await service.store.policies.inForceAt(new Date(first.receivedAt))
      : undefined;
  return then ?? currentPolicy(service);
}
