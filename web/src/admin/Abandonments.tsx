import { useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearch } from 'wouter';
import { keys } from '../api/keys.ts';
import type { Case } from '../api/types.ts';
import { shortId } from '../design/format.ts';
import { Card, Note, Pages } from '../design/pieces.tsx';
import { Form } from '../forms/Form.tsx';
import type { ActionForm, Field } from '../forms/fields.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useAbandonments } from './queries.ts';
import { Done, Recovery } from './Recovery.tsx';
import { useAdminWords } from './words.ts';

/** Abandoning as a form: of this case, or of one that is named in it. */
function useAbandonForm(id?: string): ActionForm {
  const t = useAdminWords();
  const which: Field = { type: 'text', name: 'id', label: t('caseNumber'), required: true, max: 128 };
  return {
    title: t('abandon'),
    about: t('abandonAbout'),
    button: t('abandon'),
    danger: true,
    fields: [
      ...(id === undefined ? [which] : []),
      { type: 'long', name: 'reason', label: t('why'), hint: t('abandonWhyHint'), required: true },
    ],
    body: ({ id: typed, reason }) => ({ subject: `case/${id ?? String(typed)}`, reason }),
    confirm: () => t('abandonConfirm'),
  };
}

/** Ending a case that can't go on, from its own page. ELIG-6 */
export function AbandonCase({ id, version }: { id: string; version: number }) {
  const [open, setOpen] = useState(false);
  const form = useAbandonForm(id);
  return (
    <Card>
      <button type="button" className="act" aria-expanded={open} onClick={() => setOpen(!open)}>
        {form.title}
      </button>
      {open && (
        <Form
          form={form}
          path="/v1/abandonments"
          name={`case.${id}.abandonment`}
          subject={{ kind: 'case', id, version }}
          onDone={() => setOpen(false)}
          onCancel={() => setOpen(false)}
        />
      )}
    </Card>
  );
}

/** Cases that were abandoned, and abandoning one. */
export function Abandonments() {
  const t = useAdminWords();
  const common = useCommon();
  const named = useCodes();
  const client = useQueryClient();
  const query = useAbandonments();
  const form = useAbandonForm();
  const id = new URLSearchParams(useSearch()).get('case') ?? '';
  const [ended, setEnded] = useState<Case>();
  return (
    <Recovery
      done={
        <Pages query={query} empty={<p className="soft small">{t('noAbandonments')}</p>}>
          {(abandonments) => (
            <ul className="lines">
              {abandonments.map(({ caseId, at, by, reason, consumerId, merchantId }) => (
                <Done
                  key={caseId}
                  what={
                    <Link href={`/cases/${caseId}`}>
                      {common('case')} {shortId(caseId)}
                    </Link>
                  }
                  by={by.id ?? named('role', by.role)}
                  at={at}
                  reason={reason}
                >
                  <p className="tiny soft">
                    {consumerId} / {merchantId}
                  </p>
                </Done>
              ))}
            </ul>
          )}
        </Pages>
      }
      form={
        <Card title={t('abandon')}>
          {ended && (
            <Note tone="good">
              <Link href={`/cases/${ended.id}`}>
                {common('case')} {shortId(ended.id)}
              </Link>
              : {named('status', ended.status)}
            </Note>
          )}
          <Form<Case>
            key={`${id}.${ended?.id ?? ''}`}
            form={{ ...form, start: { id } }}
            path="/v1/abandonments"
            name={`abandonment.${id}`}
            onDone={(after) => {
              setEnded(after);
              void client.invalidateQueries({ queryKey: keys.abandonments });
            }}
          />
        </Card>
      }
    />
  );
}
