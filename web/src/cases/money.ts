import type { Case } from '../api/types.ts';

/** Whether a remedy of this kind gives money back. */
export const isRefund = (kind: string): boolean => kind === 'refund_only' || kind === 'return_and_refund';

/** Whether money has come or is to come of a case: an exchange brings none, nor does what was withdrawn or lost. */
export const bringsMoney = ({ remedy, refund, status }: Pick<Case, 'remedy' | 'refund' | 'status'>): boolean =>
  refund.amount > 0 &&
  (status === 'closed' ? refund.state === 'settled' : refund.state !== 'none' || isRefund(remedy.kind));
