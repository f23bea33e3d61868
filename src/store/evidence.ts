import type { Readable } from 'node:stream';
import type { Connection, mongo } from 'mongoose';
import { erasedText } from '../domain/erasure.ts';
import type { Role } from '../domain/parties.ts';
import type { EvidenceType } from '../domain/policy/evidenceTypes.ts';
import { isDuplicateKey } from './allocations.ts';
import { evidenceContents, type StoredContent } from './evidenceContent.ts';
import { type Refused, refuse } from './evidenceRefusals.ts';
import { cleanName } from './evidenceType.ts';
import { judgeStart, type Upload, UploadRefused } from './evidenceUpload.ts';
import { makeIndexes } from './indexes.ts';
import { eachInTime, StoreUnavailable } from './reading.ts';

/** EVI-1: 聊天记录, 商品图片, 视频, 订单截图 and the rest. */
export const evidenceKinds = [
  'chat_log',
  'product_photo',
  'video',
  'order_screenshot',
  'order_details',
  'shipping_document',
  'refund_voucher',
  'other',
] as const;
export type EvidenceKind = (typeof evidenceKinds)[number];

export type Uploader = { role: Role; id: string };

/** A file as it was uploaded, and what it is attached to: `case/<id>`, `order/<id>` … Never changed but for that. EVI-1 */
export type EvidenceDocument = {
  _id: string;
  contentId: mongo.ObjectId;
  kind: EvidenceKind;
  name: string;
  /** As detected, not as declared. */
  type: EvidenceType;
  size: number;
  sha256: string;
  uploadedBy: Uploader;
  createdAt: Date;
  attachedTo?: { subject: string; at: Date };
  /** Subjects that an agent has handed it on to (INT-8): their parties see it, too. */
  sharedWith?: string[];
  /** Which of its uploader's places at the subject it takes: unique there, which is what bounds their number. */
  slot?: number;
  /** The commands that named it; it stays attached until the last of them has been refused. */
  holders?: string[];
  /** Set while unattached. EVI-5 */
  expiresAt?: Date;
  removing?: true;
  /** Its content and name are gone; that it was there, and its hash, stay with the case. */
  erasedAt?: Date;
};

/** A file whose content is stored, but which is no evidence yet. */
export type ReceivedFile = StoredContent & { id: string; name: string; type: EvidenceType };

/** Naming files in a command: `holder` is the command's id, `now` UTC ms; what is given back again is kept for `unattachedMs`. EVI-5 */
export type Attachment = {
  ids: readonly string[];
  uploader: Uploader;
  subject: string;
  holder: string;
  maxPerParty: number;
  now: number;
  unattachedMs: number;
};

const isOf = ({ uploadedBy }: EvidenceDocument, { role, id }: Uploader) =>
  uploadedBy.role === role && uploadedBy.id === id;

/** Opens the store of evidence, and makes what it needs in the database; safe to repeat and to run beside itself. */
export async function openEvidence(connection: Connection) {
  const { db } = connection;
  if (!db) throw new StoreUnavailable('the database has not been connected yet');
  const contents = evidenceContents(db);
  const evidence = db.collection<EvidenceDocument>('evidence');
  await makeIndexes(connection, 'evidence', [
    {
      key: { 'attachedTo.subject': 1, 'uploadedBy.role': 1, 'uploadedBy.id': 1, slot: 1 },
      unique: true,
      partialFilterExpression: { slot: { $exists: true } },
    },
    { key: { 'uploadedBy.role': 1, 'uploadedBy.id': 1 } },
    {
      key: { 'uploadedBy.role': 1, 'uploadedBy.id': 1, expiresAt: 1 },
      name: 'unattached',
      partialFilterExpression: { expiresAt: { $exists: true } },
    },
    { key: { sharedWith: 1 }, partialFilterExpression: { sharedWith: { $exists: true } } },
    { key: { expiresAt: 1 }, partialFilterExpression: { expiresAt: { $exists: true } } },
  ]);
  await contents.prepare();

  /** The evidence, unless it is being removed. */
  const read = async (id: string): Promise<EvidenceDocument | null> =>
    evidence.findOne({ _id: id, removing: { $exists: false } });

  /**
   * Takes a file's content in, in constant memory, and judges it on the way: its type by its content (EVI-2), its size, and that
   * it has any. A refused or broken upload leaves nothing behind.
   */
  async function receive(upload: Upload): Promise<{ ok: true; file: ReceivedFile } | Refused> {
    const { id, name, now, stream } = upload;
    const pieces = stream[Symbol.asyncIterator]();
    try {
      const judged = await judgeStart(upload, pieces);
      if (!judged.ok) return judged;
      const content = await contents.write(id, judged.pieces, now);
      return { ok: true, file: { ...content, id, name: cleanName(name), type: judged.type } };
    } catch (error) {
      if (error instanceof UploadRefused) return error.refused;
      throw error;
    } finally {
      await pieces.return?.();
    }
  }

  /**
   * Makes a received file evidence. The same file under the same id again is answered as it is; another one is refused. Where
   * the database is away in between, the leftovers' removal finds out which it was. `now` is UTC ms; a file that nothing refers to is
   * kept for `unattachedMs`. EVI-5
   */
  async function keep(
    file: ReceivedFile,
    by: { uploader: Uploader; kind: EvidenceKind; now: number; unattachedMs: number },
  ): Promise<{ ok: true; evidence: EvidenceDocument } | Refused> {
    const { id, ...rest } = file;
    const kept: EvidenceDocument = {
      _id: id,
      ...rest,
      kind: by.kind,
      uploadedBy: { role: by.uploader.role, id: by.uploader.id },
      createdAt: new Date(by.now),
      expiresAt: new Date(by.now + by.unattachedMs),
    };
    try {
      await evidence.insertOne(kept);
      await contents.keep(file.contentId);
      return { ok: true, evidence: kept };
    } catch (error) {
      if (!isDuplicateKey(error)) throw error;
      const before = await read(id);
      if (before?.contentId.equals(file.contentId)) return { ok: true, evidence: before };
      await contents.remove(file.contentId);
      const { uploader } = by;
      const same = before?.sha256 === file.sha256 && before.kind === by.kind && isOf(before, uploader);
      if (same) return { ok: true, evidence: before };
      return refuse('evidence_id_taken', 'another file was uploaded under this id');
    }
  }

  /** Why a file may not be attached, judged on what is stored; undefined where it may, or is already. */
  function refusalOf(id: string, found: EvidenceDocument | null, { uploader, subject, now }: Attachment) {
    const gone = !found || (found.expiresAt !== undefined && found.expiresAt.getTime() <= now);
    // another's is as one that there isn't: whoever guesses ids learns nothing
    if (gone || !isOf(found, uploader)) {
      return refuse(
        'evidence_unknown',
        `there is no file ${id} of yours: you didn't upload it, or it was removed unused`,
      );
    }
    if (found.attachedTo && found.attachedTo.subject !== subject) {
      return refuse(
        'evidence_already_attached',
        `the file ${id} belongs to ${found.attachedTo.subject}: upload it again`,
      );
    }
    return undefined;
  }

  const tooMany = (max: number) => refuse('too_many_files', `a party may attach at most ${max} files here`);

  /** The places at the subject that the uploader's files take. */
  async function slotsTaken({ uploader, subject }: Attachment): Promise<Set<number | undefined>> {
    const taken = evidence.find(
      { 'attachedTo.subject': subject, 'uploadedBy.role': uploader.role, 'uploadedBy.id': uploader.id },
      { projection: { slot: 1 } },
    );
    return new Set((await taken.toArray()).map(({ slot }) => slot));
  }

  /** Attaches one file in one update; where another was quicker to the file or the place, judges anew. */
  async function attachOne(id: string, attachment: Attachment): Promise<{ ok: true; isNew: boolean } | Refused> {
    const { subject, holder, maxPerParty, now } = attachment;
    for (;;) {
      const found = await read(id);
      const refused = refusalOf(id, found, attachment);
      if (refused) return refused;
      if (found?.attachedTo) {
        const held = await evidence.updateOne(
          { _id: id, 'attachedTo.subject': subject },
          { $addToSet: { holders: holder } },
        );
        if (held.matchedCount === 1) return { ok: true, isNew: held.modifiedCount === 1 };
        continue;
      }
      const taken = await slotsTaken(attachment);
      const slot = Array.from({ length: maxPerParty }, (_, place) => place).find((place) => !taken.has(place));
      if (slot === undefined || taken.size >= maxPerParty) return tooMany(maxPerParty);
      try {
        const attached = await evidence.updateOne(
          { _id: id, attachedTo: { $exists: false }, removing: { $exists: false } },
          { $set: { attachedTo: { subject, at: new Date(now) }, slot, holders: [holder] }, $unset: { expiresAt: '' } },
        );
        if (attached.matchedCount === 1) return { ok: true, isNew: true };
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    }
  }

  /**
   * Takes back what a refused command had attached: a file that no other command named is private again, and goes after
   * `unattachedMs` from `now`, UTC ms. EVI-5
   */
  async function release({
    ids,
    subject,
    holder,
    now,
    unattachedMs,
  }: Pick<Attachment, 'ids' | 'subject' | 'holder' | 'now' | 'unattachedMs'>) {
    const whenLast = (otherwise: unknown) => ({ $cond: [{ $eq: ['$holders', []] }, '$$REMOVE', otherwise] });
    await evidence.updateMany({ _id: { $in: [...ids] }, 'attachedTo.subject': subject, holders: holder }, [
      { $set: { holders: { $setDifference: ['$holders', [holder]] } } },
      {
        $set: {
          expiresAt: { $cond: [{ $eq: ['$holders', []] }, new Date(now + unattachedMs), '$$REMOVE'] },
          attachedTo: whenLast('$attachedTo'),
          slot: whenLast('$slot'),
          holders: whenLast('$holders'),
        },
      },
    ]);
  }

  /** Removes evidence that has been unattached for too long, and what broken uploads left; answers how many files went. `now` in UTC ms. EVI-5 */
  async function removeExpired(now: number): Promise<number> {
    const expired = { attachedTo: { $exists: false }, expiresAt: { $lte: new Date(now) } };
    let removed = 0;
    for (const { _id, contentId } of await evidence.find(expired, { projection: { contentId: 1 } }).toArray()) {
      // From here nobody can attach it any more, and a removal that is cut short is found again.
      const { matchedCount } = await evidence.updateOne({ _id, ...expired }, { $set: { removing: true } });
      if (matchedCount === 0) continue;
      await contents.remove(contentId);
      await evidence.deleteOne({ _id, removing: true });
      removed += 1;
    }
    await contents.removeLeftovers(now, async (evidenceId, contentId) => {
      return (await evidence.findOne({ _id: evidenceId }))?.contentId.equals(contentId) ?? false;
    });
    return removed;
  }

  const metadata = eachInTime({
    read,

    /** What an uploader has that nothing refers to: how many files, of how many bytes together. */
    async unattached({ role, id }: Uploader): Promise<{ files: number; bytes: number }> {
      const theirs = { 'uploadedBy.role': role, 'uploadedBy.id': id, expiresAt: { $exists: true } };
      const [found] = await evidence
        .aggregate<{ files: number; bytes: number }>([
          { $match: theirs },
          { $group: { _id: null, files: { $sum: 1 }, bytes: { $sum: '$size' } } },
        ])
        .toArray();
      return { files: found?.files ?? 0, bytes: found?.bytes ?? 0 };
    },

    keep,
    release,

    /**
     * A subject's files in the order in which they were uploaded, with those that an agent handed on to it (INT-8): up to `limit` after a
     * position, or all there are.
     */
    async listOf(
      subject: string,
      { limit = 0, after }: { limit?: number; after?: { at: Date; id: string } } = {},
    ): Promise<EvidenceDocument[]> {
      const position = after
        ? [{ $or: [{ createdAt: { $gt: after.at } }, { createdAt: after.at, _id: { $gt: after.id } }] }]
        : [];
      const here = { $or: [{ 'attachedTo.subject': subject, slot: { $exists: true } }, { sharedWith: subject }] };
      return await evidence
        .find({ $and: [here, ...position] })
        .sort({ createdAt: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /**
     * Attaches files to a subject, all or none; again is as once. Refused: another's, attached elsewhere, unknown, or more than
     * `maxPerParty` in all. Answers those that this command was first to name. EVI-2, EVI-5
     */
    async attach(attachment: Attachment): Promise<{ ok: true; added: string[] } | Refused> {
      const { ids, maxPerParty } = attachment;
      const found = await evidence.find({ _id: { $in: [...ids] }, removing: { $exists: false } }).toArray();
      for (const id of ids) {
        const refused = refusalOf(id, found.find(({ _id }) => _id === id) ?? null, attachment);
        if (refused) return refused;
      }
      const fresh = found.filter(({ attachedTo }) => attachedTo === undefined);
      if (fresh.length > 0 && (await slotsTaken(attachment)).size + fresh.length > maxPerParty)
        return tooMany(maxPerParty);

      const added: string[] = [];
      for (const id of ids) {
        const attached = await attachOne(id, attachment);
        if (!attached.ok) {
          await release({ ...attachment, ids: added });
          return attached;
        }
        if (attached.isNew) added.push(id);
      }
      return { ok: true, added };
    },
  });

  return {
    ...metadata,
    receive,

    /** Takes back a received file that is not to become evidence. */
    discard: ({ contentId }: ReceivedFile): Promise<void> => contents.remove(contentId),

    /** A file's bytes `start` to `end`, the latter not among them; all of them without a range. Errors come on the stream. */
    content: ({ contentId }: EvidenceDocument, range?: { start: number; end: number }): Readable =>
      contents.read(contentId, range),

    /**
     * Removes what somebody uploaded: files that nothing refers to, and the content and names of all others. `now` in UTC ms; again
     * is as once. Answers how many files went.
     */
    async erase({ role, id }: Uploader, now: number): Promise<number> {
      const theirs = { 'uploadedBy.role': role, 'uploadedBy.id': id };
      const unused = { ...theirs, attachedTo: { $exists: false }, removing: { $exists: false } };
      const { matchedCount: removed } = await evidence.updateMany(unused, { $set: { expiresAt: new Date(now) } });
      await removeExpired(now);
      let erased = 0;
      for (const { _id, contentId, erasedAt } of await evidence.find(theirs).toArray()) {
        if (!erasedAt) await evidence.updateOne({ _id }, { $set: { name: erasedText, erasedAt: new Date(now) } });
        await contents.remove(contentId);
        erased += erasedAt ? 0 : 1;
      }
      return removed + erased;
    },

    removeExpired,
  };
}
export type EvidenceStore = Awaited<ReturnType<typeof openEvidence>>;
