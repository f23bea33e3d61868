import { liabilities, type Ruling } from '../domain/case/case.ts';
import {
  approvalCounts,
  courseOfCases,
  type Duration,
  decisionTimes,
  durationOf,
  noDuration,
  refusalCounts,
} from './courses.ts';
import type { CaseDocument, RatingDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf, countedInTime, counting } from './reading.ts';

/** Whose performance, over the cases opened and the ratings given from `from` until before `to`. */
export type PerformanceWanted = { merchantId: string; from: Date; to: Date };

export type Performance = {
  /** `looked`: the newest of them, which all but the total and the money are counted of. */
  cases: { total: number; looked: number };
  decisionTime: Duration;
  /** Decided at all: approved or refused by the merchant, or approved because it was silent. */
  approvals: { count: number; automatic: number };
  refusals: { count: number; ruledOn: number; overturned: number };
  rulings: { count: number; byLiability: { liability: Ruling['liability']; count: number }[] };
  /** What the platform claims and what it fined, in minor units. CASE-13 */
  money: { kind: 'claim' | 'penalty'; currency: string; count: number; sum: number }[];
  ratings: { count: number; average: number | null };
};

/** However many cases a merchant has: the timelines of more are not read for one answer. */
export const mostLookedAt = 5_000;

/** How a merchant does, by its own cases alone; each part gives up after 10 s with an error that `isTooSlow` knows. */
export function performance(models: Pick<Models, 'cases' | 'ratings'>) {
  const cases = () => collectionOf<CaseDocument>(models.cases);
  const opened = ({ merchantId, from, to }: PerformanceWanted) => ({ merchantId, createdAt: { $gte: from, $lt: to } });

  async function courses(wanted: PerformanceWanted) {
    const [found] = await cases()
      .aggregate<Pick<Performance, 'decisionTime' | 'approvals' | 'refusals'> & { looked: number; liable: string[] }>(
        [
          { $match: opened(wanted) },
          { $sort: { createdAt: -1, _id: -1 } },
          { $limit: mostLookedAt },
          ...courseOfCases,
          {
            $group: {
              _id: null,
              looked: { $sum: 1 },
              liable: { $push: '$ruling.liability' },
              ...decisionTimes,
              ...approvalCounts,
              ...refusalCounts,
            },
          },
          {
            $project: {
              _id: 0,
              looked: 1,
              liable: 1,
              decisionTime: durationOf('$decided'),
              approvals: { count: '$approved', automatic: '$automatic' },
              refusals: { count: '$refused', ruledOn: '$ruledOn', overturned: '$overturned' },
            },
          },
        ],
        counting,
      )
      .toArray();
    return (
      found ?? {
        looked: 0,
        liable: [],
        decisionTime: noDuration,
        approvals: { count: 0, automatic: 0 },
        refusals: { count: 0, ruledOn: 0, overturned: 0 },
      }
    );
  }

  /** Claims and penalties come with a compensation, which few cases end in: those alone are asked for their entries. */
  const money = async (wanted: PerformanceWanted) =>
    await cases()
      .aggregate<Performance['money'][number]>(
        [
          { $match: { ...opened(wanted), status: 'compensated' } },
          { $project: { _id: 1 } },
          { $lookup: { from: 'ledger', localField: '_id', foreignField: 'caseId', as: 'entry' } },
          { $unwind: '$entry' },
          { $match: { 'entry.kind': { $in: ['claim', 'penalty'] } } },
          {
            $group: {
              _id: { kind: '$entry.kind', currency: '$entry.currency' },
              count: { $sum: 1 },
              sum: { $sum: '$entry.amount' },
            },
          },
          { $sort: { _id: 1 } },
          { $replaceWith: { $mergeObjects: ['$_id', { count: '$count', sum: '$sum' }] } },
        ],
        counting,
      )
      .toArray();

  async function ratings({ merchantId, from, to }: PerformanceWanted): Promise<Performance['ratings']> {
    const [found] = await collectionOf<RatingDocument>(models.ratings)
      .aggregate<Performance['ratings']>(
        [
          { $match: { merchantId, at: { $gte: from, $lt: to } } },
          { $group: { _id: null, count: { $sum: 1 }, average: { $avg: '$rating' } } },
          { $project: { _id: 0, count: 1, average: { $round: ['$average', 2] } } },
        ],
        counting,
      )
      .toArray();
    return found ?? { count: 0, average: null };
  }

  return async (wanted: PerformanceWanted): Promise<Performance> => {
    const [total, { looked, liable, ...course }, booked, rated] = await countedInTime(
      Promise.all([cases().countDocuments(opened(wanted), counting), courses(wanted), money(wanted), ratings(wanted)]),
    );
    const byLiability = liabilities
      .map((liability) => ({ liability, count: liable.filter((one) => one === liability).length }))
      .filter(({ count }) => count > 0);
    return {
      ...course,
      cases: { total, looked },
      rulings: { count: liable.length, byLiability },
      money: booked,
      ratings: rated,
    };
  };
}
