import { Link } from 'wouter';
import { useCases, useOrder } from '../api/queries.ts';
import type { Case } from '../api/types.ts';
import { useRefundState } from '../cases/Held.tsx';
import { bringsMoney } from '../cases/money.ts';
import { toneOf, waitsFor } from '../cases/tone.ts';
import { useCaseWords } from '../cases/words.ts';
import { Amount, Countdown, Empty, Pages, Tag, When } from '../design/pieces.tsx';
import { useCodes } from '../words/codes.ts';
import { Screen } from './Screen.tsx';
import { useConsumerWords } from './words.ts';

export function CasesPage() {
  const t = useConsumerWords();
  const query = useCases({ limit: 20 });
  return (
    <Screen title={t('myCases')}>
      <Pages
        query={query}
        empty={
          <Empty icon="turn" title={t('noCases')}>
            <p>{t('noCasesHint')}</p>
          </Empty>
        }
      >
        {(cases) => cases.map((one) => <CaseCard key={one.id} shown={one} />)}
      </Pages>
    </Screen>
  );
}

export function CaseCard({ shown }: { shown: Case }) {
  const named = useCodes();
  const t = useCaseWords();
  const refundState = useRefundState();
  const mine = waitsFor(shown, 'consumer');
  const { data: order } = useOrder(shown.orderId);
  const titles = shown.lines.map(({ lineId }) => order?.lines.find((line) => line.lineId === lineId)?.title ?? '…');
  return (
    <Link href={`/cases/${shown.id}`} className="card">
      <div className="stack tight">
        <div className="row apart">
          <span className="strong">{titles.join('、')}</span>
          <Tag tone={toneOf(shown, 'consumer')}>{named('status', shown.status)}</Tag>
        </div>
        <div className="row apart small soft">
          <span>
            {named('kind', shown.remedy.kind)} · {named('reason', shown.reason)} · <When at={shown.createdAt} />
          </span>
          {bringsMoney(shown) && (
            <span>
              {shown.refund.held && `${refundState(shown.refund)} · `}
              <Amount money={shown.refund} />
            </span>
          )}
        </div>
        {shown.deadline && (
          <p className="small">
            {mine
              ? t('toDo', { what: named('due', shown.deadline.kind) })
              : t('waitingFor', { who: named('person', shown.deadline.waitingFor) })}
            {' · '}
            <Countdown at={shown.deadline.at} />
          </p>
        )}
      </div>
    </Link>
  );
}
