import { type Policy, type PolicyDocument, whole } from '../domain/policy/policy.ts';
import { isDuplicateKey } from './allocations.ts';
import type { PolicyDocumentStored } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** Published by a command, so that repeating it publishes nothing more. */
type Published = PolicyDocumentStored & { commandId?: string };

const policyOf = ({ _id, document }: PolicyDocumentStored): Policy => ({ ...whole(document), version: _id });

/** Published policies: immutable, numbered from 1 without gaps. POL-2 */
export function policyStore({ policies }: Pick<Models, 'policies'>) {
  const collection = () => collectionOf<Published>(policies as never);

  /** The newest of those that were published by a moment, or of all. */
  async function newest(by?: Date): Promise<Policy | undefined> {
    const published = by === undefined ? {} : { publishedAt: { $lte: by } };
    const [latest] = await collection().find(published).sort({ _id: -1 }).limit(1).toArray();
    return latest && policyOf(latest);
  }

  /** The one in force, read from the primary: whoever was answered a publication finds it here. */
  const current = () => newest();

  return {
    current,

    /** The one that was in force at a moment; undefined where none had been published. */
    inForceAt: (at: Date): Promise<Policy | undefined> => newest(at),

    /** Up to `limit` policies below a version, newest first. */
    async list(limit: number, below?: number): Promise<Published[]> {
      const filter = below === undefined ? {} : { _id: { $lt: below } };
      const found = await collection().find(filter).sort({ _id: -1 }).limit(limit).toArray();
      return found.map((one) => ({ ...one, document: whole(one.document) }));
    },

    /**
     * Publishes a policy as the next version; once for a command, whoever races. A rival's insertion of the same version makes
     * this one look again, and then it finds the rival's or its own.
     */
    async publish(document: PolicyDocument, by: string, at: Date, commandId: string): Promise<Policy> {
      for (;;) {
        const version = ((await current())?.version ?? 0) + 1;
        const earlier = await collection().findOne({ commandId });
        if (earlier) return policyOf(earlier);
        try {
          await collection().insertOne({ _id: version, document, publishedBy: by, publishedAt: at, commandId });
          return { ...document, version };
        } catch (error) {
          if (!isDuplicateKey(error)) throw error;
        }
      }
    },

    /** Gives a new service its first policy; an old one keeps what it has. */
    async seed(document: PolicyDocument, at: Date): Promise<void> {
      if (await current()) return;
      try {
        await collection().insertOne({ _id: 1, document, publishedBy: 'service', publishedAt: at });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },
  };
}
