import type { Ticket } from '../api/types.ts';
import { When } from '../design/pieces.tsx';
import { GalleryOf } from '../evidence/Gallery.tsx';
import { useSession } from '../session/session.ts';
import { useCodes } from '../words/codes.ts';

/** What was asked and answered, the description in front. */
export function Thread({ ticket }: { ticket: Ticket }) {
  const named = useCodes();
  const { session } = useSession();
  const mine = (role: string) =>
    role === session?.role ? 'bubble mine' : role === 'agent' ? 'bubble official' : 'bubble';
  return (
    <div className="stack" role="log">
      <div className={mine('consumer')}>
        <p className="tiny soft">
          {named('role', 'consumer')} · <When at={ticket.createdAt} />
        </p>
        <p className="preline">{ticket.description}</p>
        <GalleryOf ids={ticket.evidenceIds} />
      </div>
      {ticket.thread.map((entry) => (
        <div key={`${entry.at}${entry.text}`} className={mine(entry.by.role)}>
          <p className="tiny soft">
            {named('role', entry.by.role)} · <When at={entry.at} />
          </p>
          <p className="preline">{entry.text}</p>
          <GalleryOf ids={entry.evidenceIds} />
        </div>
      ))}
    </div>
  );
}
