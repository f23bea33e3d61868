import { Button, MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider, useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useEffect } from 'react';
import { Router } from 'wouter';
import { ApiProblem } from './api/client.ts';
import { follow, useConnection } from './api/stream.ts';
import { Empty, Waiting } from './design/pieces.tsx';
import { SignInAgain } from './session/SignInAgain.tsx';
import { signOut, useSession } from './session/session.ts';
import { Welcome } from './session/Welcome.tsx';
import { useSessionWords } from './session/words.ts';
import { useOneLanguage } from './settings/writtenIn.ts';
import { useCommon } from './words/common.ts';

const areas: Record<string, ReturnType<typeof lazy>> = {
  consumer: lazy(() => import('./consumer/Consumer.tsx')),
  merchant: lazy(() => import('./merchant/Merchant.tsx')),
  agent: lazy(() => import('./agent/Agent.tsx')),
  admin: lazy(() => import('./admin/Admin.tsx')),
};

const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 15_000,
      // What was refused stays refused; what could not be reached may be there in a moment.
      retry: (count, error) =>
        count < 3 && !(error instanceof ApiProblem && error.status < 500 && error.status !== 429),
    },
  },
});

export function App() {
  return (
    <MantineProvider
      defaultColorScheme="auto"
      // The policy allows no style made at run time: colours are in design/theme.css.
      withCssVariables={false}
      withGlobalClasses={false}
      theme={{ cursorType: 'pointer', defaultRadius: 'md' }}
    >
      <QueryClientProvider client={client}>
        <Router base="/console">
          <Skip />
          <Shown />
        </Router>
      </QueryClientProvider>
    </MantineProvider>
  );
}

function Skip() {
  const t = useCommon();
  return (
    <a className="skip" href="#main">
      {t('skip')}
    </a>
  );
}

function Shown() {
  const { session } = useSession();
  return session ? <SignedIn key={`${session.role}/${session.sub}`} role={session.role} /> : <Welcome />;
}

function SignedIn({ role }: { role: string }) {
  const Area = areas[role];
  return (
    <>
      <Live />
      {Area ? (
        <Suspense fallback={<Waiting />}>
          <Area />
        </Suspense>
      ) : (
        <NoArea />
      )}
      <SignInAgain />
    </>
  );
}

/** Keeps what is shown up to date, and says so where that is not possible. */
function Live() {
  const t = useCommon();
  const queries = useQueryClient();
  const { session, expired } = useSession();
  const connection = useConnection();
  const token = session?.token;
  useOneLanguage();
  useEffect(() => {
    if (token === undefined || expired) return undefined;
    void queries.invalidateQueries();
    return follow(queries, token);
  }, [queries, token, expired]);
  // Nobody sees what somebody else has looked at before.
  useEffect(() => () => queries.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'demo' }), [queries]);
  return connection === 'lost' ? (
    <div className="banner" role="status">
      {t('offline')}
    </div>
  ) : null;
}

function NoArea() {
  const t = useSessionWords();
  const common = useCommon();
  return (
    <main id="main">
      <Empty icon="gear" title={t('notHere')}>
        <p>{t('notHereHint')}</p>
        <Button mt="md" variant="default" onClick={signOut}>
          {common('signOut')}
        </Button>
      </Empty>
    </main>
  );
}
