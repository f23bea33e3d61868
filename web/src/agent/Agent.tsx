import { useEffect } from 'react';
import { Route, Switch } from 'wouter';
import { useMessages } from '../api/queries.ts';
import { CaseList } from '../desk/CaseList.tsx';
import { Desk, Head } from '../desk/Desk.tsx';
import { Inbox } from '../inbox/Inbox.tsx';
import { Settings } from '../settings/Settings.tsx';
import { useCommon } from '../words/common.ts';
import { CaseDesk } from './CaseDesk.tsx';
import { keepList } from './cameFrom.ts';
import { OrderDesk } from './OrderDesk.tsx';
import { Queues } from './Queues.tsx';
import { TicketDesk } from './TicketDesk.tsx';
import { useAgentWords } from './words.ts';

/** Customer service's part of the console. */
export default function Agent() {
  const t = useAgentWords();
  const common = useCommon();
  const unread = useMessages().items?.filter(({ readAt }) => readAt === null).length;
  return (
    <Desk
      places={[
        { href: '/', icon: 'scale', label: t('desk') },
        { href: '/all', icon: 'search', label: t('allCases') },
        { href: '/messages', icon: 'bell', label: common('messages'), count: unread },
        { href: '/settings', icon: 'gear', label: t('settings') },
      ]}
    >
      <Switch>
        <Route path="/cases/:id">{({ id }) => <CaseDesk key={id} id={id} />}</Route>
        <Route path="/tickets/:id">{({ id }) => <TicketDesk key={id} id={id} />}</Route>
        <Route path="/orders/:id">{({ id }) => <OrderDesk key={id} id={id} />}</Route>
        <Route path="/all">
          <AllCases />
        </Route>
        <Route path="/messages">
          <Head title={common('messages')} />
          <Inbox
            pathOf={({ caseId, ticketId, orderId }) =>
              caseId !== undefined
                ? `/cases/${caseId}`
                : ticketId !== undefined
                  ? `/tickets/${ticketId}`
                  : `/orders/${orderId}`
            }
          />
        </Route>
        <Route path="/settings">
          <Head title={t('settings')} />
          <div className="stack narrow">
            <Settings />
          </div>
        </Route>
        <Route>
          <Queues />
        </Route>
      </Switch>
    </Desk>
  );
}

function AllCases() {
  const t = useAgentWords();
  useEffect(() => keepList('/all'), []);
  return <CaseList title={t('allCases')} viewer="agent" />;
}
