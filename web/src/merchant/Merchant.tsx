import './merchant.css';
import { Route, Switch } from 'wouter';
import { useMessages } from '../api/queries.ts';
import { Desk, Head } from '../desk/Desk.tsx';
import { Inbox } from '../inbox/Inbox.tsx';
import { Settings } from '../settings/Settings.tsx';
import { useCommon } from '../words/common.ts';
import { CasePage } from './CasePage.tsx';
import { useChosen } from './chosen.ts';
import { useDecideAll } from './decideAll.ts';
import { OrderPage, Orders } from './Orders.tsx';
import { PerformancePage } from './Performance.tsx';
import { Workbench } from './Workbench.tsx';
import { useMerchantWords } from './words.ts';

/** The merchant's part of the console. */
export default function Merchant() {
  const t = useMerchantWords();
  const common = useCommon();
  const deciding = useDecideAll();
  const choosing = useChosen();
  const unread = useMessages().items?.filter(({ readAt }) => readAt === null).length;
  return (
    <Desk
      places={[
        { href: '/', icon: 'turn', label: t('workbench') },
        { href: '/orders', icon: 'box', label: t('orders') },
        { href: '/performance', icon: 'scale', label: t('performance') },
        { href: '/messages', icon: 'bell', label: common('messages'), count: unread },
        { href: '/settings', icon: 'gear', label: t('settings') },
      ]}
    >
      <Switch>
        <Route path="/cases/:id">{({ id }) => <CasePage key={id} id={id} />}</Route>
        <Route path="/orders/:id">{({ id }) => <OrderPage key={id} id={id} />}</Route>
        <Route path="/orders">
          <Orders />
        </Route>
        <Route path="/performance">
          <PerformancePage />
        </Route>
        <Route path="/messages">
          <Head title={common('messages')} />
          <Inbox pathOf={({ caseId, orderId }) => (caseId === undefined ? `/orders/${orderId}` : `/cases/${caseId}`)} />
        </Route>
        <Route path="/settings">
          <Head title={t('settings')} />
          <div className="stack narrow">
            <Settings withAddress />
          </div>
        </Route>
        <Route>
          <Workbench deciding={deciding} choosing={choosing} />
        </Route>
      </Switch>
    </Desk>
  );
}
