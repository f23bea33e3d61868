import { z } from 'zod';
import type { LedgerKind } from '../../domain/money/ledger.ts';
import type { LedgerDocument } from '../../store/documents.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const kinds = [
  'refund',
  'compensation',
  'claim',
  'penalty',
  'payout',
  'late_payment',
] as const satisfies readonly LedgerKind[];

/** An entry of the ledger as it is answered. REF-5 */
export const ledgerEntry = z
  .object({
    id: z.string(),
    at: timeSchema,
    movementKey: z.string(),
    kind: z.enum(kinds),
    debit: z.string(),
    credit: z.string(),
    amount: z.int(),
    currency: z.string(),
    caseId: z.string().optional(),
    orderId: z.string(),
  })
  .meta({ id: 'LedgerEntry' });

/** A stored entry as it is answered. */
export function presentEntry({
  _id,
  at,
  movementKey,
  kind,
  debit,
  credit,
  amount,
  currency,
  caseId,
  orderId,
}: LedgerDocument): z.infer<typeof ledgerEntry> {
  return {
    id: _id,
    at: isoTime(at),
    movementKey,
    kind,
    debit,
    credit,
    amount,
    currency,
    ...(caseId ? { caseId } : {}),
    orderId,
  };
}
