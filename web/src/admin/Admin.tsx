import './admin.css';
import { Route, Switch } from 'wouter';
import { CaseList } from '../desk/CaseList.tsx';
import { Desk, Head } from '../desk/Desk.tsx';
import { Settings } from '../settings/Settings.tsx';
import { useCommon } from '../words/common.ts';
import { Abandonments } from './Abandonments.tsx';
import { Books } from './Books.tsx';
import { CasePage } from './CasePage.tsx';
import { Draft } from './Draft.tsx';
import { Extensions } from './Extensions.tsx';
import { FiguresPage } from './Figures.tsx';
import { MoneyPage } from './Money.tsx';
import { Policies } from './Policies.tsx';
import { Republications } from './Republications.tsx';
import { WebhookPage, Webhooks } from './Webhooks.tsx';
import { useAdminWords } from './words.ts';

/** Administration: the rules' numbers, who is told, what goes out, and how it goes. */
export default function Admin() {
  const t = useAdminWords();
  const common = useCommon();
  return (
    <Desk
      places={[
        { href: '/', icon: 'scale', label: t('figures') },
        { href: '/policies', icon: 'file', label: t('policies') },
        { href: '/cases', icon: 'turn', label: common('cases') },
        { href: '/money', icon: 'out', label: t('money') },
        { href: '/books', icon: 'check', label: t('books') },
        { href: '/recovery', icon: 'clock', label: t('recovery') },
        { href: '/webhooks', icon: 'bell', label: t('webhooks') },
        { href: '/settings', icon: 'gear', label: t('settings') },
      ]}
    >
      <Switch>
        <Route path="/policies/new">
          <Draft />
        </Route>
        <Route path="/policies">
          <Policies />
        </Route>
        <Route path="/cases/:id">{({ id }) => <CasePage key={id} id={id} />}</Route>
        <Route path="/cases">
          <CaseList title={common('cases')} viewer="admin" />
        </Route>
        <Route path="/money">
          <MoneyPage />
        </Route>
        <Route path="/books">
          <Books />
        </Route>
        <Route path="/recovery/republications">
          <Republications />
        </Route>
        <Route path="/recovery/abandonments">
          <Abandonments />
        </Route>
        <Route path="/recovery">
          <Extensions />
        </Route>
        <Route path="/webhooks/:id">{({ id }) => <WebhookPage key={id} id={id} />}</Route>
        <Route path="/webhooks">
          <Webhooks />
        </Route>
        <Route path="/settings">
          <Head title={t('settings')} />
          <div className="stack narrow">
            <Settings />
          </div>
        </Route>
        <Route>
          <FiguresPage />
        </Route>
      </Switch>
    </Desk>
  );
}
