import { useQueryClient } from '@tanstack/react-query';
import { keys } from '../api/keys.ts';
import type { DeadlineExtension } from '../api/types.ts';
import { useTime } from '../design/format.ts';
import { Card, Pages } from '../design/pieces.tsx';
import { Form } from '../forms/Form.tsx';
import { dueKinds, useCodes } from '../words/codes.ts';
import { useLanguage } from '../words/language.ts';
import { durationText, policyFields } from './policyFields.ts';
import { useExtensions } from './queries.ts';
import { Done, Recovery } from './Recovery.tsx';
import { useAdminWords } from './words.ts';

/** Hours as they are typed, as a duration; what is none goes as it is, for the API to refuse. */
function durationOf(hours: unknown): unknown {
  const minutes = Math.round(Number(hours) * 60);
  return Number.isSafeInteger(minutes) && minutes > 0
    ? `PT${minutes % 60 === 0 ? `${minutes / 60}H` : `${minutes}M`}`
    : hours;
}

/** Deadlines by the names that the policy has for them, which tell them apart. */
function useDueNames(): (kind: string) => string {
  const named = useCodes();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  return (kind) => {
    if (kind === 'merchantAppeal')
      return `${named('role', 'merchant')}${place === 0 ? '' : ': '}${named('due', 'appeal')}`;
    const field = policyFields.find(({ path }) => path === `deadlines.${kind}` || path === kind);
    return field?.label[place] ?? named('due', kind);
  };
}

/** More time for everybody after an outage of ours. POL-5 */
export function Extensions() {
  const t = useAdminWords();
  const nameOf = useDueNames();
  const client = useQueryClient();
  const query = useExtensions();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  const bodyOf = ({ hours, ...others }: Record<string, unknown>) => ({ by: durationOf(hours), ...others });
  return (
    <Recovery
      done={
        <Pages query={query} empty={<p className="soft small">{t('noExtensions')}</p>}>
          {(extensions) => (
            <ul className="lines">
              {extensions.map((extension) => (
                <Extension key={extension.id} extension={extension} />
              ))}
            </ul>
          )}
        </Pages>
      }
      form={
        <Card title={t('extend')}>
          <Form<DeadlineExtension>
            form={{
              title: t('extend'),
              about: t('extendAbout'),
              button: t('extend'),
              fields: [
                { type: 'text', name: 'hours', label: t('extendBy'), hint: t('extendByHint'), required: true, max: 8 },
                { type: 'long', name: 'reason', label: t('extendWhy'), hint: t('extendWhyHint'), required: true },
                {
                  type: 'many',
                  name: 'kinds',
                  label: t('onlyKinds'),
                  hint: t('everyKind'),
                  options: dueKinds.map((value) => ({ value, label: nameOf(value) })),
                },
                { type: 'time', name: 'endingBefore', label: t('endingBefore') },
                { type: 'text', name: 'merchantId', label: t('onlyMerchant'), max: 128 },
              ],
              body: bodyOf,
              confirm({ hours, kinds, endingBefore, merchantId }) {
                const narrowed = kinds !== undefined || endingBefore !== undefined || merchantId !== undefined;
                const by = durationOf(hours);
                return t('extendConfirm', {
                  what: t(narrowed ? 'chosenRunning' : 'allRunning'),
                  by: durationText(String(by), place) || String(hours),
                });
              },
            }}
            path="/v1/deadline-extensions"
            name="deadline-extension"
            onDone={() => void client.invalidateQueries({ queryKey: keys.extensions })}
          />
        </Card>
      }
    />
  );
}

function Extension({ extension }: { extension: DeadlineExtension }) {
  const t = useAdminWords();
  const nameOf = useDueNames();
  const time = useTime();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  const { by, reason, kinds, endingBefore, merchantId, requestedBy, requestedAt, finishedAt, progress } = extension;
  const narrowed = [
    ...(kinds ?? []).map(nameOf),
    ...(endingBefore === undefined ? [] : [t('until', { time: time(endingBefore) })]),
    ...(merchantId === undefined ? [] : [merchantId]),
  ];
  return (
    <Done
      what={t('extendedBy', { by: durationText(by, place) || by })}
      running={finishedAt === undefined || progress.unanswered > 0}
      by={requestedBy}
      at={requestedAt}
      reason={reason}
      counts={[
        [t('extended'), progress.extended],
        [t('unanswered'), progress.unanswered],
        [t('notConcerned'), progress.notConcerned],
        [t('endedBefore'), progress.ended],
        [t('withoutDeadline'), progress.withoutDeadline],
      ]}
    >
      {narrowed.length > 0 && <p className="tiny soft">{narrowed.join(' · ')}</p>}
      {finishedAt !== undefined && <p className="tiny soft">{t('finished', { time: time(finishedAt, 'long') })}</p>}
    </Done>
  );
}
