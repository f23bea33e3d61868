import { type CaseEvent, caseStatuses, isFinal } from '../domain/case/case.ts';

// How cases went, as aggregations that figures and a merchant's performance have in common.

/** How long something took, in ms; null where nothing was measured. */
export type Duration = { count: number; averageMs: number | null; medianMs: number | null; p90Ms: number | null };

const finals = caseStatuses.filter(isFinal);
const type = <Type extends CaseEvent['type']>(name: Type): Type => name;
const approved = type('applicationApproved');
const refusals = [type('applicationRefused'), type('receiptRefused')];
const refusedStatuses = ['application_refused', 'receipt_refused'];

/** The items of a case's timeline that are such. */
const among = (condition: object) => ({ $filter: { input: '$items', as: 'item', cond: condition } });
const firstAt = (condition: object) => ({ $min: { $map: { input: among(condition), as: 'one', in: '$$one.at' } } });
const someItem = (condition: object) => ({ $gt: [{ $size: among(condition) }, 0] });
const isApproval = { $eq: ['$$item.type', approved] };
const ones = (condition: object | string) => ({ $sum: { $cond: [condition, 1, 0] } });
export const since = (earlier: string, later: string) => ({
  $cond: [{ $eq: [{ $type: later }, 'date'] }, { $subtract: [later, earlier] }, null],
});

/** Count, average, median and 90th percentile (the smallest that nine in ten don't exceed) of the numbers in an array. */
export function durationOf(array: string) {
  const sorted = { $sortArray: { input: { $filter: { input: array, cond: { $ne: ['$$this', null] } } }, sortBy: 1 } };
  const at = (index: object) => ({ $arrayElemAt: ['$$sorted', { $toInt: { $floor: index } }] });
  const half = (count: object) => ({ $divide: [count, 2] });
  const size = { $size: '$$sorted' };
  const median = { $avg: [at(half({ $subtract: [size, 1] })), at(half(size))] };
  const none = { $eq: [size, 0] };
  return {
    $let: {
      vars: { sorted },
      in: {
        count: size,
        averageMs: { $round: [{ $avg: '$$sorted' }, 0] },
        medianMs: { $cond: [none, null, { $round: [median, 0] }] },
        p90Ms: { $cond: [none, null, at({ $subtract: [{ $ceil: { $multiply: [size, 0.9] } }, 1] })] },
      },
    },
  };
}

const lastRulings = [
  '$state.merchantAppeal.ruling',
  '$state.intervention.appeal.ruling',
  '$state.intervention.ruling',
] as const;

/**
 * What only the timeline tells of each case that was matched: when it was decided and when it ended, and by whom. `ruling` is the one
 * that stands; `ruledOn`: it was made on the merchant's refusal.
 */
export const courseOfCases = [
  {
    $project: {
      createdAt: 1,
      subject: { $concat: ['case/', '$_id'] },
      ruling: { $ifNull: [...lastRulings, null] },
      origin: '$state.intervention.origin.status',
    },
  },
  { $lookup: { from: 'timeline', localField: 'subject', foreignField: 'subject', as: 'items' } },
  {
    $project: {
      endedAt: firstAt({ $in: ['$$item.status', finals] }),
      decidedAt: firstAt({
        $or: [{ $eq: ['$$item.type', refusals[0]] }, { $and: [isApproval, { $not: '$$item.detail.automatic' }] }],
      }),
      approved: someItem(isApproval),
      automatic: someItem({ $and: [isApproval, '$$item.detail.automatic'] }),
      refused: someItem({ $in: ['$$item.type', refusals] }),
      ruledOn: { $and: [{ $in: ['$origin', refusedStatuses] }, { $ne: ['$ruling', null] }] },
      ruling: 1,
      createdAt: 1,
    },
  },
];

export const refusalCounts = {
  refused: ones('$refused'),
  ruledOn: ones('$ruledOn'),
  overturned: ones({ $and: ['$ruledOn', { $eq: ['$ruling.favour', 'consumer'] }] }),
};
export const approvalCounts = { approved: ones('$approved'), automatic: ones('$automatic') };
export const decisionTimes = { decided: { $push: since('$createdAt', '$decidedAt') } };
export const noDuration: Duration = { count: 0, averageMs: null, medianMs: null, p90Ms: null };
