import { type CaseKind, isOnOffer, kindsFor, type Reason, reasonAllowsKind, reasons } from '../case/kinds.ts';
import type { Refusal } from '../decision.ts';
import { durationMs } from '../policy/duration.ts';
import { type Allocation, applicationsLeft, freeUnits, priceFreeUnits } from './allocation.ts';
import type { OrderFacts, OrderLine } from './facts.ts';

const hour = 3600 * 1000;
const day = 24 * hour;
/** Asia/Shanghai is UTC+8 all year; rules use no locale data (it differs between machines). */
const shanghai = 8 * hour;

/** The end of the after-sales period 售后期, UTC ms. ELIG-3 */
export function afterSalesUntil(order: Pick<OrderFacts, 'policy'>, deliveredAt: number): number {
  return deliveredAt + durationMs(order.policy.afterSalesPeriod);
}

/** The last moment for a return without a reason, UTC ms. ELIG-2 */
export function noReasonUntil(order: Pick<OrderFacts, 'policy'>, deliveredAt: number): number {
  const window = durationMs(order.policy.noReasonWindow);
  if (!order.policy.noReasonCountsFromNextDay) return deliveredAt + window;
  const nextMidnight = (Math.floor((deliveredAt + shanghai) / day) + 1) * day - shanghai;
  return nextMidnight + window - 1;
}

const until = (order: OrderFacts, deliveredAt: number, reason: Reason) =>
  reason === 'no_reason_7d' ? noReasonUntil(order, deliveredAt) : afterSalesUntil(order, deliveredAt);

type Eligibility = { until: number; refusal?: undefined } | { refusal: Refusal };

/** Whether a line may be applied for, for this reason (and kind, where one is chosen), at `at` (UTC ms). ELIG-1 to ELIG-3, POL-3 */
export function judgeEligibility(
  order: OrderFacts,
  deliveredAt: number,
  line: OrderLine,
  wish: { reason: Reason; kind?: CaseKind },
  at: number,
): Eligibility {
  const { reason, kind } = wish;
  const refuse = (code: Refusal['code'], detail: string, field?: string): Eligibility => ({
    refusal: { code, detail, ...(field ? { field } : {}) },
  });
  if (kind && !isOnOffer(kind)) return refuse('kind_not_available', `${kind} can't be applied for yet`, 'kind');
  if (kind && !reasonAllowsKind(reason, kind))
    return refuse('reason_not_allowed_for_kind', `${reason} allows ${kindsFor(reason).join(', ')} only`, 'kind');
  if (reason === 'no_reason_7d' && !line.noReasonReturn)
    return refuse('line_not_returnable', `line ${line.lineId} was sold without the right to return it for no reason`);
  const end = until(order, deliveredAt, reason);
  if (at <= end) return { until: end };
  const [code, window] =
    reason === 'no_reason_7d'
      ? (['no_reason_window_over', 'the time for a return without a reason'] as const)
      : (['after_sales_period_over', 'the after-sales period'] as const);
  return refuse(code, `${window} ended at ${new Date(end).toISOString()}`);
}

/** What a consumer sees of a line before applying; `until` in UTC ms, `refundPerUnit` in minor units. ELIG-4 */
export type LineOptions = {
  lineId: string;
  returnableQuantity: number;
  refundPerUnit: number;
  applicationsLeft: number;
  options: { reason: Reason; kinds: CaseKind[]; until: number }[];
  notEligible: ({ reason: Reason } & Refusal)[];
};

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
    applicationsLeft: left,
    options: [],
    notEligible: [],
  };
  for (const reason of reasons) {
    const refusal = outOfReach(free.quantity, left);
    const eligible = refusal
      ? { refusal }
      : judgeEligibility(allocation.order, allocation.deliveredAt, line, { reason }, at);
    if (eligible.refusal) shown.notEligible.push({ reason, ...eligible.refusal });
    else shown.options.push({ reason, kinds: kindsFor(reason), until: eligible.until });
  }
  return shown.options.length > 0 ? shown : { ...shown, returnableQuantity: 0 };
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
    applicationsLeft: 0,
    options: [],
    notEligible: reasons.map((reason) => ({ reason, ...refusal })),
  }));
}
