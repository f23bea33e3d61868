import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { PerformanceAnswer } from '../../src/api/figures/routes.ts';
import { defineModels } from '../../src/store/models.ts';
import { collectionOf, isStoreUnavailable, isTooSlow } from '../../src/store/reading.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, deliveredOrder, expectStatus, type Person } from '../api/harness.ts';
import { days, hours, noon } from '../builders.ts';

let api: Api;
let agent: Person;

type Case = {
  merchantId?: string;
  kind?: string;
  reason?: string;
  status: string;
  closeReason?: string;
  /** When it was opened; the steps count from there. */
  at?: number;
  steps?: [type: string, after: number, status: string, detail?: object][];
  /** `appealed`: on the consumer's appeal; `won`: on the merchant's. */
  ruled?: { origin: string; favour: string; liability?: string; appealed?: string; won?: string };
};

let written = 0;

/** Writes a case as its workflow leaves it, as far as figures look at it. */
async function write({ merchantId = 'm-1', at = noon, steps = [], ruled, closeReason, ...rest }: Case): Promise<void> {
  written += 1;
  const id = `case-${written}`;
  const openedAt = new Date(at);
  const ruling = (favour: string, liability = 'merchant') => ({ ruling: { favour, liability } });
  await api.database.collection('cases').insertOne({
    _id: id as never,
    kind: 'return_and_refund',
    reason: 'quality_problem',
    merchantId,
    ...rest,
    createdAt: openedAt,
    state: {
      stage: { status: rest.status, ...(closeReason ? { reason: closeReason } : {}) },
      intervention: ruled
        ? {
            origin: { status: ruled.origin },
            ...ruling(ruled.favour, ruled.liability),
            ...(ruled.appealed ? { appeal: ruling(ruled.appealed) } : {}),
          }
        : null,
      merchantAppeal: ruled?.won ? { status: 'won', ...ruling(ruled.won, 'consumer') } : null,
    },
  });
  const opened: NonNullable<Case['steps']>[number] = ['caseOpened', 0, 'pending_merchant_review'];
  const items = [opened, ...steps].map(([type, after, status, detail = {}], index) => ({
    _id: `case/${id}/${index + 1}` as never,
    subject: `case/${id}`,
    seq: index + 1,
    at: new Date(at + after),
    type,
    detail,
    status,
  }));
  await api.database.collection('timeline').insertMany(items);
}

const rate = (merchantId: string, rating: number, agents: string[], at = noon) =>
  api.database
    .collection('ratings')
    .insertOne({ _id: `case/r-${(written += 1)}` as never, merchantId, agents, rating, at: new Date(at) });
const book = (kind: string, caseId: string, amount: number, currency = 'CNY', at = noon) =>
  api.database
    .collection('ledger')
    .insertOne({ _id: `l-${(written += 1)}` as never, kind, caseId, amount, currency, at: new Date(at) });

const approvedBy = (automatic: boolean, after: number): NonNullable<Case['steps']>[number] => [
  'applicationApproved',
  after,
  'awaiting_buyer_return',
  { automatic },
];
const refused: NonNullable<Case['steps']>[number] = ['applicationRefused', hours(4), 'application_refused'];
const inMarch = `from=${new Date(noon - days(1)).toISOString()}&to=${new Date(noon + days(1)).toISOString()}`;
const figures = async (query: string) => (await expectStatus(200, agent.get(`/v1/figures?${query}`))).body;

beforeAll(async () => {
  api = await apiHere();
  agent = api.as('agent', 'a-1');
});
afterAll(() => api.close());

describe('figures of a known set', () => {
  beforeAll(async () => {
    // decided after 2 h and 6 h, approved by silence twice, refused after 4 h four times
    await write({ status: 'refunded', steps: [approvedBy(false, hours(2)), ['refundSettled', hours(10), 'refunded']] });
    await write({ status: 'awaiting_buyer_return', steps: [approvedBy(false, hours(6))] });
    const late: Case['steps'] = [
      approvedBy(true, hours(48)),
      ['compensationSettled', hours(100), 'compensated'],
      ['voucherKept', hours(500), 'compensated'],
    ];
    await write({ status: 'compensated', steps: late });
    await write({ status: 'awaiting_buyer_return', steps: [approvedBy(true, hours(48))], merchantId: 'm-2' });
    const ruledFor = (favour: string, appealed?: string): Pick<Case, 'ruled'> => ({
      ruled: { origin: 'application_refused', favour, ...(appealed ? { appealed } : {}) },
    });
    const closed = { status: 'closed', kind: 'refund_only', reason: 'not_as_described' };
    const at = (after: number): NonNullable<Case['steps']> => [refused, ['caseClosed', after, 'closed']];
    await write({ ...closed, closeReason: 'no_intervention_request', steps: at(hours(52)) });
    await write({ ...closed, closeReason: 'ruled_for_merchant', steps: at(hours(200)), ...ruledFor('merchant') });
    await write({ status: 'awaiting_buyer_return', steps: [refused], ...ruledFor('consumer') });
    await write({ status: 'awaiting_buyer_return', steps: [refused], ...ruledFor('merchant', 'consumer') });
    // of another time
    await write({ status: 'refunded', at: noon + days(40), steps: [['refundSettled', hours(1), 'refunded']] });

    await rate('m-1', 5, ['a-1']);
    await rate('m-1', 4, ['a-1', 'a-2']);
    await rate('m-2', 1, []);
    await rate('m-2', 3, ['a-2'], noon + days(40));
    await book('refund', 'case-2', 4_300);
    await book('compensation', 'case-3', 12_900);
    await book('claim', 'case-3', 12_900);
    await book('penalty', 'case-3', 645);
    await book('compensation', 'case-4', 700, 'USD');
    await book('penalty', 'case-4', 500, 'CNY');
  });

  it('by status, kind, time, outcome, rating and money', async () => {
    expect(await figures(inMarch)).toEqual({
      from: new Date(noon - days(1)).toISOString(),
      to: new Date(noon + days(1)).toISOString(),
      cases: {
        total: 8,
        byStatus: [
          { status: 'awaiting_buyer_return', count: 4 },
          { status: 'closed', closeReason: 'no_intervention_request', count: 1 },
          { status: 'closed', closeReason: 'ruled_for_merchant', count: 1 },
          { status: 'compensated', count: 1 },
          { status: 'refunded', count: 1 },
        ],
        byKind: [
          { kind: 'return_and_refund', reason: 'quality_problem', count: 6 },
          { kind: 'refund_only', reason: 'not_as_described', count: 2 },
        ],
      },
      times: {
        // 10, 52, 100 and 200 h; a voucher that came after the end moves nothing
        openToEnd: { count: 4, averageMs: hours(90.5), medianMs: hours(76), p90Ms: hours(200) },
        // 2, 4, 4, 4, 4 and 6 h
        applicationToMerchantDecision: { count: 6, averageMs: hours(4), medianMs: hours(4), p90Ms: hours(6) },
      },
      approvals: { count: 4, automatic: 2, automaticShare: 0.5 },
      refusals: { count: 4, ruledOn: 3, overturned: 2, overturnedShare: 0.6667 },
      ratings: {
        count: 3,
        average: 3.33,
        byMerchant: [
          { merchantId: 'm-1', count: 2, average: 4.5 },
          { merchantId: 'm-2', count: 1, average: 1 },
        ],
        byAgent: [
          { agentId: 'a-1', count: 2, average: 4.5 },
          { agentId: 'a-2', count: 1, average: 4 },
        ],
      },
      money: [
        { kind: 'compensation', currency: 'CNY', count: 1, sum: 12_900 },
        { kind: 'compensation', currency: 'USD', count: 1, sum: 700 },
        { kind: 'penalty', currency: 'CNY', count: 2, sum: 1_145 },
        { kind: 'refund', currency: 'CNY', count: 1, sum: 4_300 },
      ],
    });
  });

  it('of one merchant', async () => {
    expect(await figures(`${inMarch}&merchantId=m-2`)).toMatchObject({
      merchantId: 'm-2',
      cases: { total: 1, byStatus: [{ status: 'awaiting_buyer_return', count: 1 }] },
      times: { openToEnd: { count: 0, averageMs: null, medianMs: null, p90Ms: null } },
      approvals: { count: 1, automatic: 1, automaticShare: 1 },
      refusals: { count: 0, overturnedShare: null },
      ratings: { count: 1, average: 1, byMerchant: [{ merchantId: 'm-2', count: 1, average: 1 }], byAgent: [] },
      money: [
        { kind: 'compensation', currency: 'USD', count: 1, sum: 700 },
        { kind: 'penalty', currency: 'CNY', count: 1, sum: 500 },
      ],
    });
  });

  it('of a time in which nothing was', async () => {
    expect(await figures('to=2020-01-01T00:00:00Z')).toMatchObject({
      from: '2019-12-02T00:00:00.000Z',
      cases: { total: 0, byStatus: [], byKind: [] },
      approvals: { count: 0, automaticShare: null },
      ratings: { count: 0, average: null, byMerchant: [], byAgent: [] },
      money: [],
    });
  });
});

it('count cases as workflows write them', async () => {
  await api.startWorker();
  const [consumer, merchant] = [api.as('consumer', 'c-1'), api.as('merchant', 'm-real')];
  const apply = async () => {
    const order = await deliveredOrder(api, { merchantId: 'm-real' });
    return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body.id;
  };
  const [withdrawn, approved, refusedOne] = [await apply(), await apply(), await apply()];
  await expectStatus(200, consumer.post(`/v1/cases/${withdrawn}/withdrawal`));
  await expectStatus(200, merchant.post(`/v1/cases/${approved}/merchant-decision`, { decision: 'approve' }));
  const refusal = { decision: 'refuse', refusalCode: 'agreed_otherwise' };
  await expectStatus(200, merchant.post(`/v1/cases/${refusedOne}/merchant-decision`, refusal));
  await expectStatus(201, consumer.post(`/v1/cases/${withdrawn}/feedback`, { rating: 5 }));
  expect(await figures('merchantId=m-real')).toMatchObject({
    cases: {
      total: 3,
      byStatus: [
        { status: 'application_refused', count: 1 },
        { status: 'awaiting_buyer_return', count: 1 },
        { status: 'closed', closeReason: 'withdrawn', count: 1 },
      ],
    },
    times: { openToEnd: { count: 1 }, applicationToMerchantDecision: { count: 2 } },
    approvals: { count: 1, automatic: 0 },
    refusals: { count: 1, ruledOn: 0 },
    ratings: { count: 1, average: 5 },
  });
});

describe('a merchant’s own performance', () => {
  const merchant = () => api.as('merchant', 'm-own');
  const performance = async (query = '') =>
    (await expectStatus(200, merchant().get(`/v1/me/performance${query}`))).body as unknown as PerformanceAnswer;
  const own = { merchantId: 'm-own', at: Date.now() - days(10) };

  it('says how long it takes to decide, what did not stand, what it was liable for, and what that cost', async () => {
    for (const after of [1, 2, 3, 4, 5, 6, 7, 8, 9])
      await write({ ...own, status: 'awaiting_buyer_return', steps: [approvedBy(false, hours(after))] });
    await write({ ...own, status: 'awaiting_buyer_return', steps: [approvedBy(true, hours(48))] });
    await write({ ...own, status: 'compensated', steps: [approvedBy(true, hours(48))] });
    const compensated = `case-${written}`;
    await book('compensation', compensated, 12_900, 'CNY', own.at);
    await book('claim', compensated, 12_900, 'CNY', own.at);
    await book('penalty', compensated, 645, 'CNY', own.at);
    const origin = 'application_refused';
    const refusedAt = (after: number): Case['steps'] => [['applicationRefused', hours(after), origin]];
    const overturned = { origin, favour: 'consumer' };
    await write({ ...own, status: 'refunded', steps: refusedAt(10), ruled: overturned });
    await write({
      ...own,
      status: 'closed',
      steps: refusedAt(20),
      ruled: { origin, favour: 'merchant', liability: 'both' },
    });
    // its appeal was won: the refusal stands after all (INT-9)
    await write({ ...own, status: 'refunded', steps: refusedAt(30), ruled: { ...overturned, won: 'merchant' } });
    await write({ ...own, status: 'pending_merchant_review' });
    await rate('m-own', 4, [], own.at);
    await rate('m-own', 5, [], own.at);
    // before the window, and another merchant's
    await write({ ...own, at: Date.now() - days(31), status: 'awaiting_buyer_return', steps: [approvedBy(false, 1)] });
    await write({ ...own, merchantId: 'm-other', status: 'awaiting_buyer_return', steps: [approvedBy(false, 1)] });
    await rate('m-other', 1, [], own.at);

    const found = await performance();
    expect(Date.parse(found.to) - Date.parse(found.from)).toBe(days(30));
    expect(found).toEqual({
      from: expect.any(String),
      to: expect.any(String),
      cases: { total: 15, looked: 15 },
      decisions: {
        // 1 to 9 h, 10, 20 and 30 h
        time: { count: 12, averageMs: hours(8.75), medianMs: hours(6.5), p90Ms: hours(20) },
        count: 14,
        automatic: 2,
        automaticShare: 0.1429,
      },
      refusals: { count: 3, ruledOn: 3, overturned: 1, overturnedShare: 0.3333 },
      rulings: {
        count: 3,
        byLiability: [
          { liability: 'merchant', count: 1 },
          { liability: 'consumer', count: 1 },
          { liability: 'both', count: 1 },
        ],
      },
      money: [
        { kind: 'claim', currency: 'CNY', count: 1, sum: 12_900 },
        { kind: 'penalty', currency: 'CNY', count: 1, sum: 645 },
      ],
      ratings: { count: 2, average: 4.5 },
    });
    expect((await performance('?days=90')).cases.total).toBe(16);
    const nothing = await expectStatus(200, api.as('merchant', 'm-new').get('/v1/me/performance'));
    expect(nothing.body).toMatchObject({
      cases: { total: 0, looked: 0 },
      decisions: { time: { count: 0, medianMs: null, p90Ms: null }, automaticShare: null },
      money: [],
      ratings: { count: 0, average: null },
    });
  });

  it('reads the timelines of so many cases and no more, and looks back so far and no farther', async () => {
    const many = Array.from({ length: 5_200 }, (_, index) => ({
      _id: `many-${index}` as never,
      merchantId: 'm-many',
      status: 'refunded',
      createdAt: new Date(Date.now() - days(1) - index),
      state: { stage: { status: 'refunded' }, intervention: null },
    }));
    await api.database.collection('cases').insertMany(many);
    const { body } = await expectStatus(200, api.as('merchant', 'm-many').get('/v1/me/performance'));
    expect(body.cases).toEqual({ total: 5_200, looked: 5_000 });
    for (const query of ['?days=0', '?days=91', '?days=a', '?merchantId=m-other'])
      expect(await merchant().get(`/v1/me/performance${query}`)).toMatchObject({
        status: 422,
        body: { errors: [{ field: query.slice(1).split('=')[0] }] },
      });
  });
});

it('the database says by itself when a count takes longer than it is given, and what it says is told from its absence', async () => {
  await write({ status: 'refunded' });
  const slow = collectionOf(defineModels(api.database).cases).find({ $where: 'sleep(200) || true' }, { maxTimeMS: 20 });
  const error = await slow.toArray().catch((thrown: unknown) => thrown);
  expect([isTooSlow(error), isStoreUnavailable(error)]).toEqual([true, false]);
});

it('are for agents and admins, and a window that can’t be is refused by name', async () => {
  expect((await api.as('admin', 'ad-1').get('/v1/figures')).status).toBe(200);
  for (const role of ['consumer', 'merchant', 'service'] as const)
    expect(await api.as(role, 'x-1').get('/v1/figures')).toMatchObject({ status: 403 });
  for (const [query, field] of [
    ['from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z', 'from'],
    ['from=yesterday', 'from'],
    ['to=1', 'to'],
    ['merchantId=', 'merchantId'],
    ['by=month', 'by'],
  ]) {
    expect(await agent.get(`/v1/figures?${query}`)).toMatchObject({ status: 422, body: { errors: [{ field }] } });
  }
});
