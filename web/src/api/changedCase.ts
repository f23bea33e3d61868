import type { QueryClient, QueryKey } from '@tanstack/react-query';
import { keys } from './keys.ts';
import type { Case } from './types.ts';

/**
 * Takes on a case as the stream tells of it, and `gather`s what has become old with it. The case itself is among that while it is
 * being read: the answer may be older than what was just told, and takes its place.
 */
export function takeOn(client: QueryClient, changed: Case, gather: (queryKey: QueryKey) => void): void {
  const key = keys.case(changed.id);
  client.setQueryData<Case>(key, (known) => (known && known.version > changed.version ? known : changed));
  if (client.isFetching({ queryKey: key }) > 0) gather(key);
  for (const queryKey of [keys.ofCase(changed.id), keys.cases, keys.queues, keys.order(changed.orderId)])
    gather(queryKey);
}
