import { z } from 'zod';
import { ownId } from '../../domain/fields.ts';
import type { LedgerKind } from '../../domain/money/ledger.ts';
import type { LedgerDocument } from '../../store/documents.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { type Route, route } from '../route.ts';
import { isoTime, timeSchema } from '../schemas.ts';

const kinds = [
  'refund',
  'compensation',
  'claim',
  'penalty',
  'payout',
  'late_payment',
] as const satisfies readonly LedgerKind[];

const entryAnswer = z
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

const listQuery = z.strictObject({ ...pageQuery, caseId: ownId.optional(), orderId: ownId.optional() });
const listOrder = 'ledger';

function present({
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
}: LedgerDocument): z.infer<typeof entryAnswer> {
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

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path: '/v1/ledger',
  summary: 'Entries of the ledger, oldest first',
  tag: 'Ledger',
  roles: ['agent', 'admin'],
  query: listQuery,
  answer: pageOf(entryAnswer),
  async answers({ store }, { query: { limit, cursor, caseId, orderId } }) {
    const of = { ...(caseId ? { caseId } : {}), ...(orderId ? { orderId } : {}) };
    const found = await store.queries.ledger(of, limit + 1, readCursor(listOrder, cursor));
    return {
      body: page(found, limit, present, ({ _id, at }) => writeCursor(listOrder, { key: at.getTime(), id: _id })),
    };
  },
});

/** The ledger 台账. REF-5 */
export const ledgerRoutes: readonly Route[] = [list];
