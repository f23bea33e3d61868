import { Link } from 'wouter';
import { useOrders } from '../api/queries.ts';
import { shortId } from '../design/format.ts';
import { Amount, Empty, Tag, When } from '../design/pieces.tsx';
import type { Entry } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { Listing } from '../desk/Listing.tsx';
import { OrderPage as Page, useCancellation } from '../desk/OrderPage.tsx';
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
        heads={[common('order'), common('consumer'), common('status'), { end: common('paid') }, common('updated')]}
      >
        {(order) => (
          <>
            <td>
              <Link href={`/orders/${order.id}`}>{order.lines.map(({ title }) => title).join('、')}</Link>
              <div className="tiny soft mono">{shortId(order.id)}</div>
            </td>
            <td>{order.consumerId}</td>
            <td>
              <Tag tone={order.availableActions.length > 0 ? 'warn' : 'plain'}>{named('status', order.status)}</Tag>
            </td>
            <td className="end">
              <Amount money={order.paid} />
            </td>
            <td>
              <When at={order.updatedAt} />
            </td>
          </>
        )}
      </Listing>
    </>
  );
}

function useOrderEntries(): Entry[] {
  const cancel = useCancellation(['out_of_stock', 'duplicate', 'other'], 'x');
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
    cancel,
  ];
}

export function OrderPage({ id }: { id: string }) {
  const entries = useOrderEntries();
  return <Page id={id} back="/orders" viewer="merchant" entries={entries} />;
}
