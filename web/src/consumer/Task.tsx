import { useLocation } from 'wouter';
import { useCase, useOrder, useTicket } from '../api/queries.ts';
import type { Case } from '../api/types.ts';
import { addressText } from '../cases/Details.tsx';
import { isRefund } from '../cases/money.ts';
import { waitsFor } from '../cases/tone.ts';
import { Due } from '../cases/WhereItStands.tsx';
import { useCaseWords } from '../cases/words.ts';
import { Amount, Card, Loaded, Note } from '../design/pieces.tsx';
import { Form } from '../forms/Form.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useConsumerForms } from './actions.ts';
import { Screen } from './Screen.tsx';

type Props = { id: string; action: string };

/** One action on a case, on a page of its own: what it is about, then the form. */
export function CaseTask({ id, action }: Props) {
  const named = useCodes();
  const [, go] = useLocation();
  const formOf = useConsumerForms();
  const query = useCase(id);
  const back = `/cases/${id}`;
  return (
    <Screen title={named('action', action)} back={back}>
      <Loaded query={query} rows={2}>
        {(shown) => {
          const form = formOf(action, shown);
          if (!form) return null;
          return (
            <>
              {shown.deadline && <Due deadline={shown.deadline} mine={waitsFor(shown, 'consumer')} />}
              <About shown={shown} action={action} />
              <section className="card">
                <Form
                  form={form}
                  path={`/v1/cases/${id}/${action}`}
                  name={`case.${id}.${action}`}
                  {...(action === 'feedback' ? {} : { subject: { kind: 'case' as const, id, version: shown.version } })}
                  possible={shown.availableActions.includes(action)}
                  onDone={() => go(back)}
                />
              </section>
            </>
          );
        }}
      </Loaded>
    </Screen>
  );
}

/** What somebody must have before their eyes to do it. */
function About({ shown, action }: { shown: Case; action: string }) {
  const t = useCaseWords();
  const named = useCodes();
  const { returnAddress, proposal, intervention } = shown;
  if (action === 'tracking-number' && returnAddress)
    return (
      <Card title={t('returnAddress')}>
        <p>{addressText(returnAddress)}</p>
      </Card>
    );
  if (action === 'proposal-response' && proposal)
    return (
      <Card title={t('proposalTitle')}>
        <div className="row apart">
          <span className="strong">{named('kind', proposal.kind)}</span>
          {isRefund(proposal.kind) && <Amount money={proposal.refund} big />}
        </div>
        <p className="preline">{proposal.note}</p>
      </Card>
    );
  if (action === 'evidence-submission' && intervention?.informationRequest?.from === 'consumer')
    return (
      <Note tone="warn" title={t('question')}>
        {intervention.informationRequest.question}
      </Note>
    );
  if (action === 'intervention-request' && shown.refusalCode !== undefined)
    return <Note title={t('refusedBecause')}>{named('refusal', shown.refusalCode)}</Note>;
  return null;
}

export function OrderTask({ id, action }: Props) {
  const named = useCodes();
  const [, go] = useLocation();
  const formOf = useConsumerForms();
  const query = useOrder(id);
  return (
    <Screen title={named('action', action)} back={`/orders/${id}`}>
      <Loaded query={query} rows={2}>
        {(order) => {
          const form = formOf(action);
          return form ? (
            <section className="card">
              <Form
                form={form}
                path={`/v1/orders/${id}/${action}`}
                name={`order.${id}.${action}`}
                subject={{ kind: 'order', id, version: order.version }}
                possible={order.availableActions.includes(action)}
                onDone={() => go(`/orders/${id}`)}
              />
            </section>
          ) : null;
        }}
      </Loaded>
    </Screen>
  );
}

export function TicketTask({ id, action }: Props) {
  const common = useCommon();
  const [, go] = useLocation();
  const formOf = useConsumerForms();
  const query = useTicket(id);
  return (
    <Screen title={formOf(action)?.title ?? common('messages')} back={`/support/${id}`}>
      <Loaded query={query} rows={2}>
        {(ticket) => {
          const form = formOf(action);
          return form ? (
            <section className="card">
              {ticket.question !== undefined && <Note tone="warn">{ticket.question}</Note>}
              <Form
                form={form}
                path={`/v1/support-tickets/${id}/${action}`}
                name={`ticket.${id}.${action}`}
                {...(action === 'feedback'
                  ? {}
                  : { subject: { kind: 'ticket' as const, id, version: ticket.version } })}
                possible={ticket.availableActions.includes(action)}
                onDone={() => go(`/support/${id}`)}
              />
            </section>
          ) : null;
        }}
      </Loaded>
    </Screen>
  );
}
