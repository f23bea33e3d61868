import { useOrder } from '../api/queries.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { shortId } from '../design/format.ts';
import { Loaded } from '../design/pieces.tsx';
import { Actions, type Entry } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { OrderFacts } from '../desk/OrderFacts.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useRefundEntries } from './forms.ts';

/** An order: its refunds that failed, and cancelling it in the consumer's stead. ORD-4, ORD-11 */
export function OrderDesk({ id }: { id: string }) {
  const common = useCommon();
  const named = useCodes();
  const refundEntries = useRefundEntries();
  const query = useOrder(id);
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
    <>
      <Head title={`${common('order')} ${shortId(id)}`} back="/" />
      <Loaded query={query}>
        {(order) => (
          <div className="split">
            <div className="stack">
              <OrderFacts order={order} />
              <Conversation kind="orders" id={id} />
            </div>
            <aside className="stack">
              <Actions
                entries={[...refundEntries, cancel]}
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
