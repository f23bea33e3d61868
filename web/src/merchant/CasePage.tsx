import { Link } from 'wouter';
import { useCase } from '../api/queries.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { Application, Dispute, Files, Parcels } from '../cases/Details.tsx';
import { Timeline } from '../cases/Timeline.tsx';
import { WhatIf } from '../cases/WhatIf.tsx';
import { WhereItStands } from '../cases/WhereItStands.tsx';
import { shortId } from '../design/format.ts';
import { Loaded } from '../design/pieces.tsx';
import { Actions } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { useCommon } from '../words/common.ts';
import { useMerchantEntries } from './forms.ts';
import { listPath } from './paging.tsx';
import { useMerchantWords } from './words.ts';

/** A case with everything on one page, and what can be done on keys. */
export function CasePage({ id }: { id: string }) {
  const t = useMerchantWords();
  const common = useCommon();
  const entriesOf = useMerchantEntries();
  const query = useCase(id);
  return (
    <>
      <Head title={`${common('case')} ${shortId(id)}`} back={listPath()}>
        {query.data && <Link href={`/orders/${query.data.orderId}`}>{t('order')}</Link>}
      </Head>
      <Loaded query={query}>
        {(shown) => (
          <div className="split">
            <div className="stack">
              <WhereItStands shown={shown} viewer="merchant" />
              <Dispute shown={shown} />
              <Application shown={shown} />
              <Files id={id} />
              <Parcels shown={shown} />
              <Conversation kind="cases" id={id} />
            </div>
            <aside className="stack">
              <Actions
                entries={entriesOf(shown)}
                available={shown.availableActions}
                path={`/v1/cases/${id}`}
                subject={{ kind: 'case', id, version: shown.version }}
              />
              <WhatIf shown={shown} />
              <Timeline id={id} />
            </aside>
          </div>
        )}
      </Loaded>
    </>
  );
}
