import { ApiProblem } from '../api/client.ts';
import type { Foresight } from '../api/types.ts';
import { Amount, Note, Tag, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { phrases } from '../words/language.ts';
import { useProblemText } from '../words/problems.ts';

const useWords = phrases('future', {
  nothing: ['没有会自动发生的事。', 'Nothing happens by itself.'],
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
  refusedHint: ['以下是不这样做时的情况。', 'What follows is what happens without it.'],
});

/** What would come, when, and under which rule; with what money, and how it ends. SEE-1 */
export default function Future({ foresight: { steps, money, ending, waitsFor, refused } }: { foresight: Foresight }) {
  const t = useWords();
  const named = useCodes();
  const text = useProblemText();
  return (
    <div className="stack" aria-live="polite">
      {refused && (
        <Note tone="warn" title={t('refused')}>
          <p>{text(new ApiProblem(409, refused))}</p>
          <p>{t('refusedHint')}</p>
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
