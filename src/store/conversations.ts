import type { Notice } from '../domain/notice.ts';
import { isDuplicateKey } from './allocations.ts';
import { messageOf } from './deliveries.ts';
import type { ConversationDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';
import { addOnce } from './subjects.ts';
import { mailFinder } from './wantedMails.ts';

/** A message to be added; its place in the thread is found then. */
export type Said = Omit<ConversationDocument, 'seq'>;

/** What a thread shows: an order's own messages, with those of its cases or without, or a case's. */
export type Thread = { subject: string } | { orderId: string };

/** What consumer, merchant and agents write to each other; only ever added to. TELL-3 */
export function conversationStore({
  conversations,
  outbox,
  profiles,
}: Pick<Models, 'conversations' | 'outbox' | 'profiles'>) {
  const collection = () => collectionOf(conversations);
  const wantedMails = mailFinder({ profiles });
  const find = async (id: string): Promise<ConversationDocument | null> => await collection().findOne({ _id: id });

  return {
    find,

    /**
     * Adds a message behind the last one of its order; the same again is the one that is there. Null where its writer has `most`
     * messages on the subject already. Times never run backwards in a thread. As each place is taken once, whoever was
     * quicker makes the other look again, so that nobody passes the limit.
     */
    async add(said: Said, most: number): Promise<ConversationDocument | null> {
      const { orderId, subject, by, createdAt } = said;
      for (;;) {
        const last = await collection().findOne({ orderId }, { sort: { seq: -1 } });
        const before = await find(said._id);
        if (before) return before;
        const written = { subject, 'by.role': by.role, 'by.id': by.id };
        if ((await collection().countDocuments(written, { limit: most })) >= most) return null;
        const message = {
          ...said,
          seq: (last?.seq ?? 0) + 1,
          createdAt: last && last.createdAt > createdAt ? last.createdAt : createdAt,
        };
        try {
          await collection().insertOne(message);
          return message;
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
        }
      }
    },

    /** Puts what is to be told of a message into the inboxes, and mails it to those who want that; again is as once. */
    async tell({ _id, subject, seq, createdAt }: ConversationDocument, notices: Notice[]): Promise<void> {
      const about = `${subject}/message/${_id}`;
      const told = notices.map((notice) => ({ seq, at: createdAt.getTime(), notice }));
      const mails = await wantedMails(about, told);
      await addOnce(collectionOf(outbox), [...told.map((one) => messageOf(about, one)), ...mails]);
    },

    /** The last messages on an order and its cases, up to `limit`, oldest first. */
    async latest(orderId: string, limit: number): Promise<ConversationDocument[]> {
      const found = await collection().find({ orderId }).sort({ seq: -1 }).limit(limit).toArray();
      return found.toReversed();
    },

    /** Up to `limit` messages of a thread after the one numbered `afterSeq`, oldest first. */
    async list(thread: Thread, afterSeq: number, limit: number): Promise<ConversationDocument[]> {
      return await collection()
        .find({ ...thread, seq: { $gt: afterSeq } })
        .sort({ seq: 1 })
        .limit(limit)
        .toArray();
    },
  };
}
