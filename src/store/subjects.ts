import { mongo } from 'mongoose';
import { carriedOutcomes, type Outcome } from '../domain/outcome.ts';
import type { TimelineItem } from '../domain/timeline.ts';
import { waitingSince } from '../domain/waiting.ts';
import { isDuplicateKey } from './allocations.ts';
import type { Batch } from './batch.ts';
import { isTold, messageOf, webhooksOf } from './deliveries.ts';
import { type EndpointDocument, type Listed, type OrderDocument, type WebhookDocument } from './documents.ts';
import { shared } from './gathering.ts';
import type { Models } from './models.ts';
import type { Subject } from './queries.ts';
import { mailFinder } from './wantedMails.ts';

type Document = NonNullable<Batch['document']>;

const date = (ms: number) => new Date(ms);

const kindOf = { cases: 'case', orders: 'order', tickets: 'ticket' } as const;

/** What lists and gauges read of a document, beside its state. */
function listed({ collection, state, listed: fields }: Pick<Document, 'collection' | 'state' | 'listed'>): Listed {
  const { deadlineAt, createdAt, updatedAt, ...rest } = fields;
  const since = rest.queues && waitingSince(kindOf[collection], state);
  return {
    ...rest,
    ...(since === undefined ? {} : { queuedSince: date(since) }),
    ...(deadlineAt === undefined ? {} : { deadlineAt: date(deadlineAt) }),
    createdAt: date(createdAt),
    updatedAt: date(updatedAt),
  };
}

/** A document as it is stored, all but its `_id`. */
function stored({ collection, id: _, listed: fields, ...rest }: Document) {
  return { ...listed({ collection, state: rest.state, listed: fields }), ...rest };
}

type Insertable = {
  insertOne: (document: never) => Promise<unknown>;
  insertMany: (documents: never[], options: { ordered: false }) => Promise<unknown>;
};

/** Adds what is missing, each under its own `_id`: doing it twice is doing it once. Answers which were added, by their place. */
export async function addOnce(collection: Insertable, documents: ({ _id: string } & object)[]): Promise<number[]> {
  const places = [...documents.keys()];
  const [first, ...more] = documents;
  if (first === undefined) return [];
  if (more.length === 0) return (await addOne(collection, first)) ? places : [];
  try {
    // one insertion for all of them: half the work of as many upserts
    await collection.insertMany(documents as never[], { ordered: false });
    return places;
  } catch (error) {
    if (!onlyAddsAgain(error)) throw error;
    const there = new Set([error.writeErrors].flat().map(({ index }) => index));
    return places.filter((place) => !there.has(place));
  }
}

/** Adds a document unless it is there; answers whether it was missing. Of one, the driver makes less work than of a list. */
async function addOne(collection: Insertable, document: object): Promise<boolean> {
  try {
    await collection.insertOne(document as never);
    return true;
  } catch (error) {
    if (!isDuplicateKey(error)) throw error;
    return false;
  }
}

/** Whether all that went wrong is that some were there already; the others have been added and are as safe as any. */
function onlyAddsAgain(error: unknown): error is mongo.MongoBulkWriteError {
  if (!(error instanceof mongo.MongoBulkWriteError) || error.result.getWriteConcernError()) return false;
  const faults = [error.writeErrors].flat();
  // the driver says a lost connection in the same way, with no fault of any document: then nothing was added
  return faults.length > 0 && faults.every(isDuplicateKey);
}

function notAmong(carried: Outcome[], outcomes: Outcome[]): Outcome[] {
  const ids = new Set(carried.map(({ commandId }) => commandId));
  return outcomes.filter(({ commandId }) => !ids.has(commandId));
}

type Told = Pick<OrderDocument, 'writeSeq' | 'timelineSeq' | 'version' | 'updatedAt'>;

const isSameWrite = (there: Told, mine: Told): boolean =>
  there.writeSeq === mine.writeSeq &&
  there.timelineSeq === mine.timelineSeq &&
  there.version === mine.version &&
  there.updatedAt.getTime() === mine.updatedAt.getTime();

/** A subject as its document has it: what its workflow goes on from where it has nothing else. */
export type StoredSubject = {
  state: unknown;
  writeSeq: number;
  timelineSeq: number;
  version: number;
  outcomes: Outcome[];
};

/** Hears of each timeline item once, when it is added, with its subject as it is being written; a repeated write adds none. */
export type OnTimelineAdded = (item: TimelineItem, document: Document | undefined) => void;

/** Writes what subjects' workflows have decided. */
export function subjectStore(models: Models, onTimelineAdded?: OnTimelineAdded) {
  async function addTimeline(subject: string, items: TimelineItem[], document: Document | undefined): Promise<void> {
    const added = await addOnce(
      models.timeline.collection,
      items.map((item) => ({ _id: `${subject}/${item.seq}`, subject, ...item, at: date(item.at) })),
    );
    if (!onTimelineAdded) return;
    for (const place of added) onTimelineAdded(items[place] as TimelineItem, document);
  }

  const addMessages = (subject: string, notices: Batch['notices']) =>
    addOnce(
      models.outbox.collection,
      notices.map((notice) => messageOf(subject, notice)),
    );

  const wantedMails = mailFinder(models);
  const endpointsEnabled = shared(
    async () =>
      (await models.webhooks.collection
        .find({ enabled: true }, { projection: { events: 1 } })
        .toArray()) as unknown as EndpointDocument[],
  );

  /** What endpoints want to be told of these entries. */
  async function hooksOf(
    subject: string,
    timeline: TimelineItem[],
    orderId: string | undefined,
  ): Promise<WebhookDocument[]> {
    const told = timeline.filter((item) => isTold(subject, item));
    if (told.length === 0) return [];
    const endpoints = await endpointsEnabled();
    return told.flatMap((item) => webhooksOf(subject, item, orderId, endpoints));
  }

  const addLedger = (entries: Batch['ledger']) =>
    addOnce(
      models.ledger.collection,
      entries.map(({ id, at, ...entry }) => ({ _id: id, ...entry, at: date(at) })),
    );

  const addOutcomes = (subject: string, outcomes: Batch['outcomes']) =>
    addOnce(
      models.outcomes.collection,
      outcomes.map(({ commandId, at, ...outcome }) => ({ _id: commandId, subject, ...outcome, at: date(at) })),
    );

  /** Whether the document stands now, by this write or an earlier try of it: `behind` where what is stored is newer. */
  async function replaceDocument(written: Document): Promise<'behind' | undefined> {
    const { collection, id, writeSeq } = written;
    const document = stored(written);
    try {
      await models[collection].collection.replaceOne({ _id: id as never, writeSeq: { $lt: writeSeq } }, document, {
        upsert: true,
      });
    } catch (error) {
      if (!isDuplicateKey(error)) throw error; // what is stored is as new or newer
      if (await isOvertaken(written)) return 'behind';
    }
    return undefined;
  }

  /** Whether what is stored is newer than this, or another's. */
  async function isOvertaken(written: Document): Promise<boolean> {
    const { collection, id, writeSeq } = written;
    const there = (await models[collection].collection.findOne(
      { _id: id as never },
      { projection: { writeSeq: 1, timelineSeq: 1, version: 1, updatedAt: 1 } },
    )) as Told | null;
    return there !== null && there.writeSeq >= writeSeq && !isSameWrite(there, stored(written));
  }

  /** The outcomes that a full document has, and its next version no longer: archived while they can still be found. */
  async function archiveLeaving(subject: string, { collection, id, outcomes }: Document): Promise<void> {
    if (outcomes.length < carriedOutcomes) return;
    const there = (await models[collection].collection.findOne(
      { _id: id as never },
      { projection: { outcomes: 1 } },
    )) as { outcomes: Outcome[] } | null;
    await addOutcomes(subject, notAmong(outcomes, there?.outcomes ?? []));
  }

  return {
    isOvertaken,

    /**
     * Writes a batch: what belongs to the document first, then the document, so that whoever sees a state sees what led there, and
     * last the outcomes that no document carries, so that whoever finds one in the archive finds its state, and what couriers send, so
     * that whoever is told of a state reads it. Every part is idempotent. Answers `behind` where what is stored is newer than what
     * was to be written: its workflow has been restored from an older backup, and nobody is told what it decided on that.
     */
    async write({
      subject,
      document,
      timeline,
      notices,
      ledger,
      outcomes,
    }: Omit<Batch, 'allocation'>): Promise<'behind' | undefined> {
      const [mails, hooks] = await Promise.all([
        wantedMails(subject, notices),
        hooksOf(subject, timeline, document?.listed.orderId),
        addTimeline(subject, timeline, document),
        addMessages(subject, notices),
        addLedger(ledger),
        document && archiveLeaving(subject, document),
      ]);
      if (document && (await replaceDocument(document)) === 'behind') return 'behind';
      await Promise.all([
        addOutcomes(subject, notAmong(document?.outcomes ?? [], outcomes)),
        addOnce(models.outbox.collection, [...mails, ...hooks]),
      ]);
      return undefined;
    },

    /**
     * Adds what is missing of a batch that was written before, all but its document. Mails and webhooks that are missing may have been
     * sent when they were there: they are entered as skipped, so that nobody is sent them twice.
     */
    async repeat({ subject, document, timeline, notices, ledger, outcomes }: Omit<Batch, 'allocation'>): Promise<void> {
      const [mails, hooks] = await Promise.all([
        wantedMails(subject, notices),
        hooksOf(subject, timeline, document?.listed.orderId),
        addTimeline(subject, timeline, undefined),
        addMessages(subject, notices),
        addLedger(ledger),
        addOutcomes(subject, outcomes),
      ]);
      const skipped = [...mails, ...hooks].map(({ nextTryAt: _, ...entry }) => ({
        ...entry,
        state: 'skipped' as const,
        reason: 'republished: may have been sent before',
      }));
      await addOnce(models.outbox.collection, skipped);
    },

    /** Writes a document of an ended workflow anew, unless what is stored is newer or was erased. */
    async rewrite(written: Document): Promise<void> {
      const { collection, id, writeSeq } = written;
      const document = stored(written);
      const older = { _id: id as never, writeSeq: { $lte: writeSeq }, erasedAt: { $exists: false } };
      try {
        await models[collection].collection.replaceOne(older, document, { upsert: true });
      } catch (error) {
        if (!isDuplicateKey(error)) throw error;
      }
    },

    /** A subject as it was last written; null where there is none. */
    async readSubject({ kind, id }: Subject): Promise<StoredSubject | null> {
      const found = (await models[`${kind}s`].collection.findOne(
        { _id: id as never },
        { projection: { state: 1, writeSeq: 1, timelineSeq: 1, version: 1, outcomes: 1 } },
      )) as (StoredSubject & { _id?: string }) | null;
      if (!found) return null;
      const { _id, ...subject } = found;
      return subject;
    },

    /** An order as it was last written; null where there is none. */
    async readOrder(orderId: string): Promise<OrderDocument | null> {
      return (await models.orders.collection.findOne({ _id: orderId as never })) as OrderDocument | null;
    },
  };
}
export type SubjectStore = ReturnType<typeof subjectStore>;
