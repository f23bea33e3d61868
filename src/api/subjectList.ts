import { z } from 'zod';
import { foreignId, ownId } from '../domain/fields.ts';
import {
  type Kind,
  type ListFilter,
  type ListPosition,
  type ListSort,
  listSorts,
  type Reads,
} from '../store/queries.ts';
import type { Caller } from './authentication.ts';
import type { Service } from './context.ts';
import { page, pageQuery, readCursor, writeCursor } from './list.ts';
import { scopeOf } from './ownership.ts';

/** What lists of orders, of cases and of tickets all take. SEE-3 */
export const subjectListQuery = {
  ...pageQuery,
  orderId: ownId.optional(),
  consumerId: foreignId.optional(),
  merchantId: foreignId.optional(),
  deadlineBefore: z.iso.datetime({ offset: true }).optional(),
  q: z
    .string()
    .trim()
    .min(1)
    .max(200)
    // MongoDB takes no pattern with a NUL in it; and not every reader of the contract knows \P{Cc}
    // oxlint-disable-next-line no-control-regex
    .regex(/^[^\u0000-\u001f\u007f-\u009f]*$/u, 'must have no control characters')
    .optional()
    .meta({ description: 'part of a description or a number; of an order, also of a title' }),
  sort: z.enum(listSorts).default('createdAt').meta({ description: 'newest first, due first, or changed last first' }),
};

/** What lists of what money is refunded for take beside. */
export const heldQuery = z.literal('true').optional().meta({ description: 'only those whose money is held back' });

type Wish = Omit<ListFilter, 'scope' | 'deadlineBefore' | 'held'> & {
  deadlineBefore?: string | undefined;
  held?: 'true' | undefined;
  sort: ListSort;
  limit: number;
  cursor?: string | undefined;
};

/** A page of the subjects that the caller may see. */
export async function listSubjects<K extends Kind, Item>(
  { store }: Service,
  kind: K,
  caller: Caller,
  { sort, limit, cursor, deadlineBefore, held, ...wish }: Wish,
  present: (found: Reads[K][]) => Promise<Item[]>,
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const after = readCursor(sort, cursor);
  const filter: ListFilter = {
    scope: scopeOf(caller),
    ...wish,
    ...(deadlineBefore ? { deadlineBefore: new Date(deadlineBefore) } : {}),
    ...(held ? { held: true } : {}),
  };
  const found = await store.queries.list(kind, { filter, sort, limit: limit + 1, ...(after ? { after } : {}) });
  const { items, nextCursor } = page(
    found,
    limit,
    (one) => one,
    (last) => writeCursor(sort, positionOf(last, sort)),
  );
  return { items: await present(items), nextCursor };
}

function positionOf(one: Reads[Kind], sort: ListSort): ListPosition {
  const at = sort === 'deadline' ? one.deadlineAt : one[sort];
  return { key: at?.getTime() ?? null, id: one._id };
}
