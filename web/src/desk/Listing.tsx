import type { ReactNode } from 'react';
import { Pages } from '../design/pieces.tsx';

/** A column of a list: its name, and what a row shows in it. */
export type Column<Item> = {
  name: string;
  show: (item: Item) => ReactNode;
  /** Numbers and buttons stand at the end. */
  end?: boolean;
};

/** A list that is read page by page, as a table. */
export function Listing<Item>({
  query,
  empty,
  columns,
  keyOf,
}: {
  query: Parameters<typeof Pages<Item>>[0]['query'];
  empty: ReactNode;
  columns: Column<Item>[];
  keyOf: (item: Item) => string;
}) {
  return (
    <Pages query={query} empty={empty}>
      {(items) => (
        <div className="card table-wrap">
          <Table items={items} columns={columns} keyOf={keyOf} />
        </div>
      )}
    </Pages>
  );
}

export function Table<Item>({
  items,
  columns,
  keyOf,
}: {
  items: Item[];
  columns: Column<Item>[];
  keyOf: (item: Item) => string;
}) {
  const place = ({ end = false }: Column<Item>) => (end ? { className: 'end' } : {});
  return (
    <table className="table">
      <thead>
        <tr>
          {columns.map((column) => (
            <th key={column.name} {...place(column)}>
              {column.name}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {items.map((item) => (
          <tr key={keyOf(item)}>
            {columns.map((column) => (
              <td key={column.name} {...place(column)}>
                {column.show(item)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
