import { Button, Modal, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useEffect, useRef, useState } from 'react';
import { ApiProblem, answerOf, ask, read } from '../api/client.ts';
import { keys } from '../api/keys.ts';
import type { PublishedPolicy, Rehearsal } from '../api/types.ts';
import { useCommand } from '../api/useCommand.ts';
import { Card, Loaded, Note, Tag } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useCommon } from '../words/common.ts';
import { useLanguage } from '../words/language.ts';
import { useProblemText } from '../words/problems.ts';
import { Choose } from './Choose.tsx';
import { Read } from './Policies.tsx';
import { usePolicyDraft } from './policyDraft.ts';
import {
  differing,
  documentOf,
  fieldOfError,
  type PolicyField,
  policyFields,
  policyGroups,
  type Typed,
  typedOf,
  useReading,
} from './policyFields.ts';
import { usePolicies } from './queries.ts';
import { RehearsalReport } from './RehearsalReport.tsx';
import { useAdminWords } from './words.ts';

/** A new version of the policy, from the one in force: written, rehearsed, published. POL-1, POL-2 */
export function Draft() {
  const t = useAdminWords();
  const query = usePolicies();
  return (
    <>
      <Head title={t('draft')} back="/policies" />
      <Loaded query={{ ...query, data: query.items?.[0] }}>{(current) => <Writing current={current} />}</Loaded>
    </>
  );
}

type Rehearsed = { of: string; report: Rehearsal };

/** Which fields the API refused, with what it says of each. */
function faultsOf(error: unknown): Record<string, string> {
  if (!(error instanceof ApiProblem)) return {};
  return Object.fromEntries(
    error.errors.flatMap(({ field, detail }) => {
      const path = fieldOfError(field);
      return path === undefined ? [] : [[path, detail]];
    }),
  );
}

function Writing({ current }: { current: PublishedPolicy }) {
  const t = useAdminWords();
  const common = useCommon();
  const text = useProblemText();
  const client = useQueryClient();
  const { typed, from = current.version, become, moveTo, clear } = usePolicyDraft();
  const [rehearsed, setRehearsed] = useState<Rehearsed>();
  const [rehearsing, setRehearsing] = useState(false);
  const [fault, setFault] = useState<unknown>();
  const [cases, setCases] = useState('1000');
  const [asking, setAsking] = useState(false);
  const [overtakenBy, setOvertakenBy] = useState<number>();
  const [looking, setLooking] = useState(false);
  const [published, setPublished] = useState<number>();
  const report = useRef<HTMLDivElement>(null);
  const before = typedOf(current);
  const now: Typed = { ...before, ...typed };
  const changed = differing(before, now);
  const document = documentOf(now);
  const said = JSON.stringify(document);
  const faults = faultsOf(fault);
  const publishing = useCommand<PublishedPolicy>({
    path: '/v1/policies',
    name: 'policy-publication',
    onDone({ version }) {
      setAsking(false);
      setPublished(version);
      setRehearsed(undefined);
      clear();
      void client.invalidateQueries({ queryKey: keys.policies });
    },
  });

  // Above the fields, where whoever pressed the button further down would not see it come.
  useEffect(() => {
    if (rehearsed) report.current?.scrollIntoView({ block: 'start' });
  }, [rehearsed]);

  function change(path: string, value: string): void {
    const { [path]: _, ...others } = typed;
    become(value === before[path] ? others : { ...others, [path]: value }, current.version);
    setOvertakenBy(undefined);
    setFault(undefined);
    setPublished(undefined);
  }

  async function rehearse(event: FormEvent): Promise<void> {
    event.preventDefault();
    setRehearsing(true);
    setFault(undefined);
    try {
      const body = { policy: document, cases: Number(cases) };
      // many cases are many histories to decide anew
      const sent = { body, key: crypto.randomUUID(), unbounded: true };
      const answered = await ask('POST', '/v1/policy-rehearsals', sent);
      setRehearsed({ of: said, report: await answerOf<Rehearsal>(answered) });
    } catch (error) {
      refused(error);
    } finally {
      setRehearsing(false);
    }
  }

  /** Nobody's version is passed over unseen: where another came into force meanwhile, its writer looks again first. */
  async function publish(): Promise<void> {
    setLooking(true);
    setOvertakenBy(undefined);
    try {
      const latest = await read<PublishedPolicy>('/v1/policies/current');
      const { version } = latest;
      // where the answer to one's own publication was lost, the same request is answered as it was
      if (version === from || JSON.stringify(documentOf(typedOf(latest))) === said) {
        await publishing.submit(document);
        return;
      }
      await client.invalidateQueries({ queryKey: keys.policies });
      moveTo(version);
      setOvertakenBy(version);
      setAsking(false);
    } catch (error) {
      setAsking(false);
      refused(error);
    } finally {
      setLooking(false);
    }
  }

  function refused(error: unknown): void {
    setFault(error);
    const first = policyFields.find(({ path }) => faultsOf(error)[path] !== undefined);
    if (first) window.document.querySelector<HTMLElement>(`[data-field="${first.path}"] :is(input, select)`)?.focus();
  }

  return (
    <div className="split">
      <div className="stack">
        {published !== undefined && <Note tone="good" title={t('publishedAs', { version: published })} />}
        <p className="soft">{t('draftAbout', { version: current.version })}</p>
        <div ref={report} aria-live="polite">
          {rehearsed && <RehearsalReport report={rehearsed.report} stale={rehearsed.of !== said} />}
        </div>
        {policyGroups.map(({ title, fields }) => (
          <Group key={title[1]} title={title}>
            {fields.map((field) => (
              <FieldInput
                key={field.path}
                field={field}
                text={now[field.path] ?? ''}
                was={before[field.path] ?? ''}
                fault={faults[field.path]}
                onChange={(value) => change(field.path, value)}
              />
            ))}
          </Group>
        ))}
      </div>
      <aside className="stack">
        <Changes changed={changed} before={before} now={now} onUndo={(path) => change(path, before[path] ?? '')} />
        <Card title={t('rehearse')}>
          <p className="small soft">{t('rehearseAbout')}</p>
          <form className="stack" onSubmit={(event) => void rehearse(event)}>
            <Choose
              label={t('rehearseCases')}
              options={['100', '1000', '10000'].map((value) => ({ value, label: value }))}
              value={cases}
              onChange={setCases}
            />
            {fault !== undefined && (
              <Note tone="bad">{Object.keys(faults).length > 0 ? t('fixFields') : text(fault)}</Note>
            )}
            {overtakenBy !== undefined && (
              <Note tone="warn" title={common('staleTitle')}>
                {t('policyOvertaken', { version: overtakenBy })}
              </Note>
            )}
            <Button type="submit" size="md" variant="light" loading={rehearsing} disabled={changed.length === 0}>
              {t('rehearse')}
            </Button>
            <Button size="md" disabled={changed.length === 0} onClick={() => setAsking(true)}>
              {t('publish')}
            </Button>
            {changed.length > 0 && (
              <Button
                variant="subtle"
                onClick={() => {
                  clear();
                  setFault(undefined);
                  setOvertakenBy(undefined);
                  setRehearsed(undefined);
                }}
              >
                {t('discard')}
              </Button>
            )}
          </form>
        </Card>
      </aside>
      <Publication
        opened={asking}
        changed={changed}
        rehearsed={rehearsed?.of === said}
        pending={looking || publishing.pending}
        fault={publishing.trouble?.error}
        onCancel={() => setAsking(false)}
        onConfirm={() => void publish()}
        onRefused={() => {
          setAsking(false);
          refused(publishing.trouble?.error);
          publishing.forget();
        }}
      />
    </div>
  );
}

function Group({ title, children }: { title: readonly [string, string]; children: React.ReactNode }) {
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  return (
    <Card title={title[place]}>
      <div className="policy-fields">{children}</div>
    </Card>
  );
}

function FieldInput({
  field,
  text,
  was,
  fault,
  onChange,
}: {
  field: PolicyField;
  text: string;
  was: string;
  fault: string | undefined;
  onChange: (text: string) => void;
}) {
  const t = useAdminWords();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  const reading = useReading();
  const { path, kind, label, about, rule } = field;
  const inWords = reading(field, text);
  const changed = text !== was;
  const numeric = kind === 'count' || kind === 'bytes' || kind === 'minor' || kind === 'basisPoints';
  const told =
    fault === undefined
      ? undefined
      : kind === 'duration' || kind === 'durations'
        ? t('badDuration')
        : numeric && !/^\d+$/.test(text.trim())
          ? t('badNumber')
          : fault;
  const said = {
    label: label[place],
    description: `${about[place]} · ${t('ruleNamed', { rule })}`,
    error: told,
    value: text,
  };
  return (
    <div data-field={path} className={changed ? 'policy-field changed' : 'policy-field'}>
      {typeof kind === 'string' ? (
        <TextInput
          {...said}
          size="md"
          {...(numeric ? { inputMode: 'numeric' as const } : {})}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      ) : (
        <Choose
          {...said}
          options={kind.map(([value, option]) => ({ value, label: option[place] }))}
          onChange={onChange}
        />
      )}
      <p className="tiny soft">
        {typeof kind === 'string' && inWords !== '' && t('reads', { text: inWords })}
        {changed && (
          <>
            {' '}
            <Tag tone="warn">{t('wasBefore', { text: reading(field, was) || was })}</Tag>
          </>
        )}
      </p>
    </div>
  );
}

function Changes({
  changed,
  before,
  now,
  onUndo,
}: {
  changed: PolicyField[];
  before: Typed;
  now: Typed;
  onUndo: (path: string) => void;
}) {
  const t = useAdminWords();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  return (
    <Card title={t('changedFields', { count: changed.length })}>
      {changed.length === 0 && <p className="soft small">{t('nothingChanged')}</p>}
      <ul className="lines">
        {changed.map((field) => (
          <li key={field.path} className="row apart small">
            <span>
              <span className="strong">{field.label[place]}</span>
              <br />
              <Read field={field} text={before[field.path] ?? ''} /> →{' '}
              <Read field={field} text={now[field.path] ?? ''} />
            </span>
            <button
              type="button"
              className="linkish"
              aria-label={t('undo', { label: field.label[place] })}
              onClick={() => onUndo(field.path)}
            >
              ✕
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Publication({
  opened,
  changed,
  rehearsed,
  pending,
  fault,
  onCancel,
  onConfirm,
  onRefused,
}: {
  opened: boolean;
  changed: PolicyField[];
  rehearsed: boolean;
  pending: boolean;
  fault: unknown;
  onCancel: () => void;
  onConfirm: () => void;
  /** Back to the fields that were refused. */
  onRefused: () => void;
}) {
  const t = useAdminWords();
  const common = useCommon();
  const text = useProblemText();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  const atFields = Object.keys(faultsOf(fault)).length > 0;
  return (
    <Modal
      opened={opened}
      onClose={onCancel}
      withCloseButton={false}
      title={t('publishTitle')}
      lockScroll={false}
      centered
    >
      <div className="stack">
        <p>{t('publishAbout')}</p>
        <p className="strong">{changed.map(({ label }) => label[place]).join(', ')}</p>
        {!rehearsed && <Note tone="warn">{t('notRehearsedYet')}</Note>}
        {fault !== undefined && <Note tone="bad">{atFields ? t('fixFields') : text(fault)}</Note>}
        <div className="row">
          {atFields ? (
            <Button size="md" className="grow" onClick={onRefused}>
              {common('back')}
            </Button>
          ) : (
            <Button size="md" className="grow" loading={pending} onClick={onConfirm}>
              {t('publish')}
            </Button>
          )}
          <Button size="md" variant="default" onClick={onCancel}>
            {common('cancel')}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
