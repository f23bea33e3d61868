import { useState } from 'react';
import { Card } from '../design/pieces.tsx';
import { Form } from '../forms/Form.tsx';
import type { ActionForm } from '../forms/fields.ts';
import { phrases } from '../words/language.ts';
import { useKeys } from './keyboard.ts';

const useWords = phrases('actions', {
  actions: ['操作', 'Actions'],
  none: ['当前没有可进行的操作', 'There is nothing for you to do just now'],
});

/** An action as somebody takes it: one of the API's may be taken in two ways, such as approving and refusing. */
export type Entry = {
  id: string;
  action: string;
  key: string;
  form: ActionForm;
  /** Whether this way of it is closed while the action itself is open. */
  closed?: boolean;
};

type Subject = { kind: 'case' | 'order' | 'ticket'; id: string; version: number };

/** What can be done, each on a key; the chosen one opens in place. What is typed into one stays when another is looked at. */
export function Actions({
  entries,
  available,
  path,
  subject,
  onDone,
}: {
  entries: Entry[];
  available: string[];
  path: string;
  subject: Subject;
  onDone?: () => void;
}) {
  const t = useWords();
  const [open, setOpen] = useState<string>();
  const [done, setDone] = useState(0);
  const isPossible = ({ action, closed = false }: Entry) => available.includes(action) && !closed;
  const shown = entries.filter((entry) => isPossible(entry) || entry.id === open);
  useKeys({
    Escape: () => setOpen(undefined),
    ...Object.fromEntries(shown.map(({ key, id }) => [key, () => setOpen(id)])),
  });
  return (
    <Card title={t('actions')}>
      {shown.length === 0 && <p className="soft">{t('none')}</p>}
      <div className="stack">
        {shown.map(({ id, action, key, form, ...way }, index) => (
          <div key={`${id}-${done}`} className="stack">
            <button
              type="button"
              className={index === 0 && open === undefined ? 'act first' : 'act'}
              aria-expanded={open === id}
              aria-keyshortcuts={key}
              onClick={() => setOpen(open === id ? undefined : id)}
            >
              {form.title}
              <kbd>{key}</kbd>
            </button>
            {open === id && (
              <Form
                form={form}
                path={`${path}/${action}`}
                name={`${subject.kind}.${subject.id}.${id}`}
                subject={subject}
                possible={isPossible({ id, action, key, form, ...way })}
                onDone={() => {
                  setOpen(undefined);
                  setDone(done + 1);
                  onDone?.();
                }}
                onCancel={() => setOpen(undefined)}
              />
            )}
          </div>
        ))}
      </div>
    </Card>
  );
}
