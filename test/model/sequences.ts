import * as fc from 'fast-check';
import type { CaseFacts, CaseOpened } from '../../src/domain/case/case.ts';
import { caseKinds, type Reason, reasonAllowsKind, reasons } from '../../src/domain/case/kinds.ts';
import type { OrderFacts, OrderLine } from '../../src/domain/order/facts.ts';
import type { TicketFacts } from '../../src/domain/ticket/ticket.ts';
import { aLine, anOrder, aTicket, noon } from '../builders.ts';
import { someFacts } from '../domain/caseStories.ts';
import { lengthOf, policies } from './policies.ts';

/** What a consumer may apply for, and why. ELIG-2 */
export const wishes = fc
  .record({ kind: fc.constantFrom(...caseKinds), reason: fc.constantFrom(...reasons) })
  .map(({ kind, reason }): { kind: CaseFacts['kind']; reason: Reason } => ({
    kind,
    reason: reasonAllowsKind(reason, kind) ? reason : 'quality_problem',
  }));

const paymentMethods = fc.constantFrom('online' as const, 'cod' as const);

/** Openings of cases: every kind and reason, both payment methods, amounts down to nothing. */
export const openings: fc.Arbitrary<CaseOpened> = fc
  .record({
    wish: wishes,
    paymentMethod: paymentMethods,
    refundAmount: fc.oneof(fc.constantFrom(12_900, 0, 1, 2, 999), fc.nat(1_000_000)),
    goodsBack: fc.oneof({ weight: 7, arbitrary: fc.constant(false) }, fc.constant(true)),
    policy: policies,
  })
  .map(({ wish, goodsBack, ...rest }) => {
    const facts = someFacts({ id: 'k', orderId: 'o', ...wish, ...rest, ...(goodsBack ? { goodsBack } : {}) });
    const length = lengthOf(rest.policy.deadlines.merchantDecision);
    return {
      type: 'caseOpened',
      at: noon,
      actor: { role: 'consumer', id: facts.consumerId },
      rule: 'CASE-1',
      facts,
      deadline: { kind: 'merchantDecision', from: noon, at: noon + length },
    };
  });

const prices = fc.oneof(fc.constantFrom(12_900, 0, 1, 3, 100), fc.nat(99_999));

/** Lines of every price and discount; what is left is often no multiple of the quantity. REF-1 */
export const linesOf = (most: number): fc.Arbitrary<OrderLine[]> =>
  fc
    .array(
      fc.record({
        quantity: fc.integer({ min: 1, max: 4 }),
        unitPrice: prices,
        share: fc.constantFrom(0, 0, 1, 0.5, 0.33),
        noReasonReturn: fc.boolean(),
      }),
      { minLength: 1, maxLength: most, size: 'max' },
    )
    .map((lines) =>
      lines.map(({ share, ...line }, index) =>
        aLine({ ...line, lineId: `l-${index + 1}`, discount: Math.floor(line.quantity * line.unitPrice * share) }),
      ),
    );

/** Delivered orders of a few lines, for several cases at once. */
export const deliveredOrders: fc.Arbitrary<OrderFacts> = fc
  .record({ paymentMethod: paymentMethods, lines: linesOf(3), policy: policies })
  .map((changes) => anOrder({ id: 'o', ...changes }));

/** Support tickets, with a file of their own or without. INT-8 */
export const tickets: fc.Arbitrary<TicketFacts> = fc
  .record({ evidenceIds: fc.constantFrom<string[]>([], ['0b9d0c2e-8a55-4c1b-9a68-3c2f7b7ff001']), policy: policies })
  .map((changes) => aTicket(anOrder({ id: 'o' }), { id: 't', ...changes }));

/** Orders of both payment methods; one paid online costs something. */
export const orders: fc.Arbitrary<OrderFacts> = fc
  .record({
    paymentMethod: paymentMethods,
    postage: fc.constantFrom(1_000, 1, 0),
    lines: linesOf(2),
    policy: policies,
  })
  .map(({ postage, ...rest }) =>
    anOrder({ id: 'o', ...rest, postage: postage + (rest.paymentMethod === 'online' ? 1 : 0) }),
  );
