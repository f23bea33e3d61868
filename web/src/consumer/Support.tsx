import { Button, NativeSelect } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useDraft } from '../api/draft.ts';
import { useOrder, useOrders, useTicket, useTickets } from '../api/queries.ts';
import type { Ticket } from '../api/types.ts';
import { useCommand } from '../api/useCommand.ts';
import { Due } from '../cases/WhereItStands.tsx';
import { ButtonLink, Card, Empty, Loaded, Note, Pages, Tag, type Tone } from '../design/pieces.tsx';
import type { Picked } from '../evidence/Picker.tsx';
import { Uploading, useUploading } from '../evidence/Uploading.tsx';
import { Choice, Told } from '../forms/Form.tsx';
import { Thread } from '../tickets/Thread.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { Described } from './Described.tsx';
import { Screen } from './Screen.tsx';
import { useConsumerWords } from './words.ts';

const toneOfTicket = ({ status }: Ticket): Tone =>
  status === 'resolved' ? 'good' : status === 'waiting_for_consumer' ? 'warn' : 'go';

/** 意见反馈: what was asked, and the entrance to ask. INT-8 */
export function SupportPage() {
  const t = useConsumerWords();
  const named = useCodes();
  const query = useTickets({ limit: 20 });
  return (
    <Screen title={t('feedback')} back="/me">
      <Card title={t('otherProblem')}>
        <p className="soft">{t('otherProblemHint')}</p>
        <ButtonLink href="/support/new" variant="filled">
          {t('newTicket')}
        </ButtonLink>
      </Card>
      <h2>{t('support')}</h2>
      <Pages query={query} empty={<Empty icon="headset" title={t('noTickets')} />}>
        {(tickets) =>
          tickets.map((ticket) => (
            <Link key={ticket.id} href={`/support/${ticket.id}`} className="card">
              <div className="row apart">
                <span className="strong">{named('category', ticket.category)}</span>
                <Tag tone={toneOfTicket(ticket)}>{named('status', ticket.status)}</Tag>
              </div>
              <p className="soft small clip">{ticket.description}</p>
            </Link>
          ))
        }
      </Pages>
    </Screen>
  );
}

type Asked = { orderId: string; category: string; description: string; files: Picked[] };

export function NewTicket() {
  const t = useConsumerWords();
  const common = useCommon();
  const named = useCodes();
  const [, go] = useLocation();
  const about = new URLSearchParams(useSearch()).get('order') ?? '';
  const orders = useOrders({ limit: 50 });
  const { data: opened } = useOrder(about, about !== '');
  const options = orders.items ?? [];
  // What is asked of one order is not asked of another.
  const name = about === '' ? 'new-ticket' : `order.${about}.new-ticket`;
  const { values, change, clear } = useDraft<Asked>(name, {
    orderId: '',
    category: '',
    description: '',
    files: [],
  });
  const [tried, setTried] = useState(false);
  const { uploading, onBusy } = useUploading();
  const orderId = values.orderId || about;
  const { submit, pending, underWay, trouble } = useCommand<Ticket>({
    path: '/v1/support-tickets',
    name,
    onDone: ({ id }) => {
      clear();
      go(`/support/${id}`);
    },
  });
  async function onSubmit(event: FormEvent): Promise<void> {
    event.preventDefault();
    setTried(true);
    if (uploading || orderId === '' || values.category === '' || values.description.trim() === '') return;
    await submit({
      orderId,
      channel: 'feedback',
      category: values.category,
      description: values.description.trim(),
      evidenceIds: values.files.map(({ id }) => id),
    });
  }
  return (
    <Screen title={t('otherProblem')} back="/support">
      <form className="stack" noValidate onSubmit={(event) => void onSubmit(event)}>
        <section className="card">
          <div className="stack">
            <NativeSelect
              label={t('ticketOrder')}
              required
              size="md"
              value={orderId}
              error={tried && orderId === '' ? common('choose') : undefined}
              onChange={(event) => change({ orderId: event.currentTarget.value })}
              data={[
                { value: '', label: common('choose') },
                // It may be an older one than these.
                ...(opened && !options.some(({ id }) => id === about) ? [opened, ...options] : options).map(
                  ({ id, lines }) => ({
                    value: id,
                    label: lines.map(({ title }) => title).join('、'),
                  }),
                ),
              ]}
            />
            <Choice
              field={{
                name: 'category',
                side: true,
                options: ['return', 'refund', 'logistics', 'cancellation', 'other'].map((value) => ({
                  value,
                  label: named('category', value),
                })),
              }}
              label={t('ticketCategory')}
              value={values.category}
              fault={tried && values.category === '' ? common('choose') : undefined}
              onChange={(category) => change({ category })}
            />
            <Described
              values={values}
              change={change}
              tried={tried}
              onBusy={onBusy}
              label={t('ticketText')}
              filesLabel={t('screenshots')}
              kind="order_screenshot"
            />
            <Told trouble={trouble} underWay={underWay} />
            <Uploading uploading={uploading} />
            <Button type="submit" size="md" loading={pending} disabled={uploading}>
              {common('submit')}
            </Button>
          </div>
        </section>
      </form>
    </Screen>
  );
}

export function TicketPage({ id }: { id: string }) {
  const t = useConsumerWords();
  const named = useCodes();
  const query = useTicket(id);
  return (
    <Screen title={t('support')} back="/support">
      <Loaded query={query}>
        {(ticket) => (
          <>
            <section className="card">
              <div className="stack">
                <div className="row apart">
                  <h2 className="status">{named('status', ticket.status)}</h2>
                  <Tag>{named('category', ticket.category)}</Tag>
                </div>
                {ticket.deadline && <Due deadline={ticket.deadline} mine={ticket.deadline.waitingFor === 'consumer'} />}
                {ticket.question !== undefined && (
                  <Note tone="warn" title={t('question')}>
                    {ticket.question}
                  </Note>
                )}
                {ticket.resolution && (
                  <Note tone="good" title={`${t('resolution')} · ${named('ticketOutcome', ticket.resolution.outcome)}`}>
                    <p className="preline">{ticket.resolution.note}</p>
                    {ticket.resolution.caseId !== undefined && (
                      <Link href={`/cases/${ticket.resolution.caseId}`}>{t('openCase')}</Link>
                    )}
                  </Note>
                )}
              </div>
            </section>
            <TicketActions ticket={ticket} />
            <Card title={t('thread')}>
              <Thread ticket={ticket} />
            </Card>
          </>
        )}
      </Loaded>
    </Screen>
  );
}

function TicketActions({ ticket }: { ticket: Ticket }) {
  const named = useCodes();
  const t = useConsumerWords();
  if (ticket.availableActions.length === 0) return null;
  return (
    <nav className="actions" aria-label={t('whatNow')}>
      {ticket.availableActions.map((action) => (
        <ButtonLink key={action} href={`/support/${ticket.id}/do/${action}`} variant="filled">
          {named('action', action)}
        </ButtonLink>
      ))}
    </nav>
  );
}
