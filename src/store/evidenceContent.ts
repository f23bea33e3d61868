import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { mongo } from 'mongoose';
import { makeIndexes } from './indexes.ts';

const bucketName = 'evidenceContent';
/** How many chunks of 255 kB are fetched at once: by itself the driver fetches 16 MB, and holds several such answers. */
const chunksAtOnce = 8;
/** An upload that has not ended by then never will. */
const longestUploadMs = 24 * 3_600_000;

/** An upload that has begun, so that what a crash left of it can be found. `_id` is the content's id */
type UploadDocument = { _id: mongo.ObjectId; evidenceId: string; startedAt: Date };

/** A piece of a content, as GridFS has it: all of one content but the last are of the same length. */
type ChunkDocument = { files_id: mongo.ObjectId; n: number; data: Buffer };

/** What was written, and under which id. */
export type StoredContent = { contentId: mongo.ObjectId; size: number; sha256: string };

/** The bytes of evidence, in GridFS. Each upload has an id of its own and is written once. EVI-1 */
export function evidenceContents(db: mongo.Db) {
  const bucket = new mongo.GridFSBucket(db, { bucketName });
  const uploads = db.collection<UploadDocument>('evidenceUploads');
  const chunks = db.collection<ChunkDocument>(`${bucketName}.chunks`);
  const files = db.collection(`${bucketName}.files`);

  /** Removes all there is of a content, whole or not. */
  async function remove(contentId: mongo.ObjectId): Promise<void> {
    await files.deleteOne({ _id: contentId });
    await chunks.deleteMany({ files_id: contentId });
    await uploads.deleteOne({ _id: contentId });
  }

  /** A content's bytes, chunk by chunk; the cursor is closed with whoever stops reading. */
  async function* bytesOf(contentId: mongo.ObjectId, range?: { start: number; end: number }): AsyncGenerator<Buffer> {
    const file = await files.findOne({ _id: contentId });
    if (!file) throw new Error(`there is no content ${contentId.toHexString()}`);
    const { chunkSize, length } = file as unknown as { chunkSize: number; length: number };
    const { start, end } = range ?? { start: 0, end: length };
    const wanted = { $gte: Math.floor(start / chunkSize), $lt: Math.ceil(end / chunkSize) };
    const found = chunks.find({ files_id: contentId, n: wanted }, { batchSize: chunksAtOnce, promoteBuffers: true });
    let at = start;
    for await (const { n, data } of found.sort({ n: 1 })) {
      const from = n * chunkSize;
      if (from > at) break;
      const piece = data.subarray(at - from, end - from);
      at += piece.length;
      yield piece;
    }
    if (at < end) throw new Error(`content ${contentId.toHexString()} ends at ${at} of ${length} bytes`);
  }

  return {
    async prepare(): Promise<void> {
      await makeIndexes({ db }, 'evidenceUploads', [{ key: { startedAt: 1 } }]);
      await makeIndexes({ db }, `${bucketName}.files`, [{ key: { filename: 1, uploadDate: 1 } }]);
      await makeIndexes({ db }, `${bucketName}.chunks`, [{ key: { files_id: 1, n: 1 }, unique: true }]);
    },

    /**
     * Writes pieces as they come, hashing them on the way; never more than one piece and one chunk are in memory. When reading or
     * writing fails, nothing is left behind. Until {@link keep} the upload counts as unfinished.
     */
    async write(evidenceId: string, pieces: AsyncIterable<Uint8Array>, now: number): Promise<StoredContent> {
      const contentId = new mongo.ObjectId();
      await uploads.insertOne({ _id: contentId, evidenceId, startedAt: new Date(now) });
      try {
        const stream = bucket.openUploadStreamWithId(contentId, evidenceId);
        stream.on('error', () => undefined); // every write and the end tell it, too
        const hash = createHash('sha256');
        let size = 0;
        for await (const piece of pieces) {
          hash.update(piece);
          size += piece.byteLength;
          // One at a time: when this fails, no earlier piece can still be on its way behind the removal.
          await new Promise<void>((done, failed) => {
            stream.write(piece, (error) => (error ? failed(error) : done()));
          });
        }
        stream.end();
        await finished(stream);
        return { contentId, size, sha256: hash.digest('hex') };
      } catch (error) {
        // With the database away this fails as well; then `removeLeftovers` finds it later.
        await remove(contentId).catch(() => undefined);
        throw error;
      }
    },

    /** The upload's end: what it wrote is now known elsewhere. */
    async keep(contentId: mongo.ObjectId): Promise<void> {
      await uploads.deleteOne({ _id: contentId });
    },

    remove,

    /** Bytes `start` to `end`, the latter not among them, in constant memory. Errors come on the stream. */
    read: (contentId: mongo.ObjectId, range?: { start: number; end: number }): Readable =>
      Readable.from(bytesOf(contentId, range), { objectMode: false }),

    /** Removes what uploads left that a crash ended; `isKept` says which were known elsewhere all the same. */
    async removeLeftovers(
      now: number,
      isKept: (evidenceId: string, contentId: mongo.ObjectId) => Promise<boolean>,
    ): Promise<void> {
      const begunBefore = new Date(now - longestUploadMs);
      for await (const { _id, evidenceId } of uploads.find({ startedAt: { $lte: begunBefore } })) {
        if (await isKept(evidenceId, _id)) await uploads.deleteOne({ _id });
        else await remove(_id);
      }
    },
  };
}
