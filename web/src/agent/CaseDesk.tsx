import { Button } from '@mantine/core';
import { Link } from 'wouter';
import { useDossier } from '../api/queries.ts';
import type { Dossier, Evidence, RulingPreview, Statement } from '../api/types.ts';
import { Conversation } from '../cases/Conversation.tsx';
import { Application, Dispute, Parcels, Ruling } from '../cases/Details.tsx';
import { Items } from '../cases/Timeline.tsx';
import { WhatIf } from '../cases/WhatIf.tsx';
import { WhereItStands } from '../cases/WhereItStands.tsx';
import { useCaseWords } from '../cases/words.ts';
import { moneyText, shortId, useTime } from '../design/format.ts';
import { Amount, Card, Facts, Loaded, Note, Tag, When } from '../design/pieces.tsx';
import { Actions } from '../desk/Actions.tsx';
import { Head } from '../desk/Desk.tsx';
import { Gallery } from '../evidence/Gallery.tsx';
import { useSession } from '../session/session.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useLanguage } from '../words/language.ts';
import { useProblemText } from '../words/problems.ts';
import { useClaims } from './claims.ts';
import { useAgentEntries } from './forms.ts';
import { useAgentWords } from './words.ts';

/** Where a case waits for an agent, by its status. */
const queueOf: Record<string, string> = {
  intervention_requested: 'audit',
  awaiting_evidence: 'adjudication',
  under_adjudication: 'adjudication',
  under_appeal: 'appeal',
  refund_failed: 'refund-failures',
  compensation_failed: 'refund-failures',
};

/** All that is needed to rule on a case, both sides next to each other. INT-5 */
export function CaseDesk({ id }: { id: string }) {
  const common = useCommon();
  const query = useDossier(id);
  return (
    <>
      <Head title={`${common('case')} ${shortId(id)}`} back="/">
        {query.data && <Lease dossier={query.data} />}
      </Head>
      <Loaded query={query}>{(dossier) => <Shown dossier={dossier} />}</Loaded>
    </>
  );
}

function Lease({ dossier: { case: shown, lease } }: { dossier: Dossier }) {
  const t = useAgentWords();
  const text = useProblemText();
  const { session } = useSession();
  const claims = useClaims();
  const mine = lease?.agent === session?.sub;
  // The queue's name is only the way in: who may claim is the API's to say.
  const queue = shown.appeal?.deadline ? 'appeal' : queueOf[shown.status];
  const name = shown.deadline === null && queue !== undefined && !queue.startsWith('refund') ? 'escalated' : queue;
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
      {name !== undefined && (!lease || mine) && (
        <Button
          size="compact-md"
          variant={mine ? 'default' : 'light'}
          loading={claims.busy === shown.id}
          onClick={() => void claims.act(name, shown.id, mine ? 'release' : 'claim')}
        >
          {mine ? t('release') : t('claim')}
        </Button>
      )}
    </div>
  );
}

function Shown({ dossier }: { dossier: Dossier }) {
  const t = useAgentWords();
  const words = useCaseWords();
  const entriesOf = useAgentEntries();
  const { case: shown, statements, evidence, earlierCases, timeline } = dossier;
  const { id } = shown;
  return (
    <div className="split">
      <div className="stack">
        <WhereItStands shown={shown} viewer="agent" />
        <div className="halves">
          <Side title={t('consumerSide')} said={statements.consumer} files={evidence} party="consumer" />
          <Side title={t('merchantSide')} said={statements.merchant} files={evidence} party="merchant" />
        </div>
        {dossier.rulings.length > 0 && <Rulings rulings={dossier.rulings} />}
        <Dispute shown={shown} />
        <Application shown={shown} />
        <Parcels shown={shown} />
        {earlierCases.length > 0 && <Earlier cases={earlierCases} />}
        <Conversation kind="cases" id={id} />
        <Ledger dossier={dossier} />
      </div>
      <aside className="stack">
        <Actions
          entries={entriesOf(dossier)}
          available={shown.availableActions}
          path={`/v1/cases/${id}`}
          subject={{ kind: 'case', id, version: shown.version }}
        />
        <WhatIf shown={shown} />
        <Amounts dossier={dossier} />
        <Card title={words('timeline')}>
          <Items items={timeline} />
        </Card>
      </aside>
    </div>
  );
}

type File = Dossier['evidence'][number];

/** What a party has said and shown. */
function Side({ title, said, files, party }: { title: string; said: Statement[]; files: File[]; party: string }) {
  const t = useAgentWords();
  const named = useCodes();
  const own: Evidence[] = files.filter((file) => file.party === party);
  return (
    <Card title={title} aside={<Tag>{own.length}</Tag>}>
      {said.length === 0 && own.length === 0 && <p className="soft small">{t('nothingSaid')}</p>}
      <ul className="lines">
        {said.map(({ what, at, code, text }) => (
          <li key={`${what}${at}`} className="stack tight">
            <div className="row apart small">
              <span className="strong">{named('statement', what)}</span>
              <span className="soft">
                <When at={at} />
              </span>
            </div>
            {code !== undefined && <span className="small soft">{codeText(named, what, code)}</span>}
            {text !== undefined && <p className="preline">{text}</p>}
          </li>
        ))}
      </ul>
      {own.length > 0 && <Gallery files={own} />}
    </Card>
  );
}

function codeText(named: ReturnType<typeof useCodes>, what: Statement['what'], code: string): string {
  if (what === 'application') return named('reason', code);
  if (what === 'intervention_request') return named('interventionReason', code);
  if (what === 'proposal') return named('kind', code);
  return named('refusal', code);
}

/** What each ruling would cause, were it given now. */
function Rulings({ rulings }: { rulings: RulingPreview[] }) {
  const t = useAgentWords();
  const words = useCaseWords();
  const named = useCodes();
  const time = useTime();
  const language = useLanguage();
  return (
    <Card title={t('rulings')}>
      <div className="halves">
        {rulings.map((one) => (
          <div key={`${one.favour}${one.remedy}`} className="card plain">
            <div className="stack tight">
              <div className="row apart">
                <h3>{one.favour === 'merchant' ? words('forMerchant') : named('kind', one.remedy ?? '')}</h3>
                <Tag tone={one.favour === 'consumer' ? 'good' : 'info'}>{named('role', one.favour)}</Tag>
              </div>
              <ul className="small soft stack tight">
                <li>
                  {t('leadsTo')}: {named('status', one.leadsTo)}
                </li>
                <li>{one.goodsTravel ? t('goodsTravel') : t('goodsStay')}</li>
                <li>
                  {one.payment
                    ? t(one.payment.when === 'at_once' ? 'paysAtOnce' : 'paysLater', {
                        who: named('role', one.payment.by),
                        amount: moneyText(one.payment, language),
                      })
                    : t('paysNobody')}
                  {one.refund.partAllowed && ` (${t('partAllowed')})`}
                </li>
                {one.payout && <li>{t('payout', { amount: moneyText(one.payout, language) })}</li>}
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
  const t = useAgentWords();
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

function Amounts({ dossier: { amounts, order } }: { dossier: Dossier }) {
  const t = useAgentWords();
  const common = useCommon();
  return (
    <Card title={t('amounts')} aside={<Link href={`/orders/${order.id}`}>{common('order')}</Link>}>
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

function Ledger({ dossier: { ledger } }: { dossier: Dossier }) {
  const t = useAgentWords();
  const common = useCommon();
  const named = useCodes();
  return (
    <Card title={t('ledger')}>
      {ledger.length === 0 ? (
        <p className="soft small">{t('noLedger')}</p>
      ) : (
        <div className="table-wrap">
          <table className="table">
            <thead>
              <tr>
                <th>{t('time')}</th>
                <th>{t('entry')}</th>
                <th>{t('debit')}</th>
                <th>{t('credit')}</th>
                <th className="end">{common('amount')}</th>
              </tr>
            </thead>
            <tbody>
              {ledger.map((entry) => (
                <tr key={entry.id}>
                  <td>
                    <When at={entry.at} />
                  </td>
                  <td>{named('ledgerKind', entry.kind)}</td>
                  <td className="mono">{entry.debit}</td>
                  <td className="mono">{entry.credit}</td>
                  <td className="end">
                    <Amount money={entry} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}
