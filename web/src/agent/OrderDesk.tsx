import { useLedgerOf, useOrderTimeline } from '../api/queries.ts';
import { Items } from '../cases/Timeline.tsx';
import { useCaseWords } from '../cases/words.ts';
import { Card, Loaded } from '../design/pieces.tsx';
import type { Entry } from '../desk/Actions.tsx';
import { Ledger } from '../desk/Dossier.tsx';
import { HeldNote } from '../desk/Held.tsx';
import { OrderPage } from '../desk/OrderPage.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useRefundEntries } from './forms.ts';

/** An order: its refunds that failed, and cancelling it in the consumer's stead. ORD-4, ORD-11 */
export function OrderDesk({ id }: { id: string }) {
  const common = useCommon();
  const named = useCodes();
  const refundEntries = useRefundEntries();
  const cancel: Entry = {
    id: 'cancel',
    action: 'cancellation',
    key: 'c',
    form: {
      title: named('action', 'cancellation'),
      button: named('action', 'cancellation'),
      danger: true,
      fields: [
        {
          type: 'choice',
          name: 'reason',
          label: common('reason'),
          required: true,
          options: ['changed_mind', 'wrong_order', 'out_of_stock', 'duplicate', 'parcel_refused', 'other'].map(
            (value) => ({
              value,
              label: named('cancellation', value),
            }),
          ),
        },
        { type: 'long', name: 'note', label: common('note') },
      ],
    },
  };
  return (
    <OrderPage id={id} back="/" viewer="agent" entries={[...refundEntries, cancel]}>
      {({ refunds, paid }) => (
        <>
          <HeldNote held={refunds.find(({ held }) => held)?.held} currency={paid.currency} />
          <Booked orderId={id} />
          <Course orderId={id} />
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

function Course({ orderId }: { orderId: string }) {
  const t = useCaseWords();
  const query = useOrderTimeline(orderId);
  return (
    <Card title={t('timeline')}>
      <Loaded query={query} rows={1}>
        {(items) => <Items items={items} />}
      </Loaded>
    </Card>
  );
}
