import { Button } from '@mantine/core';
import type { Dossier } from '../api/types.ts';
import { When } from '../design/pieces.tsx';
import { useSession } from '../session/session.ts';
import { useProblemText } from '../words/problems.ts';
import { useClaims } from './claims.ts';
import { useAgentWords } from './words.ts';

/** Who is at it, and claiming it from the queue in which it stands, if any, or giving it back. */
export function Lease({ id, lease, queue }: { id: string; lease: Dossier['lease']; queue: string | undefined }) {
  const t = useAgentWords();
  const text = useProblemText();
  const { session } = useSession();
  const claims = useClaims();
  const mine = lease?.agent === session?.sub;
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
          loading={claims.busy === id}
          onClick={() => void claims.act(queue, id, mine ? 'release' : 'claim')}
        >
          {mine ? t('release') : t('claim')}
        </Button>
      )}
    </div>
  );
}
