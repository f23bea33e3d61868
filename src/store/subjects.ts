import type { mongo } from 'mongoose';
import { isDuplicateKey } from './allocations.ts';
import type { Batch, ListedFields, TimelineItem } from './batch.ts';
import { inboxOf, type Listed, type OrderDocument } from './documents.ts';
import type { Models } from './models.ts';

const date = (ms: number) => new Date(ms);

const listed = ({ deadlineAt, createdAt, updatedAt, ...rest }: ListedFields): Listed => ({
  ...rest,
  ...(deadlineAt === undefined ? {} : { deadlineAt: date(deadlineAt) }),
  createdAt: date(createdAt),
  updatedAt: date(updatedAt),
});

/** Adds what is missing, each under its own `_id`: doing it twice is doing it once. */
async function addOnce(
  collection: Models['timeline']['collection'],
  documents: ({ _id: string } & object)[],
): Promise<void> {
  if (documents.length === 0) return;
  const operations = documents.map(({ _id, ...rest }) => ({
    updateOne: { filter: { _id }, update: { $setOnInsert: rest }, upsert: true },
  }));
  await collection.bulkWrite(operations as unknown as mongo.AnyBulkWriteOperation[], { ordered: false });
}

/** Writes what subjects' workflows have decided. */
export function subjectStore(models: Models) {
  const addTimeline = (subject: string, items: TimelineItem[]) =>
    addOnce(
      models.timeline.collection,
      items.map((item) => ({ _id: `${subject}/${item.seq}`, subject, ...item, at: date(item.at) })),
    );

  const addNotices = (subject: string, notices: Batch['notices']) =>
    addOnce(
      models.outbox.collection,
      notices.map(({ seq, at, notice: { to, ...notice } }) => {
        const inbox = inboxOf(to.role, to.id);
        return {
          _id: `${subject}/${seq}/${inbox}/in_app`,
          channel: 'in_app',
          to: inbox,
          ...notice,
          createdAt: date(at),
        };
      }),
    );

  const addLedger = (entries: Batch['ledger']) =>
    addOnce(
      models.ledger.collection,
      entries.map(({ id, at, ...entry }) => ({ _id: id, ...entry, at: date(at) })),
    );

  const addOutcomes = (subject: string, outcomes: Batch['outcomes']) =>
    addOnce(
      models.outcomes.collection,
      outcomes.map(({ commandId, at, ...outcome }) => ({ _id: commandId, subject, ...outcome, at: date(at) })),
    );

  async function replaceDocument({
    collection,
    id,
    writeSeq,
    listed: fields,
    ...rest
  }: NonNullable<Batch['document']>): Promise<void> {
    const document = { ...listed(fields), ...rest, writeSeq };
    try {
      await models[collection].collection.replaceOne({ _id: id as never, writeSeq: { $lt: writeSeq } }, document, {
        upsert: true,
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // what is stored is as new or newer
    }
  }

  return {
    /**
     * Writes a batch: what belongs to the document first, then the document, so that whoever sees a state sees what led there, and
     * last the archive of outcomes, so that whoever finds an outcome there finds its state. Every part is idempotent.
     */
    async write({ subject, document, timeline, notices, ledger, outcomes }: Omit<Batch, 'allocation'>): Promise<void> {
      await Promise.all([addTimeline(subject, timeline), addNotices(subject, notices), addLedger(ledger)]);
      if (document) await replaceDocument(document);
      await addOutcomes(subject, outcomes);
    },

    /** An order as it was last written; null where there is none. */
    async readOrder(orderId: string): Promise<OrderDocument | null> {
      return (await models.orders.collection.findOne({ _id: orderId as never })) as OrderDocument | null;
    },
  };
}
export type SubjectStore = ReturnType<typeof subjectStore>;
