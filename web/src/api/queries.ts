import {
  keepPreviousData,
  type QueryKey,
  type UseQueryResult,
  useInfiniteQuery,
  useQueries,
  useQuery,
} from '@tanstack/react-query';
import { read } from './client.ts';
import { keys } from './keys.ts';
import type {
  Case,
  Dossier,
  Evidence,
  LedgerEntry,
  Message,
  Order,
  OutgoingMoney,
  Page,
  Profile,
  QueueItem,
  RefusalCodes,
  ReturnOptions,
  Said,
  Ticket,
  TimelineItem,
} from './types.ts';

type Filter = Record<string, string | number | undefined>;

const useOne = <Answer>(queryKey: QueryKey, path: string, enabled = true): UseQueryResult<Answer> =>
  useQuery<Answer>({ queryKey, queryFn: ({ signal }) => read<Answer>(path, signal), enabled });

/** A path with what is asked of a list; what is undefined is not asked. */
export const withQuery = (path: string, asked: Filter): string => {
  const given = Object.entries(asked).filter((entry): entry is [string, string | number] => entry[1] !== undefined);
  return given.length === 0
    ? path
    : `${path}?${new URLSearchParams(given.map(([name, value]) => [name, String(value)]))}`;
};

/** A list page by page; `again` says after how many ms it is read anew, where it changes without anybody saying so. */
export function usePages<Item>(
  queryKey: QueryKey,
  path: string,
  asked: Filter,
  again: (items: Item[]) => number | false = () => false,
) {
  const query = useInfiniteQuery({
    queryKey: [...queryKey, asked],
    queryFn: ({ pageParam, signal }) =>
      read<Page<Item>>(withQuery(path, { ...asked, cursor: pageParam ?? undefined }), signal),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }: Page<Item>) => nextCursor,
    placeholderData: keepPreviousData,
    refetchInterval: ({ state: { data } }) => again(data?.pages.flatMap(({ items }) => items) ?? []),
  });
  return { ...query, items: query.data?.pages.flatMap(({ items }) => items) };
}

/** All of a list that is known to be short, read to its end. */
function useAll<Item>(queryKey: QueryKey, path: string, asked: Filter = {}): UseQueryResult<Item[]> {
  return useQuery<Item[]>({
    queryKey,
    queryFn: async ({ signal }) => {
      const items: Item[] = [];
      let cursor: string | null = null;
      do {
        const page: Page<Item> = await read(
          withQuery(path, { ...asked, limit: 100, cursor: cursor ?? undefined }),
          signal,
        );
        items.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== null);
      return items;
    },
  });
}

export const useOrders = (asked: Filter) => usePages<Order>(keys.orders, '/v1/orders', asked);
export const useOrder = (id: string, enabled = true) => useOne<Order>(keys.order(id), `/v1/orders/${id}`, enabled);
export const useOrderTimeline = (id: string) =>
  useAll<TimelineItem>([...keys.order(id), 'timeline'], `/v1/orders/${id}/timeline`);
/** What was booked for an order: a few entries a case. REF-5 */
export const useLedgerOf = (orderId: string) =>
  useAll<LedgerEntry>([...keys.order(orderId), 'ledger'], '/v1/ledger', { orderId });
export const useReturnOptions = (orderId: string) =>
  useOne<ReturnOptions>(keys.returnOptions(orderId), `/v1/orders/${orderId}/return-options`);
export const useCases = (asked: Filter) => usePages<Case>(keys.cases, '/v1/cases', asked);
export const useCase = (id: string) => useOne<Case>(keys.case(id), `/v1/cases/${id}`);
export const useTimeline = (id: string) => useAll<TimelineItem>(keys.timeline(id), `/v1/cases/${id}/timeline`);
export const useEvidenceOfCase = (id: string) => useAll<Evidence>(keys.evidenceOfCase(id), `/v1/cases/${id}/evidence`);
export const useEvidence = (id: string) => useOne<Evidence>(keys.evidence(id), `/v1/evidence/${id}`);
/** Files of which only the ids are known, as far as they are read, without those that were erased. */
export const useFiles = (ids: string[]): Evidence[] =>
  useQueries({
    queries: [...new Set(ids)].map((id) => ({
      queryKey: keys.evidence(id),
      queryFn: ({ signal }: { signal: AbortSignal }) => read<Evidence>(`/v1/evidence/${id}`, signal),
    })),
  }).flatMap(({ data }) => (data && data.erasedAt === undefined ? [data] : []));
export const useConversation = (kind: 'orders' | 'cases', id: string) =>
  useAll<Said>(keys.conversation(kind, id), `/v1/${kind}/${id}/messages`);
export const useMessages = () => usePages<Message>(keys.messages, '/v1/messages', { limit: 30 });
export const useProfile = (enabled = true) => useOne<Profile>(keys.profile, '/v1/me/profile', enabled);
export const useRefusalCodes = () => useOne<RefusalCodes>(keys.refusalCodes, '/v1/refusal-codes');
export const useQueue = (queue: string, claimed: string) =>
  usePages<QueueItem>([...keys.queues, queue], `/v1/queues/${queue}`, { claimed });
export const useDossier = (id: string) => useOne<Dossier>(keys.dossier(id), `/v1/cases/${id}/dossier`);
export const useTickets = (asked: Filter) => usePages<Ticket>(keys.tickets, '/v1/support-tickets', asked);
export const useTicket = (id: string) => useOne<Ticket>(keys.ticket(id), `/v1/support-tickets/${id}`);

/** How often what moves by itself is read anew, ms: the stream tells of cases, orders and tickets only. */
export const movingMs = 3_000;

export const useMoney = (enabled = true) =>
  useQuery<OutgoingMoney>({
    queryKey: keys.money,
    enabled,
    queryFn: ({ signal }) => read<OutgoingMoney>('/v1/money', signal),
    refetchInterval: ({ state: { data } }) => (data && data.underWay.length > 0 ? movingMs : 10 * movingMs),
  });
