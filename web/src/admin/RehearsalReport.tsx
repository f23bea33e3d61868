import { Link } from 'wouter';
import type { Rehearsal } from '../api/types.ts';
import { moneyText, shortId } from '../design/format.ts';
import { Card, Note, Tag, When } from '../design/pieces.tsx';
import { Tile } from '../desk/Tile.tsx';
import { useCodes } from '../words/codes.ts';
import { useLanguage } from '../words/language.ts';
import { useAdminWords } from './words.ts';

type Difference = Rehearsal['differences'][number];
type Outcome = Difference['was'];

/** What recorded cases would have come to under the draft. */
export function RehearsalReport({ report, stale }: { report: Rehearsal; stale: boolean }) {
  const t = useAdminWords();
  const language = useLanguage();
  const { cases, otherEnding, otherTime, notRehearsed, money, meanHoursToEnd, differences } = report;
  return (
    <Card title={t('rehearsal')} aside={<When at={report.asOf} />}>
      {stale && <Note tone="warn">{t('rehearsalStale')}</Note>}
      <dl className="tiles">
        <Tile name={t('casesPlayed')} value={cases} />
        <Tile name={t('otherEnding')} value={otherEnding} />
        <Tile name={t('otherTime')} value={otherTime} />
        <Tile name={t('notPlayed')} value={notRehearsed} hint={t('notPlayedHint')} />
      </dl>
      <div className="table-wrap">
        <table className="table">
          <thead>
            <tr>
              <th aria-label={t('field')} />
              <th className="end">{t('was')}</th>
              <th className="end">{t('would')}</th>
            </tr>
          </thead>
          <tbody>
            {money.flatMap(({ currency, was, would }) =>
              (['toConsumer', 'fromPlatform', 'penalty'] as const).map((name) => (
                <tr key={`${currency}${name}`} className={was[name] === would[name] ? undefined : 'differs'}>
                  <td>{t(name)}</td>
                  <td className="end number">{moneyText({ amount: was[name], currency }, language)}</td>
                  <td className="end number">{moneyText({ amount: would[name], currency }, language)}</td>
                </tr>
              )),
            )}
            {meanHoursToEnd && (
              <tr className={meanHoursToEnd.was === meanHoursToEnd.would ? undefined : 'differs'}>
                <td>{t('meanHours')}</td>
                <td className="end number">{meanHoursToEnd.was}</td>
                <td className="end number">{meanHoursToEnd.would}</td>
              </tr>
            )}
          </tbody>
        </table>
      </div>
      {differences.length === 0 ? <p className="soft">{t('noDifferences')}</p> : <Differences all={differences} />}
    </Card>
  );
}

function Differences({ all }: { all: Difference[] }) {
  const t = useAdminWords();
  const named = useCodes();
  return (
    <div className="table-wrap tall">
      <table className="table">
        <thead>
          <tr>
            <th>{t('difference')}</th>
            <th>{t('was')}</th>
            <th>{t('would')}</th>
          </tr>
        </thead>
        <tbody>
          {all.map(({ caseId, merchantId, currency, was, would, refused }) => (
            <tr key={caseId}>
              <td>
                <Link className="nowrap" href={`/cases/${caseId}`}>
                  {shortId(caseId)}
                </Link>
                <div className="tiny soft">{merchantId}</div>
              </td>
              <td>
                <Ended outcome={was} currency={currency} />
              </td>
              <td>
                <Ended outcome={would} currency={currency} />
                {refused.map(({ action, at }) => (
                  <div key={`${action}${at}`} className="tiny soft">
                    {t('refusedThen', { what: named('action', action) })} · <When at={at} />
                  </div>
                ))}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Ended({ outcome, currency }: { outcome: Outcome; currency: string }) {
  const t = useAdminWords();
  const named = useCodes();
  const language = useLanguage();
  const { status, closeReason, endedAt, toConsumer, penalty } = outcome;
  return (
    <div className="stack tight">
      <span>
        <Tag tone={endedAt === undefined ? 'warn' : 'plain'}>{named('status', status)}</Tag>{' '}
        <span className="amount">{toConsumer > 0 && moneyText({ amount: toConsumer, currency }, language)}</span>
      </span>
      <span className="tiny soft">
        {endedAt === undefined ? t('stillOpen') : <When at={endedAt} />}
        {closeReason !== undefined && ` · ${named('closeReason', closeReason)}`}
        {penalty > 0 && ` · ${t('penalty')} ${moneyText({ amount: penalty, currency }, language)}`}
      </span>
    </div>
  );
}
