import { useLedgerOf, useOrderTimeline } from '../api/queries.ts';
import { Course } from '../cases/Timeline.tsx';
import { Loaded } from '../design/pieces.tsx';
import { Ledger } from '../desk/Dossier.tsx';
import { HeldNote } from '../desk/Held.tsx';
import { OrderPage, useCancellation } from '../desk/OrderPage.tsx';
import { listPath } from './cameFrom.ts';
import { useRefundEntries } from './forms.ts';

/** An order: its refunds that failed, and cancelling it in the consumer's stead. ORD-4, ORD-11 */
export function OrderDesk({ id }: { id: string }) {
  const refundEntries = useRefundEntries();
  const cancel = useCancellation(
    ['changed_mind', 'wrong_order', 'out_of_stock', 'duplicate', 'parcel_refused', 'other'],
    'c',
  );
  return (
    <OrderPage id={id} back={listPath()} viewer="agent" entries={({ refunds }) => [...refundEntries(refunds), cancel]}>
      {({ refunds, paid }) => (
        <>
          <HeldNote held={refunds.find(({ held }) => held)?.held} currency={paid.currency} />
          <Booked orderId={id} />
          <History orderId={id} />
        </>
      )}
    </OrderPage>
  );
}

function Booked({ orderId }: { orderId: string }) {
  const query = useLedgerOf(orderId);
  return (
    <Loaded query={query} rows={1}>
      {(entries) => <Ledger entries={entries} />}
    </Loaded>
  );
}

const History = ({ orderId }: { orderId: string }) => <Course query={useOrderTimeline(orderId)} />;
