import type { Policy } from '../domain/policy/policy.ts';
import type { Service } from './context.ts';

/** The policy in force. POL-2 */
export async function currentPolicy({ store }: Pick<Service, 'store'>): Promise<Policy> {
  const policy = await store.policies.current();
  if (!policy) throw new Error('no policy has been published: the first one is made when the API starts');
  return policy;
}
