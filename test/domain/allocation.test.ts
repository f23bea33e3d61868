import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  type Allocation,
  type AllocationEntry,
  applicationsLeft,
  complete,
  hasOpenCase,
  openAllocation,
  reserve,
  returnedOf,
  settle,
  worthEntering,
} from '../../src/domain/order/allocation.ts';
import { goodsPrice, linePrice, type OrderFacts, totalPrice } from '../../src/domain/order/facts.ts';
import { aLine, anApplication, anOrder, aPolicy, days, noon } from '../builders.ts';

const order = anOrder();
const delivered = openAllocation(order, noon);
const wish = (quantity: number, changes: Parameters<typeof anApplication>[1] = {}) =>
  anApplication(order.id, { lines: [{ lineId: 'l-1', quantity }], ...changes });
const take = (allocation: Allocation, caseId: string, quantity: number, at = noon + 1) =>
  reserve(allocation, caseId, wish(quantity), at);
const release = (allocation: Allocation, caseId: string) => settle(allocation, { caseId, status: 'released' });
const consume = (allocation: Allocation, caseId: string) =>
  settle(allocation, { caseId, status: 'consumed', amount: allocation.cases[caseId]?.amount ?? 0 });
const codeOf = (allocation: Allocation, caseId: string) => allocation.cases[caseId]?.refusal?.code;

describe('the arbiter of quantity', () => {
  it('ELIG-5: asked again, the same application is answered the same, and takes nothing more', () => {
    const once = take(delivered, 'a', 1);
    expect(once.cases['a']).toMatchObject({ status: 'reserved', amount: 12_900 });
    expect(take(once, 'a', 2)).toBe(once);
    const refused = take(once, 'b', 2);
    expect(codeOf(refused, 'b')).toBe('quantity_not_available');
    expect(take(release(refused, 'a'), 'b', 2).cases['b'], 'also once it could be had').toEqual(refused.cases['b']);
  });

  it('ELIG-5, woocommerce#28856: a unit is in one open case only, and refunded once', () => {
    const all = take(take(delivered, 'a', 1), 'b', 1);
    expect(codeOf(take(all, 'c', 1), 'c')).toBe('quantity_not_available');
    const refunded = consume(consume(all, 'a'), 'b');
    expect(codeOf(take(refunded, 'c', 1), 'c')).toBe('quantity_not_available');
    expect(returnedOf(refunded, 'l-1')).toEqual({ quantity: 2, refunded: 25_800 });
  });

  it('ELIG-5: the refusal names the field and says what is left', () => {
    const refused = take(take(delivered, 'a', 1), 'b', 2);
    expect(refused.cases['b']?.refusal).toMatchObject({
      field: 'lines.0.quantity',
      detail: expect.stringContaining('1 of line l-1'),
    });
  });

  it('ELIG-5 tricky case 10: two applications at the same instant for the last unit → the one whose revision stands is accepted', () => {
    const before = take(delivered, 'a', 1);
    // a store that changes only what was judged, as the real one does
    let stored = before;
    const replace = (from: Allocation, to: Allocation) =>
      stored.revision === from.revision ? ((stored = to), true) : false;
    const [first, second] = [take(before, 'b', 1), take(before, 'c', 1)];
    expect([replace(before, first), replace(before, second)]).toEqual([true, false]);
    expect(replace(stored, take(stored, 'c', 1))).toBe(true);
    expect([stored.cases['b']?.status, codeOf(stored, 'c')]).toEqual(['reserved', 'quantity_not_available']);
  });

  it('every change moves the revision by one; what changes nothing leaves the document itself', () => {
    const one = take(delivered, 'a', 1);
    expect([delivered.revision, one.revision, release(one, 'a').revision]).toEqual([1, 2, 3]);
    const ended = release(one, 'a');
    expect([
      release(ended, 'a'),
      consume(ended, 'a'),
      release(ended, 'nobody'),
      settle(ended, { caseId: 'constructor', status: 'released' }),
    ]).toEqual(Array(4).fill(ended));
    expect(release(ended, 'a')).toBe(ended);
  });

  it('a refused application holds nothing, counts for nothing, and can be neither released nor spent', () => {
    const refused = take(delivered, 'a', 3);
    expect(refused.cases['a']).toMatchObject({ status: 'refused', lines: {}, amount: 0 });
    expect(applicationsLeft(refused, 'l-1')).toBe(5);
    expect(hasOpenCase(refused)).toBe(false);
    expect([release(refused, 'a'), consume(refused, 'a')]).toEqual([refused, refused]);
    expect(take(refused, 'b', 2).cases['b']?.status).toBe('reserved');
  });

  it('tricky case 17: a late reserve that lands after its release locks nothing', () => {
    const released = release(take(delivered, 'a', 2), 'a');
    const late = take(released, 'a', 2);
    expect(late).toBe(released);
    expect(take(late, 'b', 2).cases['b']?.status).toBe('reserved');
  });

  it('ELIG-5: what was refunded is never freed, and what was freed never refunded', () => {
    const consumed = consume(take(delivered, 'a', 1), 'a');
    expect(release(consumed, 'a')).toBe(consumed);
    const released = release(take(delivered, 'a', 1), 'a');
    expect(consume(released, 'a')).toBe(released);
  });

  it('REF-7: a refund of a part spends the whole quantity', () => {
    const spent = settle(take(delivered, 'a', 2), { caseId: 'a', status: 'consumed', amount: 5_000 });
    expect(spent.cases['a']).toMatchObject({ status: 'consumed', amount: 5_000 });
    expect(codeOf(take(spent, 'b', 1), 'b')).toBe('quantity_not_available');
  });
});

describe('applying anew', () => {
  it('ELIG-6 tricky case 6: a case closed without refund frees its quantity; the new case links to it', () => {
    const again = take(release(take(delivered, 'a', 2), 'a'), 'b', 2, noon + 2);
    expect(again.cases['b']).toMatchObject({ status: 'reserved', previousCaseId: 'a' });
  });

  it('ELIG-6: it links to the latest of several, and of any of its lines', () => {
    const two = anOrder({ lines: [aLine(), aLine({ lineId: 'l-2' })] });
    const on = (allocation: Allocation, caseId: string, lineIds: string[], at: number) =>
      reserve(
        allocation,
        caseId,
        anApplication(two.id, { lines: lineIds.map((lineId) => ({ lineId, quantity: 1 })) }),
        at,
      );
    let allocation = openAllocation(two, noon);
    for (const [caseId, lineId, at] of [
      ['a', 'l-1', noon + 1],
      ['b', 'l-2', noon + 3],
      ['c', 'l-1', noon + 2],
    ] as const) {
      allocation = release(on(allocation, caseId, [lineId], at), caseId);
    }
    expect(on(allocation, 'd', ['l-1', 'l-2'], noon + 9).cases['d']?.previousCaseId).toBe('b');
    expect(on(allocation, 'd', ['l-1'], noon + 9).cases['d']?.previousCaseId).toBe('c');
  });

  it.each(['still open', 'refunded', 'refused'])(
    'ELIG-6: a case on another unit does not link to one that is %s: nothing is applied for anew',
    (how) => {
      const first = how === 'refused' ? take(delivered, 'a', 3) : take(delivered, 'a', 1);
      const before = how === 'refunded' ? consume(first, 'a') : first;
      expect(take(before, 'b', 1).cases['b']).not.toHaveProperty('previousCaseId');
    },
  );

  it('ELIG-6 tricky case 6: the sixth application is refused; refused ones don’t count', () => {
    let allocation = delivered;
    for (const caseId of ['a', 'b', 'c', 'd', 'e']) {
      allocation = take(allocation, `${caseId}-too-much`, 3);
      expect(applicationsLeft(allocation, 'l-1')).toBe(5 - ['a', 'b', 'c', 'd', 'e'].indexOf(caseId));
      allocation = take(allocation, caseId, 2);
      expect(allocation.cases[caseId]?.status).toBe('reserved');
      allocation = release(allocation, caseId);
    }
    expect(applicationsLeft(allocation, 'l-1')).toBe(0);
    expect(codeOf(take(allocation, 'f', 1), 'f')).toBe('too_many_applications');
    expect(codeOf(take(allocation, 'f', 1, noon + days(20)), 'f'), 'outside the period that is the reason').toBe(
      'after_sales_period_over',
    );
  });

  it('ELIG-6 POL-2: how many are allowed is the order’s policy’s, a line each', () => {
    const strict = anOrder({
      policy: aPolicy({ maxApplicationsPerLine: 1 }),
      lines: [aLine(), aLine({ lineId: 'l-2' })],
    });
    const once = release(reserve(openAllocation(strict, noon), 'a', anApplication(strict.id), noon), 'a');
    expect(reserve(once, 'b', anApplication(strict.id), noon).cases['b']?.refusal).toMatchObject({
      code: 'too_many_applications',
      field: 'lines.0.lineId',
    });
    expect(
      reserve(once, 'b', anApplication(strict.id, { lines: [{ lineId: 'l-2', quantity: 1 }] }), noon).cases['b']
        ?.status,
    ).toBe('reserved');
  });

  it('litemall#275: written to a store and read back it judges the same', () => {
    const stored = release(take(take(delivered, 'a', 1), 'x', 9), 'a');
    const read = JSON.parse(JSON.stringify(stored)) as Allocation;
    expect(read).toEqual(stored);
    expect(take(read, 'b', 2)).toEqual(take(stored, 'b', 2));
  });
});

describe('completing an order', () => {
  it('ORD-1: with no case open it completes, once', () => {
    const done = complete(delivered);
    expect(done).toMatchObject({ completed: true, completionAwaited: false });
    expect(complete(done)).toBe(done);
  });

  it('ORD-1: with one open it waits, and completes when the last has ended', () => {
    const both = take(take(delivered, 'a', 1), 'b', 1);
    const waiting = complete(both);
    expect(waiting).toMatchObject({ completed: false, completionAwaited: true });
    expect(complete(waiting)).toBe(waiting);
    expect(complete(release(waiting, 'a'))).toMatchObject({ completed: false });
    expect(complete(consume(release(waiting, 'a'), 'b'))).toMatchObject({ completed: true, completionAwaited: false });
  });

  it('POL-4: an application received in time is let through although the order has completed meanwhile', () => {
    const late = take(complete(delivered), 'a', 1, noon + days(15));
    expect(late.cases['a']?.status).toBe('reserved');
    expect(codeOf(take(complete(delivered), 'a', 1, noon + days(15) + 1), 'a')).toBe('after_sales_period_over');
  });
});

describe('money, to the last cent', () => {
  it('REF-1, sonata-ecommerce#177: the paid price is refunded, not the list price', () => {
    const coupon = anOrder({ lines: [aLine({ quantity: 1, unitPrice: 10_000, discount: 9_999 })] });
    expect(reserve(openAllocation(coupon, noon), 'a', anApplication(coupon.id), noon).cases['a']?.amount).toBe(1);
  });

  it('REF-1, woocommerce#64668: 10.00 over three units is 3.34, 3.33, 3.33: not one cent over by rounding', () => {
    const thirds = anOrder({ lines: [aLine({ quantity: 3, unitPrice: 500, discount: 500 })] });
    let allocation = openAllocation(thirds, noon);
    const amounts = ['a', 'b', 'c'].map(
      (caseId) => (allocation = reserve(allocation, caseId, anApplication(thirds.id), noon)).cases[caseId]?.amount,
    );
    expect(amounts).toEqual([334, 333, 333]);
  });

  it('REF-1: a dearer unit that is freed is the dearer one again', () => {
    const thirds = anOrder({ lines: [aLine({ quantity: 3, unitPrice: 500, discount: 500 })] });
    const one = (allocation: Allocation, caseId: string) => reserve(allocation, caseId, anApplication(thirds.id), noon);
    const freed = release(one(one(openAllocation(thirds, noon), 'a'), 'b'), 'a');
    expect([one(freed, 'c').cases['c']?.amount, one(one(freed, 'c'), 'd').cases['d']?.amount]).toEqual([334, 333]);
  });

  it('REF-2: postage is never part of it', () => {
    const dear = anOrder({ postage: 99_999 });
    const all = reserve(
      openAllocation(dear, noon),
      'a',
      anApplication(dear.id, { lines: [{ lineId: 'l-1', quantity: 2 }] }),
      noon,
    );
    expect(all.cases['a']?.amount).toBe(totalPrice(dear) - 99_999);
  });

  const lines = fc
    .array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 40 }),
        unitPrice: fc.integer({ min: 0, max: 1_000_000_000 }),
        off: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
      { minLength: 1, maxLength: 4 },
    )
    .map((drawn) =>
      drawn.map(({ quantity, unitPrice, off }, index) =>
        aLine({ lineId: `l-${index}`, quantity, unitPrice, discount: Math.floor(quantity * unitPrice * off) }),
      ),
    );
  const orders: fc.Arbitrary<OrderFacts> = lines.map((drawn) =>
    anOrder({ lines: drawn, policy: aPolicy({ maxApplicationsPerLine: 100 }) }),
  );
  type Step = { what: 'take' | 'release' | 'consume'; line: number; quantity: number; pick: number };
  const steps: fc.Arbitrary<Step[]> = fc.array(
    fc.record({
      what: fc.constantFrom('take', 'take', 'take', 'release', 'consume'),
      line: fc.nat(3),
      quantity: fc.integer({ min: 1, max: 12 }),
      pick: fc.nat(),
    }),
    { maxLength: 60 },
  );
  // thousands of checks a run: expect() itself would take most of the time
  const check = (holds: boolean, what: string) => {
    if (!holds) throw new Error(what);
  };
  const holding = ({ cases }: Allocation) =>
    Object.values(cases).filter(({ status }) => status === 'reserved' || status === 'consumed');
  const sum = (entries: AllocationEntry[]) => entries.reduce((total, { amount }) => total + amount, 0);

  /** Takes the steps one after the other; `seen` looks at each allocation on the way. */
  const walk = (facts: OrderFacts, path: Step[], seen: (allocation: Allocation) => void) => {
    let allocation = openAllocation(facts, noon);
    for (const [index, { what, line, quantity, pick }] of path.entries()) {
      const caseIds = Object.keys(allocation.cases);
      const caseId = caseIds[pick % Math.max(1, caseIds.length)] ?? 'nobody';
      if (what === 'take') {
        const { lineId } = facts.lines[line % facts.lines.length]!;
        allocation = reserve(
          allocation,
          `case-${index}`,
          anApplication(facts.id, { lines: [{ lineId, quantity }] }),
          noon + index,
        );
      } else allocation = what === 'release' ? release(allocation, caseId) : consume(allocation, caseId);
      seen(allocation);
    }
    return allocation;
  };

  it('REF-3, spree#14678, woocommerce#64668: whatever is taken, freed and refunded, never more than was paid less postage', () => {
    fc.assert(
      fc.property(orders, steps, (facts, path) => {
        walk(facts, path, (allocation) => {
          check(sum(holding(allocation)) <= goodsPrice(facts), 'more than the goods cost');
          for (const line of facts.lines) {
            const units = holding(allocation).flatMap((entry) =>
              Object.hasOwn(entry.lines, line.lineId) ? [entry.lines[line.lineId]!] : [],
            );
            check(
              units.reduce((total, { quantity }) => total + quantity, 0) <= line.quantity,
              'more units than there are',
            );
            check(units.reduce((total, { refund }) => total + refund, 0) <= linePrice(line), 'more than the line cost');
            check(
              units.every(({ refund }) => Number.isSafeInteger(refund) && refund >= 0),
              'no amount of money',
            );
          }
        });
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it('REF-1, woocommerce#64668: returning everything, in whatever parts and after whatever was freed between, sums exactly to the paid price', () => {
    fc.assert(
      fc.property(orders, steps, fc.integer({ min: 1, max: 7 }), (facts, path, most) => {
        let allocation = walk(facts, path, () => undefined);
        for (const line of facts.lines) {
          for (let turn = 0; applicationsLeft(allocation, line.lineId) > 0; turn++) {
            const held = holding(allocation).reduce(
              (total, { lines: of }) => total + (Object.hasOwn(of, line.lineId) ? of[line.lineId]!.quantity : 0),
              0,
            );
            const quantity = Math.min(most, line.quantity - held);
            if (quantity === 0) break;
            const caseId = `rest-${line.lineId}-${turn}`;
            allocation = reserve(
              allocation,
              caseId,
              anApplication(facts.id, { lines: [{ lineId: line.lineId, quantity }] }),
              noon + 100,
            );
            check(allocation.cases[caseId]?.status === 'reserved', 'what is free was refused');
          }
        }
        expect(sum(holding(allocation))).toBe(goodsPrice(facts));
      }),
      { numRuns: 150 },
    );
  }, 60_000);
});

describe('goods that stay with the merchant', () => {
  const hold = (allocation: Allocation, caseId: string) => settle(allocation, { caseId, status: 'held' });
  const held = hold(take(delivered, 'a', 1), 'a');

  it('ELIG-6 CASE-10: held is not free for the consumer, and the order is not kept open by it', () => {
    expect(codeOf(take(held, 'b', 2), 'b')).toBe('quantity_not_available');
    expect(take(held, 'b', 1).cases['b']).toMatchObject({ status: 'reserved', amount: 12_900 });
    expect(hasOpenCase(held)).toBe(false);
    expect(complete(held).completed).toBe(true);
    expect(returnedOf(held, 'l-1')).toEqual({ quantity: 0, refunded: 0 });
  });

  it('ELIG-6: an agent’s new case takes the quantity over, links to the earlier one, and is refunded once', () => {
    const both = hold(take(held, 'b', 1), 'b');
    expect(codeOf(take(both, 'c', 1), 'c')).toBe('quantity_not_available');
    const taken = reserve(both, 'c', wish(2), noon + 3, true);
    expect(taken.cases).toMatchObject({
      a: { status: 'taken_over' },
      b: { status: 'taken_over' },
      c: { status: 'reserved', amount: 25_800 },
    });
    expect(['a', 'b']).toContain(taken.cases['c']?.previousCaseId);
    expect(codeOf(take(taken, 'd', 1), 'd')).toBe('quantity_not_available');
    const refunded = consume(taken, 'c');
    expect(returnedOf(refunded, 'l-1')).toEqual({ quantity: 2, refunded: 25_800 });
    expect(settle(refunded, { caseId: 'a', status: 'consumed', amount: 12_900 }), 'it is over').toBe(refunded);
  });

  it('ELIG-6: fewer units than are held are taken over, the others stay held, and no cent is lost', () => {
    const dear = openAllocation(anOrder({ lines: [aLine({ quantity: 3, unitPrice: 10_000, discount: 1 })] }), noon);
    const all = hold(
      reserve(dear, 'a', anApplication(dear.orderId, { lines: [{ lineId: 'l-1', quantity: 3 }] }), noon + 1),
      'a',
    );
    const two = anApplication(dear.orderId, { lines: [{ lineId: 'l-1', quantity: 2 }] });
    const taken = reserve(all, 'b', two, noon + 2, true);
    expect(taken.cases).toMatchObject({
      a: { status: 'held', lines: { 'l-1': { quantity: 1, refund: 9_999 } }, amount: 9_999 },
      b: { status: 'reserved', amount: 20_000, previousCaseId: 'a', goodsBack: true },
    });
    const rest = reserve(taken, 'c', anApplication(dear.orderId), noon + 3, true);
    expect(rest.cases).toMatchObject({ a: { status: 'taken_over' }, c: { amount: 9_999, goodsBack: true } });
    expect(codeOf(take(rest, 'd', 1), 'd')).toBe('quantity_not_available');
  });

  it('ELIG-6: a line of which nothing is left at the merchant was applied for all the same', () => {
    const lines = [aLine(), aLine({ lineId: 'l-2' })];
    const twoLines = openAllocation(anOrder({ lines, policy: aPolicy({ maxApplicationsPerLine: 2 }) }), noon);
    const wishes = lines.map(({ lineId }) => ({ lineId, quantity: 1 }));
    const both = hold(reserve(twoLines, 'a', anApplication(twoLines.orderId, { lines: wishes }), noon + 1), 'a');
    const goodsAtMerchant = true;
    const one = reserve(both, 'b', anApplication(twoLines.orderId, { goodsAtMerchant }), noon + 2, true);
    expect(one.cases['a']).toMatchObject({
      status: 'held',
      lines: { 'l-1': { quantity: 0, refund: 0 } },
      amount: 12_900,
    });
    expect(codeOf(reserve(one, 'c', anApplication(twoLines.orderId), noon + 3), 'c')).toBe('too_many_applications');
    const other = anApplication(twoLines.orderId, { lines: wishes.slice(1), goodsAtMerchant });
    expect(reserve(one, 'd', other, noon + 3, true).cases).toMatchObject({
      a: { status: 'taken_over' },
      d: { previousCaseId: 'a', amount: 12_900 },
    });
  });

  it('ELIG-6: neither the period nor the number of applications binds an agent’s case on goods at the merchant', () => {
    const four = ['a', 'b', 'c', 'd'].reduce((before, id) => release(take(before, id, 1), id), delivered);
    const fifth = hold(take(four, 'e', 1), 'e');
    const late = reserve(fifth, 'f', wish(1), noon + days(60), true);
    expect(late.cases['f']).toMatchObject({ status: 'reserved', goodsBack: true, previousCaseId: 'e' });
    expect(codeOf(reserve(fifth, 'g', wish(1), noon + days(60)), 'g'), 'the consumer is').toBe(
      'after_sales_period_over',
    );
  });

  it('ELIG-6: a case is for the units at the merchant or for others, not for both', () => {
    const mixed = reserve(held, 'c', wish(2), noon + 3, true);
    expect(mixed.cases['c']?.refusal).toMatchObject({ code: 'quantity_not_available', field: 'lines.0.quantity' });
    expect(mixed.cases['a']).toEqual(held.cases['a']);
  });

  it('ELIG-6: where both those at the merchant and others would do, the agent says which are meant', () => {
    const three = hold(take(delivered, 'a', 1), 'a');
    const applied = (goodsAtMerchant?: boolean) =>
      reserve(
        three,
        'c',
        { ...wish(1), ...(goodsAtMerchant === undefined ? {} : { goodsAtMerchant }) },
        noon + 3,
        true,
      );
    const unclear = applied();
    expect(unclear.cases['c']?.refusal).toMatchObject({ code: 'goods_at_merchant_unclear', field: 'goodsAtMerchant' });
    expect(unclear.cases['a']).toEqual(three.cases['a']);
    expect(applied(true).cases).toMatchObject({ a: { status: 'taken_over' }, c: { goodsBack: true } });
    const others = applied(false);
    expect(others.cases).toMatchObject({ a: { status: 'held' }, c: { status: 'reserved' } });
    expect(others.cases['c']).not.toHaveProperty('goodsBack');
  });

  it('ELIG-6: none at the merchant can’t be meant; a consumer’s word for it counts for nothing', () => {
    const meant = { ...wish(1), goodsAtMerchant: true };
    expect(codeOf(reserve(delivered, 'c', meant, noon + 3, true), 'c')).toBe('quantity_not_available');
    const three = hold(take(delivered, 'a', 1), 'a');
    expect(reserve(three, 'c', meant, noon + 3).cases).toMatchObject({
      a: { status: 'held' },
      c: { status: 'reserved' },
    });
  });

  it('ELIG-6: an agent’s application that is refused takes nothing over', () => {
    const refused = reserve(held, 'c', wish(9), noon + 3, true);
    expect(codeOf(refused, 'c')).toBe('quantity_not_available');
    expect(refused.cases['a']).toEqual(held.cases['a']);
  });

  it('REF-7: a part refunded spends the whole quantity', () => {
    const part = settle(take(delivered, 'a', 2), { caseId: 'a', status: 'consumed', amount: 1 });
    expect(codeOf(take(part, 'b', 1), 'b')).toBe('quantity_not_available');
    expect(returnedOf(part, 'l-1')).toEqual({ quantity: 2, refunded: 1 });
  });

  it('REF-7 REF-1: the lines’ shares of a part refunded are exactly that part', () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ price: fc.integer({ min: 0, max: 1e12 }), quantity: fc.integer({ min: 1, max: 9 }) }), {
          minLength: 1,
          maxLength: 6,
        }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (wanted, share) => {
          const lines = wanted.map(({ price, quantity }, index) =>
            aLine({ lineId: `l-${index}`, quantity, unitPrice: price }),
          );
          const many = anOrder({ lines });
          const application = anApplication(many.id, {
            lines: lines.map(({ lineId, quantity }) => ({ lineId, quantity })),
          });
          const reserved = reserve(openAllocation(many, noon), 'a', application, noon + 1);
          const whole = reserved.cases['a']!.amount;
          const amount = Math.floor(whole * share);
          const done = settle(reserved, { caseId: 'a', status: 'consumed', amount });
          const shares = lines.map(({ lineId }) => returnedOf(done, lineId).refunded);
          expect(shares.reduce((sum, one) => sum + one, 0)).toBe(amount);
          for (const [index, one] of shares.entries()) {
            expect(one).toBeGreaterThanOrEqual(0);
            expect(one).toBeLessThanOrEqual(reserved.cases['a']!.lines[`l-${index}`]!.refund);
          }
        },
      ),
      { numRuns: 200, seed: 7 },
    );
  }, 60_000);
});

describe('applications that are refused', () => {
  const unknown = anApplication(order.id, { lines: [{ lineId: 'l-9', quantity: 1 }] });
  /** What is stored once a case was judged. */
  const entered = (before: Allocation, caseId: string, application: typeof unknown) =>
    worthEntering(before, reserve(before, caseId, application, noon + 1), caseId);
  const inVain = (times: number) =>
    Array.from({ length: times }, (_, index) => `r-${index}`).reduce(
      (before, caseId) => entered(before, caseId, unknown),
      delivered,
    );

  it('ELIG-5: no more than a hundred are entered, so that nobody fills the document that all the order’s cases need', () => {
    expect(Object.keys(inVain(99).cases)).toHaveLength(99);
    expect(Object.keys(inVain(100).cases)).toHaveLength(100);
    expect(inVain(101)).toEqual(inVain(100));
  });

  it('ELIG-6: they count for nothing, however many: what may be granted is granted and entered', () => {
    expect(entered(inVain(150), 'good', wish(1)).cases['good']).toMatchObject({ status: 'reserved' });
  });
});
