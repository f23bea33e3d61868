import { Button, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useEffect, useState } from 'react';
import { Link } from 'wouter';
import { keys } from '../api/keys.ts';
import type { Delivery, Webhook, WebhookWithSecret } from '../api/types.ts';
import { Card, Empty, Facts, Loaded, Note, Pages, Tag, type Tone, When } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { Listing } from '../desk/Listing.tsx';
import { Form } from '../forms/Form.tsx';
import type { ActionForm, Field, Values } from '../forms/fields.ts';
import { useCommon } from '../words/common.ts';
import { CommandButton } from './CommandButton.tsx';
import { useDeliveries, useWebhook, useWebhooks } from './queries.ts';
import { useAdminWords } from './words.ts';

/** Who is told over HTTP. TELL-1 */
export function Webhooks() {
  const t = useAdminWords();
  const client = useQueryClient();
  const query = useWebhooks();
  const formOf = useWebhookForm();
  const [made, setMade] = useState<WebhookWithSecret>();
  const [sought, setSought] = useState('');
  const { hasNextPage, isFetchingNextPage, fetchNextPage } = query;
  // What is sought may be on any page.
  useEffect(() => {
    if (sought !== '' && hasNextPage && !isFetchingNextPage) void fetchNextPage();
  }, [sought, hasNextPage, isFetchingNextPage, fetchNextPage]);
  const words = sought.trim().toLowerCase();
  const all = (query.items ?? []).filter(({ url, description = '' }) =>
    `${url} ${description}`.toLowerCase().includes(words),
  );
  return (
    <>
      <Head title={t('webhooks')} />
      <div className="split">
        <div className="stack">
          {(sought !== '' || all.length > 10 || query.hasNextPage) && (
            <TextInput
              type="search"
              aria-label={t('findWebhook')}
              placeholder={t('findWebhook')}
              value={sought}
              onChange={(event) => setSought(event.currentTarget.value)}
            />
          )}
          <Listing
            query={{ ...query, items: query.items && all }}
            empty={<Empty icon="bell" title={sought === '' ? t('noWebhooks') : t('noSuchWebhook')} />}
            keyOf={({ id }) => id}
            heads={[t('url'), t('events'), t('state')]}
          >
            {(webhook) => (
              <>
                <td>
                  <Link href={`/webhooks/${webhook.id}`}>{webhook.url}</Link>
                  {webhook.description !== undefined && <div className="tiny soft">{webhook.description}</div>}
                </td>
                <td className="mono">{webhook.events.join(', ')}</td>
                <td>
                  <Enabled webhook={webhook} />
                </td>
              </>
            )}
          </Listing>
        </div>
        <aside className="stack">
          {made && <Secret of={made} />}
          <Card title={t('register')}>
            <Form<WebhookWithSecret>
              key={made?.id}
              form={formOf()}
              path="/v1/webhooks"
              name="webhook-registration"
              onDone={(answer) => {
                setMade(answer);
                void client.invalidateQueries({ queryKey: keys.webhooks });
              }}
            />
          </Card>
        </aside>
      </div>
    </>
  );
}

function Enabled({ webhook: { enabled, disabledReason } }: { webhook: Webhook }) {
  const t = useAdminWords();
  return (
    <>
      <Tag tone={enabled ? 'good' : 'warn'}>{enabled ? t('enabled') : t('disabled')}</Tag>
      {disabledReason !== undefined && <div className="tiny soft">{disabledReason}</div>}
    </>
  );
}

/** What is registered, as a form; with what there is where it is changed. */
function useWebhookForm(): (webhook?: Webhook) => ActionForm {
  const t = useAdminWords();
  return (webhook) => {
    const fields: Field[] = [
      { type: 'text', name: 'url', label: t('url'), hint: t('urlHint'), required: true, max: 2_048 },
      { type: 'text', name: 'events', label: t('events'), hint: t('eventsHint'), required: true, max: 4_000 },
      { type: 'text', name: 'description', label: t('webhookDescription'), max: 200 },
      ...(webhook ? [{ type: 'check' as const, name: 'enabled', label: t('enabled') }] : []),
    ];
    const start: Values = webhook
      ? {
          url: webhook.url,
          events: webhook.events.join(', '),
          description: webhook.description ?? '',
          enabled: webhook.enabled,
        }
      : { url: 'https://', events: '*' };
    return {
      title: webhook ? t('change') : t('register'),
      button: webhook ? t('save') : t('register'),
      fields,
      start,
      body: (filled) => ({
        ...filled,
        events: (typeof filled['events'] === 'string' ? filled['events'] : '').split(/[\s,，、]+/),
        ...(webhook ? { enabled: filled['enabled'] === true } : {}),
      }),
    };
  };
}

/** A secret that has just been made: it is nowhere to be seen afterwards. */
function Secret({ of: { url, secret } }: { of: WebhookWithSecret }) {
  const t = useAdminWords();
  const [copied, setCopied] = useState(false);
  return (
    <Note tone="warn" title={t('secret')}>
      <p className="small">{url}</p>
      <p>{t('secretOnce')}</p>
      <p className="mono">{secret}</p>
      <Button
        mt="xs"
        size="compact-md"
        variant="default"
        onClick={() => void navigator.clipboard.writeText(secret).then(() => setCopied(true))}
      >
        {copied ? t('copied') : t('copy')}
      </Button>
    </Note>
  );
}

/** One receiver: what it is sent, and how that went. */
export function WebhookPage({ id }: { id: string }) {
  const t = useAdminWords();
  const query = useWebhook(id);
  return (
    <>
      <Head title={t('webhook')} back="/webhooks" />
      <Loaded query={query}>{(webhook) => <Shown webhook={webhook} />}</Loaded>
    </>
  );
}

function Shown({ webhook }: { webhook: Webhook }) {
  const t = useAdminWords();
  const common = useCommon();
  const client = useQueryClient();
  const formOf = useWebhookForm();
  const [changing, setChanging] = useState(false);
  const [made, setMade] = useState<WebhookWithSecret>();
  const [tested, setTested] = useState(false);
  const { id } = webhook;
  const changed = () => client.invalidateQueries({ queryKey: keys.webhooks });
  return (
    <div className="split">
      <Deliveries id={id} />
      <aside className="stack">
        {made && <Secret of={made} />}
        <Card title={t('webhook')} aside={<Enabled webhook={webhook} />}>
          <Facts
            facts={[
              [t('url'), <span className="mono">{webhook.url}</span>],
              [t('events'), <span className="mono">{webhook.events.join(', ')}</span>],
              webhook.description !== undefined && [t('webhookDescription'), webhook.description],
              [t('registered'), <When at={webhook.createdAt} />],
              [common('updated'), <When at={webhook.updatedAt} />],
            ]}
          />
          {tested && <Note tone="good">{t('testSent')}</Note>}
          <div className="row top">
            <CommandButton<Delivery>
              path={`/v1/webhooks/${id}/test`}
              name={`webhook.${id}.test`}
              label={t('test')}
              onDone={() => {
                setTested(true);
                void client.invalidateQueries({ queryKey: keys.deliveries(id) });
              }}
            />
            <CommandButton<WebhookWithSecret>
              path={`/v1/webhooks/${id}/secret-rotation`}
              name={`webhook.${id}.rotation`}
              label={t('rotate')}
              onDone={(answer) => {
                setMade(answer);
                void changed();
              }}
            />
            <Button size="compact-md" variant="default" aria-expanded={changing} onClick={() => setChanging(!changing)}>
              {t('change')}
            </Button>
          </div>
          <p className="tiny soft">{t('rotateHint')}</p>
          {changing && (
            <Form<Webhook>
              form={formOf(webhook)}
              path={`/v1/webhooks/${id}`}
              method="PUT"
              name={`webhook.${id}`}
              onDone={() => {
                setChanging(false);
                void changed();
              }}
              onCancel={() => setChanging(false)}
            />
          )}
        </Card>
      </aside>
    </div>
  );
}

const states = ['pending', 'sent', 'failed', 'skipped'] as const;
const toneOfState: Record<Delivery['state'], Tone> = { pending: 'go', sent: 'good', failed: 'bad', skipped: 'plain' };

function Deliveries({ id }: { id: string }) {
  const t = useAdminWords();
  const common = useCommon();
  const [state, setState] = useState<Delivery['state']>();
  const query = useDeliveries(id, state);
  return (
    <Card title={t('deliveries')}>
      <div className="filters">
        {[undefined, ...states].map((one) => (
          <button
            key={one ?? 'all'}
            type="button"
            className="chip"
            aria-pressed={state === one}
            onClick={() => setState(one)}
          >
            {one === undefined ? common('all') : t(one)}
          </button>
        ))}
      </div>
      <Pages query={query} empty={<p className="soft">{t('noDeliveries')}</p>}>
        {(deliveries) => (
          <ul className="lines">
            {deliveries.map((delivery) => (
              <DeliveryLine key={delivery.id} webhook={id} delivery={delivery} />
            ))}
          </ul>
        )}
      </Pages>
    </Card>
  );
}

function DeliveryLine({ webhook, delivery }: { webhook: string; delivery: Delivery }) {
  const t = useAdminWords();
  const client = useQueryClient();
  const { id, type, state, reason, createdAt, nextTryAt, tries } = delivery;
  return (
    <li className="stack tight">
      <div className="row apart top">
        <span className="row">
          <Tag tone={toneOfState[state]}>{t(state)}</Tag>
          <span className="mono strong">{type}</span>
          <span className="small soft">
            <When at={createdAt} />
          </span>
        </span>
        {state !== 'pending' && (
          <CommandButton<Delivery>
            path={`/v1/webhooks/${webhook}/deliveries/${encodeURIComponent(id)}/resend`}
            name={`delivery.${id}`}
            label={t('resend')}
            onDone={() => void client.invalidateQueries({ queryKey: keys.deliveries(webhook) })}
          />
        )}
      </div>
      {reason !== undefined && <p className="small soft">{reason}</p>}
      {nextTryAt !== null && (
        <p className="small soft">
          {t('nextTry')} <When at={nextTryAt} style="long" />
        </p>
      )}
      {tries.length > 0 && (
        <details>
          <summary className="small soft">
            {t('tries')} ({tries.length})
          </summary>
          <ul className="small">
            {tries.map(({ at, durationMs, status, error }) => (
              <li key={at}>
                <When at={at} style="long" /> · {status ?? error} · {durationMs} ms
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}
