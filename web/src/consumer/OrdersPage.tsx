import { Link } from 'wouter';
import { useOrders } from '../api/queries.ts';
import type { Order } from '../api/types.ts';
import { Amount, Empty, Pages, Tag, Thing, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { Screen } from './Screen.tsx';
import { useConsumerWords } from './words.ts';

const toneOfOrder = (status: Order['status']) =>
  status === 'cancelled' ? 'plain' : status === 'delivered' || status === 'completed' ? 'good' : 'go';

export function OrdersPage() {
  const t = useConsumerWords();
  const query = useOrders({ limit: 20 });
  return (
    <Screen title={t('myOrders')}>
      <Pages query={query} empty={<Empty icon="bag" title={t('noOrders')} />}>
        {(orders) => orders.map((order) => <OrderCard key={order.id} order={order} />)}
      </Pages>
    </Screen>
  );
}

function OrderCard({ order }: { order: Order }) {
  const named = useCodes();
  const common = useCommon();
  return (
    <Link href={`/orders/${order.id}`} className="card">
      <div className="stack">
        <div className="row apart">
          <span className="small soft">
            {common('merchant')} {order.merchantId} · <When at={order.createdAt} />
          </span>
          <Tag tone={toneOfOrder(order.status)}>{named('status', order.status)}</Tag>
        </div>
        {order.lines.map((line) => (
          <div key={line.lineId} className="row steady">
            <Thing title={line.title} />
            <span className="grow strong">
              {line.title} <span className="soft">× {line.quantity}</span>
            </span>
          </div>
        ))}
        <div className="row apart">
          <span className="small soft">{named('paymentMethod', order.paymentMethod)}</span>
          <span>
            <span className="small soft">{common('paid')} </span>
            <Amount money={order.paid} />
          </span>
        </div>
      </div>
    </Link>
  );
}
