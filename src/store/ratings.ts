import { isDuplicateKey } from './allocations.ts';
import type { RatingDocument } from './documents.ts';
import { gathering, withIds } from './gathering.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** How consumers rate what was done for them: once a subject. TELL-4 */
export function ratingStore({ ratings }: Pick<Models, 'ratings'>) {
  const collection = () => collectionOf(ratings);
  const find = gathering(
    async (subjects) => await collection().find(withIds(subjects), { limit: subjects.length }).toArray(),
  );
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
