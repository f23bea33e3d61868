import type { ReactNode } from 'react';
import { Link } from 'wouter';
import { useCases, useOrder } from '../api/queries.ts';
import type { Order } from '../api/types.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { toneOf } from '../cases/tone.ts';
import { shortId } from '../design/format.ts';
import { Card, Loaded, Tag } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { Actions, type Entry } from './Actions.tsx';
import { Head } from './Desk.tsx';
import { OrderFacts } from './OrderFacts.tsx';

/** An order with its cases and messages, and what can be done with it; `children` is what only one role sees of it. */
export function OrderPage({
  id,
  back,
  viewer,
  entries,
  children,
}: {
  id: string;
  back: string;
  viewer: 'agent' | 'merchant';
  entries: (order: Order) => Entry[];
  children?: (order: Order) => ReactNode;
}) {
  const common = useCommon();
  const query = useOrder(id);
  return (
    <>
      <Head title={`${common('order')} ${shortId(id)}`} back={back} />
      <Loaded query={query}>
        {(order) => (
          <div className="split">
            <div className="stack">
              <OrderFacts order={order} />
              {children?.(order)}
              <CasesOf orderId={id} viewer={viewer} />
              <Conversation kind="orders" id={id} />
            </div>
            <aside className="stack">
              <Actions
                entries={entries(order)}
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

function CasesOf({ orderId, viewer }: { orderId: string; viewer: string }) {
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
            <Tag tone={toneOf(one, viewer)}>{named('status', one.status)}</Tag>
          </li>
        ))}
      </ul>
    </Card>
  );
}

/** Cancelling an order, for one of these reasons. ORD-4, ORD-7, ORD-8 */
export function useCancellation(reasons: readonly string[], key: string): Entry {
  const common = useCommon();
  const named = useCodes();
  return {
    id: 'cancel',
    action: 'cancellation',
    key,
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
          options: reasons.map((value) => ({ value, label: named('cancellation', value) })),
        },
        { type: 'long', name: 'note', label: common('note') },
      ],
    },
  };
}
