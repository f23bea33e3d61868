import { useDossier } from '../api/queries.ts';
import type { Dossier } from '../api/types.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { shortId } from '../design/format.ts';
import { Loaded } from '../design/pieces.tsx';
import { Actions } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { CaseFile } from '../desk/Dossier.tsx';
import { useCommon } from '../words/common.ts';
import { listPath } from './cameFrom.ts';
import { useAgentEntries } from './forms.ts';
import { Lease } from './Lease.tsx';

/** All that is needed to rule on a case, both sides next to each other. INT-5 */
export function CaseDesk({ id }: { id: string }) {
  const common = useCommon();
  const query = useDossier(id);
  return (
    <>
      <Head title={`${common('case')} ${shortId(id)}`} back={listPath()}>
        {query.data && <Lease id={id} lease={query.data.lease} queue={query.data.queues[0]} />}
      </Head>
      <Loaded query={query}>{(dossier) => <Shown dossier={dossier} />}</Loaded>
    </>
  );
}

function Shown({ dossier }: { dossier: Dossier }) {
  const entriesOf = useAgentEntries();
  const { id, availableActions, version } = dossier.case;
  return (
    <CaseFile
      dossier={dossier}
      viewer="agent"
      conversation={<Conversation kind="cases" id={id} />}
      actions={
        <Actions
          entries={entriesOf(dossier)}
          available={availableActions}
          path={`/v1/cases/${id}`}
          subject={{ kind: 'case', id, version }}
        />
      }
    />
  );
}
