import {
  type Allocation,
  type AllocationEntry,
  freeUnits,
  hasOpenCase,
  priceFreeUnits,
  reserve,
  returnedOf,
} from '../../src/domain/order/allocation.ts';
import { afterSalesUntil, noReasonUntil } from '../../src/domain/order/eligibility.ts';
import type { OrderLine } from '../../src/domain/order/facts.ts';
import type { LineOptions } from '../../src/domain/order/returnOptions.ts';
import type { RefusalCode } from '../../src/domain/refusals.ts';
import type { Invariant } from './invariants.ts';
import type { MarketplaceWalker, Reserve } from './marketplaceWalker.ts';

/** What was written over what; `repeated` where it had been written before. */
export type Kept = { before: Allocation; after: Allocation; repeated?: true };
/** What an application was answered. */
export type Judgement = { operation: Reserve; before: Allocation; entry: AllocationEntry };
/** What somebody saw of a line at `at`, UTC ms. */
export type Shown = { options: LineOptions; at: number };

const sum = (amounts: number[]) => amounts.reduce((total, amount) => total + amount, 0);
const priceOf = ({ quantity, unitPrice, discount }: OrderLine) => quantity * unitPrice - discount;

/** How many units of a line are anywhere but free. */
const taken = ({ whereabouts }: MarketplaceWalker, lineId: string) =>
  sum([...whereabouts.values()].filter((place) => place.in !== 'free').map(({ units }) => units[lineId] ?? 0));
const leftBehind = ({ whereabouts }: MarketplaceWalker, lineId: string) =>
  sum([...whereabouts.values()].filter((place) => place.in === 'left').map(({ units }) => units[lineId] ?? 0));
/** How many applications for a line were let in. */
const appliedFor = ({ whereabouts }: MarketplaceWalker, lineId: string) =>
  [...whereabouts.values()].filter(({ ever }) => (ever[lineId] ?? 0) > 0).length;

/** All that the order's consumer has got: from the provider, by hand, or from the merchant with a voucher. */
function moneyOut({ cases, provider, order }: MarketplaceWalker): number {
  const paid = provider.movements.filter(({ party }) => party === order.consumerId).map(({ amount }) => amount);
  const otherwise = [...cases.values()].flatMap(({ events }) =>
    events.flatMap((event) => {
      if (event.type === 'voucherAccepted') return [event.amount];
      const byHand = (event.type === 'refundSettled' || event.type === 'compensationSettled') && event.byHand;
      return byHand ? [event.payment.amount] : [];
    }),
  );
  return sum([...paid, ...otherwise]);
}

/** Where an entry may go from each status. */
const ways: Record<AllocationEntry['status'], readonly string[]> = {
  reserved: ['consumed', 'released', 'held'],
  held: ['held', 'taken_over'],
  consumed: [],
  released: [],
  refused: [],
  taken_over: [],
};

/** What must hold of the allocation after every write. */
export const kept: readonly Invariant<MarketplaceWalker, Kept>[] = [
  {
    rule: 'ELIG-5',
    says: 'a line’s units are in one place at a time: never more in cases, refunded and at the merchant than were sold',
    holds: (walk) => walk.order.lines.every(({ lineId, quantity }) => taken(walk, lineId) <= quantity),
  },
  {
    rule: 'ELIG-5, ELIG-6',
    says: 'what the allocation has free is what is free',
    holds: (walk, { after }) =>
      walk.order.lines.every((line) => freeUnits(after, line).quantity === line.quantity - taken(walk, line.lineId)),
  },
  {
    rule: 'REF-3',
    says: 'all that goes to the consumer is no more than was paid for the goods, and no more than is reserved',
    holds: (walk) => {
      const goods = sum(walk.order.lines.map(priceOf));
      const entries = Object.values(walk.allocation.cases);
      const held = sum(
        entries.filter(({ status }) => ['reserved', 'consumed', 'held'].includes(status)).map(({ amount }) => amount),
      );
      return moneyOut(walk) <= goods && held <= goods;
    },
  },
  {
    rule: 'REF-1',
    says: 'the prices of what is taken and of what is free are together the line’s price, to the last cent',
    holds: ({ order }, { after }) =>
      order.lines.every((line) => {
        const free = freeUnits(after, line);
        const inCases = Object.values(after.cases)
          .filter(({ status }) => ['reserved', 'consumed', 'held'].includes(status))
          .map(({ lines }) => lines[line.lineId]?.refund ?? 0);
        const rest = free.quantity === 0 ? 0 : priceFreeUnits(line, free, free.quantity).refund;
        return free.quantity >= 0 && free.dearerUnits >= 0 && sum(inCases) + rest === priceOf(line);
      }),
  },
  {
    rule: 'tricky case 17',
    says: 'an entry is never removed, and goes its way only: reserved, then consumed, released or held, then taken over',
    holds: (_, { before, after }) =>
      Object.entries(before.cases).every(([caseId, { status }]) => {
        const next = after.cases[caseId]?.status;
        return next !== undefined && (next === status || ways[status].includes(next));
      }),
  },
  {
    rule: 'tricky case 17',
    says: 'what is repeated changes nothing',
    holds: (_, { before, after, repeated }) => repeated === undefined || after === before,
  },
  {
    rule: 'tricky case 10',
    says: 'every change has a revision of its own, so that none is lost',
    holds: (_, { before, after }) => after === before || after.revision === before.revision + 1,
  },
  {
    rule: 'ORD-1',
    says: 'an order completes while no case is open, once; else it waits for the last',
    holds: (_, { before, after }) => {
      if (before.completed) return after.completed;
      return after.completed
        ? !hasOpenCase(before)
        : !after.completionAwaited || before.completionAwaited || hasOpenCase(before);
    },
  },
  {
    rule: 'POL-6',
    says: 'an extension lets applications in longer, never shorter',
    holds: (_, { before, after }) => (after.extendedUntil ?? 0) >= (before.extendedUntil ?? 0),
  },
  {
    rule: 'REF-7',
    says: 'the shares of a case’s lines are its refund, to the last cent, and spend its whole quantity',
    holds: ({ order }, { after }) => {
      const consumed = Object.values(after.cases).filter(({ status }) => status === 'consumed');
      const returned = order.lines.map(({ lineId }) => returnedOf(after, lineId));
      const whole = consumed.filter(({ lines }) => sum(Object.values(lines).map(({ refund }) => refund)) > 0);
      return (
        sum(returned.map(({ refunded }) => refunded)) === sum(whole.map(({ amount }) => amount)) &&
        sum(returned.map(({ quantity }) => quantity)) ===
          sum(consumed.flatMap(({ lines }) => Object.values(lines).map(({ quantity }) => quantity)))
      );
    },
  },
];

/** What an application must be answered, as DOMAIN.md has it; undefined where it must be let in. */
function refusalDue(
  walk: MarketplaceWalker,
  { application, receivedAt, byAgent }: Reserve,
  before: Allocation,
): RefusalCode | undefined {
  const { order, deliveredAt } = walk;
  const wanted = application.lines;
  const someLeft = wanted.some(({ lineId }) => leftBehind(walk, lineId) > 0);
  const allLeft = wanted.every(({ lineId, quantity }) => leftBehind(walk, lineId) >= quantity);
  const due = (takesOver: boolean): RefusalCode | undefined => {
    for (const { lineId, quantity } of wanted) {
      const line = order.lines.find((one) => one.lineId === lineId);
      if (!line) return 'line_unknown';
      if (takesOver && leftBehind(walk, lineId) < quantity) return 'quantity_not_available';
      if (application.reason === 'no_reason_7d') {
        if (application.kind !== 'return_and_refund') return 'reason_not_allowed_for_kind';
        if (!line.noReasonReturn) return 'line_not_returnable';
        if (!takesOver && receivedAt > noReasonUntil(order, deliveredAt)) return 'no_reason_window_over';
      } else if (!takesOver && receivedAt > Math.max(afterSalesUntil(order, deliveredAt), before.extendedUntil ?? 0)) {
        return 'after_sales_period_over';
      }
      if (!takesOver && appliedFor(walk, lineId) >= order.policy.maxApplicationsPerLine) return 'too_many_applications';
      if (!takesOver && quantity > line.quantity - taken(walk, lineId)) return 'quantity_not_available';
    }
    return undefined;
  };
  if (!byAgent) return due(false);
  if (application.goodsAtMerchant !== undefined) return due(application.goodsAtMerchant);
  if (!someLeft) return due(false);
  if (due(false) !== undefined) return due(true);
  return allLeft ? 'goods_at_merchant_unclear' : undefined;
}

/** What must hold of every answer to an application. */
export const judgements: readonly Invariant<MarketplaceWalker, Judgement>[] = [
  {
    rule: 'ELIG-1 to ELIG-6',
    says: 'an application is let in where the rules let it in, else refused by the rule that is against it',
    holds: (walk, { operation, before, entry }) => entry.refusal?.code === refusalDue(walk, operation, before),
  },
  {
    rule: 'REF-1',
    says: 'an application’s refund is that of its units, line by line',
    holds: ({ order }, { operation, entry }) =>
      entry.status === 'refused' ||
      (sum(Object.values(entry.lines).map(({ refund }) => refund)) === entry.amount &&
        operation.application.lines.every(({ lineId, quantity }) => {
          const line = order.lines.find((one) => one.lineId === lineId);
          const units = entry.lines[lineId];
          if (!line || !units) return false;
          const cheapest = Math.floor(priceOf(line) / line.quantity);
          return (
            units.quantity === quantity &&
            units.refund >= cheapest * quantity &&
            units.refund <= (cheapest + 1) * quantity
          );
        })),
  },
  {
    rule: 'ELIG-6',
    says: 'a new case on freed units is linked to the one that freed them, an agent’s to the one whose goods it takes over',
    holds: ({ whereabouts }, { operation, entry, before }) => {
      if (entry.status === 'refused') return entry.previousCaseId === undefined;
      const previous = entry.previousCaseId;
      const wanted = operation.application.lines.map(({ lineId }) => lineId);
      const touches = (units: Record<string, number>) => wanted.some((lineId) => (units[lineId] ?? 0) > 0);
      if (entry.goodsBack) return previous !== undefined && before.cases[previous]?.status === 'held';
      const freed = [...whereabouts].filter(([, place]) => place.in === 'free' && touches(place.ever));
      return previous === undefined ? freed.length === 0 : freed.some(([caseId]) => caseId === previous);
    },
  },
];

/** What must hold of what somebody sees before applying. */
export const shown: readonly Invariant<MarketplaceWalker, Shown>[] = [
  {
    rule: 'ELIG-4',
    says: 'what is shown as returnable is let in, for the refund that was shown; what is not is refused for the reason that was shown',
    holds: ({ allocation, order }, { options, at }) => {
      const { lineId, returnableQuantity, refundPerUnit } = options;
      const tried = (reason: (typeof options.options)[number]['reason'], quantity: number) =>
        reserve(
          allocation,
          'somebody',
          { orderId: order.id, kind: 'return_and_refund', reason, lines: [{ lineId, quantity }], description: '看看' },
          at,
        ).cases['somebody'];
      return (
        options.options.every(
          ({ reason, until }) =>
            until >= at &&
            tried(reason, returnableQuantity)?.status === 'reserved' &&
            tried(reason, returnableQuantity + 1)?.refusal?.code === 'quantity_not_available' &&
            tried(reason, 1)?.amount === refundPerUnit,
        ) &&
        options.notEligible.every(({ reason, code }) => {
          const refusal = tried(reason, 1)?.refusal?.code;
          // where several rules are against it, any of them is a reason
          return (
            refusal === code ||
            (refusal !== undefined && (code === 'quantity_not_available' || code === 'too_many_applications'))
          );
        })
      );
    },
  },
];
