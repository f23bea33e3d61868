import './consumer.css';
import { Link, Route, Switch, useLocation } from 'wouter';
import { useMessages } from '../api/queries.ts';
import { Icon, type IconName } from '../design/icons.tsx';
import { useCommon } from '../words/common.ts';
import { Apply } from './Apply.tsx';
import { CasePage } from './CasePage.tsx';
import { CasesPage } from './CasesPage.tsx';
import { Me } from './Me.tsx';
import { MessagesPage } from './MessagesPage.tsx';
import { OrderPage } from './OrderPage.tsx';
import { OrdersPage } from './OrdersPage.tsx';
import { NewTicket, SupportPage, TicketPage } from './Support.tsx';
import { CaseTask, OrderTask, TicketTask } from './Task.tsx';

/** The consumer's part of the console, made for a phone. */
export default function Consumer() {
  return (
    <div className="phone">
      <main id="main">
        <Switch>
          <Route path="/orders/:id/apply">{({ id }) => <Apply key={id} orderId={id} />}</Route>
          <Route path="/orders/:id/do/:action">
            {({ id, action }) => <OrderTask key={`${id}.${action}`} id={id} action={action} />}
          </Route>
          <Route path="/orders/:id">{({ id }) => <OrderPage key={id} id={id} />}</Route>
          <Route path="/cases/:id/do/:action">
            {({ id, action }) => <CaseTask key={`${id}.${action}`} id={id} action={action} />}
          </Route>
          <Route path="/cases/:id">{({ id }) => <CasePage key={id} id={id} />}</Route>
          <Route path="/cases">
            <CasesPage />
          </Route>
          <Route path="/support/new">
            <NewTicket />
          </Route>
          <Route path="/support/:id/do/:action">
            {({ id, action }) => <TicketTask key={`${id}.${action}`} id={id} action={action} />}
          </Route>
          <Route path="/support/:id">{({ id }) => <TicketPage key={id} id={id} />}</Route>
          <Route path="/support">
            <SupportPage />
          </Route>
          <Route path="/messages">
            <MessagesPage />
          </Route>
          <Route path="/me">
            <Me />
          </Route>
          <Route>
            <OrdersPage />
          </Route>
        </Switch>
      </main>
      <Tabs />
    </div>
  );
}

function Tabs() {
  const t = useCommon();
  const [at] = useLocation();
  const unread = useMessages().items?.filter(({ readAt }) => readAt === null).length ?? 0;
  const tabs: [string, IconName, string, number][] = [
    ['/', 'bag', t('orders'), 0],
    ['/cases', 'turn', t('cases'), 0],
    ['/messages', 'bell', t('messages'), unread],
    ['/me', 'person', t('me'), 0],
  ];
  const isAt = (href: string) =>
    href === '/'
      ? at === '/' || at.startsWith('/orders')
      : at === href || at.startsWith(`${href}/`) || (href === '/me' && at.startsWith('/support'));
  return (
    <nav className="tabs" aria-label={t('appName')}>
      {tabs.map(([href, icon, label, count]) => (
        <Link key={href} href={href} {...(isAt(href) ? { 'aria-current': 'page' as const } : {})}>
          <Icon name={icon} />
          <span>{label}</span>
          {count > 0 && <span className="dot">{count > 99 ? '99+' : count}</span>}
        </Link>
      ))}
    </nav>
  );
}
