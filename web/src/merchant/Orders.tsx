import { Link } from 'wouter';
import { keys } from '../api/keys.ts';
import type { Order } from '../api/types.ts';
import { Held } from '../cases/Held.tsx';
import { shortId } from '../design/format.ts';
import { Amount, Empty, Loaded, Tag, When } from '../design/pieces.tsx';
import type { Entry } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { Table } from '../desk/Listing.tsx';
import { OrderPage as Page, useCancellation } from '../desk/OrderPage.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useParcelFields } from './forms.ts';
import { Pager, useOnePage } from './paging.tsx';
import { useMerchantWords } from './words.ts';

export function Orders() {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const list = useOnePage<Order>(keys.orders, '/v1/orders', { limit: 50 });
  return (
    <>
      <Head title={t('orders')} />
      <Loaded query={{ ...list, data: list.items }}>
        {(orders) =>
          orders.length === 0 ? (
            <Empty icon="box" title={t('noOrders')} />
          ) : (
            <div className="card table-wrap">
              <Table
                stacking
                items={orders}
                keyOf={({ id }) => id}
                heads={[
                  common('order'),
                  common('consumer'),
                  common('status'),
                  { end: common('paid') },
                  common('updated'),
                ]}
              >
                {(order) => (
                  <>
                    <td>
                      <Link href={`/orders/${order.id}`}>{order.lines.map(({ title }) => title).join('、')}</Link>
                      <div className="tiny soft mono">{shortId(order.id)}</div>
                    </td>
                    <td>{order.consumerId}</td>
                    <td>
                      <Tag tone={order.availableActions.length > 0 ? 'warn' : 'plain'}>
                        {named('status', order.status)}
                      </Tag>
                    </td>
                    <td className="end">
                      <Amount money={order.paid} />
                    </td>
                    <td>
                      <When at={order.updatedAt} />
                    </td>
                  </>
                )}
              </Table>
            </div>
          )
        }
      </Loaded>
      <Pager {...list} />
    </>
  );
}

function useOrderEntries(): Entry[] {
  const cancel = useCancellation(['out_of_stock', 'duplicate', 'other'], 'x');
  const common = useCommon();
  const parcel = useParcelFields();
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
        fields: parcel,
      },
    },
    cancel,
  ];
}

export function OrderPage({ id }: { id: string }) {
  const entries = useOrderEntries();
  return (
    <Page id={id} back="/orders" viewer="merchant" entries={() => entries}>
      {({ refunds }) =>
        refunds.map(({ purpose, transactionId, held }) => <Held key={`${purpose}${transactionId}`} held={held} />)
      }
    </Page>
  );
}
