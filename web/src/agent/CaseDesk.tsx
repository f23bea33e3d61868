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
import { useClaims } from './claims.ts';
import { useAgentEntries } from './forms.ts';
import { useAgentWords } from './words.ts';

/** Where a case waits for an agent, by its status. */
const queueOf: Record<string, string> = {
  intervention_requested: 'audit',
  awaiting_evidence: 'adjudication',
  under_adjudication: 'adjudication',
  under_appeal: 'appeal',
  refund_failed: 'refund-failures',
  compensation_failed: 'refund-failures',
};

/** All that is needed to rule on a case, both sides next to each other. INT-5 */
export function CaseDesk({ id }: { id: string }) {
  const common = useCommon();
  const query = useDossier(id);
  return (
    <>
      <Head title={`${common('case')} ${shortId(id)}`} back="/">
        {query.data && <Lease dossier={query.data} />}
      </Head>
      <Loaded query={query}>{(dossier) => <Shown dossier={dossier} />}</Loaded>
    </>
  );
}

function Lease({ dossier: { case: shown, lease } }: { dossier: Dossier }) {
  const t = useAgentWords();
  const text = useProblemText();
  const { session } = useSession();
  const claims = useClaims();
  const mine = lease?.agent === session?.sub;
  // The queue's name is only the way in: who may claim is the API's to say.
  const queue = shown.appeal?.deadline ? 'appeal' : queueOf[shown.status];
  const name = shown.deadline === null && queue !== undefined && !queue.startsWith('refund') ? 'escalated' : queue;
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
      {name !== undefined && (!lease || mine) && (
        <Button
          size="compact-md"
          variant={mine ? 'default' : 'light'}
          loading={claims.busy === shown.id}
          onClick={() => void claims.act(name, shown.id, mine ? 'release' : 'claim')}
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
