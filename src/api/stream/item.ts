import { appealAwaitsRuling } from '../../domain/case/intervention.ts';
import type { Role } from '../../domain/parties.ts';
import type { Language } from '../../domain/tell/texts.ts';
import type { Change } from '../../store/changes.ts';
import { presentRatedCase, type Rated } from '../cases/present.ts';
import { presentMessage } from '../messages/routes.ts';
import { isoTime } from '../schemas.ts';

/** Whose view of a change is shown. */
export type View = { role: Role; id: string; language: Language };

/** A change as those who may see it are told of it; `audiences` as `merchant/m-1`, or `agent/*` for all agents. */
export type Item = {
  position: string;
  audiences: readonly string[];
  /** Roughly what it takes to keep it. */
  bytes: number;
  /** The event in the stream's own format; made once for all who see the same. */
  frameFor: (view: View) => string;
};

/** An event in the format of server-sent events; `data` is one line of JSON. */
export const frame = (event: string, position: string, data: unknown): string =>
  `event: ${event}\nid: ${position}\ndata: ${JSON.stringify(data)}\n\n`;

/** A change as an item; undefined where nobody is told of it. `rated` is how a case that has ended was rated. */
export function itemOf(change: Change, rated: Rated): Item | undefined {
  const { position, bytes } = change;
  const made = { position, bytes };
  switch (change.collection) {
    case 'cases': {
      const { outcomes: _, text: _words, ...found } = change.document;
      const audiences = [...partiesOf(found), 'agent/*', 'admin/*'];
      return {
        ...made,
        audiences,
        frameFor: once(
          // only to an agent does it matter who it is: an appeal is another's to decide than the one's who ruled (INT-9)
          ({ role, id }) => (role === 'agent' && appealAwaitsRuling(found.state) ? `${role}/${id}` : role),
          (view) => frame('case', position, presentRatedCase(found, rated, view)),
        ),
      };
    }
    case 'orders': {
      const { _id: id, status, version, updatedAt } = change.document;
      const audiences = [...partiesOf(change.document), 'service/*'];
      const shown = frame('order', position, { id, status, version, updatedAt: isoTime(updatedAt) });
      return { ...made, audiences, bytes: shown.length, frameFor: () => shown };
    }
    case 'tickets': {
      const { _id: id, status, version, updatedAt, consumerId } = change.document;
      const shown = frame('ticket', position, { id, status, version, updatedAt: isoTime(updatedAt) });
      const audiences = [`consumer/${consumerId}`, 'agent/*', 'admin/*'];
      return { ...made, audiences, bytes: shown.length, frameFor: () => shown };
    }
    case 'outbox': {
      const { document } = change;
      if (document.channel !== 'in_app') return undefined;
      return {
        ...made,
        audiences: [document.to],
        frameFor: once(
          ({ language }) => language,
          ({ language }) => frame('message', position, presentMessage(document, language)),
        ),
      };
    }
    case 'outcomes':
    case 'profiles':
      return undefined;
    default:
      return change satisfies never;
  }
}

const partiesOf = ({ consumerId, merchantId }: { consumerId: string; merchantId: string }) => [
  `consumer/${consumerId}`,
  `merchant/${merchantId}`,
];

/** Makes what is asked for once for each key. */
function once(keyOf: (view: View) => string, make: (view: View) => string): (view: View) => string {
  const made = new Map<string, string>();
  return (view) => {
    const key = keyOf(view);
    const before = made.get(key);
    if (before !== undefined) return before;
    const now = make(view);
    made.set(key, now);
    return now;
  };
}
