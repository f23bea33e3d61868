import { z } from 'zod';
import type { TimelineDocument } from '../store/documents.ts';
import type { Store } from '../store/store.ts';
import { page, pageQuery, readCursor, writeCursor } from './list.ts';

const order = 'seq';

/** What asking for a timeline takes. */
export const timelineQuery = z.strictObject(pageQuery);
export type TimelineQuery = z.infer<typeof timelineQuery>;

/**
 * A page of a subject's timeline, oldest first, once `own` has judged whether the caller may see it. SEE-1
 * @throws Problem `validation_failed` for a cursor of another list, whoever asks.
 */
export async function timelineOf<Item>(
  { queries }: Pick<Store, 'queries'>,
  subject: string,
  { limit, cursor }: TimelineQuery,
  own: () => Promise<unknown>,
  present: (item: TimelineDocument) => Item,
): Promise<{ items: Item[]; nextCursor: string | null }> {
  const after = readCursor(order, cursor)?.key ?? 0;
  await own();
  const found = await queries.timeline(subject, after, limit + 1);
  return page(found, limit, present, ({ seq, _id }) => writeCursor(order, { key: seq, id: _id }));
}
