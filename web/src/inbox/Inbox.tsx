import { useQueryClient } from '@tanstack/react-query';
import { useLocation } from 'wouter';
import { send } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import { useMessages } from '../api/queries.ts';
import type { Message } from '../api/types.ts';
import { Empty, Pages, When } from '../design/pieces.tsx';
import { phrases } from '../words/language.ts';

const useWords = phrases('inbox', {
  none: ['没有消息', 'No messages'],
  unread: ['未读', 'unread'],
});

/** In-app messages 站内消息, newest first; opening one marks it as read and leads to what it is about. TELL-1 */
export function Inbox({ pathOf }: { pathOf: (message: Message) => string }) {
  const t = useWords();
  const query = useMessages();
  const client = useQueryClient();
  const [, go] = useLocation();
  function open(message: Message): void {
    if (message.readAt === null) void markRead(message);
    go(pathOf(message));
  }
  /** Beside what is opened: where it can't be marked it stays unread, and that is no reason to wait. */
  async function markRead({ id }: Message): Promise<void> {
    await send(`/v1/messages/${encodeURIComponent(id)}/read`, {}, { key: `read-${id}` }).catch(() => undefined);
    await client.invalidateQueries({ queryKey: keys.messages });
  }
  return (
    <Pages query={query} empty={<Empty icon="bell" title={t('none')} />}>
      {(messages) =>
        messages.map((message) => (
          <button key={message.id} type="button" className="card" onClick={() => open(message)}>
            <span className="row apart">
              <span className={message.readAt === null ? 'strong unread' : ''}>
                {message.title}
                {message.readAt === null && <span className="sr-only">（{t('unread')}）</span>}
              </span>
              <span className="small soft">
                <When at={message.createdAt} />
              </span>
            </span>
            <span className="small soft said-body">{message.body}</span>
          </button>
        ))
      }
    </Pages>
  );
}
