import { Link } from 'wouter';
import { useEvidenceOfCase, useOrder } from '../api/queries.ts';
import type { Address, Case } from '../api/types.ts';
import { shortId, useTime } from '../design/format.ts';
import { Amount, Card, Facts, Loaded, Note, Tag, Thing, When } from '../design/pieces.tsx';
import { Gallery } from '../evidence/Gallery.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { Held, useRefundState } from './Held.tsx';
import { isRefund } from './money.ts';
import { useCaseWords } from './words.ts';

export const addressText = ({ province, city, district, street, name, phone }: Address): string =>
  `${[...new Set([province, city])].join('')}${district}${street}，${name} ${phone}`;

/** What was applied for. */
export function Application({ shown }: { shown: Case }) {
  const t = useCaseWords();
  const common = useCommon();
  const named = useCodes();
  const { data: order } = useOrder(shown.orderId);
  return (
    <Card title={t('facts')}>
      <ul className="lines">
        {shown.lines.map(({ lineId, quantity, refundAmount }) => {
          const title = order?.lines.find((line) => line.lineId === lineId)?.title ?? lineId;
          return (
            <li key={lineId} className="row steady">
              <Thing title={title} />
              <span className="grow">
                {title} <span className="soft">× {quantity}</span>
              </span>
              <Amount money={refundAmount} />
            </li>
          );
        })}
      </ul>
      <Facts
        facts={[
          [common('kind'), named('kind', shown.kind)],
          [
            common('reason'),
            `${named('reason', shown.reason)}${shown.subReason === undefined ? '' : ` · ${named('subReason', shown.subReason)}`}`,
          ],
          [t('description'), <span className="preline">{shown.description}</span>],
          [t('postageBy'), named('role', shown.returnPostageBorneBy)],
          [common('created'), <When at={shown.createdAt} style="long" />],
          [t('channel'), named('channel', shown.channel)],
          [common('case'), <span className="mono">{shortId(shown.id)}</span>],
          shown.previousCaseId !== undefined && [
            t('previousCase'),
            <Link href={`/cases/${shown.previousCaseId}`}>{shortId(shown.previousCaseId)}</Link>,
          ],
        ]}
      />
    </Card>
  );
}

/** Where the goods go and where they are. */
export function Parcels({ shown }: { shown: Case }) {
  const t = useCaseWords();
  const { returnAddress, returnShipment, replacementShipment } = shown;
  if (!returnAddress && !returnShipment && !replacementShipment) return null;
  return (
    <Card title={t('stepReturn')}>
      <Facts
        facts={[
          returnAddress && [t('returnAddress'), addressText(returnAddress)],
          returnShipment && [t('returnShipment'), `${returnShipment.carrier} ${returnShipment.trackingNumber}`],
          replacementShipment && [
            t('replacementShipment'),
            `${replacementShipment.carrier} ${replacementShipment.trackingNumber}`,
          ],
        ]}
      />
    </Card>
  );
}

/** The merchant's refusal, its proposal, the platform's part and how it ruled. */
export function Dispute({ shown }: { shown: Case }) {
  const t = useCaseWords();
  const named = useCodes();
  const time = useTime();
  const refundState = useRefundState();
  const { refusalCode, proposal, intervention, appeal } = shown;
  return (
    <>
      {refusalCode !== undefined && (
        <Note tone="bad" title={t('refusedBecause')}>
          {named('refusal', refusalCode)}
        </Note>
      )}
      {proposal && (
        <Card title={t('proposalTitle')} aside={<Tag tone="info">{named('kind', proposal.kind)}</Tag>}>
          {isRefund(proposal.kind) && <Amount money={proposal.refund} big />}
          <p className="preline">{proposal.note}</p>
        </Card>
      )}
      {intervention && (
        <Card title={t('intervention')}>
          {intervention.informationRequest && (
            <Note tone="warn" title={t('question')}>
              <p className="preline">{intervention.informationRequest.question}</p>
              <p className="small soft">
                {t('askedOf', {
                  who: named('role', intervention.informationRequest.from),
                  time: time(intervention.informationRequest.until),
                })}
                {' · '}
                {t('standsStill')}
              </p>
            </Note>
          )}
          <Facts
            facts={[
              [t('interventionReason'), named('interventionReason', intervention.reason)],
              [t('description'), <span className="preline">{intervention.statement}</span>],
            ]}
          />
          {intervention.complete.length > 0 && (
            <p className="small soft">
              {t('completeBy', { who: intervention.complete.map((one) => named('role', one)).join('、') })}
            </p>
          )}
          {intervention.ruling && <Ruling ruling={intervention.ruling} title={t('ruling')} />}
          {shown.merchantMayAppealUntil !== undefined && (
            <p className="small soft">{t('mayAppealUntil', { time: time(shown.merchantMayAppealUntil) })}</p>
          )}
        </Card>
      )}
      {appeal && (
        <Card title={t('appeal')} aside={<When at={appeal.at} />}>
          <Facts
            facts={[
              [t('appealBy'), named('role', appeal.by)],
              [t('description'), <span className="preline">{appeal.statement}</span>],
              appeal.payout && [
                t('payout'),
                <>
                  <Amount money={appeal.payout} /> · {refundState(appeal.payout)}
                </>,
              ],
            ]}
          />
          <Held held={appeal.payout?.held} payout />
          {appeal.ruling && <Ruling ruling={appeal.ruling} title={t('appealRuling')} />}
        </Card>
      )}
    </>
  );
}

type RulingShown = NonNullable<NonNullable<Case['intervention']>['ruling']>;

export function Ruling({ ruling, title }: { ruling: RulingShown; title: string }) {
  const t = useCaseWords();
  const named = useCodes();
  return (
    <div className={ruling.favour === 'consumer' ? 'note good' : 'note info'}>
      <div className="stack tight">
        <div className="row apart">
          <h3>
            {title} · {t(ruling.favour === 'consumer' ? 'forConsumer' : 'forMerchant')}
          </h3>
          <span className="small soft">
            <When at={ruling.at} />
          </span>
        </div>
        <Facts
          facts={[
            ruling.remedy !== undefined && [
              t('remedy'),
              <>
                {named('kind', ruling.remedy)}{' '}
                {ruling.refund && isRefund(ruling.remedy) && <Amount money={ruling.refund} />}
              </>,
            ],
            [t('liability'), named('liability', ruling.liability)],
            [t('reasons'), <span className="preline">{ruling.reasons}</span>],
          ]}
        />
      </div>
    </div>
  );
}

/** All files that were named in a case. EVI-3 */
export function Files({ id }: { id: string }) {
  const t = useCaseWords();
  const query = useEvidenceOfCase(id);
  return (
    <Card title={t('files')}>
      <Loaded query={query} rows={1}>
        {(files) => (files.length === 0 ? <p className="soft small">{t('noFiles')}</p> : <Gallery files={files} />)}
      </Loaded>
    </Card>
  );
}
