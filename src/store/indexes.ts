import type { mongo } from 'mongoose';

/** The index of a full collection is made for as long as it takes; the driver would end a call after 30 s of silence. */
const noLimit = { socketTimeoutMS: 0 };

/** Makes a collection's indexes where they are missing, all in one pass over it; safe to repeat and to run beside itself. */
export async function makeIndexes(
  { db }: { db?: mongo.Db | undefined },
  collection: string,
  indexes: mongo.IndexDescription[],
): Promise<void> {
  if (!db) throw new TypeError('the database has not been connected yet');
  if (indexes.length === 0) return;
  await db.collection(collection).createIndexes(indexes, noLimit as mongo.CreateIndexesOptions);
}
