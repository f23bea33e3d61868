import type { OutboxDocument } from './documents.ts';
import type { Models } from './models.ts';
import type { ListPosition } from './queries.ts';
import { collectionOf, listing } from './reading.ts';

/** In-app messages 站内消息, one inbox at a time. TELL-1 */
export function messageStore({ outbox }: Pick<Models, 'outbox'>) {
  return {
    /** Up to `limit` messages of an inbox after a position, newest first. */
    async list(inbox: string, limit: number, after?: ListPosition): Promise<OutboxDocument[]> {
      const at = after && after.key !== null ? new Date(after.key) : undefined;
      const position =
        after && at ? { $or: [{ createdAt: { $lt: at } }, { createdAt: at, _id: { $lt: after.id } }] } : {};
      return await collectionOf(outbox)
        .find({ to: inbox, channel: 'in_app', ...position }, listing)
        .sort({ createdAt: -1, _id: -1 })
        .limit(limit)
        .toArray();
    },

    /** Marks a message of an inbox as read; the first time counts. Null where the inbox has no such message. */
    async markRead(inbox: string, id: string, at: Date): Promise<OutboxDocument | null> {
      const mine = { _id: id, to: inbox, channel: 'in_app' as const };
      await collectionOf(outbox).updateOne({ ...mine, readAt: { $exists: false } }, { $set: { readAt: at } });
      return await collectionOf(outbox).findOne(mine);
    },
  };
}
