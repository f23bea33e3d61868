import { type CaseKind, kindsFor, type Reason, reasons } from '../case/kinds.ts';
import type { Refusal } from '../decision.ts';
import { type Allocation, applicationsLeft, freeUnits, priceFreeUnits } from './allocation.ts';
import { judgeEligibility } from './eligibility.ts';
import type { OrderFacts, OrderLine } from './facts.ts';

/**
 * What a consumer sees of a line before applying; `until` in UTC ms, amounts in minor units. `refunds` is what one unit, two units and
 * so on would bring, for as many as are free and at most `mostQuantitiesPriced`: a share to the last cent is no multiple (REF-1). ELIG-4
 */
export type LineOptions = {
  lineId: string;
  returnableQuantity: number;
  refundPerUnit: number;
  refunds: number[];
  applicationsLeft: number;
  options: { reason: Reason; kinds: CaseKind[]; until: number }[];
  notEligible: ({ reason: Reason } & Refusal)[];
};

/** More than anybody returns of a line, and no more than fits an answer. */
const mostQuantitiesPriced = 100;

/** What can be applied for on each line at `at` (UTC ms), and where not, why. ELIG-4 */
export function returnOptions(allocation: Allocation, at: number): LineOptions[] {
  return allocation.order.lines.map((line) => lineOptions(allocation, line, at));
}

function lineOptions(allocation: Allocation, line: OrderLine, at: number): LineOptions {
  const free = freeUnits(allocation, line);
  const left = applicationsLeft(allocation, line.lineId);
  const shown: LineOptions = {
    lineId: line.lineId,
    returnableQuantity: free.quantity,
    refundPerUnit: priceFreeUnits(line, free.quantity > 0 ? free : { quantity: 1, dearerUnits: 0 }, 1).refund,
    refunds: Array.from(
      { length: Math.min(free.quantity, mostQuantitiesPriced) },
      (_, index) => priceFreeUnits(line, free, index + 1).refund,
    ),
    applicationsLeft: left,
    options: [],
    notEligible: [],
  };
  for (const reason of reasons) {
    const refusal = outOfReach(free.quantity, left);
    const eligible = refusal ? { refusal } : judgeEligibility(allocation, line, { reason }, at);
    if (eligible.refusal) shown.notEligible.push({ reason, ...eligible.refusal });
    else shown.options.push({ reason, kinds: [...kindsFor(reason)], until: eligible.until });
  }
  return shown.options.length > 0 ? shown : { ...shown, returnableQuantity: 0, refunds: [] };
}

function outOfReach(free: number, left: number): Refusal | undefined {
  if (free === 0) return { code: 'quantity_not_available', detail: 'every unit is in a case or was refunded' };
  if (left === 0) return { code: 'too_many_applications', detail: 'applied for as often as is allowed' };
  return undefined;
}

/** The same for an order that cases can't be opened on: before delivery there is cancellation. ELIG-3 */
export function noReturnOptions(order: Pick<OrderFacts, 'lines'>, refusal: Refusal): LineOptions[] {
  return order.lines.map(({ lineId }) => ({
    lineId,
    returnableQuantity: 0,
    refundPerUnit: 0,
    refunds: [],
    applicationsLeft: 0,
    options: [],
    notEligible: reasons.map((reason) => ({ reason, ...refusal })),
  }));
}
