import type { Movement } from '../domain/money/provider.ts';
import type {
  AllocationDocument,
  DifferenceDocument,
  LedgerDocument,
  MovementDocument,
  ReconciliationDocument,
} from './documents.ts';
import type { Models } from './models.ts';
import type { ListPosition } from './queries.ts';
import { collectionOf } from './reading.ts';

const escapeRegex = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

/** The key of a movement without its attempt: `subject/purpose`. REF-4 */
export const purposeOf = (key: string): string => key.replace(/\/\d+$/, '');

/** Entries that say that the provider moved money; what was settled by hand and what came in are none. */
const movedByProvider = { kind: { $in: ['refund', 'compensation', 'payout'] }, credit: 'payment_provider' } as const;

/** Reconciliations with what they found, and the books that they compare, a page at a time. */
export function reconciliationStore(models: Models) {
  const reconciliations = () => collectionOf(models.reconciliations);
  const differences = () => collectionOf(models.differences);
  const movements = () => collectionOf(models.movements);
  const ledger = () => collectionOf(models.ledger);
  const find = async (id: string): Promise<ReconciliationDocument | null> => reconciliations().findOne({ _id: id });

  return {
    find,

    /** Keeps that it was asked for, once; answers it as it is now. */
    async begin(asked: ReconciliationDocument): Promise<ReconciliationDocument> {
      await reconciliations().updateOne({ _id: asked._id }, { $setOnInsert: asked }, { upsert: true });
      return (await find(asked._id)) as ReconciliationDocument;
    },

    /** The last one that came to its end, if one did. */
    async last(): Promise<ReconciliationDocument | null> {
      return await reconciliations().findOne({ doneAt: { $exists: true } }, { sort: { doneAt: -1 } });
    },

    async finish(id: string, doneAt: Date, looked: Record<string, number>, notCompared: string[]): Promise<void> {
      const count = await differences().countDocuments({ reconciliation: id });
      await reconciliations().updateOne(
        { _id: id, doneAt: { $exists: false } },
        { $set: { doneAt, looked, notCompared, differences: count } },
      );
    },

    /** Enters differences, each once. */
    async report(found: DifferenceDocument[]): Promise<void> {
      for (const { _id, ...rest } of found)
        await differences().updateOne({ _id }, { $setOnInsert: rest }, { upsert: true });
    },

    /** Up to `limit` after a position, newest first. */
    async list(limit: number, after?: ListPosition): Promise<ReconciliationDocument[]> {
      const at = after && after.key !== null ? new Date(after.key) : undefined;
      const position =
        after && at ? { $or: [{ requestedAt: { $lt: at } }, { requestedAt: at, _id: { $lt: after.id } }] } : {};
      return await reconciliations().find(position).sort({ requestedAt: -1, _id: -1 }).limit(limit).toArray();
    },

    /** Up to `limit` differences of one after an id. */
    async differencesOf(id: string, limit: number, after = ''): Promise<DifferenceDocument[]> {
      return await differences()
        .find({ reconciliation: id, _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Keeps movements as the provider lists them: the same one again is the same. */
    async keepMovements(found: Movement[], seenAt: Date): Promise<MovementDocument[]> {
      const kept = found.map(({ key, kind, orderId, amount, reference, at }) => ({
        _id: `${key}#${reference}`,
        key,
        purpose: purposeOf(key),
        kind,
        orderId,
        amount: amount.amount,
        currency: amount.currency,
        reference,
        at: new Date(at),
        seenAt,
      }));
      if (kept.length === 0) return kept;
      await movements().bulkWrite(
        kept.map((one) => ({ replaceOne: { filter: { _id: one._id }, replacement: one, upsert: true } })),
        { ordered: false },
      );
      return kept;
    },

    /** All movements for a purpose: there ought to be one. */
    async movementsFor(purpose: string): Promise<MovementDocument[]> {
      return await movements().find({ purpose }).sort({ at: 1, _id: 1 }).limit(20).toArray();
    },

    /** Up to `limit` entries of a period after an id that say the provider moved money, in the order of their ids. */
    async entriesMoved(
      { from, to }: { from: Date; to: Date },
      after: string,
      limit: number,
    ): Promise<LedgerDocument[]> {
      return await ledger()
        .find({ ...movedByProvider, at: { $gte: from, $lte: to }, _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** The entries of all attempts for a purpose. */
    async entriesFor(purpose: string): Promise<LedgerDocument[]> {
      return await ledger()
        .find({ _id: { $regex: `^${escapeRegex(purpose)}/\\d+/` } })
        .limit(50)
        .toArray();
    },

    /** What has been booked for a case. */
    async entriesOf(caseId: string): Promise<LedgerDocument[]> {
      return await ledger().find({ caseId }).limit(50).toArray();
    },

    async allocation(orderId: string): Promise<AllocationDocument | null> {
      return await collectionOf(models.allocations).findOne({ _id: orderId });
    },

    /** Up to `limit` allocations of orders that have not completed, after an id. */
    async openAllocations(after: string, limit: number): Promise<AllocationDocument[]> {
      return await collectionOf(models.allocations)
        .find({ completed: false, _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray();
    },
  };
}
export type ReconciliationStore = ReturnType<typeof reconciliationStore>;
