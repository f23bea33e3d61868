import { Link } from 'wouter';
import { useOrders } from '../api/queries.ts';
import { shortId } from '../design/format.ts';
import { Amount, Empty, Tag, When } from '../design/pieces.tsx';
import type { Entry } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { Listing } from '../desk/Listing.tsx';
import { OrderPage as Page } from '../desk/OrderPage.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useMerchantWords } from './words.ts';

export function Orders() {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const query = useOrders({ limit: 50 });
  return (
    <>
      <Head title={t('orders')} />
      <Listing
        query={query}
        empty={<Empty icon="box" title={t('noOrders')} />}
        keyOf={({ id }) => id}
        columns={[
          {
            name: common('order'),
            show: ({ id, lines }) => (
              <>
                <Link href={`/orders/${id}`}>{lines.map(({ title }) => title).join('、')}</Link>
                <div className="tiny soft mono">{shortId(id)}</div>
              </>
            ),
          },
          { name: common('consumer'), show: ({ consumerId }) => consumerId },
          {
            name: common('status'),
            show: ({ status, availableActions }) => (
              <Tag tone={availableActions.length > 0 ? 'warn' : 'plain'}>{named('status', status)}</Tag>
            ),
          },
          { name: common('paid'), end: true, show: ({ paid }) => <Amount money={paid} /> },
          { name: common('updated'), show: ({ updatedAt }) => <When at={updatedAt} /> },
        ]}
      />
    </>
  );
}

function useOrderEntries(): Entry[] {
  const common = useCommon();
  const named = useCodes();
  return [
    {
      id: 'confirm',
      action: 'confirmation',
      key: 'c',
      form: { title: named('action', 'confirmation'), button: named('action', 'confirmation'), fields: [] },
    },
    {
      id: 'ship',
      action: 'shipment',
      key: 's',
      form: {
        title: named('action', 'shipment'),
        button: common('submit'),
        fields: [
          { type: 'text', name: 'carrier', label: common('carrier'), required: true, max: 64 },
          { type: 'text', name: 'trackingNumber', label: common('trackingNumber'), required: true, max: 64 },
        ],
      },
    },
    {
      id: 'cancel',
      action: 'cancellation',
      key: 'x',
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
            options: ['out_of_stock', 'duplicate', 'other'].map((value) => ({
              value,
              label: named('cancellation', value),
            })),
          },
          { type: 'long', name: 'note', label: common('note') },
        ],
      },
    },
  ];
}

export function OrderPage({ id }: { id: string }) {
  const entries = useOrderEntries();
  return <Page id={id} back="/orders" viewer="merchant" entries={entries} />;
}
