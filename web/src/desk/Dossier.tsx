import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { Dossier, LedgerEntry, RulingPreview, Statement } from '../api/types.ts';
import { Application, Dispute, Parcels, Ruling } from '../cases/Details.tsx';
import { Items } from '../cases/Timeline.tsx';
import { WhatIf } from '../cases/WhatIf.tsx';
import { WhereItStands } from '../cases/WhereItStands.tsx';
import { useCaseWords } from '../cases/words.ts';
import { bytesText, moneyText, useTime } from '../design/format.ts';
import { Amount, Card, Facts, Note, Tag, When } from '../design/pieces.tsx';
import { Gallery } from '../evidence/Gallery.tsx';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useLanguage } from '../words/language.ts';
import { HeldNote } from './Held.tsx';
import { Table } from './Listing.tsx';
import { useDeskWords } from './words.ts';

/**
 * All that is known of a case, both sides next to each other; `actions` is what the viewer can do, `conversation` what the parties
 * write where the viewer may read it. Who administers sees that there are files, not what is in them. INT-5, EVI-3
 */
export function CaseFile({
  dossier,
  viewer,
  actions,
  conversation,
}: {
  dossier: Dossier;
  viewer: 'agent' | 'admin';
  actions: ReactNode;
  conversation?: ReactNode;
}) {
  const t = useDeskWords();
  const words = useCaseWords();
  const { case: shown, statements, evidence, earlierCases, timeline } = dossier;
  const { refund, appeal } = shown;
  const sides = { files: evidence, readable: viewer === 'agent' };
  return (
    <div className="split">
      <div className="stack">
        <WhereItStands shown={shown} viewer={viewer} />
        <HeldNote held={refund.held ?? appeal?.payout?.held} currency={refund.currency} />
        <div className="halves">
          <Side title={t('consumerSide')} said={statements.consumer} party="consumer" {...sides} />
          <Side title={t('merchantSide')} said={statements.merchant} party="merchant" {...sides} />
        </div>
        <Rulings action="ruling" all={dossier.rulings} />
        <Rulings action="appeal-ruling" all={dossier.rulings} />
        <Dispute shown={shown} />
        <Application shown={shown} />
        <Parcels shown={shown} />
        {earlierCases.length > 0 && <Earlier cases={earlierCases} />}
        {conversation}
        <Ledger entries={dossier.ledger} />
      </div>
      <aside className="stack">
        {actions}
        <WhatIf shown={shown} />
        <Amounts dossier={dossier} linked={viewer === 'agent'} />
        <Card title={words('timeline')}>
          <Items items={timeline} />
        </Card>
      </aside>
    </div>
  );
}

type File = Dossier['evidence'][number];

/** What a party has said and shown: each statement with the files it named, then what was shown beside. */
function Side({
  title,
  said,
  files,
  party,
  readable,
}: {
  title: string;
  said: Statement[];
  files: File[];
  party: string;
  readable: boolean;
}) {
  const t = useDeskWords();
  const named = useCodes();
  const own = files.filter((file) => file.party === party);
  const namedIds = new Set(said.flatMap(({ evidenceIds }) => evidenceIds));
  const others = own.filter(({ id }) => !namedIds.has(id));
  return (
    <Card title={title} aside={<Tag>{own.length}</Tag>}>
      {said.length === 0 && own.length === 0 && <p className="soft small">{t('nothingSaid')}</p>}
      <ul className="lines">
        {said.map(({ what, at, code, text, evidenceIds }) => (
          <li key={`${what}${at}`} className="stack tight">
            <div className="row apart small">
              <span className="strong">{named('statement', what)}</span>
              <span className="soft">
                <When at={at} />
              </span>
            </div>
            {code !== undefined && <span className="small soft">{codeText(named, what, code)}</span>}
            {text !== undefined && <p className="preline">{text}</p>}
            <Files files={own.filter(({ id }) => evidenceIds.includes(id))} among={files} readable={readable} />
          </li>
        ))}
      </ul>
      {others.length > 0 && (
        <div className="stack tight">
          <span className="small strong">{t('otherFiles')}</span>
          <Files files={others} among={files} readable={readable} />
        </div>
      )}
      {!readable && own.length > 0 && <p className="tiny soft">{t('fileNames')}</p>}
    </Card>
  );
}

function Files({ files, among, readable }: { files: File[]; among: File[]; readable: boolean }) {
  const named = useCodes();
  if (files.length === 0) return null;
  if (readable) return <Gallery files={files} among={among} />;
  return (
    <ul className="small stack tight">
      {files.map(({ id, name, kind, size, createdAt }) => (
        <li key={id}>
          {name}{' '}
          <span className="soft">
            {named('evidenceKind', kind)} · {bytesText(size)} · <When at={createdAt} />
          </span>
        </li>
      ))}
    </ul>
  );
}

function codeText(named: ReturnType<typeof useCodes>, what: Statement['what'], code: string): string {
  if (what === 'application') return named('reason', code);
  if (what === 'intervention_request') return named('interventionReason', code);
  if (what === 'proposal') return named('kind', code);
  return named('refusal', code);
}

/** What each ruling by this action would cause, were it given now. */
function Rulings({ action, all }: { action: RulingPreview['action']; all: RulingPreview[] }) {
  const t = useDeskWords();
  const words = useCaseWords();
  const named = useCodes();
  const time = useTime();
  const language = useLanguage();
  const rulings = all.filter((one) => one.action === action);
  if (rulings.length === 0) return null;
  const nameOf = ({ favour, remedy }: RulingPreview) =>
    favour === 'merchant' ? words('forMerchant') : remedy ? named('kind', remedy) : t('rulingStands');
  function paidBy({ payment, payout }: RulingPreview): string {
    if (payout) return t('payout', { amount: moneyText(payout, language) });
    if (!payment) return t('paysNobody');
    const to = { who: named('role', payment.by), amount: moneyText(payment, language) };
    return t(payment.when === 'at_once' ? 'paysAtOnce' : 'paysLater', to);
  }
  return (
    <Card title={t('rulings')} aside={<Tag>{named('action', action)}</Tag>}>
      <div className="halves">
        {rulings.map((one) => (
          <div key={`${one.favour}${one.remedy}`} className="card plain">
            <div className="stack tight">
              <div className="row apart">
                <h3>{nameOf(one)}</h3>
                <Tag tone={one.favour === 'consumer' ? 'good' : 'info'}>{named('role', one.favour)}</Tag>
              </div>
              <ul className="small soft stack tight">
                <li>
                  {t('leadsTo')}: {named('status', one.leadsTo)}
                </li>
                <li>{one.goodsTravel ? t('goodsTravel') : t('goodsStay')}</li>
                <li>
                  {paidBy(one)}
                  {(one.refund.partAllowed || one.payout) && ` (${t('partAllowed')})`}
                </li>
                {one.deadline && (
                  <li>
                    {named('person', one.deadline.waitingFor)}: {named('due', one.deadline.kind)} ·{' '}
                    {time(one.deadline.at)}
                  </li>
                )}
                {one.appealUntil !== undefined && <li>{t('appealUntil', { time: time(one.appealUntil) })}</li>}
              </ul>
            </div>
          </div>
        ))}
      </div>
    </Card>
  );
}

function Earlier({ cases }: { cases: Dossier['earlierCases'] }) {
  const t = useDeskWords();
  const words = useCaseWords();
  const named = useCodes();
  return (
    <Card title={t('earlier')}>
      <ul className="lines">
        {cases.map((one) => (
          <li key={one.id} className="stack tight">
            <div className="row apart">
              <Link href={`/cases/${one.id}`}>
                {named('kind', one.kind)} · {named('reason', one.reason)}
              </Link>
              <Tag>{named('status', one.status)}</Tag>
            </div>
            {one.closeReason !== undefined && (
              <Note>{words('closedBecause', { why: named('closeReason', one.closeReason) })}</Note>
            )}
            {one.ruling && <Ruling ruling={one.ruling} title={words('ruling')} />}
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Amounts({ dossier: { amounts, order }, linked }: { dossier: Dossier; linked: boolean }) {
  const t = useDeskWords();
  const common = useCommon();
  return (
    <Card title={t('amounts')} aside={linked && <Link href={`/orders/${order.id}`}>{common('order')}</Link>}>
      <Facts
        facts={[
          [t('refundable'), <Amount money={amounts.refundable} />],
          [common('paid'), <Amount money={amounts.paid} />],
          [common('postage'), <Amount money={amounts.postage} />],
          [t('reservedByOthers'), <Amount money={amounts.reservedByOthers} />],
          [t('refundedSoFar'), <Amount money={amounts.refundedSoFar} />],
        ]}
      />
    </Card>
  );
}

function Account({ name }: { name: string }) {
  const named = useCodes();
  const [account = '', whose] = name.split('/');
  return (
    <>
      {named('account', account)}
      {whose !== undefined && <div className="tiny soft mono clip account">{whose}</div>}
    </>
  );
}

/** The double entries of a case or an order. REF-5 */
export function Ledger({ entries }: { entries: LedgerEntry[] }) {
  const t = useDeskWords();
  const common = useCommon();
  const named = useCodes();
  return (
    <Card title={t('ledger')}>
      {entries.length === 0 ? (
        <p className="soft small">{t('noLedger')}</p>
      ) : (
        <div className="table-wrap">
          <Table
            items={entries}
            keyOf={({ id }) => id}
            heads={[t('time'), t('entry'), t('debit'), t('credit'), { end: common('amount') }]}
          >
            {(entry) => (
              <>
                <td>
                  <When at={entry.at} />
                </td>
                <td>{named('ledgerKind', entry.kind)}</td>
                <td>
                  <Account name={entry.debit} />
                </td>
                <td>
                  <Account name={entry.credit} />
                </td>
                <td className="end">
                  <Amount money={entry} />
                </td>
              </>
            )}
          </Table>
        </div>
      )}
    </Card>
  );
}
