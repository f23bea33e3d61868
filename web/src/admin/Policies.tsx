import { Checkbox } from '@mantine/core';
import { useState } from 'react';
import type { PublishedPolicy } from '../api/types.ts';
import { ButtonLink, Card, Empty, Pages, Tag, When } from '../design/pieces.tsx';
import { Head } from '../desk/Desk.tsx';
import { useLanguage } from '../words/language.ts';
import { Choose } from './Choose.tsx';
import { usePolicyDraft } from './policyDraft.ts';
import { differing, policyFields, type Typed, typedOf, useReading } from './policyFields.ts';
import { usePolicies } from './queries.ts';
import { useAdminWords } from './words.ts';

/** Every version of the policy, what each changed, and any two next to each other. POL-2 */
export function Policies() {
  const t = useAdminWords();
  const query = usePolicies();
  const { typed } = usePolicyDraft();
  return (
    <>
      <Head title={t('policies')}>
        <ButtonLink href="/policies/new" variant="filled">
          {Object.keys(typed).length > 0 ? t('goOnDraft') : t('newDraft')}
        </ButtonLink>
      </Head>
      <Pages query={query} empty={<Empty icon="file" title={t('policies')} />}>
        {(policies) => (
          <>
            <Versions policies={policies} />
            <Comparison key={policies.length} policies={policies} />
          </>
        )}
      </Pages>
    </>
  );
}

const named = 3;

function Versions({ policies }: { policies: PublishedPolicy[] }) {
  const t = useAdminWords();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  const changesOf = (policy: PublishedPolicy, before: PublishedPolicy | undefined): string => {
    if (!before) return policy.version === 1 ? t('firstVersion') : '—';
    const changed = differing(typedOf(before), typedOf(policy)).map(({ label }) => label[place]);
    if (changed.length === 0) return t('noChanges');
    const first = changed.slice(0, named).join(', ');
    return changed.length > named ? `${first} (${t('moreChanges', { count: changed.length })})` : first;
  };
  return (
    <div className="card table-wrap">
      <table className="table">
        <thead>
          <tr>
            <th>{t('version')}</th>
            <th>{t('changes')}</th>
            <th>{t('publishedAt')}</th>
            <th>{t('publishedBy')}</th>
          </tr>
        </thead>
        <tbody>
          {policies.map((policy, index) => (
            <tr key={policy.version}>
              <td>
                <span className="row">
                  {policy.version}
                  {index === 0 && <Tag tone="good">{t('inForce')}</Tag>}
                </span>
              </td>
              <td>{changesOf(policy, policies[index + 1])}</td>
              <td>
                <When at={policy.publishedAt} />
              </td>
              <td>{policy.publishedBy}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Comparison({ policies }: { policies: PublishedPolicy[] }) {
  const t = useAdminWords();
  const place = useLanguage() === 'zh-CN' ? 0 : 1;
  const [latest] = policies;
  const [one, setOne] = useState(String((policies[1] ?? latest)?.version));
  const [other, setOther] = useState(String(latest?.version));
  const [onlyDifferences, setOnly] = useState(policies.length > 1);
  const typed = (version: string): Typed => {
    const found = policies.find((policy) => String(policy.version) === version);
    return found ? typedOf(found) : {};
  };
  const [left, right] = [typed(one), typed(other)];
  const differ = differing(left, right);
  const shown = onlyDifferences ? differ : policyFields;
  const options = policies.map(({ version }) => ({
    value: String(version),
    label: t('versionOf', { version }),
  }));
  return (
    <Card
      title={t('compare')}
      aside={
        <div className="row">
          <Choose name={t('compare')} options={options} value={one} onChange={setOne} />
          <Choose name={t('compareWith')} options={options} value={other} onChange={setOther} />
        </div>
      }
    >
      <Checkbox
        label={t('onlyDifferences')}
        checked={onlyDifferences}
        onChange={(event) => setOnly(event.currentTarget.checked)}
      />
      {shown.length === 0 ? (
        <p className="soft">{t('noChanges')}</p>
      ) : (
        <div className="table-wrap">
          <table className="table">
            <thead>
              <tr>
                <th>{t('field')}</th>
                <th>{t('versionOf', { version: one })}</th>
                <th>{t('versionOf', { version: other })}</th>
              </tr>
            </thead>
            <tbody>
              {shown.map((field) => (
                <tr key={field.path} className={differ.includes(field) ? 'differs' : undefined}>
                  <td>
                    {field.label[place]}
                    <div className="tiny soft">{t('ruleNamed', { rule: field.rule })}</div>
                  </td>
                  <td>
                    <Read field={field} text={left[field.path] ?? ''} />
                  </td>
                  <td>
                    <Read field={field} text={right[field.path] ?? ''} />
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </Card>
  );
}

/** A value as people read it, and as it is written. */
export function Read({ field, text }: { field: (typeof policyFields)[number]; text: string }) {
  const reading = useReading();
  const read = reading(field, text);
  return read === '' ? (
    <>{text === '' ? '—' : text}</>
  ) : (
    <>
      {read} {typeof field.kind === 'string' && <span className="tiny soft mono">{text}</span>}
    </>
  );
}
