import type { mongo } from 'mongoose';
import {
  approvalCounts,
  courseOfCases,
  type Duration,
  decisionTimes,
  durationOf,
  noDuration,
  refusalCounts,
  since,
} from './courses.ts';
import type { CaseDocument, LedgerDocument, RatingDocument } from './documents.ts';
import type { Models } from './models.ts';
import { collectionOf, countedInTime, counting } from './reading.ts';

/** What is counted: cases opened, ratings given and entries booked from `from` until before `to`, of one merchant or of all. */
export type FiguresWanted = { from: Date; to: Date; merchantId?: string };

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

/** Merchants and agents shown, those rated most often. */
const mostShown = 100;

const rates = { count: { $sum: 1 }, average: { $avg: '$rating' } };
const mostRatedFirst = [{ $sort: { count: -1, _id: 1 } }, { $limit: mostShown }] as const;
const rounded = { $round: ['$average', 2] };

/** Figures over what is stored; each part gives up after 10 s with an error that `isTooSlow` knows. */
export function figures(models: Pick<Models, 'cases' | 'ratings' | 'ledger'>) {
  const options: mongo.AggregateOptions = { ...counting, allowDiskUse: true };

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

  async function courses(wanted: FiguresWanted) {
    const [found] = await overCases<Pick<Figures, 'openToEnd' | 'applicationToDecision' | 'approvals' | 'refusals'>>(
      wanted,
      [
        ...courseOfCases,
        {
          $group: {
            _id: null,
            ended: { $push: since('$createdAt', '$endedAt') },
            ...decisionTimes,
            ...approvalCounts,
            ...refusalCounts,
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
    return (
      found ?? {
        openToEnd: noDuration,
        applicationToDecision: noDuration,
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
    const [statuses, kinds, course, rated, booked] = await countedInTime(
      Promise.all([byStatus(wanted), byKind(wanted), courses(wanted), ratings(wanted), money(wanted)]),
    );
    return { byStatus: statuses, byKind: kinds, ...course, ratings: rated, money: booked };
  };
}

const window = (field: string, { from, to }: FiguresWanted) => ({ [field]: { $gte: from, $lt: to } });
const merchantOf = ({ merchantId }: FiguresWanted) => (merchantId === undefined ? {} : { merchantId });
