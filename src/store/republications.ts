import type { RepublicationCounts, RepublicationDocument } from './documents.ts';
import type { Models } from './models.ts';
import type { Kind, ListPosition, Subject } from './queries.ts';
import { collectionOf } from './reading.ts';

/** A subject as it stands, as far as republishing and reconciling need it. */
export type Standing = {
  kind: Kind;
  id: string;
  status: string;
  orderId: string;
  consumerId: string;
  merchantId: string;
  reason?: string;
  writeSeq: number;
  timelineSeq: number;
  version: number;
  updatedAt: Date;
  deadlineAt?: Date;
  erasedAt?: Date;
  state: unknown;
};

const read = {
  status: 1,
  orderId: 1,
  consumerId: 1,
  merchantId: 1,
  reason: 1,
  writeSeq: 1,
  timelineSeq: 1,
  version: 1,
  updatedAt: 1,
  deadlineAt: 1,
  erasedAt: 1,
  state: 1,
} as const;

/** Subjects as they stand, a page at a time. */
export function standings(models: Pick<Models, 'cases' | 'orders' | 'tickets'>) {
  type Stored = Omit<Standing, 'kind' | 'id'> & { _id: string };
  const collection = (kind: Kind) => collectionOf<Stored>(models[`${kind}s`] as never);
  const standing =
    (kind: Kind) =>
    ({ _id: id, ...rest }: Stored): Standing => ({ kind, id, ...rest });

  return {
    /** One subject; null where there is none. */
    async of({ kind, id }: Subject): Promise<Standing | null> {
      const found = await collection(kind).findOne({ _id: id }, { projection: read });
      return found && standing(kind)(found);
    },

    /** Several of a kind, by id. */
    async ofAll(kind: Kind, ids: readonly string[]): Promise<Map<string, Standing>> {
      const found = (await collection(kind)
        .find({ _id: { $in: [...ids] } }, { projection: read })
        .toArray()) as Stored[];
      return new Map(found.map((one) => [one._id, standing(kind)(one)]));
    },

    /** Up to `limit` of a kind after an id, in the order of their ids; only those of an order where one is given. */
    async page(kind: Kind, after: string, limit: number, orderId?: string): Promise<Standing[]> {
      const found = (await collection(kind)
        .find({ _id: { $gt: after }, ...(orderId === undefined ? {} : { orderId }) }, { projection: read })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()) as Stored[];
      return found.map(standing(kind));
    },
  };
}
export type Standings = ReturnType<typeof standings>;

/** Requests to republish, and how far they have come. */
export function republicationStore({ republications }: Pick<Models, 'republications'>) {
  const collection = () => collectionOf(republications);
  const find = async (id: string): Promise<RepublicationDocument | null> => collection().findOne({ _id: id });

  return {
    find,

    /** Keeps that it was asked for, once; answers it as it is now. */
    async begin(asked: RepublicationDocument): Promise<RepublicationDocument> {
      await collection().updateOne({ _id: asked._id }, { $setOnInsert: asked }, { upsert: true });
      return (await find(asked._id)) as RepublicationDocument;
    },

    async finish(
      id: string,
      doneAt: Date,
      done: RepublicationCounts,
      failed: NonNullable<RepublicationDocument['failed']>,
    ): Promise<void> {
      await collection().updateOne({ _id: id, doneAt: { $exists: false } }, { $set: { doneAt, done, failed } });
    },

    /** Up to `limit` after a position, newest first. */
    async list(limit: number, after?: ListPosition): Promise<RepublicationDocument[]> {
      const at = after && after.key !== null ? new Date(after.key) : undefined;
      const position =
        after && at ? { $or: [{ requestedAt: { $lt: at } }, { requestedAt: at, _id: { $lt: after.id } }] } : {};
      return await collection().find(position).sort({ requestedAt: -1, _id: -1 }).limit(limit).toArray();
    },
  };
}
export type RepublicationStore = ReturnType<typeof republicationStore>;
