import type { Order } from '../api/types.ts';
import { addressText } from '../cases/Details.tsx';
import { Held, useRefundState } from '../cases/Held.tsx';
import { Amount, Card, Facts, Tag, Thing } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';

/** An order as those see it who are not its consumer. */
export function OrderFacts({ order }: { order: Order }) {
  const common = useCommon();
  const named = useCodes();
  const refundState = useRefundState();
  const { currency } = order;
  return (
    <Card title={named('status', order.status)} aside={<Tag>{named('paymentMethod', order.paymentMethod)}</Tag>}>
      {order.refunds.map(({ purpose, transactionId, held }) => (
        <Held key={`${purpose}${transactionId}`} held={held} />
      ))}
      <ul className="lines">
        {order.lines.map((line) => (
          <li key={line.lineId} className="row steady">
            <Thing title={line.title} />
            <span className="grow">
              <span className="strong">{line.title}</span> × {line.quantity}
            </span>
            <Amount money={{ amount: line.unitPrice, currency }} />
          </li>
        ))}
      </ul>
      <Facts
        facts={[
          [common('paid'), <Amount money={order.paid} />],
          [common('postage'), <Amount money={{ amount: order.postage, currency }} />],
          [common('consumer'), order.consumerId],
          [common('street'), addressText(order.shippingAddress)],
          ...order.refunds.map(
            (refund) =>
              [
                common('refund'),
                <>
                  <Amount money={refund} /> · {refundState(refund)}
                </>,
              ] as const,
          ),
          order.shipment && [common('trackingNumber'), `${order.shipment.carrier} ${order.shipment.trackingNumber}`],
        ]}
      />
    </Card>
  );
}
