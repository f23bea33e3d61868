import type { Order } from '../api/types.ts';
import { addressText } from '../cases/Details.tsx';
import { useRefundState } from '../cases/Held.tsx';
import { Amount, Card, Facts, Tag, Thing } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useDeskWords } from './words.ts';

/** An order as those see it who are not its consumer. */
export function OrderFacts({ order }: { order: Order }) {
  const common = useCommon();
  const t = useDeskWords();
  const named = useCodes();
  const refundState = useRefundState();
  const { currency } = order;
  return (
    <Card title={named('status', order.status)} aside={<Tag>{named('paymentMethod', order.paymentMethod)}</Tag>}>
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
          [common('shipTo'), addressText(order.shippingAddress)],
          order.shipment && [common('trackingNumber'), `${order.shipment.carrier} ${order.shipment.trackingNumber}`],
          order.cancellation && [
            named('action', 'cancellation'),
            `${named('cancellation', order.cancellation.reason)} · ${named('role', order.cancellation.by)}`,
          ],
        ]}
      />
      {order.refunds.length > 0 && (
        <ul className="lines" aria-label={t('refunds')}>
          {order.refunds.map((refund, index) => (
            <li key={`${refund.purpose}${refund.transactionId ?? index}`} className="row apart">
              <span>
                {named('refundPurpose', refund.purpose)}{' '}
                <Tag tone={refund.state === 'settled' ? 'good' : refund.state === 'declined' ? 'bad' : 'go'}>
                  {refundState(refund)}
                </Tag>
              </span>
              <Amount money={refund} />
            </li>
          ))}
        </ul>
      )}
    </Card>
  );
}
