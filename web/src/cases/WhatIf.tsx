import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import { answerOf, ask } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import type { Case, Foresight } from '../api/types.ts';
import { Card, Loaded, Waiting } from '../design/pieces.tsx';
import { phrases } from '../words/language.ts';

const useWords = phrases('whatIf', {
  title: ['如果没有人处理', 'If nobody acts'],
  about: ['按当前规则推算，不会改变任何事项。', 'Computed by the rules as they stand; nothing is changed.'],
  ask: ['看看之后会怎样', 'See what would happen'],
  askThis: ['看看这样会怎样', 'See what this would bring'],
  hide: ['收起', 'Hide'],
  thisTitle: ['如果现在这样做，之后无人处理', 'If you did this now, and nobody acted afterwards'],
});

// Fetched once somebody asks: most who look at a case don't.
const Future = lazy(() => import('./Future.tsx'));

type Question = { action?: string; fields?: unknown };

function useForesight(caseId: string, question: Question, enabled: boolean) {
  return useQuery<Foresight>({
    queryKey: [...keys.whatIf(caseId), question],
    enabled,
    queryFn: async ({ signal }) => {
      const sent = { body: question, key: crypto.randomUUID(), signal };
      return answerOf<Foresight>(await ask('POST', `/v1/cases/${caseId}/what-if`, sent));
    },
  });
}

/** What becomes of a case if nobody acts any more: when, what, under which rule, with what money. SEE-1 */
export function WhatIf({ shown }: { shown: Case }) {
  const t = useWords();
  const [open, setOpen] = useState(false);
  const query = useForesight(shown.id, {}, open);
  if (shown.final && !shown.appeal?.deadline) return null;
  return (
    <Card
      title={t('title')}
      aside={
        <Button size="compact-md" variant="default" aria-expanded={open} onClick={() => setOpen(!open)}>
          {open ? t('hide') : t('ask')}
        </Button>
      }
    >
      <p className="small soft">{t('about')}</p>
      {open && (
        <Loaded query={query} rows={1}>
          {(foresight) => (
            <Suspense fallback={<Waiting rows={1} />}>
              <Future foresight={foresight} />
            </Suspense>
          )}
        </Loaded>
      )}
    </Card>
  );
}

/** Beside an action that is being filled in: what it would bring if it came now. */
export function WhatIfSo({
  caseId,
  action,
  fieldsOf,
}: {
  caseId: string;
  action: string;
  /** What would be sent; undefined, and said to the person, while something is missing. */
  fieldsOf: () => unknown;
}) {
  const t = useWords();
  const [question, setQuestion] = useState<Question>();
  const query = useForesight(caseId, question ?? {}, question !== undefined);
  function look(): void {
    const fields = fieldsOf();
    if (fields !== undefined) setQuestion({ action, fields });
  }
  return (
    <div className="stack">
      <Button
        size="compact-md"
        variant="subtle"
        aria-expanded={question !== undefined}
        onClick={() => (question ? setQuestion(undefined) : look())}
      >
        {question ? t('hide') : t('askThis')}
      </Button>
      {question && (
        <section className="card plain" aria-label={t('thisTitle')}>
          <div className="stack">
            <h3>{t('thisTitle')}</h3>
            <Loaded query={query} rows={1}>
              {(foresight) => (
                <Suspense fallback={<Waiting rows={1} />}>
                  <Future foresight={foresight} />
                </Suspense>
              )}
            </Loaded>
          </div>
        </section>
      )}
    </div>
  );
}
