import { isDuplicateKey } from './allocations.ts';
import type { RatingDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** How consumers rate what was done for them: once a subject. TELL-4 */
export function ratingStore({ ratings }: Pick<Models, 'ratings'>) {
  const collection = () => collectionOf(ratings);
  const find = async (subject: string): Promise<RatingDocument | null> => await collection().findOne({ _id: subject });
  return {
    find,

    /** Adds a subject's rating unless it has one; answers the one that stands. */
    async add(rating: RatingDocument): Promise<RatingDocument> {
      try {
        await collection().insertOne(rating);
        return rating;
      } catch (error) {
        const standing = isDuplicateKey(error) && (await find(rating._id));
        if (!standing) throw error;
        return standing;
      }
    },
  };
}
