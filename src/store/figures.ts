import type { mongo } from 'mongoose';
import { type CaseEvent, caseStatuses, isFinal } from '../domain/case/case.ts';
import type { CaseDocument, LedgerDocument, RatingDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf } from './reading.ts';

/** What is counted: cases opened, ratings given and entries booked from `from` until before `to`, of one merchant or of all. */
export type FiguresWanted = { from: Date; to: Date; merchantId?: string };

/** How long something took, in ms; null where nothing was measured. */
export type Duration = { count: number; averageMs: number | null; medianMs: number | null };
/** What is counted of the ledger: what was paid, and what merchants were fined. */
export const moneyKinds = ['refund', 'compensation', 'payout', 'penalty'] as const;

export type Rates = { count: number; average: number | null };

export type Figures = {
  byStatus: { status: string; closeReason?: string; count: number }[];
  byKind: { kind: string; reason: string; count: number }[];
  openToEnd: Duration;
  applicationToDecision: Duration;
  approvals: { count: number; automatic: number };
  refusals: { count: number; ruledOn: number; overturned: number };
  ratings: Rates & {
    byMerchant: (Rates & { merchantId: string })[];
    byAgent: (Rates & { agentId: string })[];
  };
  money: { kind: (typeof moneyKinds)[number]; currency: string; count: number; sum: number }[];
};

/** Counting may take longer than a request's usual reads, and no longer. */
const maxTimeMS = 10_000;
/** Merchants and agents shown, those rated most often. */
const mostShown = 100;

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
const since = (earlier: string, later: string) => ({
  $cond: [{ $eq: [{ $type: later }, 'date'] }, { $subtract: [later, earlier] }, null],
});

/** Count, average and median of the numbers in an array. */
function durationOf(array: string) {
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
      },
    },
  };
}

const rates = { count: { $sum: 1 }, average: { $avg: '$rating' } };
const mostRatedFirst = [{ $sort: { count: -1, _id: 1 } }, { $limit: mostShown }] as const;
const rounded = { $round: ['$average', 2] };

/** Figures over what is stored; each part gives up after 10 s with an error that `isTooSlow` knows. */
export function figures(models: Pick<Models, 'cases' | 'ratings' | 'ledger'>) {
  const options: mongo.AggregateOptions = { maxTimeMS, allowDiskUse: true };

  const overCases = async <Row extends object>(wanted: FiguresWanted, stages: object[]): Promise<Row[]> =>
    await collectionOf<CaseDocument>(models.cases)
      .aggregate<Row>([{ $match: { ...window('createdAt', wanted), ...merchantOf(wanted) } }, ...stages], options)
      .toArray();

  const byStatus = (wanted: FiguresWanted) =>
    overCases<Figures['byStatus'][number]>(wanted, [
      {
        $group: {
          _id: {
            status: '$status',
            closeReason: { $cond: [{ $eq: ['$status', 'closed'] }, '$state.stage.reason', '$$REMOVE'] },
          },
          count: { $sum: 1 },
        },
      },
      { $sort: { count: -1, _id: 1 } },
      { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
    ]);

  const byKind = (wanted: FiguresWanted) =>
    overCases<Figures['byKind'][number]>(wanted, [
      { $group: { _id: { kind: '$kind', reason: '$reason' }, count: { $sum: 1 } } },
      { $sort: { count: -1, _id: 1 } },
      { $replaceWith: { $mergeObjects: ['$_id', { count: '$count' }] } },
    ]);

  /** What only the timeline tells: when a case was decided and when it ended, and by whom. */
  async function courses(wanted: FiguresWanted) {
    const intervention = '$state.intervention';
    const [found] = await overCases<Pick<Figures, 'openToEnd' | 'applicationToDecision' | 'approvals' | 'refusals'>>(
      wanted,
      [
        {
          $project: {
            createdAt: 1,
            subject: { $concat: ['case/', '$_id'] },
            favour: { $ifNull: [`${intervention}.appeal.ruling.favour`, `${intervention}.ruling.favour`] },
            origin: `${intervention}.origin.status`,
          },
        },
        {
          $lookup: {
            from: 'timeline',
            localField: 'subject',
            foreignField: 'subject',
            as: 'items',
          },
        },
        {
          $project: {
            createdAt: 1,
            endedAt: firstAt({ $in: ['$$item.status', finals] }),
            decidedAt: firstAt({
              $or: [{ $eq: ['$$item.type', refusals[0]] }, { $and: [isApproval, { $not: '$$item.detail.automatic' }] }],
            }),
            approved: someItem(isApproval),
            automatic: someItem({ $and: [isApproval, '$$item.detail.automatic'] }),
            refused: someItem({ $in: ['$$item.type', refusals] }),
            ruledOn: { $and: [{ $in: ['$origin', refusedStatuses] }, { $in: ['$favour', ['consumer', 'merchant']] }] },
            favour: 1,
          },
        },
        {
          $group: {
            _id: null,
            ended: { $push: since('$createdAt', '$endedAt') },
            decided: { $push: since('$createdAt', '$decidedAt') },
            approved: ones('$approved'),
            automatic: ones('$automatic'),
            refused: ones('$refused'),
            ruledOn: ones('$ruledOn'),
            overturned: ones({ $and: ['$ruledOn', { $eq: ['$favour', 'consumer'] }] }),
          },
        },
        {
          $project: {
            _id: 0,
            openToEnd: durationOf('$ended'),
            applicationToDecision: durationOf('$decided'),
            approvals: { count: '$approved', automatic: '$automatic' },
            refusals: { count: '$refused', ruledOn: '$ruledOn', overturned: '$overturned' },
          },
        },
      ],
    );
    const never: Duration = { count: 0, averageMs: null, medianMs: null };
    return (
      found ?? {
        openToEnd: never,
        applicationToDecision: never,
        approvals: { count: 0, automatic: 0 },
        refusals: { count: 0, ruledOn: 0, overturned: 0 },
      }
    );
  }

  async function ratings(wanted: FiguresWanted): Promise<Figures['ratings']> {
    type Found = Omit<Figures['ratings'], 'count' | 'average'> & { overall: Rates[] };
    const [found] = await collectionOf<RatingDocument>(models.ratings)
      .aggregate<Found>(
        [
          { $match: { ...window('at', wanted), ...merchantOf(wanted) } },
          {
            $facet: {
              overall: [{ $group: { _id: null, ...rates } }, { $project: { _id: 0, count: 1, average: rounded } }],
              byMerchant: [
                { $group: { _id: '$merchantId', ...rates } },
                ...mostRatedFirst,
                { $project: { _id: 0, merchantId: '$_id', count: 1, average: rounded } },
              ],
              byAgent: [
                { $unwind: '$agents' },
                { $group: { _id: '$agents', ...rates } },
                ...mostRatedFirst,
                { $project: { _id: 0, agentId: '$_id', count: 1, average: rounded } },
              ],
            },
          },
        ],
        options,
      )
      .toArray();
    const { overall = [], byMerchant = [], byAgent = [] } = found ?? {};
    return { ...(overall[0] ?? { count: 0, average: null }), byMerchant, byAgent };
  }

  /** An entry doesn't name its merchant: its case does. */
  const ofMerchant = ({ merchantId }: FiguresWanted): object[] =>
    merchantId === undefined
      ? []
      : [
          { $lookup: { from: 'cases', localField: 'caseId', foreignField: '_id', as: 'case' } },
          { $match: { 'case.merchantId': merchantId } },
        ];

  const money = async (wanted: FiguresWanted) =>
    await collectionOf<LedgerDocument>(models.ledger)
      .aggregate<Figures['money'][number]>(
        [
          { $match: { kind: { $in: [...moneyKinds] }, ...window('at', wanted) } },
          ...ofMerchant(wanted),
          { $group: { _id: { kind: '$kind', currency: '$currency' }, count: { $sum: 1 }, sum: { $sum: '$amount' } } },
          { $sort: { _id: 1 } },
          { $replaceWith: { $mergeObjects: ['$_id', { count: '$count', sum: '$sum' }] } },
        ],
        options,
      )
      .toArray();

  return async (wanted: FiguresWanted): Promise<Figures> => {
    const [statuses, kinds, course, rated, booked] = await Promise.all([
      byStatus(wanted),
      byKind(wanted),
      courses(wanted),
      ratings(wanted),
      money(wanted),
    ]);
    return { byStatus: statuses, byKind: kinds, ...course, ratings: rated, money: booked };
  };
}

const window = (field: string, { from, to }: FiguresWanted) => ({ [field]: { $gte: from, $lt: to } });
const merchantOf = ({ merchantId }: FiguresWanted) => (merchantId === undefined ? {} : { merchantId });
