import { Button } from '@mantine/core';
import { keepPreviousData, type QueryKey, useQuery } from '@tanstack/react-query';
import { useLocation, useSearch } from 'wouter';
import { read } from '../api/client.ts';
import { withQuery } from '../api/queries.ts';
import type { Page } from '../api/types.ts';
import { useMerchantWords } from './words.ts';

// A merchant may have tens of thousands of cases. One page at a time is read and drawn, and read anew when something changes,
// however far somebody has gone: what is held and what is asked for doesn't grow with the list.

/** Where each page but the first begins, as far as somebody has gone in this tab: the API's cursors, in order. */
function trailAt(place: string): string[] {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? '[]') as string[];
  } catch {
    return [];
  }
}

/** A page of a list; which one is in the address, so that going back leads there. */
export function useOnePage<Item>(queryKey: QueryKey, path: string, asked: Record<string, string | number | undefined>) {
  const [at, go] = useLocation();
  const search = new URLSearchParams(useSearch());
  const place = `aftersales.trail.${withQuery(path, asked)}`;
  const trail = trailAt(place);
  const page = Math.min(Math.max(Number(search.get('page') ?? 1) || 1, 1), trail.length + 1);
  const wanted = withQuery(path, { ...asked, cursor: page === 1 ? undefined : trail[page - 2] });
  const query = useQuery<Page<Item>>({
    queryKey: [...queryKey, wanted],
    queryFn: ({ signal }) => read<Page<Item>>(wanted, signal),
    placeholderData: keepPreviousData,
  });
  const turnTo = (next: number) => {
    if (next === 1) search.delete('page');
    else search.set('page', String(next));
    go(search.size === 0 ? at : `${at}?${search.toString()}`);
    window.scrollTo(0, 0);
  };
  const cursor = query.isPlaceholderData ? null : (query.data?.nextCursor ?? null);
  return {
    ...query,
    items: query.data?.items,
    page,
    previous: page > 1 ? () => turnTo(page - 1) : undefined,
    next:
      cursor === null
        ? undefined
        : () => {
            sessionStorage.setItem(place, JSON.stringify([...trail.slice(0, page - 1), cursor]));
            turnTo(page + 1);
          },
  };
}

type Turning = { page: number; previous: (() => void) | undefined; next: (() => void) | undefined };

/** Turns the page; nothing where there is one alone. */
export function Pager({ page, previous, next, isPlaceholderData }: Turning & { isPlaceholderData: boolean }) {
  const t = useMerchantWords();
  if (!previous && !next && page === 1 && !isPlaceholderData) return null;
  return (
    <nav className="row" aria-label={t('paging')}>
      <Button size="compact-md" variant="default" disabled={!previous} onClick={previous}>
        {t('previousPage')}
      </Button>
      <span className="small soft" role="status">
        {t('page', { page })}
      </span>
      <Button size="compact-md" variant="default" disabled={!next} loading={isPlaceholderData} onClick={next}>
        {t('nextPage')}
      </Button>
    </nav>
  );
}

const lastList = 'aftersales.merchant.list';

/** Keeps what the list of cases was filtered to and which page was read, for whoever comes back from a case. */
export const keepList = (search: string): void => sessionStorage.setItem(lastList, search);
export const listPath = (): string => {
  const search = sessionStorage.getItem(lastList) ?? '';
  return search === '' ? '/' : `/?${search}`;
};
