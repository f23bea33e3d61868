import type { mongo } from 'mongoose';
import type { Outcome } from '../domain/outcome.ts';
import type { Queue } from '../domain/queue.ts';
import type {
  AllocationDocument,
  CaseDocument,
  LedgerDocument,
  OrderDocument,
  OutcomeDocument,
  TicketDocument,
  TimelineDocument,
} from './documents.ts';
import { gathering, withIds } from './gathering.ts';
import { isHeld } from './heldPayments.ts';
import type { Models } from './models.ts';
import { collectionOf, eachInTime, inTime, listing } from './reading.ts';

/** What a list is sorted by: newest first, due first (those without a deadline last), changed last first. */
export const listSorts = ['createdAt', 'deadline', 'updatedAt'] as const;
export type ListSort = (typeof listSorts)[number];

/** Where a page ended: the sort key in UTC ms (null: there is none) and the id of its last item. */
export type ListPosition = { key: number | null; id: string };

/** What a list may be narrowed to; each field that is given must match. SEE-3 */
export type ListFilter = {
  /** Whose subjects the caller may see at all; fields given besides narrow it further. */
  scope: { consumerId?: string; merchantId?: string };
  status?: string;
  orderId?: string;
  consumerId?: string;
  merchantId?: string;
  kind?: string;
  reason?: string;
  deadlineBefore?: Date;
  q?: string;
  /** Only those whose money is held back. */
  held?: true;
  closeReason?: string;
};

/** A page of a queue: after whom, and among or without whom. */
export type Line = { limit: number; after?: ListPosition; ids?: string[]; notIds?: string[] };

type Listing = { filter: ListFilter; sort: ListSort; limit: number; after?: ListPosition };
export type Kind = 'case' | 'order' | 'ticket';
type Documents = { case: CaseDocument; order: OrderDocument; ticket: TicketDocument };
/** A subject without what only searching and commands look at: half of what there is to read. */
export type CaseRead = Omit<CaseDocument, 'outcomes' | 'text'>;
export type OrderRead = Omit<OrderDocument, 'outcomes' | 'text'>;
export type TicketRead = Omit<TicketDocument, 'outcomes' | 'text'>;
export type Reads = { case: CaseRead; order: OrderRead; ticket: TicketRead };
const unread = { outcomes: 0, text: 0 } as const;
/** A subject by kind and id, as `case/<id>` is written. */
export type Subject = { kind: Kind; id: string };

/** The subject that a workflow's id, a timeline or evidence names; undefined where it is none. */
export function subjectNamed(name: string): Subject | undefined {
  const [, kind, id] = /^(case|order|ticket)\/(.+)$/.exec(name) ?? [];
  return kind === undefined || id === undefined ? undefined : { kind: kind as Kind, id };
}

const escapeRegex = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`);

function criteria({ scope, q, deadlineBefore, held, closeReason, ...equal }: ListFilter): mongo.Filter<CaseDocument>[] {
  const given = Object.entries({ ...equal }).filter(([, value]) => value !== undefined);
  return [
    scope,
    ...given.map(([field, value]) => ({ [field]: value })),
    ...(deadlineBefore ? [{ deadlineAt: { $lt: deadlineBefore } }] : []),
    ...(held ? [isHeld] : []),
    ...(closeReason === undefined ? [] : [{ 'state.stage.reason': closeReason }]),
    ...(q === undefined ? [] : [{ text: { $regex: escapeRegex(q), $options: 'i' } }]),
  ].filter((one) => Object.keys(one).length > 0);
}

/** Reads for answers over HTTP: each is answered within 2.5 s, if only with an error that `isStoreUnavailable` or `isTooSlow` knows. */
export function queries(models: Models) {
  const collections = {
    case: () => collectionOf(models.cases),
    order: () => collectionOf(models.orders),
    ticket: () => collectionOf(models.tickets),
  };
  const subjects = <K extends Kind>(kind: K) => collections[kind]() as unknown as mongo.Collection<Documents[K]>;

  const reading = <K extends Kind>(kind: K) =>
    gathering(
      async (ids) =>
        (await subjects(kind)
          .find(withIds<Documents[K]>(ids), { projection: unread, limit: ids.length })
          .toArray()) as Reads[K][],
    );
  const gathered = { case: reading('case'), order: reading('order'), ticket: reading('ticket') };

  /** The part of a list sorted by one date field, after a position in it. */
  async function sorted<K extends Kind>(
    kind: K,
    { filter, limit, after }: Listing,
    field: 'createdAt' | 'updatedAt' | 'deadlineAt',
  ): Promise<Reads[K][]> {
    const direction = field === 'deadlineAt' ? 1 : -1;
    const beyond = direction === 1 ? '$gt' : '$lt';
    const at = after && after.key !== null ? new Date(after.key) : undefined;
    const position =
      after && at ? [{ $or: [{ [field]: { [beyond]: at } }, { [field]: at, _id: { [beyond]: after.id } }] }] : [];
    const there = field === 'deadlineAt' ? [{ deadlineAt: { $type: 'date' } }] : [];
    const all = [...criteria(filter), ...there, ...position];
    return (await subjects(kind)
      .find((all.length > 0 ? { $and: all } : {}) as mongo.Filter<Documents[K]>, { projection: unread, ...listing })
      .sort({ [field]: direction, _id: direction })
      .limit(limit)
      .toArray()) as Reads[K][];
  }

  async function withoutDeadline<K extends Kind>(kind: K, { filter, limit, after }: Listing): Promise<Reads[K][]> {
    if (limit === 0) return [];
    const position = after && after.key === null ? [{ _id: { $gt: after.id } }] : [];
    return (await subjects(kind)
      .find(
        { $and: [...criteria(filter), { deadlineAt: null }, ...position] } as unknown as mongo.Filter<Documents[K]>,
        { projection: unread, ...listing },
      )
      .sort({ _id: 1 })
      .limit(limit)
      .toArray()) as Reads[K][];
  }

  /** Up to `limit` subjects after a position. */
  async function list<K extends Kind>(kind: K, wanted: Listing): Promise<Reads[K][]> {
    if (wanted.sort !== 'deadline') return inTime(sorted(kind, wanted, wanted.sort));
    const due = wanted.after?.key === null ? [] : await inTime(sorted(kind, wanted, 'deadlineAt'));
    return [...due, ...(await inTime(withoutDeadline(kind, { ...wanted, limit: wanted.limit - due.length })))];
  }

  /** Up to `limit` subjects in an agents' queue after a position, the foremost first. */
  async function waiting<K extends Kind>(
    kind: K,
    queue: Queue,
    { limit, after, ids, notIds }: Line,
  ): Promise<Reads[K][]> {
    const position = after
      ? [{ $or: [{ queuePlace: { $gt: after.key } }, { queuePlace: after.key, _id: { $gt: after.id } }] }]
      : [];
    const narrowed = [...(ids ? [{ _id: { $in: ids } }] : []), ...(notIds ? [{ _id: { $nin: notIds } }] : [])];
    return (await subjects(kind)
      .find({ $and: [{ queues: queue }, ...narrowed, ...position] } as mongo.Filter<Documents[K]>, {
        projection: unread,
        ...listing,
      })
      .sort({ queuePlace: 1, _id: 1 })
      .limit(limit)
      .toArray()) as Reads[K][];
  }

  async function find<K extends Kind>(
    kind: K,
    id: string,
    options: mongo.FindOptions = {},
  ): Promise<Documents[K] | null> {
    return (await subjects(kind).findOne({ _id: id } as mongo.Filter<Documents[K]>, options)) as Documents[K] | null;
  }

  const read = async <K extends Kind>(kind: K, id: string): Promise<Reads[K] | null> =>
    (await gathered[kind](id)) as Reads[K] | null;

  /** The archived outcome of a command; the last 50 are in their subject's document too. */
  async function archivedOutcome(commandId: string): Promise<Outcome | undefined> {
    const found = await collectionOf(models.outcomes).findOne({ _id: commandId });
    return found ? outcomeOf(found) : undefined;
  }

  const others = eachInTime({
    waiting,
    archivedOutcome,

    /** What came of a command, as far as it is known, and its subject as it stands now. */
    async outcome(
      { kind, id }: Subject,
      commandId: string,
    ): Promise<{ outcome?: Outcome; document: Documents[Kind] | null }> {
      const [document, archived] = await Promise.all([find(kind, id), archivedOutcome(commandId)]);
      const outcome = document?.outcomes.find((one) => one.commandId === commandId) ?? archived;
      return { document, ...(outcome ? { outcome } : {}) };
    },

    async allocation(orderId: string): Promise<AllocationDocument | null> {
      return await collectionOf(models.allocations).findOne({ _id: orderId });
    },

    async allocations(orderIds: string[]): Promise<Map<string, AllocationDocument>> {
      const found = (await collectionOf(models.allocations)
        .find({ _id: { $in: orderIds } })
        .toArray()) as AllocationDocument[];
      return new Map(found.map((one) => [one._id, one]));
    },

    /** Up to `limit` timeline items after the one numbered `afterSeq`. SEE-1 */
    async timeline(subject: string, afterSeq: number, limit: number): Promise<TimelineDocument[]> {
      return await collectionOf(models.timeline)
        .find({ subject, seq: { $gt: afterSeq } })
        .sort({ seq: 1 })
        .limit(limit)
        .toArray();
    },

    /** All items of these timelines, each oldest first. */
    async timelinesOf(names: string[]): Promise<Map<string, TimelineDocument[]>> {
      const found = await collectionOf(models.timeline)
        .find({ subject: { $in: names } })
        .sort({ subject: 1, seq: 1 })
        .toArray();
      const timelines = new Map<string, TimelineDocument[]>(names.map((subject) => [subject, []]));
      for (const item of found) timelines.get(item.subject)?.push(item);
      return timelines;
    },

    /** The items of these types on a timeline, oldest first; at most 1,000, many more than anybody can make of them. */
    async timelineOf(subject: string, types: readonly string[]): Promise<TimelineDocument[]> {
      return await collectionOf(models.timeline)
        .find({ subject, type: { $in: [...types] } })
        .sort({ seq: 1 })
        .limit(1_000)
        .toArray();
    },

    /** Up to `limit` ledger entries after a position, oldest first. REF-5 */
    async ledger(
      of: { caseId?: string; orderId?: string },
      limit: number,
      after?: ListPosition,
    ): Promise<LedgerDocument[]> {
      const at = after && after.key !== null ? new Date(after.key) : undefined;
      const position = after && at ? { $or: [{ at: { $gt: at } }, { at, _id: { $gt: after.id } }] } : {};
      return await collectionOf(models.ledger)
        .find({ ...of, ...position })
        .sort({ at: 1, _id: 1 })
        .limit(limit)
        .toArray();
    },

    /** Whether the database answers. */
    async ping(): Promise<void> {
      await collectionOf(models.policies).findOne({ _id: 1 }, { projection: { _id: 1 } });
    },
  });
  return { read, list, ...others };
}

/** An outcome as it was archived, as its subject keeps it. */
export function outcomeOf({ _id, subject: _, at, ...rest }: OutcomeDocument): Outcome {
  return { commandId: _id, ...rest, at: at.getTime() };
}
