import type { ReactNode } from 'react';
import { Pages } from '../design/pieces.tsx';

type Rows<Item> = {
  /** What its columns are called; numbers and buttons stand at the end. */
  heads: (string | { end: string })[];
  keyOf: (item: Item) => string;
  /** A row's cells. */
  children: (item: Item) => ReactNode;
};

/** A list that is read page by page, as a table. */
export const Listing = <Item,>({
  query,
  empty,
  ...rows
}: Rows<Item> & { query: Parameters<typeof Pages<Item>>[0]['query']; empty: ReactNode }) => (
  <Pages query={query} empty={empty}>
    {(items) => <Table items={items} {...rows} />}
  </Pages>
);

/** In lists, on a phone a row is a few lines: `stacking`. */
export const Table = <Item,>({
  items,
  heads,
  keyOf,
  children,
  stacking = false,
}: Rows<Item> & { items: Item[]; stacking?: boolean }) => (
  <table className={stacking ? 'table stacking' : 'table'}>
    <thead>
      <tr>
        {heads.map((head) =>
          typeof head === 'string' ? (
            <th key={head}>{head}</th>
          ) : (
            <th key={head.end} className="end">
              {head.end}
            </th>
          ),
        )}
      </tr>
    </thead>
    <tbody>
      {items.map((item) => (
        <tr key={keyOf(item)}>{children(item)}</tr>
      ))}
    </tbody>
  </table>
);
