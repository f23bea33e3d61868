import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { read } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { movingMs, usePages, withQuery } from '../api/queries.ts';
import type {
  Abandonment,
  DeadlineExtension,
  Delivery,
  MoneyChange,
  PublishedPolicy,
  Reconciliation,
  ReconciliationReport,
  Republication,
  Webhook,
} from '../api/types.ts';

export const usePolicies = () => usePages<PublishedPolicy>(keys.policies, '/v1/policies', { limit: 50 });
export const useWebhooks = () => usePages<Webhook>(keys.webhooks, '/v1/webhooks', { limit: 50 });
export const useWebhook = (id: string) =>
  useQuery<Webhook>({
    queryKey: keys.webhook(id),
    queryFn: ({ signal }) => read<Webhook>(`/v1/webhooks/${id}`, signal),
  });
export const useMoneyAudit = () => usePages<MoneyChange>([...keys.money, 'audit'], '/v1/money/audit', { limit: 20 });

/** Read anew while something is still to be sent. */
export const useDeliveries = (webhookId: string, state: string | undefined) =>
  usePages<Delivery>(
    keys.deliveries(webhookId),
    `/v1/webhooks/${webhookId}/deliveries`,
    { limit: 30, state },
    (items) => (items.some((delivery) => delivery.state === 'pending') ? movingMs : false),
  );

export const useReconciliations = () =>
  usePages<Reconciliation>(keys.reconciliations, '/v1/reconciliations', { limit: 20 }, (items) =>
    items.some(({ state }) => state === 'running') ? movingMs : false,
  );

/** A report, with its differences page by page. */
export function useReconciliation(id: string) {
  const query = useInfiniteQuery({
    queryKey: [...keys.reconciliations, id],
    queryFn: ({ pageParam, signal }) =>
      read<ReconciliationReport>(
        withQuery(`/v1/reconciliations/${id}`, { limit: 100, cursor: pageParam ?? undefined }),
        signal,
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ differences }: ReconciliationReport) => differences.nextCursor,
    refetchInterval: ({ state: { data } }) => (data?.pages[0]?.state === 'running' ? movingMs : false),
  });
  return { ...query, items: query.data?.pages.flatMap(({ differences }) => differences.items) };
}

export const useExtensions = () =>
  usePages<DeadlineExtension>(keys.extensions, '/v1/deadline-extensions', { limit: 20 }, (items) =>
    items.some(({ finishedAt, progress }) => finishedAt === undefined || progress.unanswered > 0) ? movingMs : false,
  );

export const useRepublications = () =>
  usePages<Republication>(keys.republications, '/v1/republications', { limit: 20 }, (items) =>
    items.some(({ state }) => state === 'running') ? movingMs : false,
  );

export const useAbandonments = () => usePages<Abandonment>(keys.abandonments, '/v1/abandonments', { limit: 20 });
