import { describe, expect, it } from 'vitest';
import {
  type Application,
  applicationSchema,
  type CaseCommandName,
  caseCommandSchemas,
} from '../../src/domain/case/commands.ts';
import { subReasons } from '../../src/domain/case/kinds.ts';
import { type OrderCommandName, orderCommandSchemas, orderSchema } from '../../src/domain/order/commands.ts';
import { aLine, anAddress, anApplication, anOrder } from '../builders.ts';
import { evidenceId, orderId } from './caseStories.ts';

type Checked = {
  error?: { issues: { path: PropertyKey[]; code: string; keys?: string[]; message: string }[] } | undefined;
};
/** The fields named at fault, each once; [] where all is well. */
const faults = ({ error }: Checked) => [
  ...new Set(
    (error?.issues ?? []).flatMap(({ path, keys }) =>
      (keys ?? ['']).map((key) => [...path, key].filter((part) => part !== '').join('.')),
    ),
  ),
];

const proto = (json: string) => JSON.parse(json) as object;

/** Text that is none, and text that is too much, for a field of at most `max` characters. */
const badLabels = (max: number) => [
  '',
  ' ',
  '　',
  '\u200b\u200b',
  'x'.repeat(max + 1),
  'a\u0000b',
  'a\nb',
  'a\u001b[31m',
  'a\ud800',
  7,
  null,
  ['a'],
];
const badTexts = ['', ' \n\t', '\u200b', '\u0000', 'x'.repeat(4001), 'a\u0000b', 'a\u001b[2J', 'a\udfff', 7, null, {}];
const badIds = [
  '',
  ' ',
  '__proto__',
  '-1',
  '.a',
  '$where',
  'a b',
  'a/b',
  'a\n',
  'a\u0000',
  '../x',
  'x'.repeat(65),
  7,
  null,
  {},
];
const badEvidence = [
  ['x'],
  [evidenceId, evidenceId],
  Array.from({ length: 21 }, () => crypto.randomUUID()),
  evidenceId,
  [null],
  [`${evidenceId}\n`],
];
const badAmounts = [-1, 0, 0.5, '2', 1e21, Number.MAX_SAFE_INTEGER + 1, Number.NaN, null, '12900'];
const badTimes = [
  '',
  'yesterday',
  '2026-03-02',
  '2026-03-02T04:00:00',
  '2026-13-02T04:00:00Z',
  '2026-02-30T04:00:00Z',
  0,
  null,
];

describe('an application', () => {
  const check = (changes: Record<string, unknown>) =>
    faults(applicationSchema.safeParse({ ...anApplication(orderId), ...changes }));
  const lines = (...of: unknown[]) => ({ lines: of });

  it('CASE-1: a whole one is taken as it is', () => {
    const whole: Application = {
      ...anApplication(orderId),
      subReason: 'damaged',
      evidenceIds: [evidenceId],
      description: '第一行\n第二行\t😀',
    };
    expect(applicationSchema.parse(whole)).toEqual(whole);
  });

  it.each([-1, 0, 0.5, '2', 1e21, 10_000, Number.NaN, Number.POSITIVE_INFINITY, null, true, [1]])(
    'a quantity of %j is refused, naming it',
    (quantity) => {
      expect(check(lines({ lineId: 'l-1', quantity }))).toEqual(['lines.0.quantity']);
      expect(check(lines({ lineId: 'l-1', quantity: 1 }, { lineId: 'l-2', quantity }))).toEqual(['lines.1.quantity']);
    },
  );

  it('ELIG-5: a line twice is refused, naming the lines', () => {
    expect(
      check(lines({ lineId: 'l-1', quantity: 1 }, { lineId: 'l-2', quantity: 1 }, { lineId: 'l-1', quantity: 1 })),
    ).toEqual(['lines']);
  });

  it.each([
    [[]],
    [null],
    ['l-1'],
    [Array.from({ length: 101 }, (_, index) => ({ lineId: `l-${index}`, quantity: 1 }))],
  ])('lines must be some, and not too many', (bad) => {
    expect(check({ lines: bad })).toEqual(['lines']);
  });

  it.each(badIds)('a lineId of %j is refused', (lineId) => {
    expect(check(lines({ lineId, quantity: 1 }))).toEqual(['lines.0.lineId']);
  });

  it.each(['', 'o-1', '__proto__', 'constructor', 7, null, `${orderId} `])('an orderId of %j is refused', (bad) => {
    expect(check({ orderId: bad })).toEqual(['orderId']);
  });

  it.each(badTexts)('a description of %j is refused', (description) => {
    expect(check({ description })).toEqual(['description']);
  });

  it.each(badEvidence)('evidenceIds of %j are refused', (...bad) => {
    const [first] = check({
      evidenceIds: bad.length === 1 && typeof bad[0] === 'string' && bad[0] === evidenceId ? bad[0] : bad,
    });
    expect(first).toMatch(/^evidenceIds/);
  });

  const pairs = Object.keys(subReasons).flatMap((reason) =>
    ['damaged', 'malfunction', 'material', 'colour', 'size', 'other'].map((subReason) => ({ reason, subReason })),
  );
  it.each(pairs)('ELIG-1: $reason with the sub-reason $subReason', ({ reason, subReason }) => {
    const allowed: readonly string[] = subReasons[reason as keyof typeof subReasons];
    expect(check({ reason, subReason })).toEqual(allowed.includes(subReason) ? [] : ['subReason']);
  });

  it('ELIG-1: reasons, kinds and sub-reasons that there are none of are refused', () => {
    expect(check({ reason: 'changed_mind' })).toContain('reason');
    expect(check({ reason: 'constructor' })).toContain('reason');
    expect(check({ kind: 'refund' })).toEqual(['kind']);
    expect(check({ subReason: 'smell' })).toEqual(['subReason']);
    expect(check({ kind: 'exchange' }), 'known, but not on offer yet: the rules say so').toEqual([]);
  });

  it('unknown fields are refused, naming them', () => {
    expect(check({ consumerId: 'c-2', refundAmount: 1 })).toEqual(['consumerId', 'refundAmount']);
    expect(check(lines({ lineId: 'l-1', quantity: 1, refund: 1 }))).toEqual(['lines.0.refund']);
    const sneaky = proto(
      `{"orderId":"${orderId}","kind":"refund_only","reason":"quality_problem","lines":[{"lineId":"l-1","quantity":1}],"description":"x","__proto__":{"channel":"agent"}}`,
    );
    expect(faults(applicationSchema.safeParse(sneaky))).toEqual(['__proto__']);
  });

  it.each([null, undefined, [], 'x', 7])('%j is no application', (nothing) => {
    expect(applicationSchema.safeParse(nothing).success).toBe(false);
  });
});

describe('commands on a case', () => {
  const voucher = { reference: 'v-1', amount: 100, paidAt: '2026-03-02T04:00:00+08:00', evidenceIds: [evidenceId] };
  const whole: Record<CaseCommandName, object> = {
    merchantDecision: { decision: 'refuse', refusalCode: 'goods_used', note: '有使用痕迹', evidenceIds: [evidenceId] },
    trackingNumber: { carrier: '顺丰', trackingNumber: 'SF1' },
    withdrawal: {},
    receiptConfirmation: { outcome: 'received' },
    refundVoucher: voucher,
    proposal: { kind: 'refund_only', refundAmount: 100, note: '补偿' },
    proposalResponse: { decision: 'accept' },
    interventionRequest: { reason: 'merchant_refused', statement: '不合理', evidenceIds: [] },
    interventionWithdrawal: {},
    interventionAudit: { decision: 'decline', note: '证据不足' },
    informationRequest: { from: 'consumer', question: '请补充视频' },
    evidenceSubmission: { statement: '如图', evidenceIds: [evidenceId], complete: true },
    ruling: { favour: 'consumer', remedy: 'refund_only', refundAmount: 100, liability: 'merchant', reasons: '属实' },
    appeal: { statement: '不服', evidenceIds: [] },
    appealRuling: { favour: 'merchant', liability: 'consumer', reasons: '维持' },
    replacementShipment: { carrier: '顺丰', trackingNumber: 'SF2' },
    replacementReceipt: {},
    refundRetry: {},
    manualSettlement: { reference: 'bank-77', note: '线下转账' },
    deadlineExtension: { until: '2026-03-09T04:00:00Z', reason: '物流延误' },
  };
  const check = (name: CaseCommandName, changes: object = {}) =>
    faults(caseCommandSchemas[name].safeParse({ ...whole[name], ...changes }));
  const names = Object.keys(caseCommandSchemas) as CaseCommandName[];

  it.each(names)('%s: a whole one is taken, an unknown field refused, and nothing but an object is one', (name) => {
    expect(check(name)).toEqual([]);
    expect(check(name, { surprise: 1 })).toEqual(['surprise']);
    expect(check(name, { actor: 'agent', receivedAt: 0 })).toEqual(['actor', 'receivedAt']);
    for (const bad of [null, undefined, [], 'x', 1])
      expect(caseCommandSchemas[name].safeParse(bad).success).toBe(false);
  });

  it.each<[CaseCommandName, string, readonly unknown[]]>([
    ['merchantDecision', 'decision', ['maybe', '', null, 1, 'Approve']],
    ['merchantDecision', 'refusalCode', ['goods_lost', '', null]],
    ['merchantDecision', 'note', badTexts],
    ['trackingNumber', 'carrier', badLabels(64)],
    ['trackingNumber', 'trackingNumber', badLabels(64)],
    ['withdrawal', 'note', badTexts],
    ['receiptConfirmation', 'outcome', ['lost', '', null]],
    ['receiptConfirmation', 'refusalCode', ['goods_used', '']],
    ['refundVoucher', 'reference', badLabels(128)],
    ['refundVoucher', 'amount', badAmounts],
    ['refundVoucher', 'paidAt', badTimes],
    ['refundVoucher', 'evidenceIds', [[], null]],
    ['manualSettlement', 'reference', badLabels(128)],
    ['manualSettlement', 'note', badTexts],
    ['deadlineExtension', 'until', badTimes],
    ['deadlineExtension', 'reason', badTexts],
  ])('%s: a bad %s is refused, naming it', (name, field, values) => {
    for (const value of values) expect(check(name, { [field]: value }), JSON.stringify(value)).toEqual([field]);
  });

  it('CASE-6: a tracking number has 1 to 64 characters', () => {
    expect(check('trackingNumber', { trackingNumber: 'x' })).toEqual([]);
    expect(check('trackingNumber', { trackingNumber: 'x'.repeat(64) })).toEqual([]);
  });

  it('CASE-2: a return address is whole, or refused by field', () => {
    const approve = (changes: object) =>
      faults(
        caseCommandSchemas.merchantDecision.safeParse({
          decision: 'approve',
          returnAddress: { ...anAddress, ...changes },
        }),
      );
    expect(approve({})).toEqual([]);
    for (const field of Object.keys(anAddress)) {
      expect(approve({ [field]: undefined })).toEqual([`returnAddress.${field}`]);
      expect(approve({ [field]: 'x\u0000' })).toEqual([`returnAddress.${field}`]);
    }
    expect(approve({ country: 'CN' })).toEqual(['returnAddress.country']);
  });
});

describe('an order and the commands on it', () => {
  const { id: _id, policy: _policy, placedAt: _placedAt, ...order } = anOrder();
  const check = (changes: object) => faults(orderSchema.safeParse({ ...order, ...changes }));
  const line = (changes: object) => check({ lines: [{ ...aLine(), ...changes }] });

  it('ORD-1: a whole one is taken; a discount left out is none', () => {
    expect(orderSchema.parse(order)).toEqual(order);
    const { discount: _none, ...bare } = aLine();
    expect(orderSchema.parse({ ...order, lines: [bare] }).lines[0]).toMatchObject({ discount: 0 });
  });

  it.each([
    ['quantity', [-1, 0, 0.5, '2', 1e21, 10_000]],
    ['unitPrice', [-1, 0.5, '129', 1e21]],
    ['discount', [-1, 0.5, '1', 1e21, 25_801]],
    ['noReasonReturn', ['true', 1, null]],
    ['title', badLabels(300)],
  ])('a line’s %s is checked, naming it', (field, values) => {
    for (const value of values) expect(line({ [field]: value }), JSON.stringify(value)).toContain(`lines.0.${field}`);
  });

  it('a line’s discount is at most its price; a line that costs nothing is fine beside one that does', () => {
    expect(line({ discount: 25_800, noReasonReturn: false })).toEqual([]);
    expect(check({ lines: [aLine(), aLine({ lineId: 'gift', unitPrice: 0 })] })).toEqual([]);
  });

  it('ORD-1: an online order that costs nothing could never be paid, a cod one can', () => {
    const free = { lines: [aLine({ unitPrice: 0 })], postage: 0 };
    expect(check(free)).toEqual(['lines']);
    expect(check({ ...free, paymentMethod: 'cod' })).toEqual([]);
  });

  it('lines: none, too many, or one id twice', () => {
    for (const lines of [
      [],
      Array.from({ length: 101 }, (_, index) => aLine({ lineId: `l-${index}` })),
      [aLine(), aLine()],
    ])
      expect(check({ lines })).toEqual(['lines']);
  });

  it.each([
    ['consumerId', badIds],
    ['merchantId', badIds],
    ['currency', ['cny', 'CN', 'CNY ', '', 7]],
    ['postage', [-1, 0.5, '10', 1e21]],
    ['paymentMethod', ['card', '', null]],
  ])('%s is checked, naming it', (field, values) => {
    for (const value of values) expect(check({ [field]: value }), JSON.stringify(value)).toEqual([field]);
  });

  it('ids that are names of JavaScript’s own are ids like any other', () => {
    expect(check({ consumerId: 'constructor', merchantId: 'toString' })).toEqual([]);
    expect(line({ lineId: 'constructor' })).toEqual([]);
  });

  const whole: Record<OrderCommandName, object> = {
    payment: { transactionId: 't-1', amount: 1 },
    confirmation: {},
    shipment: { carrier: 'SF', trackingNumber: 'S1' },
    delivery: {},
    cancellation: { reason: 'other' },
    refundRetry: {},
    manualSettlement: { reference: 'r', note: 'n' },
  };
  it.each(Object.keys(orderCommandSchemas) as OrderCommandName[])(
    '%s: a whole one is taken, an unknown field refused',
    (name) => {
      expect(faults(orderCommandSchemas[name].safeParse(whole[name]))).toEqual([]);
      expect(faults(orderCommandSchemas[name].safeParse({ ...whole[name], surprise: 1 }))).toEqual(['surprise']);
    },
  );

  it.each<[OrderCommandName, string, readonly unknown[]]>([
    ['payment', 'transactionId', badIds],
    ['payment', 'amount', badAmounts],
    ['shipment', 'carrier', badLabels(64)],
    ['shipment', 'trackingNumber', badLabels(64)],
    ['delivery', 'deliveredAt', badTimes],
    ['cancellation', 'reason', ['unpaid', '', null]],
    ['cancellation', 'note', badTexts],
    ['manualSettlement', 'reference', badLabels(128)],
    ['manualSettlement', 'note', badTexts],
  ])('%s: a bad %s is refused, naming it', (name, field, values) => {
    for (const value of values) {
      expect(
        faults(orderCommandSchemas[name].safeParse({ ...whole[name], [field]: value })),
        JSON.stringify(value),
      ).toEqual([field]);
    }
  });
});
