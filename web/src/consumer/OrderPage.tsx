import { Link } from 'wouter';
import { useCases, useOrder, useReturnOptions } from '../api/queries.ts';
import type { Order } from '../api/types.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { addressText } from '../cases/Details.tsx';
import { Held, useRefundState } from '../cases/Held.tsx';
import { Due } from '../cases/WhereItStands.tsx';
import { Icon } from '../design/icons.tsx';
import { Amount, ButtonLink, Card, Facts, Loaded, Tag, Thing, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useConsumerForms } from './actions.ts';
import { CaseCard } from './CasesPage.tsx';
import { Screen } from './Screen.tsx';
import { useConsumerWords } from './words.ts';

export function OrderPage({ id }: { id: string }) {
  const t = useConsumerWords();
  const query = useOrder(id);
  return (
    <Screen title={t('orderDetails')} back="/">
      <Loaded query={query}>{(order) => <Shown order={order} />}</Loaded>
    </Screen>
  );
}

function Shown({ order }: { order: Order }) {
  const t = useConsumerWords();
  const common = useCommon();
  const named = useCodes();
  const formOf = useConsumerForms();
  const refundState = useRefundState();
  const { id, currency } = order;
  const options = useReturnOptions(id);
  const cases = useCases({ orderId: id });
  const mayApply = options.data?.lines.some(({ returnableQuantity }) => returnableQuantity > 0) ?? false;
  const actions = order.availableActions.filter((action) => formOf(action));
  return (
    <>
      <section className="card">
        <div className="stack">
          <div className="row apart">
            <h2 className="status">{named('status', order.status)}</h2>
            <Tag>{named('paymentMethod', order.paymentMethod)}</Tag>
          </div>
          {order.deadline &&
            (order.status === 'delivered' ? (
              <p className="small soft">
                {t('periodUntil')} <When at={order.deadline.at} />
              </p>
            ) : (
              <Due deadline={order.deadline} mine={order.deadline.waitingFor === 'consumer'} />
            ))}
          {order.refunds.map(({ purpose, transactionId, held }) => (
            <Held key={`${purpose}${transactionId}`} held={held} />
          ))}
          <ul className="lines">
            {order.lines.map((line) => (
              <li key={line.lineId} className="row steady">
                <Thing title={line.title} />
                <span className="grow">
                  <span className="strong">{line.title}</span> <span className="soft">× {line.quantity}</span>
                  <br />
                  <span className="small soft">
                    <Amount money={{ amount: line.unitPrice, currency }} />
                    {line.refundedAmount.amount > 0 && (
                      <>
                        {' · '}
                        {common('refund')} <Amount money={line.refundedAmount} />
                      </>
                    )}
                  </span>
                </span>
              </li>
            ))}
          </ul>
        </div>
      </section>
      {mayApply ? (
        <ButtonLink href={`/orders/${id}/apply`} variant="filled" fullWidth>
          {t('apply')}
        </ButtonLink>
      ) : (
        options.data && (
          <p className="soft small">{order.deliveredAt === undefined ? t('deliveredFirst') : t('nothingReturnable')}</p>
        )
      )}
      {actions.length > 0 && (
        <nav className="actions" aria-label={t('whatNow')}>
          {actions.map((action) => (
            <ButtonLink key={action} href={`/orders/${id}/do/${action}`}>
              {named('action', action)}
            </ButtonLink>
          ))}
        </nav>
      )}
      {(cases.items?.length ?? 0) > 0 && <h2>{t('casesOfOrder')}</h2>}
      {cases.items?.map((one) => (
        <CaseCard key={one.id} shown={one} />
      ))}
      <Card title={t('orderDetails')}>
        <Facts
          facts={[
            [common('paid'), <Amount money={order.paid} />],
            [common('postage'), <Amount money={{ amount: order.postage, currency }} />],
            [common('merchant'), order.merchantId],
            [t('address'), addressText(order.shippingAddress)],
            order.shipment && [t('parcel'), `${order.shipment.carrier} ${order.shipment.trackingNumber}`],
            [t('placed'), <When at={order.createdAt} style="long" />],
            ...order.refunds.map(
              (refund) =>
                [
                  t('refunds'),
                  <>
                    <Amount money={refund} /> · {refundState(refund)}
                  </>,
                ] as const,
            ),
          ]}
        />
      </Card>
      <Conversation kind="orders" id={id} />
      <Link href={`/support/new?order=${id}`} className="card">
        <span className="list-link">
          <Icon name="headset" />
          <span className="grow">{t('contactService')}</span>
          <Icon name="next" size={18} />
        </span>
      </Link>
    </>
  );
}
