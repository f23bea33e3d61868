import { Button, Skeleton } from '@mantine/core';
import { type ReactNode, useEffect, useState } from 'react';
import { Link } from 'wouter';
import { serverNow } from '../api/serverTime.ts';
import type { Money } from '../api/types.ts';
import { useCommon } from '../words/common.ts';
import { useLanguage } from '../words/language.ts';
import { useProblemText } from '../words/problems.ts';
import { moneyText, useTime } from './format.ts';
import { Icon, type IconName } from './icons.tsx';

export type Tone = 'plain' | 'go' | 'warn' | 'bad' | 'good' | 'info';

export const Tag = ({ tone = 'plain', children }: { tone?: Tone; children: ReactNode }) => (
  <span className={`tag ${tone}`}>{children}</span>
);

export const Note = ({ tone = 'info', title, children }: { tone?: Tone; title?: string; children?: ReactNode }) => (
  <div className={`note ${tone}`} role={tone === 'bad' || tone === 'warn' ? 'alert' : undefined}>
    {title !== undefined && <h3>{title}</h3>}
    {children}
  </div>
);

/** Money as the language writes it. */
export function Amount({ money, big = false }: { money: Money; big?: boolean }) {
  const language = useLanguage();
  return <span className={big ? 'amount big' : 'amount'}>{moneyText(money, language)}</span>;
}

export function When({ at, style = 'short' }: { at: string; style?: 'short' | 'long' }) {
  const time = useTime();
  return (
    <time dateTime={at} className="number">
      {time(at, style)}
    </time>
  );
}

const aMinute = 60_000;
const aDay = 86_400_000;

/** What is left until a moment, by the server's clock; ticks. */
export function Countdown({ at }: { at: string }) {
  const t = useCommon();
  const [left, setLeft] = useState(() => Date.parse(at) - serverNow());
  useEffect(() => {
    const tick = () => setLeft(Date.parse(at) - serverNow());
    tick();
    const timer = setInterval(tick, 1_000);
    return () => clearInterval(timer);
  }, [at]);
  if (left <= 0) return <span className="clock soon">{t('passed')}</span>;
  const two = (value: number) => String(Math.floor(value)).padStart(2, '0');
  const hours = Math.floor(left / (60 * aMinute));
  const text =
    left >= aDay
      ? t('daysHours', { d: Math.floor(left / aDay), h: hours % 24 })
      : `${two(hours)}:${two((left / aMinute) % 60)}:${two((left / 1_000) % 60)}`;
  return (
    <span role="timer" className={left < aDay ? 'clock soon' : 'clock'}>
      {text}
    </span>
  );
}

export const Empty = ({ icon, title, children }: { icon: IconName; title: string; children?: ReactNode }) => (
  <div className="empty">
    <Icon name={icon} size={40} />
    <h2>{title}</h2>
    {children}
  </div>
);

export const Waiting = ({ rows = 3 }: { rows?: number }) => {
  const t = useCommon();
  return (
    <div className="stack" role="status" aria-label={t('loading')}>
      {Array.from({ length: rows }, (_, index) => (
        <Skeleton key={index} height={96} radius={16} />
      ))}
    </div>
  );
};

type Asked = { error: unknown; refetch: () => unknown };

/** What could not be read, and how to try again. */
export function Failed({ error, refetch }: Asked) {
  const t = useCommon();
  const text = useProblemText();
  return (
    <Note tone="bad" title={t('failedToLoad')}>
      <p>{text(error)}</p>
      <Button mt="sm" size="compact-md" variant="default" onClick={() => void refetch()}>
        {t('retry')}
      </Button>
    </Note>
  );
}

/** What is read, once it is there. */
export function Loaded<Data>({
  query,
  children,
  rows = 3,
}: {
  query: Asked & { data: Data | undefined; isError: boolean };
  children: (data: Data) => ReactNode;
  rows?: number;
}) {
  if (query.data !== undefined) return children(query.data);
  return query.isError ? <Failed {...query} /> : <Waiting rows={rows} />;
}

type Paged<Item> = Asked & {
  items: Item[] | undefined;
  isError: boolean;
  hasNextPage: boolean;
  isFetchingNextPage: boolean;
  fetchNextPage: () => unknown;
};

/** A list that is read page by page. */
export function Pages<Item>({
  query,
  empty,
  children,
}: {
  query: Paged<Item>;
  empty: ReactNode;
  children: (items: Item[]) => ReactNode;
}) {
  const t = useCommon();
  return (
    <Loaded query={{ ...query, data: query.items }}>
      {(items) =>
        items.length === 0 ? (
          empty
        ) : (
          <div className="stack">
            {children(items)}
            {query.hasNextPage && (
              <Button
                variant="default"
                size="md"
                loading={query.isFetchingNextPage}
                onClick={() => void query.fetchNextPage()}
              >
                {t('more')}
              </Button>
            )}
          </div>
        )
      }
    </Loaded>
  );
}

export const Facts = ({ facts }: { facts: (readonly [name: string, value: ReactNode] | false | undefined)[] }) => (
  <dl className="facts">
    {facts.map(
      (fact, index) =>
        fact && (
          // Two may have one name, such as refunds.
          <div key={`${index}${fact[0]}`} style={{ display: 'contents' }}>
            <dt>{fact[0]}</dt>
            <dd>{fact[1]}</dd>
          </div>
        ),
    )}
  </dl>
);

/** The first letter of what was bought, where there is no picture. */
export const Thing = ({ title }: { title: string }) => (
  <span className="thing" aria-hidden="true">
    {Array.from(title)[0] ?? '·'}
  </span>
);

export const ButtonLink = ({
  href,
  children,
  variant = 'default',
  fullWidth = false,
}: {
  href: string;
  children: ReactNode;
  variant?: 'filled' | 'light' | 'default' | 'subtle';
  fullWidth?: boolean;
}) => (
  <Button component={Link} href={href} variant={variant} size="md" fullWidth={fullWidth}>
    {children}
  </Button>
);

export const Card = ({ title, aside, children }: { title?: string; aside?: ReactNode; children: ReactNode }) => (
  <section className="card">
    <div className="stack">
      {title !== undefined && (
        <div className="row apart">
          <h2>{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </div>
  </section>
);
