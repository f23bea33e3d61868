import { Button } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, ask } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import type { Case, Foresight } from '../api/types.ts';
import { Amount, Card, Loaded, Note, Tag, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { phrases } from '../words/language.ts';

const useWords = phrases('whatIf', {
  title: ['如果没有人处理', 'If nobody acts'],
  about: ['按当前规则推算，不会改变任何事项。', 'Computed by the rules as they stand; nothing is changed.'],
  ask: ['看看之后会怎样', 'See what would happen'],
  askThis: ['看看这样会怎样', 'See what this would bring'],
  hide: ['收起', 'Hide'],
  nothing: ['没有会自动发生的事。', 'Nothing happens by itself.'],
  thisTitle: ['如果现在这样做，之后无人处理', 'If you did this now, and nobody acted afterwards'],
  wouldBe: ['届时：{{status}}', 'Then: {{status}}'],
  begins: ['开始计时：{{what}}', 'Then begins to run: {{what}}'],
  until: ['至', 'until'],
  moves: ['{{kind}}：{{from}} → {{to}}', '{{kind}}: {{from}} → {{to}}'],
  money: ['涉及金额', 'Money'],
  noMoney: ['不涉及款项。', 'No money would move.'],
  ends: ['最终：{{status}}', 'It ends: {{status}}'],
  endsNever: ['不会自动结束', 'It does not end by itself'],
  waits: ['之后等待平台客服处理，没有期限。', 'It would wait for customer service, without a deadline.'],
  refused: ['现在不能这样做', 'This would be refused now'],
  refusedHint: ['{{detail}}。以下是不这样做时的情况。', '{{detail}}. What follows is what happens without it.'],
});

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
          {(foresight) => <Future foresight={foresight} />}
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
              {(foresight) => <Future foresight={foresight} />}
            </Loaded>
          </div>
        </section>
      )}
    </div>
  );
}

function Future({ foresight: { steps, money, ending, waitsFor, refused } }: { foresight: Foresight }) {
  const t = useWords();
  const named = useCodes();
  return (
    <div className="stack" aria-live="polite">
      {refused && (
        <Note tone="warn" title={t('refused')}>
          {t('refusedHint', { detail: refused.detail })}
        </Note>
      )}
      {steps.length === 0 && <p className="small soft">{t('nothing')}</p>}
      <ol className="timeline">
        {steps.map(({ at, type, actor, rule, status, deadline }, index) => (
          // Two steps may come at one moment.
          <li key={`${index}${type}`}>
            <div className="row apart top steady">
              <span className="strong">{named('event', type)}</span>
              <span className="small soft fixed">
                <When at={at} />
              </span>
            </div>
            <p className="small soft">
              {named('role', actor.role)} · {rule} · {t('wouldBe', { status: named('status', status) })}
            </p>
            {deadline && (
              <p className="small soft">
                {t('begins', { what: named('due', deadline.kind) })} {t('until')} <When at={deadline.at} />
              </p>
            )}
          </li>
        ))}
      </ol>
      {money.length === 0 ? (
        <p className="small soft">{t('noMoney')}</p>
      ) : (
        <ul className="lines" aria-label={t('money')}>
          {money.map(({ at, kind, from, to, amount, currency }) => (
            <li key={`${at}${kind}${to}`} className="row apart small">
              <span>
                {t('moves', { kind: named('ledgerKind', kind), from: named('role', from), to: named('role', to) })}{' '}
                <span className="soft">
                  <When at={at} />
                </span>
              </span>
              <Amount money={{ amount, currency }} />
            </li>
          ))}
        </ul>
      )}
      <p>
        <Tag tone={ending ? 'go' : 'warn'}>
          {ending ? t('ends', { status: named('status', ending.status) }) : t('endsNever')}
        </Tag>{' '}
        <span className="small soft">
          {ending?.closeReason !== undefined && `${named('closeReason', ending.closeReason)} `}
          {ending?.at !== undefined && <When at={ending.at} />}
        </span>
      </p>
      {waitsFor !== null && <p className="small">{t('waits')}</p>}
    </div>
  );
}
