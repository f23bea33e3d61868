import type { Model } from 'mongoose';
import { caseSearchText } from '../domain/case/searchText.ts';
import { detailWithoutPersonalData, erasedText, withoutPersonalData } from '../domain/erasure.ts';
import { ticketSearchText } from '../domain/ticket/searchText.ts';
import type { ErasureDocument, MailDocument, SubjectDocument } from './documents.ts';
import type { EvidenceStore } from './evidence.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** Whose data goes, with all that they had. */
type Whose = { consumerId: string; orderIds: string[]; caseIds: string[]; ticketIds: string[]; at: Date };
type Tools = { models: Models; evidence: Pick<EvidenceStore, 'erase'> };

const batchSize = 100;

/**
 * Where personal data of a consumer lives, and how it is taken out of there; each answers how many documents it changed. A
 * collection that comes to hold some gets its line here. What isn't here keeps none: ledger, outcomes, commands (a hash), policies.
 */
const places = {
  profiles: async ({ models }, { consumerId }) =>
    (await collectionOf(models.profiles).deleteOne({ _id: `consumer/${consumerId}` })).deletedCount,
  orders: ({ models }, whose) => eraseSubjects(models.orders, whose, () => ({})),
  cases: ({ models }, whose) => eraseSubjects(models.cases, whose, (state) => ({ text: caseSearchText(state) })),
  tickets: ({ models }, whose) => eraseSubjects(models.tickets, whose, (state) => ({ text: ticketSearchText(state) })),
  allocations: ({ models }, whose) => eraseAllocations(models, whose),
  timeline: ({ models }, whose) => eraseTimeline(models, whose),
  conversations: async ({ models }, { orderIds }) =>
    (
      await collectionOf(models.conversations).updateMany(
        { orderId: { $in: orderIds }, text: { $ne: erasedText } },
        { $set: { text: erasedText } },
      )
    ).modifiedCount,
  ratings: async ({ models }, { consumerId }) =>
    (
      await collectionOf(models.ratings).updateMany(
        { consumerId, comment: { $exists: true, $ne: erasedText } },
        { $set: { comment: erasedText } },
      )
    ).modifiedCount,
  outbox: async ({ models }, { orderIds }) =>
    (
      await collectionOf(models.outbox).updateMany(
        { orderId: { $in: orderIds }, text: { $exists: true, $ne: erasedText } },
        { $set: { text: erasedText } },
      )
    ).modifiedCount,
  mails: ({ models }, { consumerId }) => eraseAnswersToMail(models, consumerId),
  evidence: ({ evidence }, { consumerId, at }) => evidence.erase({ role: 'consumer', id: consumerId }, at.getTime()),
} as const satisfies Record<string, (tools: Tools, whose: Whose) => Promise<number>>;

export type ErasedPlace = keyof typeof places;
export const erasedPlaces = Object.keys(places) as ErasedPlace[];

/** Rewrites subjects as they were last written; one that is written meanwhile is read again. */
async function eraseSubjects<State>(
  model: Model<SubjectDocument<State>>,
  { consumerId, at }: Whose,
  fieldsOf: (erased: State) => { text?: string },
): Promise<number> {
  const collection = collectionOf<SubjectDocument<unknown>>(model as never);
  let changed = 0;
  for (;;) {
    const left = await collection
      .find({ consumerId, erasedAt: { $exists: false } })
      .limit(batchSize)
      .toArray();
    if (left.length === 0) return changed;
    for (const { _id, writeSeq, state } of left) {
      const erased = withoutPersonalData(state);
      const { modifiedCount } = await collection.updateOne(
        { _id, writeSeq },
        { $set: { state: erased, ...fieldsOf(erased as State), erasedAt: at } },
      );
      changed += modifiedCount;
    }
  }
}

/** By the same compare-and-set as every change of an allocation: whoever judged the one before judges anew. */
async function eraseAllocations({ allocations }: Models, { orderIds }: Whose): Promise<number> {
  const collection = collectionOf(allocations);
  let changed = 0;
  for (const _id of orderIds) {
    for (;;) {
      const before = await collection.findOne({ _id });
      if (!before) break;
      const { revision } = before;
      const order = withoutPersonalData(before.order);
      if (JSON.stringify(order) === JSON.stringify(before.order)) break;
      const { modifiedCount } = await collection.updateOne(
        { _id, revision },
        { $set: { order, revision: revision + 1 } },
      );
      changed += modifiedCount;
      if (modifiedCount === 1) break;
    }
  }
  return changed;
}

async function eraseTimeline({ timeline }: Models, { orderIds, caseIds, ticketIds }: Whose): Promise<number> {
  const collection = collectionOf(timeline);
  let changed = 0;
  const named = (kind: string, ids: string[]) => ids.map((id) => `${kind}/${id}`);
  for (const subject of [...named('order', orderIds), ...named('case', caseIds), ...named('ticket', ticketIds)]) {
    const items = await collection.find({ subject }, { projection: { type: 1, detail: 1 } }).toArray();
    const updates = items.flatMap(({ _id, type, detail }) => {
      const erased = detailWithoutPersonalData(type, detail);
      if (JSON.stringify(erased) === JSON.stringify(detail)) return [];
      return [{ updateOne: { filter: { _id }, update: { $set: { detail: erased } } } }];
    });
    for (let from = 0; from < updates.length; from += batchSize)
      changed += (await collection.bulkWrite(updates.slice(from, from + batchSize), { ordered: false })).modifiedCount;
  }
  return changed;
}

/** What a mail server answered may name whom the mail was for. */
async function eraseAnswersToMail({ outbox }: Models, consumerId: string): Promise<number> {
  const answered = { $elemMatch: { error: { $exists: true, $ne: erasedText } } };
  const erased = { $mergeObjects: ['$$this', { error: erasedText }] };
  const { modifiedCount } = await collectionOf<MailDocument>(outbox as never).updateMany(
    { to: `consumer/${consumerId}`, channel: 'email', tries: answered },
    [
      {
        $set: {
          reason: { $cond: [{ $eq: ['$state', 'failed'] }, erasedText, '$reason'] },
          tries: { $map: { input: '$tries', in: { $cond: ['$$this.error', erased, '$$this'] } } },
        },
      },
    ],
  );
  return modifiedCount;
}

/** Takes consumers' personal data out of the database, and keeps who asked for it and what was done. */
export function erasureStore(models: Models) {
  const erasures = () => collectionOf(models.erasures);
  const find = async (id: string): Promise<ErasureDocument | null> => erasures().findOne({ _id: id });

  /** The ids of all that a consumer ever had. */
  async function subjectsOf(consumerId: string): Promise<Pick<Whose, 'orderIds' | 'caseIds' | 'ticketIds'>> {
    const ids = async (model: Models['orders'] | Models['cases'] | Models['tickets']) =>
      (
        await collectionOf<{ _id: string }>(model as never)
          .find({ consumerId } as never, { projection: { _id: 1 } })
          .toArray()
      ).map(({ _id }) => _id);
    const [orderIds, caseIds, ticketIds] = await Promise.all([
      ids(models.orders),
      ids(models.cases),
      ids(models.tickets),
    ]);
    return { orderIds, caseIds, ticketIds };
  }

  return {
    find,
    subjectsOf,

    /** Keeps that an erasure was asked for, once. */
    async begin(erasure: Omit<ErasureDocument, 'doneAt' | 'erased'>): Promise<void> {
      await erasures().updateOne({ _id: erasure._id }, { $setOnInsert: erasure }, { upsert: true });
    },

    /**
     * Takes all personal data of a consumer out, whose orders and cases have all ended: nobody else writes them then. Done twice, or
     * gone on with after an interruption, it comes to the same. Answers how many documents changed, by place.
     */
    async erase(consumerId: string, at: Date, evidence: Tools['evidence']): Promise<Record<ErasedPlace, number>> {
      const whose = { consumerId, at, ...(await subjectsOf(consumerId)) };
      const changed: Partial<Record<ErasedPlace, number>> = {};
      for (const place of erasedPlaces) changed[place] = await places[place]({ models, evidence }, whose);
      return changed as Record<ErasedPlace, number>;
    },

    /** Whether a subject was written anew since it was erased, by an order that went on (ORD-9). */
    async isLeft(consumerId: string): Promise<boolean> {
      const unerased = { consumerId, erasedAt: { $exists: false } } as const;
      const left = await Promise.all([
        collectionOf(models.orders).findOne(unerased, { projection: { _id: 1 } }),
        collectionOf(models.cases).findOne(unerased, { projection: { _id: 1 } }),
        collectionOf(models.tickets).findOne(unerased, { projection: { _id: 1 } }),
      ]);
      return left.some((one) => one !== null);
    },

    /** Keeps what was done; the first time counts. */
    async finish(id: string, doneAt: Date, erased: Record<string, number>): Promise<ErasureDocument> {
      await erasures().updateOne({ _id: id, doneAt: { $exists: false } }, { $set: { doneAt, erased } });
      return (await find(id)) as ErasureDocument;
    },
  };
}
