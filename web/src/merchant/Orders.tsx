import { Link } from 'wouter';
import { keys } from '../api/keys.ts';
import { useCases, useOrder } from '../api/queries.ts';
import type { Order } from '../api/types.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { toneOf } from '../cases/tone.ts';
import { shortId } from '../design/format.ts';
import { Amount, Card, Empty, Loaded, Tag, When } from '../design/pieces.tsx';
import { Actions, type Entry } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { OrderFacts } from '../desk/OrderFacts.tsx';
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
              <table className="table stacking">
                <thead>
                  <tr>
                    <th>{common('order')}</th>
                    <th>{common('consumer')}</th>
                    <th>{common('status')}</th>
                    <th className="end">{common('paid')}</th>
                    <th>{common('updated')}</th>
                  </tr>
                </thead>
                <tbody>
                  {orders.map((order) => (
                    <tr key={order.id}>
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
                    </tr>
                  ))}
                </tbody>
              </table>
            </div>
          )
        }
      </Loaded>
      <Pager {...list} />
    </>
  );
}

function useOrderEntries(): Entry[] {
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
  const common = useCommon();
  const entries = useOrderEntries();
  const query = useOrder(id);
  return (
    <>
      <Head title={`${common('order')} ${shortId(id)}`} back="/orders" />
      <Loaded query={query}>
        {(order) => (
          <div className="split">
            <div className="stack">
              <OrderFacts order={order} />
              <CasesOf orderId={id} />
              <Conversation kind="orders" id={id} />
            </div>
            <aside className="stack">
              <Actions
                entries={entries}
                available={order.availableActions}
                path={`/v1/orders/${id}`}
                subject={{ kind: 'order', id, version: order.version }}
              />
            </aside>
          </div>
        )}
      </Loaded>
    </>
  );
}

function CasesOf({ orderId }: { orderId: string }) {
  const common = useCommon();
  const named = useCodes();
  const { items = [] } = useCases({ orderId });
  if (items.length === 0) return null;
  return (
    <Card title={common('cases')}>
      <ul className="lines">
        {items.map((one) => (
          <li key={one.id} className="row apart">
            <Link href={`/cases/${one.id}`}>
              {named('kind', one.remedy.kind)} · {named('reason', one.reason)}
            </Link>
            <Tag tone={toneOf(one, 'merchant')}>{named('status', one.status)}</Tag>
          </li>
        ))}
      </ul>
    </Card>
  );
}
