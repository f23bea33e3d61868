import type { QueryClient, QueryKey } from '@tanstack/react-query';

const everyMs = 1_000;

/**
 * Collects what has become old and has it read anew about once a second, however much happens. What is being read just then, a
 * further page of a list among it, is let come, and read anew afterwards: the answer may be older than the change.
 */
export function gathering(client: QueryClient) {
  const old = new Map<string, QueryKey>();
  let timer: ReturnType<typeof setTimeout> | undefined;

  function add(queryKey: QueryKey): void {
    old.set(JSON.stringify(queryKey), queryKey);
    timer ??= setTimeout(readAnew, everyMs);
  }

  function readAnew(): void {
    timer = undefined;
    const due = [...old.values()];
    old.clear();
    for (const queryKey of due) {
      const underWay = client.getQueryCache().findAll({ queryKey, fetchStatus: 'fetching' });
      const left = new Set(underWay.map(({ queryHash }) => queryHash));
      void client.invalidateQueries({ queryKey, predicate: ({ queryHash }) => !left.has(queryHash) });
      for (const query of underWay) add(query.queryKey);
    }
  }

  return {
    add,
    stop: (): void => {
      clearTimeout(timer);
      old.clear();
    },
  };
}
