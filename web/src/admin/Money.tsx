import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { keys } from '../api/keys.ts';
import { useMoney } from '../api/queries.ts';
import type { MoneyChange, OutgoingMoney } from '../api/types.ts';
import { minorUnits, moneyText, useTime } from '../design/format.ts';
import { Amount, Card, Facts, Loaded, Note, Pages, When } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { Form } from '../forms/Form.tsx';
import type { ActionForm } from '../forms/fields.ts';
import { useLanguage } from '../words/language.ts';
import { useMoneyAudit } from './queries.ts';
import { useAdminWords } from './words.ts';

/** Outgoing money: whether it flows, what holds it back, and who said so. */
export function MoneyPage() {
  const t = useAdminWords();
  const query = useMoney();
  return (
    <>
      <Head title={t('money')} />
      <Loaded query={query}>
        {(money) => (
          <div className="split">
            <div className="stack">
              <State money={money} />
              <Audit />
            </div>
            <aside className="stack">
              <Orders money={money} />
            </aside>
          </div>
        )}
      </Loaded>
    </>
  );
}

function State({ money }: { money: OutgoingMoney }) {
  const t = useAdminWords();
  const time = useTime();
  const scopeText = useScopeText();
  const { stopped, day, dayEndsAt, caps, letGoToday, underWay, waiting } = money;
  return (
    <Card title={t('state')}>
      {stopped.length === 0 ? (
        <Note tone="good" title={t('flows')} />
      ) : (
        stopped.map(({ provider, since, by, reason }) => (
          <Note key={provider} tone="bad" title={`${t('stopped')}: ${scopeText(provider)}`}>
            <p>{reason}</p>
            <p className="small">{t('stoppedBy', { by, time: time(since) })}</p>
          </Note>
        ))
      )}
      <Facts
        facts={[
          [t('day'), `${day} · ${t('dayEnds', { time: time(dayEndsAt) })}`],
          [
            t('letGoToday'),
            letGoToday.length === 0
              ? t('nothingToday')
              : letGoToday.map((one) => (
                  <span key={one.currency} className="row">
                    <Amount money={one} />
                  </span>
                )),
          ],
          [
            t('caps'),
            caps.length === 0
              ? t('noCaps')
              : caps.map(({ currency, amount, reason }) => (
                  <span key={currency} className="row">
                    <Amount money={{ amount, currency }} /> <span className="small soft">{reason}</span>
                  </span>
                )),
          ],
          [
            t('underWay'),
            underWay.length === 0
              ? '—'
              : underWay.map((one) => (
                  <span key={one.movementKey} className="row">
                    <Amount money={one} /> <span className="small soft mono">{one.movementKey}</span>
                  </span>
                )),
          ],
          [
            t('waiting'),
            waiting.oldestAt === undefined
              ? '—'
              : t('waitingSince', { count: waiting.count, time: time(waiting.oldestAt) }),
          ],
        ]}
      />
    </Card>
  );
}

function useScopeText(): (provider: string) => string {
  const t = useAdminWords();
  return (provider) => (provider === 'all' ? t('allProviders') : provider);
}

type OrderName = 'stop' | 'resume' | 'cap';

function Orders({ money }: { money: OutgoingMoney }) {
  const t = useAdminWords();
  const client = useQueryClient();
  const [open, setOpen] = useState<OrderName>();
  const scopeText = useScopeText();
  const why = { type: 'long' as const, name: 'reason', label: t('why'), hint: t('whyHint'), required: true };
  const scopes = ['all', ...providers].map((value) => ({ value, label: scopeText(value) }));
  const stopped = money.stopped.map(({ provider }) => provider as string);
  const scope = (name: 'stop' | 'resume') => ({
    type: 'choice' as const,
    name: 'provider',
    label: t('provider'),
    side: true,
    required: true,
    options: scopes.filter(({ value }) => stopped.includes(value) === (name === 'resume')),
  });
  // All of it is asked for by naming no provider.
  const scoped = ({ provider, ...others }: Record<string, unknown>) =>
    provider === 'all' ? others : { provider, ...others };
  const forms: Record<OrderName, ActionForm> = {
    stop: {
      title: t('stop'),
      about: t('stopAbout'),
      button: t('stop'),
      danger: true,
      fields: [scope('stop'), why],
      body: scoped,
    },
    resume: {
      title: t('resume'),
      about: t('resumeAbout'),
      button: t('resume'),
      fields: [scope('resume'), why],
      body: scoped,
    },
    cap: {
      title: t('setCap'),
      about: t('capAbout'),
      button: t('setCap'),
      start: { currency: 'CNY' },
      fields: [
        { type: 'text', name: 'currency', label: t('currency'), required: true, max: 3 },
        { type: 'text', name: 'amount', label: t('capAmount'), max: 20 },
        why,
      ],
      body: capBody,
    },
  };
  const possible: OrderName[] = [
    ...(scope('resume').options.length > 0 ? (['resume'] as const) : []),
    ...(scope('stop').options.length > 0 ? (['stop'] as const) : []),
    'cap',
  ];
  return (
    <Card>
      {possible.map((name) => (
        <div key={name} className="stack">
          <button
            type="button"
            className="act"
            aria-expanded={open === name}
            onClick={() => setOpen(open === name ? undefined : name)}
          >
            {forms[name].title}
          </button>
          {open === name && (
            <Form<OutgoingMoney>
              form={forms[name]}
              path={`/v1/money/${name}`}
              name={`money.${name}`}
              onDone={(answer) => {
                setOpen(undefined);
                client.setQueryData(keys.money, answer);
                void client.invalidateQueries({ queryKey: keys.money });
              }}
              onCancel={() => setOpen(undefined)}
            />
          )}
        </div>
      ))}
    </Card>
  );
}

const providers = ['sandbox'] as const satisfies readonly OutgoingMoney['underWay'][number]['provider'][];

/** What is typed as an amount in minor units; what is none goes as it is, for the API to refuse. */
function capBody({ currency, amount, reason }: Record<string, unknown>): unknown {
  const code = typeof currency === 'string' ? currency.toUpperCase() : '';
  const known = Intl.supportedValuesOf('currency').includes(code);
  const typed = typeof amount === 'string' ? amount : null;
  return {
    currency: code,
    amount: typed === null || !known ? typed : (minorUnits(typed, code) ?? typed),
    reason,
  };
}

function Audit() {
  const t = useAdminWords();
  const query = useMoneyAudit();
  return (
    <Card title={t('audit')}>
      <Pages query={query} empty={<p className="soft small">{t('noAudit')}</p>}>
        {(changes) => (
          <ul className="lines">
            {changes.map((change) => (
              <li key={change.id} className="stack tight">
                <div className="row apart">
                  <span className="strong">
                    <ChangeText change={change} />
                  </span>
                  <span className="small soft">
                    {change.by} · <When at={change.at} />
                  </span>
                </div>
                <p className="small preline">{change.reason}</p>
              </li>
            ))}
          </ul>
        )}
      </Pages>
    </Card>
  );
}

const names = { stop: 'actionStop', resume: 'actionResume', cap: 'actionCap' } as const;

function ChangeText({ change }: { change: MoneyChange }) {
  const t = useAdminWords();
  const language = useLanguage();
  const scopeText = useScopeText();
  const { action, provider, currency, amount, before } = change;
  const sum = (value: number | null | undefined) =>
    value === null || value === undefined || currency === undefined
      ? t('unlimited')
      : moneyText({ amount: value, currency }, language);
  return (
    <>
      {t(names[action])}{' '}
      {action === 'cap' ? `${currency}: ${sum(before)} → ${sum(amount)}` : scopeText(provider ?? 'all')}
    </>
  );
}
