import { Button } from '@mantine/core';
import { useDossier } from '../api/queries.ts';
import type { Dossier } from '../api/types.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { shortId } from '../design/format.ts';
import { Loaded, When } from '../design/pieces.tsx';
import { Actions } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { CaseFile } from '../desk/Dossier.tsx';
import { useSession } from '../session/session.ts';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { listPath } from './cameFrom.ts';
import { useClaims } from './claims.ts';
import { useAgentEntries } from './forms.ts';
import { useAgentWords } from './words.ts';

/** All that is needed to rule on a case, both sides next to each other. INT-5 */
export function CaseDesk({ id }: { id: string }) {
  const common = useCommon();
  const query = useDossier(id);
  return (
    <>
      <Head title={`${common('case')} ${shortId(id)}`} back={listPath()}>
        {query.data && <Lease dossier={query.data} />}
      </Head>
      <Loaded query={query}>{(dossier) => <Shown dossier={dossier} />}</Loaded>
    </>
  );
}

function Lease({ dossier: { case: shown, lease, queues } }: { dossier: Dossier }) {
  const t = useAgentWords();
  const text = useProblemText();
  const { session } = useSession();
  const claims = useClaims();
  const mine = lease?.agent === session?.sub;
  // A claim is of the case, whichever queue it is taken from.
  const [queue] = queues;
  return (
    <div className="row">
      {claims.fault !== undefined && <span className="fault">{text(claims.fault)}</span>}
      {lease ? (
        <span className="small soft">
          {mine ? t('lease') : t('claimedBy', { agent: lease.agent })} <When at={lease.until} />
        </span>
      ) : (
        <span className="small soft">{t('notClaimed')}</span>
      )}
      {queue !== undefined && (!lease || mine) && (
        <Button
          size="compact-md"
          variant={mine ? 'default' : 'light'}
          loading={claims.busy === shown.id}
          onClick={() => void claims.act(queue, shown.id, mine ? 'release' : 'claim')}
        >
          {mine ? t('release') : t('claim')}
        </Button>
      )}
    </div>
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
