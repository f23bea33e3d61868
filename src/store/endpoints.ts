import type { mongo } from 'mongoose';
import { isDuplicateKey } from './allocations.ts';
import type { EndpointDocument, WebhookSecret } from './documents.ts';
import type { Models } from './models.ts';
import type { ListPosition } from './queries.ts';
import { collectionOf } from './reading.ts';

/** What administrators say of an endpoint. */
export type EndpointFields = Pick<EndpointDocument, 'url' | 'events' | 'description' | 'enabled'>;

/** Endpoints that want to be told over HTTP. */
export function endpointStore({ webhooks }: Pick<Models, 'webhooks'>) {
  const collection = () => collectionOf(webhooks);
  const find = async (id: string): Promise<EndpointDocument | null> => await collection().findOne({ _id: id });

  return {
    find,

    /** Adds an endpoint, once; answers it as it is now. */
    async add(endpoint: EndpointDocument): Promise<EndpointDocument> {
      try {
        await collection().insertOne(endpoint);
        return endpoint;
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
        return (await find(endpoint._id)) ?? endpoint;
      }
    },

    /** Up to `limit` endpoints after a position, newest first. */
    async list(limit: number, after?: ListPosition): Promise<EndpointDocument[]> {
      const at = after && after.key !== null ? new Date(after.key) : undefined;
      const position =
        after && at ? { $or: [{ createdAt: { $lt: at } }, { createdAt: at, _id: { $lt: after.id } }] } : {};
      return await collection().find(position).sort({ createdAt: -1, _id: -1 }).limit(limit).toArray();
    },

    /** Replaces what administrators say of an endpoint; its secrets stay. Null where there is none. */
    async replace(id: string, { description, ...fields }: EndpointFields, at: Date): Promise<EndpointDocument | null> {
      const said = description === undefined ? {} : { description };
      const unsaid = { disabledReason: true, ...(description === undefined ? { description: true } : {}) };
      return await collection().findOneAndUpdate(
        { _id: id },
        {
          $set: { ...fields, ...said, updatedAt: at },
          $unset: unsaid,
        } as unknown as mongo.UpdateFilter<EndpointDocument>,
        { returnDocument: 'after' },
      );
    },

    /**
     * Puts a new secret first, once a command; the one before stays good until a moment, and all are kept, so that a repeated command
     * is answered as the first. Null where there is no such endpoint.
     */
    async rotate(
      id: string,
      secret: WebhookSecret,
      { at, until }: { at: Date; until: Date },
    ): Promise<EndpointDocument | null> {
      for (;;) {
        const found = await find(id);
        if (!found || found.secrets.some(({ by }) => by === secret.by)) return found;
        const [current, ...older] = found.secrets;
        const secrets = [secret, ...(current ? [{ ...current, until }] : []), ...older];
        // whoever has rotated meanwhile is not lost: look again
        const { modifiedCount } = await collection().updateOne(
          { _id: id, 'secrets.0.by': current?.by ?? '' },
          { $set: { secrets, updatedAt: at } },
        );
        if (modifiedCount === 1) return { ...found, secrets, updatedAt: at };
      }
    },

    /** Switches an endpoint off that says it is gone for good. */
    async disable(id: string, url: string, reason: string, at: Date): Promise<void> {
      await collection().updateOne(
        { _id: id, url, enabled: true },
        { $set: { enabled: false, disabledReason: reason, updatedAt: at } },
      );
    },
  };
}
export type EndpointStore = ReturnType<typeof endpointStore>;
