import { useQuery } from '@tanstack/react-query';
import { read } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { usePages } from '../api/queries.ts';
import type {
  Delivery,
  MoneyChange,
  OutgoingMoney,
  PublishedPolicy,
  Reconciliation,
  ReconciliationReport,
  Webhook,
} from '../api/types.ts';

export const usePolicies = () => usePages<PublishedPolicy>(keys.policies, '/v1/policies', { limit: 50 });
export const useWebhooks = () => usePages<Webhook>(keys.webhooks, '/v1/webhooks', { limit: 50 });
export const useMoneyAudit = () => usePages<MoneyChange>([...keys.money, 'audit'], '/v1/money/audit', { limit: 20 });

/** How often what moves by itself is read anew, ms: the stream tells of cases, orders and tickets only. */
const movingMs = 3_000;

/** Read anew while something is still to be sent. */
export const useDeliveries = (webhookId: string, state: string | undefined) =>
  usePages<Delivery>(
    keys.deliveries(webhookId),
    `/v1/webhooks/${webhookId}/deliveries`,
    { limit: 30, state },
    (items) => (items.some((delivery) => delivery.state === 'pending') ? movingMs : false),
  );

export const useMoney = () =>
  useQuery<OutgoingMoney>({
    queryKey: keys.money,
    queryFn: ({ signal }) => read<OutgoingMoney>('/v1/money', signal),
    refetchInterval: ({ state: { data } }) => (data && data.underWay.length > 0 ? movingMs : 10 * movingMs),
  });

export const useReconciliations = () =>
  usePages<Reconciliation>(keys.reconciliations, '/v1/reconciliations', { limit: 20 }, (items) =>
    items.some(({ state }) => state === 'running') ? movingMs : false,
  );

export const useReconciliation = (id: string) =>
  useQuery<ReconciliationReport>({
    queryKey: [...keys.reconciliations, id],
    queryFn: ({ signal }) => read<ReconciliationReport>(`/v1/reconciliations/${id}?limit=100`, signal),
    refetchInterval: ({ state: { data } }) => (data?.state === 'running' ? movingMs : false),
  });
