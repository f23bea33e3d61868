import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useCases } from '../api/queries.ts';
import { toneOf } from '../cases/tone.ts';
import { Amount, Countdown, Empty, Pages, Tag } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useAgentWords } from './words.ts';

/** Every case, found by its words or numbers. */
export function AllCases() {
  const t = useAgentWords();
  const common = useCommon();
  const named = useCodes();
  const [typed, setTyped] = useState('');
  const [q, setQ] = useState<string>();
  const query = useCases({ limit: 50, sort: 'updatedAt', q });
  return (
    <>
      <Head title={t('allCases')}>
        <form
          onSubmit={(event) => {
            event.preventDefault();
            setQ(typed.trim() === '' ? undefined : typed.trim());
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
      <Pages query={query} empty={<Empty icon="search" title={t('noCases')} />}>
        {(cases) => (
          <div className="card table-wrap">
            <table className="table">
              <thead>
                <tr>
                  <th>{common('case')}</th>
                  <th>
                    {common('consumer')} / {common('merchant')}
                  </th>
                  <th>{common('status')}</th>
                  <th>{t('due')}</th>
                  <th className="end">{common('refund')}</th>
                </tr>
              </thead>
              <tbody>
                {cases.map((one) => (
                  <tr key={one.id}>
                    <td>
                      <Link href={`/cases/${one.id}`}>
                        {named('kind', one.remedy.kind)} · {named('reason', one.reason)}
                      </Link>
                      <div className="tiny soft clip description">{one.description}</div>
                    </td>
                    <td>
                      {one.consumerId} / {one.merchantId}
                    </td>
                    <td>
                      <Tag tone={toneOf(one, 'agent')}>{named('status', one.status)}</Tag>
                    </td>
                    <td>{one.deadline && <Countdown at={one.deadline.at} />}</td>
                    <td className="end">{one.refund.amount > 0 ? <Amount money={one.refund} /> : '—'}</td>
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        )}
      </Pages>
    </>
  );
}
