import { z } from 'zod';
import type { ListPosition } from '../store/queries.ts';
import { Problem } from './problems.ts';

const mostItems = 100;
const usualItems = 20;

/** What every list takes. */
export const pageQuery = {
  limit: z.coerce
    .number()
    .pipe(z.int().min(1).max(mostItems))
    .default(usualItems)
    .meta({ description: `1 to ${mostItems}`, type: 'integer', minimum: 1, maximum: mostItems }),
  cursor: z.string().max(1000).optional().meta({ description: 'the `nextCursor` of the page before' }),
};

/** A page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), nextCursor: z.string().nullable() });

const cursorSchema = z.tuple([z.string(), z.int().nullable(), z.string()]);

/** Where a page ended, as callers carry it: opaque, and good for a list in the same order only. */
export const writeCursor = (order: string, { key, id }: ListPosition): string =>
  Buffer.from(JSON.stringify([order, key, id])).toString('base64url');

/** @throws Problem `validation_failed` where it is none of ours, or of another order. */
export function readCursor(order: string, cursor: string | undefined): ListPosition | undefined {
  if (cursor === undefined) return undefined;
  const read = cursorSchema.safeParse(parsed(Buffer.from(cursor, 'base64url').toString('utf8')));
  if (read.success && read.data[0] === order) return { key: read.data[1], id: read.data[2] };
  const detail = 'is not the nextCursor of such a list';
  throw Problem.of('validation_failed', `cursor: ${detail}`, { errors: [{ field: 'cursor', detail }] });
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** A page of what was found, one more than was asked for where there is a next page. */
export function page<Found, Item>(
  found: Found[],
  limit: number,
  present: (one: Found) => Item,
  cursorAfter: (one: Found) => string,
): { items: Item[]; nextCursor: string | null } {
  const shown = found.slice(0, limit);
  const last = shown.at(-1);
  return {
    items: shown.map(present),
    nextCursor: found.length > limit && last !== undefined ? cursorAfter(last) : null,
  };
}
