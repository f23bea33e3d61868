import { z } from 'zod';
import { ownId } from '../../domain/fields.ts';
import { page, pageOf, pageQuery, readCursor, writeCursor } from '../list.ts';
import { type Route, route } from '../route.ts';
import { ledgerEntry, presentEntry } from './schema.ts';

const listQuery = z.strictObject({ ...pageQuery, caseId: ownId.optional(), orderId: ownId.optional() });
const listOrder = 'ledger';

const list = route<z.infer<typeof listQuery>>({
  method: 'get',
  path: '/v1/ledger',
  summary: 'Entries of the ledger, oldest first',
  tag: 'Ledger',
  roles: ['agent', 'admin'],
  query: listQuery,
  answer: pageOf(ledgerEntry),
  async answers({ store }, { query: { limit, cursor, caseId, orderId } }) {
    const of = { ...(caseId ? { caseId } : {}), ...(orderId ? { orderId } : {}) };
    const found = await store.queries.ledger(of, limit + 1, readCursor(listOrder, cursor));
    return {
      body: page(found, limit, presentEntry, ({ _id, at }) => writeCursor(listOrder, { key: at.getTime(), id: _id })),
    };
  },
});

/** The ledger 台账. REF-5 */
export const ledgerRoutes: readonly Route[] = [list];
