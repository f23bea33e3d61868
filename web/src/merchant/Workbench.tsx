import { TextInput } from '@mantine/core';
import { useEffect, useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { keys } from '../api/keys.ts';
import type { Case } from '../api/types.ts';
import { bringsMoney } from '../cases/money.ts';
import { toneOf, waitsFor } from '../cases/tone.ts';
import { shortId } from '../design/format.ts';
import { Amount, Countdown, Empty, Loaded, Tag } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useKeys } from '../desk/keyboard.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { Bulk } from './Bulk.tsx';
import type { Choosing } from './chosen.ts';
import type { Deciding } from './decideAll.ts';
import { useExport } from './Export.tsx';
import { keepList, Pager, useOnePage } from './paging.tsx';
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
export function Workbench({ deciding, choosing }: { deciding: Deciding; choosing: Choosing }) {
  const t = useMerchantWords();
  const named = useCodes();
  const [, go] = useLocation();
  const address = useSearch();
  const asked = new URLSearchParams(address);
  const status = asked.get('status') ?? undefined;
  const q = asked.get('q') ?? undefined;
  const [typed, setTyped] = useState(q ?? '');
  const list = useOnePage<Case>(keys.cases, '/v1/cases', { limit: 50, sort: 'deadline', status, q });
  const cases = list.items ?? [];
  // Chosen on several pages; as they stand now where they are on this one.
  const view = viewOf(address);
  const { cases: kept, refusal } = choosing.under(view);
  const setChosen = (changed: (before: Case[]) => Case[]) =>
    choosing.change(view, (before) => ({ cases: changed(before.cases) }));
  const chosen = kept.map((one) => cases.find(({ id }) => id === one.id) ?? one);
  const [at, setAt] = useState(-1);
  const [filtered, setFiltered] = useState(view);
  if (filtered !== view) {
    setFiltered(view);
    setAt(-1);
    setTyped(q ?? '');
  }
  const exporting = useExport({ status, q });
  const views = useSavedViews();

  const filter = (changed: Record<string, string | undefined>) => {
    const next = new URLSearchParams(address);
    next.delete('page');
    for (const [name, value] of Object.entries(changed)) {
      if (value === undefined || value === '') next.delete(name);
      else next.set(name, value);
    }
    go(next.size === 0 ? '/' : `/?${next.toString()}`);
  };
  const decidable = cases.filter(
    ({ availableActions, status: stands }) =>
      stands === 'pending_merchant_review' && availableActions.includes('merchant-decision'),
  );
  const toggle = (one: Case) =>
    setChosen((before) =>
      before.some(({ id }) => id === one.id) ? before.filter(({ id }) => id !== one.id) : [...before, one],
    );
  useEffect(() => keepList(address), [address]);
  useEffect(() => {
    if (at < 0) return;
    document.querySelector('[data-at=true]')?.scrollIntoView({ block: 'nearest' });
    // What j and k lead to has the focus: Enter opens it, whatever was pressed before.
    document.querySelector<HTMLElement>('[data-at=true] a')?.focus({ preventScroll: true });
  }, [at]);
  const turn = (way: (() => void) | undefined) => {
    if (!way) return;
    setAt(-1);
    way();
  };

  useKeys({
    j: () => setAt(Math.min(at + 1, cases.length - 1)),
    k: () => setAt(Math.max(at - 1, 0)),
    Enter: () => {
      const one = cases[at];
      if (one) go(`/cases/${one.id}`);
    },
    x: () => {
      const one = cases[at];
      if (one && decidable.includes(one)) toggle(one);
    },
    n: () => turn(list.next),
    p: () => turn(list.previous),
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
          {exporting.buttons}
        </div>
      </Head>
      <div className="stack">
        {exporting.state}
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
              <button type="button" className="chip" aria-pressed={search === view} onClick={() => go(`/?${search}`)}>
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
          {view !== '' && !views.all.some(({ search }) => search === view) && (
            <button
              type="button"
              className="linkish small"
              onClick={() =>
                views.add({
                  name: [status === undefined ? '' : named('status', status), q ?? '']
                    .filter((part) => part !== '')
                    .join(' '),
                  search: view,
                })
              }
            >
              ☆ {t('saveView')}
            </button>
          )}
        </div>
        <Loaded query={{ ...list, data: list.items }}>
          {(shown) =>
            shown.length === 0 ? (
              <Empty icon="turn" title={t('noCases')} />
            ) : (
              <CaseTable
                shown={shown}
                decidable={decidable}
                chosen={chosen}
                at={at}
                onToggle={toggle}
                onAll={(all) =>
                  setChosen((before) => [
                    ...before.filter(({ id }) => !decidable.some((one) => one.id === id)),
                    ...(all ? decidable : []),
                  ])
                }
              />
            )
          }
        </Loaded>
        <Pager {...list} />
        <p className="tiny soft">{t('keysHint')}</p>
        <Bulk
          deciding={deciding}
          cases={chosen}
          refusal={refusal}
          onRefusal={(draft) => choosing.change(view, () => ({ refusal: draft }))}
          onUnchoose={() => choosing.change(view, () => ({ cases: [], refusal: undefined }))}
        />
      </div>
    </>
  );
}

/** What is filtered, without the page that is read. */
function viewOf(address: string): string {
  const search = new URLSearchParams(address);
  search.delete('page');
  return search.toString();
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
  chosen: Case[];
  at: number;
  onToggle: (one: Case) => void;
  onAll: (all: boolean) => void;
}) {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  const isChosen = (one: Case) => chosen.some(({ id }) => id === one.id);
  return (
    <div className="card table-wrap">
      <table className="table stacking">
        <thead>
          <tr>
            <th>
              <input
                type="checkbox"
                aria-label={t('selectAll')}
                disabled={decidable.length === 0}
                checked={decidable.length > 0 && decidable.every(isChosen)}
                onChange={(event) => onAll(event.currentTarget.checked)}
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
                  checked={isChosen(one)}
                  onChange={() => onToggle(one)}
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
              <td className="end">{bringsMoney(one) ? <Amount money={one.refund} /> : '—'}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
