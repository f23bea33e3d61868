import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'wouter';
import { useCase, useCases } from '../api/queries.ts';
import { Application, Dispute, Parcels } from '../cases/Details.tsx';
import { Timeline } from '../cases/Timeline.tsx';
import { toneOf } from '../cases/tone.ts';
import { WhatIf } from '../cases/WhatIf.tsx';
import { WhereItStands } from '../cases/WhereItStands.tsx';
import { shortId } from '../design/format.ts';
import { Amount, Countdown, Empty, Loaded, Pages, Tag } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useAdminWords } from './words.ts';

/** Every case, found by its words or numbers. */
export function Cases() {
  const t = useAdminWords();
  const common = useCommon();
  const named = useCodes();
  const [typed, setTyped] = useState('');
  const [q, setQ] = useState<string>();
  const query = useCases({ limit: 50, sort: 'updatedAt', q });
  return (
    <>
      <Head title={common('cases')}>
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
                      <div className="tiny soft">{shortId(one.id)}</div>
                    </td>
                    <td>
                      {one.consumerId} / {one.merchantId}
                    </td>
                    <td>
                      <span className="row">
                        <Tag tone={toneOf(one, 'admin')}>{named('status', one.status)}</Tag>
                        {one.deadline && <Countdown at={one.deadline.at} />}
                      </span>
                    </td>
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

/** A case to look at: what is done about it is others'. SEE-1 */
export function CasePage({ id }: { id: string }) {
  const common = useCommon();
  const query = useCase(id);
  return (
    <>
      <Head title={`${common('case')} ${shortId(id)}`} back="/cases" />
      <Loaded query={query}>
        {(shown) => (
          <div className="split">
            <div className="stack">
              <WhereItStands shown={shown} viewer="admin" />
              <Dispute shown={shown} />
              <Application shown={shown} />
              <Parcels shown={shown} />
            </div>
            <aside className="stack">
              <WhatIf shown={shown} />
              <Timeline id={id} />
            </aside>
          </div>
        )}
      </Loaded>
    </>
  );
}
