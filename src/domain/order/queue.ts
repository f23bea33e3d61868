import type { Standing } from '../queue.ts';
import { failedRefunds, type OrderState } from './order.ts';

/** Where an order stands in line for an agent. ORD-11 */
export function orderQueues(state: OrderState): Standing[] {
  const failed = failedRefunds(state);
  if (failed.length === 0) return [];
  const since = Math.min(...failed.map(({ declinedAt }) => declinedAt ?? state.updatedAt));
  return [{ queue: 'refund-failures', since }];
}
