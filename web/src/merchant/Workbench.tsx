import { Button, TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useCases } from '../api/queries.ts';
import type { Case } from '../api/types.ts';
import { toneOf, waitsFor } from '../cases/tone.ts';
import { shortId } from '../design/format.ts';
import { Amount, Countdown, Empty, Pages, Tag } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useKeys } from '../desk/keyboard.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { Bulk } from './Bulk.tsx';
import { exportCases } from './export.ts';
import { useSavedViews } from './savedViews.ts';
import { useMerchantWords } from './words.ts';

/** Statuses that a merchant looks for most. */
const filters = [
  'pending_merchant_review',
  'awaiting_merchant_receipt',
  'awaiting_refund_voucher',
  'awaiting_replacement',
  'awaiting_evidence',
  'under_adjudication',
  'refunded',
  'closed',
] as const;

/** The merchant's cases, due first. What is filtered is in the address, so that it can be kept and passed on. */
export function Workbench() {
  const t = useMerchantWords();
  const named = useCodes();
  const [, go] = useLocation();
  const address = useSearch();
  const asked = new URLSearchParams(address);
  const status = asked.get('status') ?? undefined;
  const q = asked.get('q') ?? undefined;
  const [typed, setTyped] = useState(q ?? '');
  const query = useCases({ limit: 50, sort: 'deadline', status, q });
  const cases = query.items ?? [];
  const [chosen, setChosen] = useState<string[]>([]);
  const [at, setAt] = useState(-1);
  const views = useSavedViews();

  const filter = (changed: Record<string, string | undefined>) => {
    const next = new URLSearchParams(address);
    for (const [name, value] of Object.entries(changed)) {
      if (value === undefined || value === '') next.delete(name);
      else next.set(name, value);
    }
    setChosen([]);
    go(next.size === 0 ? '/' : `/?${next.toString()}`);
  };
  const decidable = cases.filter(
    ({ availableActions, status: stands }) =>
      stands === 'pending_merchant_review' && availableActions.includes('merchant-decision'),
  );
  const toggle = (id: string) =>
    setChosen((before) => (before.includes(id) ? before.filter((one) => one !== id) : [...before, id]));

  useKeys({
    j: () => setAt(Math.min(at + 1, cases.length - 1)),
    k: () => setAt(Math.max(at - 1, 0)),
    Enter: () => {
      const one = cases[at];
      if (one) go(`/cases/${one.id}`);
    },
    x: () => {
      const one = cases[at];
      if (one && decidable.includes(one)) toggle(one.id);
    },
  });

  return (
    <>
      <Head title={t('workbench')}>
        <div className="row">
          <form
            onSubmit={(event) => {
              event.preventDefault();
              filter({ q: typed.trim() });
            }}
          >
            <TextInput
              type="search"
              aria-label={t('search')}
              placeholder={t('search')}
              w={280}
              value={typed}
              onChange={(event) => setTyped(event.currentTarget.value)}
            />
          </form>
          <Button variant="default" onClick={() => void exportCases({ status, q }, named)}>
            {t('exportCsv')}
          </Button>
        </div>
      </Head>
      <div className="stack">
        <div className="filters">
          <button
            type="button"
            className="chip"
            aria-pressed={status === undefined}
            onClick={() => filter({ status: undefined })}
          >
            {t('everything')}
          </button>
          {filters.map((one) => (
            <button
              key={one}
              type="button"
              className="chip"
              aria-pressed={status === one}
              onClick={() => filter({ status: one })}
            >
              {named('status', one)}
            </button>
          ))}
        </div>
        <div className="filters">
          {views.all.map(({ name, search }) => (
            <span key={name} className="row">
              <button
                type="button"
                className="chip"
                aria-pressed={search === address}
                onClick={() => go(`/?${search}`)}
              >
                ★ {name}
              </button>
              <button
                type="button"
                className="linkish"
                aria-label={t('removeView', { name })}
                onClick={() => views.remove(name)}
              >
                ×
              </button>
            </span>
          ))}
          {address !== '' && !views.all.some(({ search }) => search === address) && (
            <button
              type="button"
              className="linkish small"
              onClick={() =>
                views.add({
                  name: [status === undefined ? '' : named('status', status), q ?? '']
                    .filter((part) => part !== '')
                    .join(' '),
                  search: address,
                })
              }
            >
              ☆ {t('saveView')}
            </button>
          )}
        </div>
        <Pages query={query} empty={<Empty icon="turn" title={t('noCases')} />}>
          {(shown) => (
            <CaseTable
              shown={shown}
              decidable={decidable}
              chosen={chosen}
              at={at}
              onToggle={toggle}
              onAll={setChosen}
            />
          )}
        </Pages>
        <p className="tiny soft">{t('keysHint')}</p>
        {chosen.length > 0 && (
          <Bulk cases={cases.filter(({ id }) => chosen.includes(id))} onEnd={() => setChosen([])} />
        )}
      </div>
    </>
  );
}

function CaseTable({
  shown,
  decidable,
  chosen,
  at,
  onToggle,
  onAll,
}: {
  shown: Case[];
  decidable: Case[];
  chosen: string[];
  at: number;
  onToggle: (id: string) => void;
  onAll: (ids: string[]) => void;
}) {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  return (
    <div className="card table-wrap">
      <table className="table">
        <thead>
          <tr>
            <th>
              <input
                type="checkbox"
                aria-label={t('selectAll')}
                disabled={decidable.length === 0}
                checked={decidable.length > 0 && chosen.length === decidable.length}
                onChange={(event) => onAll(event.currentTarget.checked ? decidable.map(({ id }) => id) : [])}
              />
            </th>
            <th>{common('case')}</th>
            <th>{common('consumer')}</th>
            <th>{common('status')}</th>
            <th>{t('waits')}</th>
            <th>{t('due')}</th>
            <th className="end">{common('refund')}</th>
          </tr>
        </thead>
        <tbody>
          {shown.map((one, index) => (
            <tr key={one.id} data-at={index === at}>
              <td>
                <input
                  type="checkbox"
                  aria-label={t('selectOne', { id: shortId(one.id) })}
                  disabled={!decidable.includes(one)}
                  checked={chosen.includes(one.id)}
                  onChange={() => onToggle(one.id)}
                />
              </td>
              <td>
                <Link href={`/cases/${one.id}`}>
                  {named('kind', one.remedy.kind)} · {named('reason', one.reason)}
                </Link>
                <div className="tiny soft clip description">{one.description}</div>
              </td>
              <td>{one.consumerId}</td>
              <td>
                <Tag tone={toneOf(one, 'merchant')}>{named('status', one.status)}</Tag>
              </td>
              <td className={waitsFor(one, 'merchant') ? 'strong' : 'soft'}>
                {one.deadline ? named('person', one.deadline.waitingFor) : '—'}
              </td>
              <td>{one.deadline ? <Countdown at={one.deadline.at} /> : '—'}</td>
              <td className="end">{one.refund.amount > 0 ? <Amount money={one.refund} /> : '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
