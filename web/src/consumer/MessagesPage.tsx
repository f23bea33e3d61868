import { Inbox } from '../inbox/Inbox.tsx';
import { useCommon } from '../words/common.ts';
import { Screen } from './Screen.tsx';

export function MessagesPage() {
  const t = useCommon();
  return (
    <Screen title={t('messages')}>
      <Inbox pathOf={({ caseId, ticketId, orderId }) => placeOf(caseId, ticketId, orderId)} />
    </Screen>
  );
}

const placeOf = (caseId?: string, ticketId?: string, orderId?: string) =>
  caseId !== undefined ? `/cases/${caseId}` : ticketId !== undefined ? `/support/${ticketId}` : `/orders/${orderId}`;
