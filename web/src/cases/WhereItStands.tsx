import type { Case, Deadline } from '../api/types.ts';
import { Icon } from '../design/icons.tsx';
import { Amount, Countdown, Note, Tag, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { Held, useRefundState } from './Held.tsx';
import { bringsMoney } from './money.ts';
import { toneOf, waitsFor } from './tone.ts';
import { useCaseWords } from './words.ts';

/** Status, money, who must act until when, and what happens otherwise; `viewer` is the role of whoever looks. SEE-1 */
export function WhereItStands({ shown, viewer }: { shown: Case; viewer: string }) {
  const t = useCaseWords();
  const named = useCodes();
  const refundState = useRefundState();
  const { refund, deadline } = shown;
  return (
    <section className="card" aria-live="polite">
      <div className="stack">
        <div className="row apart top steady">
          <div className="stack tight grow">
            <h2 className="status">{named('status', shown.status)}</h2>
            <div className="row">
              <Tag tone={toneOf(shown, viewer)}>{named('kind', shown.remedy.kind)}</Tag>
              <span className="small soft">{named('reason', shown.reason)}</span>
            </div>
          </div>
          {bringsMoney(shown) ? (
            <div className="stack tight end">
              <span className="tiny soft">{refund.state === 'settled' ? t('refunded') : t('refundExpected')}</span>
              <Amount money={refund} big />
              {refund.state !== 'none' && <span className="tiny soft">{refundState(refund)}</span>}
            </div>
          ) : (
            <span className="tiny soft">{t('nothingToRefund')}</span>
          )}
        </div>
        <Stages shown={shown} />
        {(viewer === 'consumer' || viewer === 'merchant') && <Held held={refund.held} />}
        {shown.closeReason !== undefined && (
          <Note>{t('closedBecause', { why: named('closeReason', shown.closeReason) })}</Note>
        )}
        {shown.goodsOwedBack === true && <Note tone="warn">{t('goodsOwedBack')}</Note>}
        {deadline && <Due deadline={deadline} mine={waitsFor(shown, viewer)} />}
        {shown.appeal?.deadline && shown.appeal.deadline.kind !== deadline?.kind && (
          <Due deadline={shown.appeal.deadline} mine={shown.appeal.deadline.waitingFor === viewer} />
        )}
      </div>
    </section>
  );
}

/** A deadline: whose turn it is, how long it has, and what comes of silence. */
export function Due({ deadline, mine }: { deadline: Deadline; mine: boolean }) {
  const t = useCaseWords();
  const named = useCodes();
  const who = named('person', deadline.waitingFor);
  return (
    <div className={mine ? 'note warn due' : 'note go due'}>
      <div className="row apart">
        <h3>{mine ? t('yourTurn') : t('waitingFor', { who })}</h3>
        <span className="row small">
          <Icon name="clock" size={17} />
          <Countdown at={deadline.at} />
        </span>
      </div>
      <p>
        {mine
          ? t('toDo', { what: named('due', deadline.kind) })
          : t('theyDo', { who: capital(who), what: named('due', deadline.kind) })}
        {' · '}
        <When at={deadline.at} />
      </p>
      <p className="small soft">
        {t('otherwise', { outcome: named('otherwise', deadline.onExpiry) })} · {t('rule', { rule: deadline.rule })}
      </p>
    </div>
  );
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

type Stage = 'stepApply' | 'stepMerchant' | 'stepDispute' | 'stepReturn' | 'stepReplace' | 'stepMoney' | 'stepEnd';

const stageOfStatus: Partial<Record<Case['status'], Stage>> = {
  pending_merchant_review: 'stepMerchant',
  application_refused: 'stepMerchant',
  awaiting_buyer_return: 'stepReturn',
  awaiting_merchant_receipt: 'stepReturn',
  receipt_refused: 'stepReturn',
  intervention_requested: 'stepDispute',
  awaiting_evidence: 'stepDispute',
  under_adjudication: 'stepDispute',
  awaiting_appeal: 'stepDispute',
  under_appeal: 'stepDispute',
  awaiting_replacement: 'stepReplace',
  awaiting_replacement_receipt: 'stepReplace',
};

/** The way as a whole, roughly: where on it the case is. */
function Stages({ shown }: { shown: Case }) {
  const t = useCaseWords();
  const { kind } = shown.remedy;
  const travels = (kind === 'return_and_refund' || kind === 'exchange') && shown.goodsAtMerchant !== true;
  const stages: Stage[] = [
    'stepApply',
    'stepMerchant',
    ...(shown.intervention ? (['stepDispute'] as const) : []),
    ...(travels ? (['stepReturn'] as const) : []),
    ...(kind === 'exchange' || kind === 'reship' ? (['stepReplace'] as const) : (['stepMoney'] as const)),
    'stepEnd',
  ];
  const current = shown.final ? 'stepEnd' : (stageOfStatus[shown.status] ?? 'stepMoney');
  const at = stages.indexOf(current);
  if (shown.status === 'closed' || at === -1) return null;
  return (
    <ol className="steps">
      {stages.map((stage, index) => (
        <li
          key={stage}
          data-done={index < at || shown.final}
          {...(index === at && !shown.final ? { 'aria-current': 'step' as const } : {})}
        >
          {t(stage)}
        </li>
      ))}
    </ol>
  );
}
