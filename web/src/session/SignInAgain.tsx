import { Button, Modal } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useCommon } from '../words/common.ts';
import { useDemo } from './demo.ts';
import { signIn, signOut, useSession } from './session.ts';
import { TokenForm } from './Welcome.tsx';
import { useSessionWords } from './words.ts';

/** On top of what somebody was doing: signed in again, they go on where they were. */
export function SignInAgain() {
  const t = useSessionWords();
  const common = useCommon();
  const client = useQueryClient();
  const { session, expired } = useSession();
  const { data: demo } = useDemo();
  const same = demo?.parties.find(({ role, sub }) => role === session?.role && sub === session.sub);
  return (
    <Modal
      opened={expired}
      onClose={() => undefined}
      withCloseButton={false}
      title={t('again')}
      lockScroll={false}
      centered
    >
      <div className="stack">
        <p>{t('againHint')}</p>
        {same && (
          <Button
            size="md"
            onClick={() => {
              void client.invalidateQueries({ queryKey: ['demo'] });
              signIn(same);
            }}
          >
            {t('goOnAs', { sub: same.sub })}
          </Button>
        )}
        <TokenForm open={!same} />
        <Button variant="subtle" onClick={signOut}>
          {common('signOut')}
        </Button>
      </div>
    </Modal>
  );
}
