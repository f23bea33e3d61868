import { SegmentedControl } from '@mantine/core';
import { keepPreviousData, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { read } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import type { Performance } from '../api/types.ts';
import { moneyText } from '../design/format.ts';
import { Card, Loaded, Note } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { Tile } from '../desk/Tile.tsx';
import { useCodes } from '../words/codes.ts';
import { useLanguage } from '../words/language.ts';
import { useMerchantWords } from './words.ts';

const periods = ['7', '30', '90'] as const;

/** How the merchant does: how quickly it decides, what did not stand, and what that cost. */
export function PerformancePage() {
  const t = useMerchantWords();
  const [days, setDays] = useState<string>('30');
  const query = useQuery<Performance>({
    queryKey: [...keys.performance, days],
    queryFn: ({ signal }) => read<Performance>(`/v1/me/performance?days=${days}`, signal),
    placeholderData: keepPreviousData,
  });
  return (
    <>
      <Head title={t('performance')}>
        <SegmentedControl
          aria-label={t('period')}
          value={days}
          onChange={setDays}
          data={periods.map((value) => ({ value, label: t('lastDays', { days: value }) }))}
        />
      </Head>
      <Loaded query={query}>{(found) => <Shown found={found} />}</Loaded>
    </>
  );
}

const aMinute = 60_000;
const anHour = 60 * aMinute;

/** How long something took, in the unit that one thinks of it in. */
function useDuration(): (ms: number | null) => string {
  const t = useMerchantWords();
  const language = useLanguage();
  const number = new Intl.NumberFormat(language, { maximumFractionDigits: 1 });
  return (ms) => {
    if (ms === null) return '—';
    if (ms < anHour) return t('minutes', { n: Math.ceil(ms / aMinute) });
    if (ms < 72 * anHour) return t('hours', { n: number.format(ms / anHour) });
    return t('days', { n: number.format(ms / (24 * anHour)) });
  };
}

function Shown({ found: { cases, decisions, refusals, rulings, money, ratings } }: { found: Performance }) {
  const t = useMerchantWords();
  const named = useCodes();
  const language = useLanguage();
  const duration = useDuration();
  const percent = new Intl.NumberFormat(language, { style: 'percent', maximumFractionDigits: 1 });
  const share = (value: number | null) => (value === null ? '—' : percent.format(value));
  return (
    <div className="stack">
      {cases.looked < cases.total && <Note>{t('newestOnly', cases)}</Note>}
      <Card title={t('deciding')}>
        <dl className="tiles">
          <Tile name={t('applications')} value={cases.total} />
          <Tile
            name={t('medianTime')}
            value={duration(decisions.time.medianMs)}
            hint={t('ofDecisions', { count: decisions.time.count })}
          />
          <Tile name={t('p90Time')} value={duration(decisions.time.p90Ms)} hint={t('p90Hint')} />
          <Tile
            name={t('bySilence')}
            value={share(decisions.automaticShare)}
            hint={t('partOf', { part: decisions.automatic, whole: decisions.count })}
          />
        </dl>
      </Card>
      <Card title={t('refusing')}>
        <dl className="tiles">
          <Tile name={t('refused')} value={refusals.count} />
          <Tile name={t('ruledOn')} value={refusals.ruledOn} hint={t('ruledOnHint')} />
          <Tile
            name={t('overturned')}
            value={share(refusals.overturnedShare)}
            hint={t('partOf', { part: refusals.overturned, whole: refusals.ruledOn })}
          />
          {rulings.byLiability.map(({ liability, count }) => (
            <Tile
              key={liability}
              name={t('liable', { who: named('liability', liability) })}
              value={count}
              hint={t('ofRulings', { count: rulings.count })}
            />
          ))}
        </dl>
      </Card>
      <Card title={t('costing')}>
        <dl className="tiles">
          {money.length === 0 && <Tile name={t('penalties')} value={t('none')} />}
          {money.map(({ kind, currency, count, sum }) => (
            <Tile
              key={`${kind}${currency}`}
              name={t(kind)}
              value={moneyText({ amount: sum, currency }, language)}
              hint={t('times', { count })}
            />
          ))}
          <Tile
            name={t('rating')}
            value={ratings.average === null ? '—' : `★ ${ratings.average.toFixed(1)}`}
            hint={t('ratings', { count: ratings.count })}
          />
        </dl>
      </Card>
    </div>
  );
}
