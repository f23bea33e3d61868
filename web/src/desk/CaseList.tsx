import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link, useLocation, useSearch } from 'wouter';
import { useCases, withQuery } from '../api/queries.ts';
import { bringsMoney } from '../cases/money.ts';
import { toneOf } from '../cases/tone.ts';
import { shortId } from '../design/format.ts';
import { Amount, Countdown, Empty, Tag } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { Head } from './Desk.tsx';
import { Listing } from './Listing.tsx';
import { useDeskWords } from './words.ts';

/** Every case, found by its words or numbers. */
export function CaseList({ title, viewer }: { title: string; viewer: 'agent' | 'admin' }) {
  const t = useDeskWords();
  const common = useCommon();
  const named = useCodes();
  // What is searched for is in the address, so that it is still there for whoever comes back, and can be passed on.
  const [at, go] = useLocation();
  const q = new URLSearchParams(useSearch()).get('q') ?? undefined;
  const [typed, setTyped] = useState(q ?? '');
  const [found, setFound] = useState(q);
  if (found !== q) {
    setFound(q);
    setTyped(q ?? '');
  }
  const query = useCases({ limit: 50, sort: 'updatedAt', q });
  return (
    <>
      <Head title={title}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            go(withQuery(at, { q: typed.trim() === '' ? undefined : typed.trim() }));
          }}
        >
          <TextInput
            type="search"
            w={300}
            aria-label={t('search')}
            placeholder={t('search')}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        </form>
      </Head>
      <Listing
        query={query}
        empty={<Empty icon="search" title={t('noCases')} />}
        keyOf={({ id }) => id}
        heads={[
          common('case'),
          `${common('consumer')} / ${common('merchant')}`,
          common('status'),
          t('due'),
          { end: common('refund') },
        ]}
      >
        {(one) => (
          <>
            <td>
              <Link href={`/cases/${one.id}`}>
                {named('kind', one.remedy.kind)} · {named('reason', one.reason)}
              </Link>
              <div className="tiny soft clip description">
                <span className="mono">{shortId(one.id)}</span> {one.description}
              </div>
            </td>
            <td>
              {one.consumerId} / {one.merchantId}
            </td>
            <td>
              <span className="row">
                <Tag tone={toneOf(one, viewer)}>{named('status', one.status)}</Tag>
                {one.refund.held && <Tag tone="warn">{t('held')}</Tag>}
              </span>
            </td>
            <td>{one.deadline ? <Countdown at={one.deadline.at} /> : '—'}</td>
            <td className="end">{bringsMoney(one) ? <Amount money={one.refund} /> : '—'}</td>
          </>
        )}
      </Listing>
    </>
  );
}
