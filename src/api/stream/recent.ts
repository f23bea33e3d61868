import type { Item } from './item.ts';

/** Reads on from a place among the recent items; `gone` where what comes next is no longer kept. */
export type Reader = { next: () => Item | 'gone' | undefined };

/** The last items, so that whoever was away for a moment can go on where it was: all of them after `from`, up to `to`. */
export function recentItems({ mostItems, mostBytes }: { mostItems: number; mostBytes: number }) {
  let items: Item[] = [];
  /** The number of the first item that is kept; numbers are never given twice. */
  let first = 0;
  let bytes = 0;
  let from = '';
  let to = '';

  return {
    /** What was written up to here may be missing. Empty until the feed has begun. */
    from: (): string => from,
    /** Up to here everything is known. */
    to: (): string => to,

    /** Begins anew at a position: what came before has nothing to do with what comes now. */
    begin(position: string): void {
      first += items.length + 1;
      items = [];
      bytes = 0;
      from = position;
      to = position;
    },

    /** Nothing more was written up to this position. */
    advance(position: string): void {
      if (position > to) to = position;
    },

    push(item: Item): void {
      items.push(item);
      bytes += item.bytes;
      to = item.position;
      while (items.length > mostItems || bytes > mostBytes) {
        const oldest = items.shift();
        if (!oldest) break;
        first += 1;
        bytes -= oldest.bytes;
        from = oldest.position;
      }
    },

    /** Reads from behind a position; undefined where what follows it is no longer kept. */
    readAfter(position: string): Reader | undefined {
      if (position < from) return undefined;
      let low = 0;
      let high = items.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((items[middle]?.position ?? '') <= position) low = middle + 1;
        else high = middle;
      }
      let number = first + low;
      return {
        next() {
          if (number < first) return 'gone';
          const item = items[number - first];
          if (item) number += 1;
          return item;
        },
      };
    },
  };
}
export type RecentItems = ReturnType<typeof recentItems>;
