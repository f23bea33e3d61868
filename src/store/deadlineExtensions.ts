import type { mongo } from 'mongoose';
import { isDuplicateKey } from './allocations.ts';
import type {
  CaseDocument,
  DeadlineExtensionDocument,
  ExtendedSubjectDocument,
  ExtensionResult,
  OrderDocument,
  TicketDocument,
} from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf, countedInTime, counting } from './reading.ts';

/** Where deadlines are kept, the most urgent kinds of subject first. A case has two: its own, and its merchant's appeal's. */
const sources = [
  { kind: 'case', collection: 'cases', field: 'deadlineAt', sortable: (at: number) => new Date(at) },
  { kind: 'case', collection: 'cases', field: 'state.merchantAppeal.deadline.at', sortable: (at: number) => at },
  { kind: 'ticket', collection: 'tickets', field: 'deadlineAt', sortable: (at: number) => new Date(at) },
  { kind: 'order', collection: 'orders', field: 'deadlineAt', sortable: (at: number) => new Date(at) },
] as const;
export const deadlineSources: number = sources.length;

/** Where a page of a source ended. */
export type DeadlinePosition = { at: number; id: string };
/** A subject with a deadline, as it was last written. */
export type WithDeadline =
  | ({ kind: 'case' } & Pick<CaseDocument, 'state'> & { id: string })
  | ({ kind: 'order' } & Pick<OrderDocument, 'state'> & { id: string })
  | ({ kind: 'ticket' } & Pick<TicketDocument, 'state'> & { id: string });
type Read = { _id: string; state: never; at: Date | number };

/** How far an extension has come. */
export type ExtensionProgress = Record<ExtensionResult, number>;

/** Extensions of everything that runs, and what came of each subject. POL-5 */
export function deadlineExtensionStore(
  models: Pick<Models, 'cases' | 'orders' | 'tickets' | 'deadlineExtensions' | 'extendedSubjects'>,
) {
  const extensions = () => collectionOf(models.deadlineExtensions);
  const extended = () => collectionOf(models.extendedSubjects);

  return {
    find: async (id: string): Promise<DeadlineExtensionDocument | null> => await extensions().findOne({ _id: id }),

    /** Begins it, once for its id; answers the one that was first. */
    async begin(extension: DeadlineExtensionDocument): Promise<DeadlineExtensionDocument> {
      try {
        await extensions().insertOne(extension);
        return extension;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return (await extensions().findOne({ _id: extension._id })) ?? extension;
      }
    },

    async finish(id: string, at: Date): Promise<void> {
      await extensions().updateOne({ _id: id, finishedAt: { $exists: false } }, { $set: { finishedAt: at } });
    },

    /** Up to `limit` extensions requested before a moment (UTC ms) and id, newest first. */
    async list(limit: number, after?: DeadlinePosition): Promise<DeadlineExtensionDocument[]> {
      const at = after && new Date(after.at);
      const filter = at ? { $or: [{ requestedAt: { $lt: at } }, { requestedAt: at, _id: { $lt: after.id } }] } : {};
      return await extensions().find(filter).sort({ requestedAt: -1, _id: -1 }).limit(limit).toArray();
    },

    /** Up to `limit` subjects with a deadline in the nth source, those due first in front, and where the page ended. */
    async withDeadline(
      source: number,
      {
        limit,
        after,
        merchantId,
      }: { limit: number; after?: DeadlinePosition | undefined; merchantId?: string | undefined },
    ): Promise<{ found: WithDeadline[]; end?: DeadlinePosition }> {
      const { kind, collection, field, sortable } = sources[source] ?? sources[0];
      const start = sortable(after?.at ?? 0);
      const filter = {
        [field]: { $gte: start },
        ...(after ? { $or: [{ [field]: { $gt: start } }, { [field]: start, _id: { $gt: after.id } }] } : {}),
        ...(merchantId === undefined ? {} : { merchantId }),
      };
      const read = (await collectionOf<Read>(models[collection] as never)
        .find(filter as mongo.Filter<Read>)
        .project({ state: 1, at: `$${field}` })
        .sort({ [field]: 1, _id: 1 })
        .limit(limit)
        .toArray()) as Read[];
      const last = read.length === limit ? read.at(-1) : undefined;
      return {
        found: read.map(({ _id: id, state }) => ({ kind, id, state })),
        ...(last ? { end: { at: Number(last.at), id: last._id } } : {}),
      };
    },

    /** How many orders, cases and tickets have no deadline of their own: ended, or waiting for what has none. By indexes alone. */
    async withoutDeadline(merchantId?: string): Promise<number> {
      const whose = merchantId === undefined ? {} : { merchantId };
      const counted = [models.cases, models.orders, models.tickets].map(async (model) => {
        const collection = collectionOf<{ _id: string; deadlineAt: Date; merchantId: string }>(model as never);
        const [all, withOne] = await Promise.all([
          merchantId === undefined
            ? collection.estimatedDocumentCount(counting)
            : collection.countDocuments(whose, counting),
          collection.countDocuments({ ...whose, deadlineAt: { $gte: new Date(0) } }, counting),
        ]);
        return Math.max(0, all - withOne);
      });
      return (await countedInTime(Promise.all(counted))).reduce((sum, one) => sum + one, 0);
    },

    /** What came of these subjects (`case/<id>`), those that are known. */
    async resultsOf(id: string, subjects: string[]): Promise<Map<string, ExtensionResult>> {
      const found = await extended()
        .find({ _id: { $in: subjects.map((subject) => `${id}/${subject}`) } })
        .toArray();
      return new Map(found.map(({ subject, result }) => [subject, result]));
    },

    /** Enters what came of subjects, in the place of what was known. */
    async enter(id: string, results: Map<string, ExtensionResult>): Promise<void> {
      if (results.size === 0) return;
      await extended().bulkWrite(
        [...results].map(([subject, result]) => {
          const entry: ExtendedSubjectDocument = { _id: `${id}/${subject}`, extension: id, subject, result };
          return { replaceOne: { filter: { _id: entry._id }, replacement: entry, upsert: true } };
        }),
        { ordered: false },
      );
    },

    async progress(id: string): Promise<ExtensionProgress> {
      const counted = await countedInTime(
        extended()
          .aggregate<{ _id: ExtensionResult; n: number }>(
            [{ $match: { extension: id } }, { $group: { _id: '$result', n: { $sum: 1 } } }],
            counting,
          )
          .toArray(),
      );
      const none: ExtensionProgress = { extended: 0, not_concerned: 0, ended: 0, unanswered: 0 };
      return { ...none, ...Object.fromEntries(counted.map(({ _id, n }) => [_id, n])) };
    },
  };
}
export type DeadlineExtensionStore = ReturnType<typeof deadlineExtensionStore>;
