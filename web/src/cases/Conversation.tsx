import { Button, Textarea } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useDraft } from '../api/draft.ts';
import { keys } from '../api/keys.ts';
import { useConversation } from '../api/queries.ts';
import type { Said } from '../api/types.ts';
import { useCommand } from '../api/useCommand.ts';
import { Card, Loaded, When } from '../design/pieces.tsx';
import { GalleryOf } from '../evidence/Gallery.tsx';
import { type Picked, Picker } from '../evidence/Picker.tsx';
import { Uploading, useUploading } from '../evidence/Uploading.tsx';
import { Told } from '../forms/Form.tsx';
import { useSession } from '../session/session.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useCaseWords } from './words.ts';

/** What the parties write to each other; it counts as evidence. TELL-3 */
export function Conversation({ kind, id }: { kind: 'orders' | 'cases'; id: string }) {
  const t = useCaseWords();
  const query = useConversation(kind, id);
  return (
    <Card title={t('conversation')}>
      <Loaded query={query} rows={1}>
        {(said) =>
          said.length === 0 ? (
            <p className="soft small">{t('noMessages')}</p>
          ) : (
            <div className="stack" role="log" aria-label={t('conversation')}>
              {said.map((message) => (
                <Bubble key={message.id} message={message} />
              ))}
            </div>
          )
        }
      </Loaded>
      <Write kind={kind} id={id} />
    </Card>
  );
}

function Bubble({ message }: { message: Said }) {
  const named = useCodes();
  const { session } = useSession();
  const mine = message.by.role === session?.role && message.by.id === session.sub;
  const whose = mine ? 'bubble mine' : message.by.role === 'agent' ? 'bubble official' : 'bubble';
  return (
    <div className={whose}>
      <p className="tiny soft">
        {named('role', message.by.role)} · <When at={message.createdAt} />
      </p>
      <p className="preline">{message.text}</p>
      <GalleryOf ids={message.evidenceIds} />
    </div>
  );
}

function Write({ kind, id }: { kind: 'orders' | 'cases'; id: string }) {
  const t = useCaseWords();
  const common = useCommon();
  const client = useQueryClient();
  const name = `${kind}.${id}.message`;
  const { values, change, clear } = useDraft<{ text: string; files: Picked[] }>(name, { text: '', files: [] });
  const [asked, setAttaching] = useState(false);
  // Files are never sent without being seen.
  const attaching = asked || values.files.length > 0;
  const { uploading, onBusy } = useUploading();
  const { submit, pending, underWay, trouble } = useCommand<Said>({
    path: `/v1/${kind}/${id}/messages`,
    name,
    onDone: () => {
      clear();
      setAttaching(false);
      void client.invalidateQueries({ queryKey: keys.conversation(kind, id) });
    },
  });
  return (
    <form
      className="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (!uploading && values.text.trim() !== '')
          void submit({ text: values.text.trim(), evidenceIds: values.files.map((file) => file.id) });
      }}
    >
      <Textarea
        aria-label={t('writeMessage')}
        placeholder={t('writeMessage')}
        rows={2}
        size="md"
        value={values.text}
        maxLength={4_000}
        onChange={(event) => change({ text: event.currentTarget.value })}
      />
      {attaching && (
        <Picker
          label={t('attach')}
          kind="chat_log"
          picked={values.files}
          onChange={(changed) => change((before) => ({ files: changed(before.files) }))}
          onBusy={onBusy}
        />
      )}
      <Told trouble={trouble} underWay={underWay} />
      <Uploading uploading={uploading} />
      <div className="row apart">
        {attaching ? (
          <span />
        ) : (
          <Button variant="subtle" onClick={() => setAttaching(true)}>
            {t('attach')}
          </Button>
        )}
        <Button type="submit" loading={pending} disabled={uploading || values.text.trim() === ''}>
          {common('send')}
        </Button>
      </div>
    </form>
  );
}
