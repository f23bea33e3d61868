import { type CaseKind, kindsFor, type Reason, reasonAllowsKind } from '../case/kinds.ts';
import type { Refusal } from '../decision.ts';
import { durationMs } from '../policy/duration.ts';
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

/** A delivered order, and to when an outage of ours has extended its after-sales period (POL-6); UTC ms. */
type Delivered = { order: OrderFacts; deliveredAt: number; extendedUntil?: number };

const until = ({ order, deliveredAt, extendedUntil = 0 }: Delivered, reason: Reason) =>
  reason === 'no_reason_7d'
    ? noReasonUntil(order, deliveredAt)
    : Math.max(afterSalesUntil(order, deliveredAt), extendedUntil);

type Eligibility = { until: number; refusal?: undefined } | { refusal: Refusal };

/** Whether a line may be applied for, for this reason (and kind, where one is chosen), at `at` (UTC ms). ELIG-1 to ELIG-3, POL-3 */
export function judgeEligibility(
  delivered: Delivered,
  line: OrderLine,
  wish: { reason: Reason; kind?: CaseKind },
  at: number,
): Eligibility {
  const { reason, kind } = wish;
  const refuse = (code: Refusal['code'], detail: string, field?: string): Eligibility => ({
    refusal: { code, detail, ...(field ? { field } : {}) },
  });
  if (kind && !reasonAllowsKind(reason, kind))
    return refuse('reason_not_allowed_for_kind', `${reason} allows ${kindsFor(reason).join(', ')} only`, 'kind');
  if (reason === 'no_reason_7d' && !line.noReasonReturn)
    return refuse('line_not_returnable', `line ${line.lineId} was sold without the right to return it for no reason`);
  const end = until(delivered, reason);
  if (at <= end) return { until: end };
  const [code, window] =
    reason === 'no_reason_7d'
      ? (['no_reason_window_over', 'the time for a return without a reason'] as const)
      : (['after_sales_period_over', 'the after-sales period'] as const);
  return refuse(code, `${window} ended at ${new Date(end).toISOString()}`);
}
