import { Link } from 'wouter';
import { useCases, useFiles, useOrder, useTicket } from '../api/queries.ts';
import type { Case, Order, Ticket } from '../api/types.ts';
import { Due } from '../cases/WhereItStands.tsx';
import { shortId } from '../design/format.ts';
import { Card, Facts, Loaded, Note, Tag, When } from '../design/pieces.tsx';
import { Actions, type Entry } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { OrderFacts } from '../desk/OrderFacts.tsx';
import type { Values } from '../forms/fields.ts';
import { Thread } from '../tickets/Thread.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { listPath, pathOfQueue } from './cameFrom.ts';
import { useExtension } from './forms.ts';
import { Lease } from './Lease.tsx';
import { useAgentWords } from './words.ts';

/** Where a ticket waits for an agent, and so can be claimed. */
const waiting = ['open', 'investigating'];

/** A support ticket: what was asked, the order it is about, and what an agent can do for its consumer. INT-8 */
export function TicketDesk({ id }: { id: string }) {
  const t = useAgentWords();
  const query = useTicket(id);
  return (
    <>
      <Head title={`${t('ticket')} ${shortId(id)}`} back={listPath(pathOfQueue({ queue: 'tickets', claimed: 'all' }))}>
        {query.data && (
          <Lease
            id={id}
            lease={query.data.lease ?? null}
            queue={waiting.includes(query.data.status) ? 'tickets' : undefined}
          />
        )}
      </Head>
      <Loaded query={query}>{(ticket) => <Shown ticket={ticket} />}</Loaded>
    </>
  );
}

function Shown({ ticket }: { ticket: Ticket }) {
  const common = useCommon();
  const named = useCodes();
  const order = useOrder(ticket.orderId);
  const { resolution } = ticket;
  return (
    <div className="split">
      <div className="stack">
        <Card title={named('status', ticket.status)} aside={<Tag>{named('category', ticket.category)}</Tag>}>
          {ticket.deadline && <Due deadline={ticket.deadline} mine={false} />}
          <Facts
            facts={[
              [common('consumer'), ticket.consumerId],
              [common('created'), <When at={ticket.createdAt} />],
              [common('order'), <Link href={`/orders/${ticket.orderId}`}>{shortId(ticket.orderId)}</Link>],
            ]}
          />
          {resolution && (
            <Note tone="good" title={named('ticketOutcome', resolution.outcome)}>
              <p className="preline">{resolution.note}</p>
              {resolution.caseId !== undefined && <Link href={`/cases/${resolution.caseId}`}>{common('case')}</Link>}
            </Note>
          )}
          <Thread ticket={ticket} />
        </Card>
        {order.data && <OrderFacts order={order.data} />}
      </div>
      <aside className="stack">{order.data && <TicketActions ticket={ticket} order={order.data} />}</aside>
    </div>
  );
}

function TicketActions({ ticket, order }: { ticket: Ticket; order: Order }) {
  const t = useAgentWords();
  const common = useCommon();
  const named = useCodes();
  const extension = useExtension();
  const { items: cases = [] } = useCases({ orderId: ticket.orderId });
  const reasonsIn = ({ choices }: Case) => choices['intervention-request']?.['reason'];
  const disputable = cases.filter((one) => reasonsIn(one));
  const files = useFiles([ticket, ...ticket.thread].flatMap(({ evidenceIds }) => evidenceIds));
  const options = (table: Parameters<typeof named>[0], values: readonly string[]) =>
    values.map((value) => ({ value, label: named(table, value) }));
  const outcome = (wanted: string) => (values: Record<string, unknown>) => values['outcome'] === wanted;
  const concernsCase = (values: Values) => outcome('request_intervention')(values) || outcome('open_case')(values);
  const entries: Entry[] = [
    {
      id: 'ask',
      action: 'information-request',
      key: 'q',
      form: {
        title: named('action', 'information-request'),
        button: common('send'),
        fields: [{ type: 'long', name: 'question', label: t('question'), required: true }],
      },
    },
    {
      id: 'resolve',
      action: 'resolution',
      key: 'r',
      form: {
        title: named('action', 'resolution'),
        button: common('submit'),
        start: { outcome: 'answered', quantity: '1', intervention: 'other' },
        fields: [
          {
            type: 'choice',
            name: 'outcome',
            label: t('resolveAs'),
            required: true,
            options: [
              { value: 'answered', label: t('answered') },
              { value: 'open_case', label: t('openCase') },
              ...(disputable.length > 0 ? [{ value: 'request_intervention', label: t('requestIntervention') }] : []),
              { value: 'cancel_order', label: t('cancelOrder') },
            ],
          },
          {
            type: 'choice',
            name: 'lineId',
            label: t('line'),
            required: true,
            options: order.lines.map(({ lineId, title }) => ({ value: lineId, label: title })),
            when: outcome('open_case'),
          },
          { type: 'text', name: 'quantity', label: t('quantity'), required: true, max: 4, when: outcome('open_case') },
          ...(cases.some(({ goodsOwedBack }) => goodsOwedBack)
            ? [
                {
                  type: 'choice' as const,
                  name: 'goods',
                  label: t('whereGoodsAre'),
                  side: true,
                  options: [
                    { value: 'merchant', label: t('atMerchant') },
                    { value: 'consumer', label: t('atConsumer') },
                  ],
                  when: outcome('open_case'),
                },
              ]
            : []),
          {
            type: 'choice',
            name: 'kind',
            label: common('kind'),
            required: true,
            side: true,
            options: options('kind', ['return_and_refund', 'refund_only', 'exchange', 'reship']),
            when: outcome('open_case'),
          },
          {
            type: 'choice',
            name: 'reason',
            label: common('reason'),
            required: true,
            side: true,
            options: options('reason', ['quality_problem', 'not_as_described', 'no_reason_7d']),
            when: outcome('open_case'),
          },
          {
            type: 'choice',
            name: 'caseId',
            label: t('whichCase'),
            required: true,
            options: disputable.map((one) => ({
              value: one.id,
              label: `${named('kind', one.remedy.kind)} · ${named('status', one.status)}`,
            })),
            when: outcome('request_intervention'),
          },
          // one for each case: what can be said of its merchant differs
          ...disputable.map((one) => ({
            type: 'choice' as const,
            name: 'intervention',
            label: common('reason'),
            required: true,
            side: true,
            options: options('interventionReason', reasonsIn(one) ?? []),
            when: (values: Values) => outcome('request_intervention')(values) && values['caseId'] === one.id,
          })),
          {
            type: 'long',
            name: 'statement',
            label: t('statement'),
            required: true,
            when: concernsCase,
          },
          ...(files.length > 0
            ? [
                {
                  type: 'many' as const,
                  name: 'files',
                  label: t('handOn'),
                  hint: t('handOnHint'),
                  options: files.map(({ id, name, kind }) => ({
                    value: id,
                    label: `${name} · ${named('evidenceKind', kind)}`,
                  })),
                  when: concernsCase,
                },
              ]
            : []),
          {
            type: 'choice',
            name: 'cancellation',
            label: t('cancellationReason'),
            required: true,
            side: true,
            options: options('cancellation', ['changed_mind', 'wrong_order', 'parcel_refused', 'other']),
            when: outcome('cancel_order'),
          },
          { type: 'long', name: 'note', label: t('noteForConsumer'), required: true },
        ],
        body: resolutionOf,
      },
    },
    { id: 'extend', action: 'deadline-extension', key: 'x', form: extension },
  ];
  return (
    <Actions
      entries={entries}
      available={ticket.availableActions}
      path={`/v1/support-tickets/${ticket.id}`}
      subject={{ kind: 'ticket', id: ticket.id, version: ticket.version }}
    />
  );
}

/** How a ticket is resolved, as the API takes it. */
function resolutionOf(filled: Record<string, unknown>): unknown {
  const { outcome, note, lineId, quantity, goods, kind, reason, caseId, intervention, statement, cancellation } =
    filled;
  const { files: evidenceIds = [] } = filled;
  if (outcome === 'open_case') {
    const lines = [{ lineId, quantity: Number(quantity) }];
    const which = goods ? { goodsAtMerchant: goods === 'merchant' } : {};
    return { outcome, note, case: { kind, reason, lines, description: statement, evidenceIds, ...which } };
  }
  if (outcome === 'request_intervention')
    return { outcome, note, intervention: { caseId, reason: intervention, statement, evidenceIds } };
  if (outcome === 'cancel_order') return { outcome, note, cancellation: { reason: cancellation } };
  return { outcome, note };
}
