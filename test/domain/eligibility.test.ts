import { describe, expect, it } from 'vitest';
import { caseKinds, type Reason } from '../../src/domain/case/kinds.ts';
import { extend, openAllocation, reserve } from '../../src/domain/order/allocation.ts';
import { afterSalesUntil, noReasonUntil } from '../../src/domain/order/eligibility.ts';
import type { OrderFacts } from '../../src/domain/order/facts.ts';
import { noReturnOptions, returnOptions } from '../../src/domain/order/returnOptions.ts';
import { aLine, anApplication, anOrder, aPolicy, days, hours, noon } from '../builders.ts';

const delivered = noon;
/** What a single application on a fresh delivered order is answered. */
const apply = (order: OrderFacts, changes: Parameters<typeof anApplication>[1], at = noon + 1) => {
  const entry = reserve(openAllocation(order, delivered), 'case', anApplication(order.id, changes), at).cases['case']!;
  return entry.refusal ?? entry.status;
};

describe('which reason allows which kind', () => {
  const expected: Record<Reason, Record<(typeof caseKinds)[number], string>> = {
    quality_problem: {
      return_and_refund: 'reserved',
      refund_only: 'reserved',
      exchange: 'reserved',
      reship: 'reserved',
    },
    not_as_described: {
      return_and_refund: 'reserved',
      refund_only: 'reserved',
      exchange: 'reserved',
      reship: 'reserved',
    },
    no_reason_7d: {
      return_and_refund: 'reserved',
      refund_only: 'reason_not_allowed_for_kind',
      exchange: 'reason_not_allowed_for_kind',
      reship: 'reason_not_allowed_for_kind',
    },
  };
  const pairs = (Object.keys(expected) as Reason[]).flatMap((reason) =>
    caseKinds.map((kind) => ({ reason, kind, answer: expected[reason][kind] })),
  );

  it.each(pairs)('ELIG-1 ELIG-2: $reason with $kind → $answer', ({ reason, kind, answer }) => {
    const got = apply(anOrder(), { reason, kind });
    if (typeof got === 'string') return expect(got).toBe(answer);
    expect(got).toMatchObject({ code: answer, field: 'kind' });
  });

  it('ELIG-2: a line sold without the right to return it for no reason has that right for other reasons', () => {
    const order = anOrder({ lines: [aLine({ noReasonReturn: false })] });
    expect(apply(order, { reason: 'no_reason_7d' })).toMatchObject({
      code: 'line_not_returnable',
      field: 'lines.0.lineId',
    });
    expect(apply(order, { reason: 'quality_problem' })).toBe('reserved');
  });

  it('ELIG-2: one line that can’t be returned refuses the whole application, and names it', () => {
    const order = anOrder({ lines: [aLine(), aLine({ lineId: 'l-2', noReasonReturn: false })] });
    const lines = [
      { lineId: 'l-1', quantity: 1 },
      { lineId: 'l-2', quantity: 1 },
    ];
    expect(apply(order, { reason: 'no_reason_7d', lines })).toMatchObject({
      code: 'line_not_returnable',
      field: 'lines.1.lineId',
    });
  });

  it.each(['l-9', 'constructor', 'toString', '__proto__'])('a line %s that the order has not is refused', (lineId) => {
    expect(apply(anOrder(), { lines: [{ lineId, quantity: 1 }] })).toMatchObject({
      code: 'line_unknown',
      field: 'lines.0.lineId',
    });
  });

  it('a line called constructor is a line like any other', () => {
    const order = anOrder({ lines: [aLine({ lineId: 'constructor' })] });
    const lines = [{ lineId: 'constructor', quantity: 2 }];
    const once = reserve(openAllocation(order, noon), 'a', anApplication(order.id, { lines }), noon);
    expect(once.cases['a']).toMatchObject({ status: 'reserved', amount: 25_800 });
    expect(reserve(once, 'b', anApplication(order.id, { lines }), noon).cases['b']?.refusal?.code).toBe(
      'quantity_not_available',
    );
  });
});

describe('until when', () => {
  const windows: [Reason, number, string][] = [
    ['no_reason_7d', days(7), 'no_reason_window_over'],
    ['quality_problem', days(15), 'after_sales_period_over'],
    ['not_as_described', days(15), 'after_sales_period_over'],
  ];
  it.each(windows)('ELIG-2 ELIG-3 POL-3: %s until the last millisecond, and not after it', (reason, window, code) => {
    expect(apply(anOrder(), { reason }, delivered + window - 1)).toBe('reserved');
    expect(apply(anOrder(), { reason }, delivered + window)).toBe('reserved');
    expect(apply(anOrder(), { reason }, delivered + window + 1)).toMatchObject({ code });
  });

  it('POL-2: the windows are those of the policy the order was placed under', () => {
    const order = anOrder({ policy: aPolicy({ noReasonWindow: 'PT1H', afterSalesPeriod: 'PT2H' }) });
    expect(noReasonUntil(order, noon)).toBe(noon + hours(1));
    expect(afterSalesUntil(order, noon)).toBe(noon + hours(2));
  });

  it.each([
    ['at noon in Shanghai', '2026-03-02T04:00:00.000Z', '2026-03-09T15:59:59.999Z'],
    ['one ms before midnight in Shanghai', '2026-03-02T15:59:59.999Z', '2026-03-09T15:59:59.999Z'],
    ['at midnight in Shanghai: a new day', '2026-03-02T16:00:00.000Z', '2026-03-10T15:59:59.999Z'],
    ['at midnight UTC, which is morning there', '2026-03-03T00:00:00.000Z', '2026-03-10T15:59:59.999Z'],
    ['over the end of a year', '2026-12-31T15:59:59.999Z', '2027-01-07T15:59:59.999Z'],
    ['over a leap day', '2028-02-28T10:00:00.000Z', '2028-03-06T15:59:59.999Z'],
  ])('ELIG-2 noReasonCountsFromNextDay: signed %s', (_, deliveredAt, last) => {
    const order = anOrder({ policy: aPolicy({ noReasonCountsFromNextDay: true }) });
    const allocation = openAllocation(order, Date.parse(deliveredAt));
    expect(new Date(noReasonUntil(order, Date.parse(deliveredAt))).toISOString()).toBe(last);
    const at = (time: number) =>
      reserve(allocation, 'c', anApplication(order.id, { reason: 'no_reason_7d' }), time).cases['c']!;
    expect(at(Date.parse(last)).status).toBe('reserved');
    expect(at(Date.parse(last) + 1).refusal?.code).toBe('no_reason_window_over');
  });
});

describe('what the consumer sees before applying', () => {
  const order = anOrder({
    lines: [aLine(), aLine({ lineId: 'l-2', quantity: 3, unitPrice: 1_000, discount: 1_000, noReasonReturn: false })],
  });
  const fresh = openAllocation(order, delivered);

  it('ELIG-4: each line’s quantity, reasons, kinds, last moments and refund, and where not eligible, why', () => {
    const kinds = ['return_and_refund', 'refund_only', 'exchange', 'reship'];
    const until = delivered + days(15);
    expect(returnOptions(fresh, noon + 1)).toEqual([
      {
        lineId: 'l-1',
        returnableQuantity: 2,
        refundPerUnit: 12_900,
        refunds: [12_900, 25_800],
        applicationsLeft: 5,
        options: [
          { reason: 'quality_problem', kinds, until },
          { reason: 'not_as_described', kinds, until },
          { reason: 'no_reason_7d', kinds: ['return_and_refund'], until: delivered + days(7) },
        ],
        notEligible: [],
      },
      {
        lineId: 'l-2',
        returnableQuantity: 3,
        refundPerUnit: 667,
        // to the last cent: what is left over goes to the first units (REF-1)
        refunds: [667, 1_334, 2_000],
        applicationsLeft: 5,
        options: [
          { reason: 'quality_problem', kinds, until },
          { reason: 'not_as_described', kinds, until },
        ],
        notEligible: [{ reason: 'no_reason_7d', code: 'line_not_returnable', detail: expect.any(String) }],
      },
    ]);
  });

  it('ELIG-4: when everything is over, nothing is returnable, and each reason says why', () => {
    const [line] = returnOptions(fresh, delivered + days(15) + 1);
    expect(line).toMatchObject({ returnableQuantity: 0, options: [] });
    expect(line?.notEligible.map(({ reason, code }) => [reason, code])).toEqual([
      ['quality_problem', 'after_sales_period_over'],
      ['not_as_described', 'after_sales_period_over'],
      ['no_reason_7d', 'no_reason_window_over'],
    ]);
  });

  it('ELIG-4: what a case holds is not on offer', () => {
    const lines = [{ lineId: 'l-1', quantity: 2 }];
    const [line] = returnOptions(reserve(fresh, 'a', anApplication(order.id, { lines }), noon), noon + 1);
    expect(line).toMatchObject({ returnableQuantity: 0, applicationsLeft: 4, options: [] });
    expect(new Set(line?.notEligible.map(({ code }) => code))).toEqual(new Set(['quantity_not_available']));
  });

  it('ELIG-3 ELIG-4: before delivery there is cancellation, and that is said', () => {
    const refusal = {
      code: 'order_not_delivered' as const,
      detail: 'before delivery an order is cancelled, not returned',
    };
    const shown = noReturnOptions(order, refusal);
    expect(shown.map(({ lineId }) => lineId)).toEqual(['l-1', 'l-2']);
    for (const line of shown) {
      expect(line).toMatchObject({ returnableQuantity: 0, options: [] });
      expect(line.notEligible.map(({ code }) => code)).toEqual([
        'order_not_delivered',
        'order_not_delivered',
        'order_not_delivered',
      ]);
    }
  });

  it('ELIG-4: what is shown is what is judged, for every reason, kind, line and moment', () => {
    for (const at of [
      delivered,
      delivered + days(7),
      delivered + days(7) + 1,
      delivered + days(15),
      delivered + days(15) + 1,
    ]) {
      for (const { lineId, options, notEligible, refundPerUnit } of returnOptions(fresh, at)) {
        for (const reason of ['quality_problem', 'not_as_described', 'no_reason_7d'] as const) {
          const option = options.find((one) => one.reason === reason);
          expect(option === undefined).toBe(notEligible.some((one) => one.reason === reason));
          for (const kind of caseKinds) {
            const entry = reserve(
              fresh,
              'c',
              anApplication(order.id, { reason, kind, lines: [{ lineId, quantity: 1 }] }),
              at,
            ).cases['c']!;
            expect(entry.status === 'reserved', `${lineId} ${reason} ${kind} at ${at - delivered}`).toBe(
              option?.kinds.includes(kind) ?? false,
            );
            if (entry.status === 'reserved') expect(entry.amount).toBe(refundPerUnit);
          }
        }
      }
    }
  });
});

describe('POL-6: the after-sales period, extended after an outage of ours', () => {
  const order = anOrder();
  const opened = openAllocation(order, noon);
  const end = afterSalesUntil(order, noon);
  const extended = extend(opened, end + hours(4));
  const applies = (at: number) => reserve(extended, 'case-1', anApplication(order.id), at).cases['case-1'];

  it.each([
    ['1 ms before its new end', -1, 'reserved'],
    ['at its new end', 0, 'reserved'],
    ['1 ms after its new end', 1, 'refused'],
  ])('an application received %s is %s', (_, offset, status) => {
    expect(applies(end + hours(4) + offset)?.status).toBe(status);
  });

  it('is shown with its new end, and a return for no reason keeps its own', () => {
    const [line] = returnOptions(extended, noon);
    expect(line?.options.map(({ reason, until }) => [reason, until])).toEqual([
      ['quality_problem', end + hours(4)],
      ['not_as_described', end + hours(4)],
      ['no_reason_7d', noReasonUntil(order, noon)],
    ]);
  });

  it('extended again to what it is changes nothing', () => {
    expect(extend(extended, end + hours(4))).toBe(extended);
  });
});
