import { Button, SegmentedControl, TextInput } from '@mantine/core';
import { useQueries } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import type { Figures } from '../api/types.ts';
import { moneyText } from '../design/format.ts';
import { Card, Failed, Waiting } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { Tile } from '../desk/Tile.tsx';
import { useCodes } from '../words/codes.ts';
import { useLanguage } from '../words/language.ts';
import { Bars, Lines } from './Bars.tsx';
import { useAdminWords } from './words.ts';

const aDay = 86_400_000;
/** Days that are looked at, and into how many parts they are cut. */
const periods = { '7': 7, '30': 6, '90': 9 } as const;
type Period = keyof typeof periods;

type Span = { from: string; to: string };

/** The whole time first, then its parts. Counted in whole days up to the end of this one, so that it is asked for alike all day. */
function spansOf(period: Period): Span[] {
  const end = new Date();
  end.setHours(24, 0, 0, 0);
  const count = periods[period];
  const part = (Number(period) / count) * aDay;
  const span = (from: number, to: number) => ({
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
  });
  const begin = end.getTime() - Number(period) * aDay;
  return [
    span(begin, end.getTime()),
    ...Array.from({ length: count }, (_, index) => span(begin + index * part, begin + (index + 1) * part)),
  ];
}

/** What came of cases, how long they took, and what was paid, over time. */
export function FiguresPage() {
  const t = useAdminWords();
  const [period, setPeriod] = useState<Period>('30');
  const [typed, setTyped] = useState('');
  const [merchantId, setMerchant] = useState('');
  const spans = spansOf(period);
  const answers = useQueries({
    queries: spans.map(({ from, to }) => ({
      queryKey: [...keys.figures, from, to, merchantId],
      queryFn: ({ signal }: { signal: AbortSignal }) => {
        const asked = new URLSearchParams({ from, to, ...(merchantId === '' ? {} : { merchantId }) });
        return read<Figures>(`/v1/figures?${asked}`, signal);
      },
    })),
  });
  const [whole, ...parts] = answers.flatMap(({ data }) => data ?? []);
  const failed = answers.find(({ isError }) => isError);
  return (
    <>
      <Head title={t('figures')}>
        <form
          className="row"
          onSubmit={(event) => {
            event.preventDefault();
            setMerchant(typed.trim());
          }}
        >
          <SegmentedControl
            aria-label={t('period')}
            value={period}
            onChange={(value) => setPeriod(value as Period)}
            data={Object.keys(periods).map((days) => ({ value: days, label: t('lastDays', { days }) }))}
          />
          <TextInput
            aria-label={t('ofMerchant')}
            placeholder={t('everyMerchant')}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
          <Button type="submit" variant="default" size="md">
            {t('apply')}
          </Button>
        </form>
      </Head>
      {failed ? (
        <Failed error={failed.error} refetch={failed.refetch} />
      ) : whole && parts.length === spans.length - 1 ? (
        <Shown whole={whole} parts={parts} />
      ) : (
        <Waiting />
      )}
    </>
  );
}

const moneyKinds = [
  'refund',
  'compensation',
  'payout',
  'penalty',
] as const satisfies Figures['money'][number]['kind'][];
const paid = ['refunded', 'compensated', 'replaced'];
const units = [
  ['day', aDay],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

/** A length in the largest unit of which there is one; two digits tell enough. */
function lengthText(ms: number, language: string): string {
  const [unit, length] = units.find(([, one]) => ms >= one) ?? units[units.length - 1] ?? ['second', 1_000];
  return new Intl.NumberFormat(language, {
    style: 'unit',
    unit,
    unitDisplay: 'short',
    maximumSignificantDigits: 2,
  }).format(ms / length);
}

function Shown({ whole, parts }: { whole: Figures; parts: Figures[] }) {
  const t = useAdminWords();
  const language = useLanguage();
  const named = useCodes();
  const day = new Intl.DateTimeFormat(language, { month: 'numeric', day: 'numeric' });
  const labels = parts.map(({ from, to }) => {
    const [first, last] = [day.format(Date.parse(from)), day.format(Date.parse(to) - 1)];
    return first === last ? first : `${first}–${last}`;
  });
  const countOf = ({ cases: { byStatus } }: Figures, matches: (status: string) => boolean) =>
    byStatus.reduce((sum, { status, count }) => sum + (matches(status) ? count : 0), 0);
  const percent = (share: number | null) =>
    share === null
      ? '—'
      : new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 0 }).format(share);
  const currencies = [...new Set(whole.money.map(({ currency }) => currency))];
  const booked = ({ money }: Figures, kind: string, currency: string) =>
    money.find((one) => one.kind === kind && one.currency === currency)?.sum ?? 0;
  const { approvals, refusals, ratings, cases, times } = whole;
  return (
    <div className="stack">
      <dl className="tiles">
        <Tile name={t('casesOpened')} value={cases.total} />
        <Tile
          name={t('automatic')}
          value={percent(approvals.automaticShare)}
          hint={t('ofCount', { part: approvals.automatic, whole: approvals.count })}
        />
        <Tile
          name={t('overturned')}
          value={percent(refusals.overturnedShare)}
          hint={t('ofCount', { part: refusals.overturned, whole: refusals.ruledOn })}
        />
        <Tile
          name={t('rating')}
          value={ratings.average === null ? '—' : ratings.average.toFixed(1)}
          hint={t('ratings', { count: ratings.count })}
        />
        <Tile
          name={t('openToEnd')}
          value={times.openToEnd.medianMs === null ? '—' : lengthText(times.openToEnd.medianMs, language)}
          hint={t('median')}
        />
      </dl>
      <Card>
        <Bars
          title={t('casesOverTime')}
          labels={labels}
          series={[
            { name: t('refundedCases'), values: parts.map((part) => countOf(part, (status) => paid.includes(status))) },
            { name: t('closedCases'), values: parts.map((part) => countOf(part, (status) => status === 'closed')) },
            {
              name: t('openCases'),
              values: parts.map((part) => countOf(part, (status) => status !== 'closed' && !paid.includes(status))),
            },
          ]}
        />
      </Card>
      <Card>
        <Bars
          title={t('timesOverTime')}
          labels={labels}
          stacked={false}
          format={(ms) => lengthText(ms, language)}
          series={[
            { name: t('openToEnd'), values: parts.map((part) => part.times.openToEnd.medianMs) },
            {
              name: t('toDecision'),
              values: parts.map((part) => part.times.applicationToMerchantDecision.medianMs),
            },
          ]}
        />
      </Card>
      {currencies.map((currency) => (
        <Card key={currency}>
          <Bars
            title={t('moneyOverTime', { currency })}
            labels={labels}
            format={(amount) => moneyText({ amount, currency }, language)}
            stacked={false}
            series={moneyKinds
              .filter((kind) => booked(whole, kind, currency) > 0)
              .map((kind) => ({
                name: named('ledgerKind', kind),
                values: parts.map((part) => booked(part, kind, currency)),
              }))}
          />
        </Card>
      ))}
      <div className="halves">
        <Card title={t('byStatus')}>
          <Lines
            counts={cases.byStatus.map(({ status, closeReason, count }) => ({
              name: [named('status', status), closeReason === undefined ? undefined : named('closeReason', closeReason)]
                .filter((part) => part !== undefined)
                .join(' · '),
              count,
            }))}
          />
        </Card>
        <Card title={t('byKind')}>
          <Lines
            counts={cases.byKind.map(({ kind, reason, count }) => ({
              name: `${named('kind', kind)} · ${named('reason', reason)}`,
              count,
            }))}
          />
        </Card>
      </div>
    </div>
  );
}
