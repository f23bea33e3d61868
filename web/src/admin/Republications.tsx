import { useQueryClient } from '@tanstack/react-query';
import { Link, useSearch } from 'wouter';
import { keys } from '../api/keys.ts';
import type { Republication } from '../api/types.ts';
import { useTime } from '../design/format.ts';
import { Card, Pages } from '../design/pieces.tsx';
import { Form } from '../forms/Form.tsx';
import type { Values } from '../forms/fields.ts';
import { useRepublications } from './queries.ts';
import { Done, Recovery } from './Recovery.tsx';
import { useAdminWords } from './words.ts';

type Scope = Pick<Republication, 'subject' | 'orderId' | 'every'>;

/** What is asked for, by the choice that was made. */
function scopeOf({ scope, subject, orderId }: Record<string, unknown>): unknown {
  if (scope === 'subject') return { subject };
  if (scope === 'order') return { orderId };
  return { every: scope };
}

function useScopeText(): (scope: Scope) => string {
  const t = useAdminWords();
  return ({ subject, orderId, every }) =>
    subject ??
    (orderId === undefined ? t(every === 'open' ? 'scopeOpen' : 'scopeAll') : `${t('scopeOrder')} ${orderId}`);
}

/** Writing again what was decided, where what is read doesn't show it. */
export function Republications() {
  const t = useAdminWords();
  const client = useQueryClient();
  const query = useRepublications();
  const textOf = useScopeText();
  const subject = new URLSearchParams(useSearch()).get('subject') ?? '';
  const is = (wanted: string) => (values: Values) => values['scope'] === wanted;
  return (
    <Recovery
      done={
        <Pages query={query} empty={<p className="soft small">{t('noRepublications')}</p>}>
          {(republications) => (
            <ul className="lines">
              {republications.map((republication) => (
                <Line key={republication.id} republication={republication} />
              ))}
            </ul>
          )}
        </Pages>
      }
      form={
        <Card title={t('republish')}>
          <Form<Republication>
            key={subject}
            form={{
              title: t('republish'),
              about: t('republishAbout'),
              button: t('republish'),
              start: { scope: 'subject', subject },
              fields: [
                {
                  type: 'choice',
                  name: 'scope',
                  label: t('scope'),
                  required: true,
                  options: [
                    { value: 'subject', label: t('scopeSubject') },
                    { value: 'order', label: t('scopeOrder') },
                    { value: 'open', label: t('scopeOpen') },
                    { value: 'all', label: t('scopeAll') },
                  ],
                },
                {
                  type: 'text',
                  name: 'subject',
                  label: t('subjectName'),
                  hint: t('subjectHint'),
                  required: true,
                  max: 120,
                  when: is('subject'),
                },
                {
                  type: 'text',
                  name: 'orderId',
                  label: t('orderNumber'),
                  required: true,
                  max: 128,
                  when: is('order'),
                },
              ],
              body: scopeOf,
              confirm: (filled) => t('republishConfirm', { what: textOf(scopeOf(filled) as Scope) }),
            }}
            path="/v1/republications"
            name={`republication.${subject}`}
            onDone={() => void client.invalidateQueries({ queryKey: keys.republications })}
          />
        </Card>
      }
    />
  );
}

function Line({ republication }: { republication: Republication }) {
  const t = useAdminWords();
  const time = useTime();
  const textOf = useScopeText();
  const { state, subject, requestedBy, requestedAt, doneAt, done, failed = [] } = republication;
  return (
    <Done
      what={
        subject?.startsWith('case/') ? (
          <Link href={`/cases/${subject.slice('case/'.length)}`}>{subject}</Link>
        ) : (
          textOf(republication)
        )
      }
      running={state === 'running'}
      by={requestedBy}
      at={requestedAt}
      {...(done
        ? {
            counts: [
              [t('fareRunning'), done.running],
              [t('takenUp'), done.takenUp],
              [t('fareEnded'), done.ended],
              [t('failedOnes'), done.failed],
              [t('batches'), done.batches],
            ] as const satisfies [string, number][],
          }
        : {})}
    >
      {failed.map((one) => (
        <p key={one.subject} className="small">
          <span className="mono">{one.subject}</span> {one.reason}
        </p>
      ))}
      {doneAt !== undefined && <p className="tiny soft">{t('finished', { time: time(doneAt, 'long') })}</p>}
    </Done>
  );
}
