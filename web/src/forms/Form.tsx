import { Button, Checkbox, Modal, Textarea, TextInput } from '@mantine/core';
import { type FormEvent, type ReactNode, useId, useState } from 'react';
import { useDraft } from '../api/draft.ts';
import type { Address } from '../api/types.ts';
import { type Trouble, useCommand } from '../api/useCommand.ts';
import { WhatIfSo } from '../cases/WhatIf.tsx';
import { minorUnits } from '../design/format.ts';
import { Note, Tag } from '../design/pieces.tsx';
import { type Picked, Picker } from '../evidence/Picker.tsx';
import { Uploading, useUploading } from '../evidence/Uploading.tsx';
import { useCommon } from '../words/common.ts';
import { useProblemText } from '../words/problems.ts';
import { type ActionForm, emptyOf, type Field, isRequired, type Values } from './fields.ts';

type Subject = { kind: 'case' | 'order' | 'ticket'; id: string; version: number };

type Props<Answer> = {
  form: ActionForm;
  path: string;
  method?: 'POST' | 'PUT';
  /** Names the draft. */
  name: string;
  subject?: Subject;
  /** Whether it is still possible: where somebody acted first it may not be. */
  possible?: boolean;
  onDone?: (answer: Answer) => void;
  onCancel?: () => void;
  children?: ReactNode;
};

/** A form of an action. What is typed is kept until it was taken, whatever happens meanwhile. */
export function Form<Answer>({
  form,
  path,
  method = 'POST',
  name,
  subject,
  possible = true,
  onDone,
  onCancel,
  children,
}: Props<Answer>) {
  const t = useCommon();
  const empty = Object.fromEntries(form.fields.map((field) => [field.name, emptyOf(field)]));
  const { values, change, clear } = useDraft<Values>(name, { ...empty, ...form.start });
  const [faults, setFaults] = useState<Record<string, string>>({});
  const { submit, pending, underWay, trouble } = useCommand<Answer>({
    path,
    method,
    name,
    ...(subject ? { subject } : {}),
    onDone: (answer) => {
      clear();
      onDone?.(answer);
    },
  });
  const shown = form.fields.filter(({ when }) => when?.(values) ?? true);

  const { uploading, onBusy } = useUploading();
  const [asking, setAsking] = useState<string>();
  const danger = form.danger ? { color: 'red.8' } : {};

  /** What is filled in; undefined, and said where, while something is missing. */
  function checked(): Record<string, unknown> | undefined {
    const found = faultsOf(shown, values, t);
    setFaults(found);
    const first = Object.keys(found)[0];
    if (first !== undefined) {
      document.querySelector<HTMLElement>(`[data-field="${first}"] :is(input, textarea, select)`)?.focus();
      return undefined;
    }
    return filledIn(shown, values);
  }
  const bodyOf = (filled: Record<string, unknown>): unknown => (form.body ? form.body(filled) : filled);

  async function onSubmit(event: FormEvent): Promise<void> {
    event.preventDefault();
    if (uploading) return;
    const filled = checked();
    if (filled === undefined) return;
    if (form.confirm) setAsking(form.confirm(filled));
    else await submit(bodyOf(filled));
  }

  async function onConfirm(): Promise<void> {
    const filled = checked();
    if (filled !== undefined) await submit(bodyOf(filled));
    setAsking(undefined);
  }

  return (
    <form className="stack" noValidate onSubmit={(event) => void onSubmit(event)} aria-label={form.title}>
      {form.about !== undefined && <p className="soft">{form.about}</p>}
      {children}
      {shown.map((field) => (
        <div key={field.name} data-field={field.name}>
          <Input
            field={field}
            values={values}
            required={isRequired(field, values)}
            fault={faults[field.name]}
            onChange={(value) => {
              change({ [field.name]: value });
              if (faults[field.name] !== undefined) setFaults({});
            }}
            onBusy={onBusy}
            onFiles={(changed) => change((before) => ({ [field.name]: changed(before[field.name] as Picked[]) }))}
          />
        </div>
      ))}
      <Told trouble={trouble} underWay={underWay && asking === undefined} possible={possible || pending} />
      <Uploading uploading={uploading} />
      {subject?.kind === 'case' && path.startsWith(`/v1/cases/${subject.id}/`) && (
        <WhatIfSo
          key={JSON.stringify(values)}
          caseId={subject.id}
          action={path.split('/').at(-1) ?? ''}
          fieldsOf={() => {
            const filled = checked();
            return filled && bodyOf(filled);
          }}
        />
      )}
      <div className="row">
        <Button
          type="submit"
          size="md"
          className="grow"
          loading={pending}
          disabled={!possible || uploading}
          {...danger}
        >
          {form.button}
        </Button>
        {onCancel && (
          <Button size="md" variant="default" onClick={onCancel}>
            {t('cancel')}
          </Button>
        )}
      </div>
      <Modal
        opened={asking !== undefined}
        onClose={() => setAsking(undefined)}
        withCloseButton={false}
        title={form.title}
        lockScroll={false}
        centered
      >
        <div className="stack">
          <p>{asking}</p>
          <Told trouble={undefined} underWay={underWay} />
          <div className="row">
            <Button size="md" className="grow" loading={pending} onClick={() => void onConfirm()} {...danger}>
              {form.button}
            </Button>
            <Button size="md" variant="default" onClick={() => setAsking(undefined)}>
              {t('cancel')}
            </Button>
          </div>
        </div>
      </Modal>
    </form>
  );
}

/** That it is being carried out; what went wrong with sending, kindly; and that it has become impossible, as soon as that is so. */
export function Told({
  trouble,
  underWay = false,
  possible = true,
}: {
  trouble: Trouble | undefined;
  underWay?: boolean;
  possible?: boolean;
}) {
  const t = useCommon();
  const text = useProblemText();
  return (
    <>
      {underWay && (
        <p role="status" className="small">
          {t('underWay')}
        </p>
      )}
      {trouble && !trouble.overtaken && <Note tone="bad">{text(trouble.error)}</Note>}
      {(!possible || trouble?.overtaken === true) && (
        <Note tone="warn" title={t('staleTitle')}>
          {possible ? t('staleBody') : t('noLongerBody')}
        </Note>
      )}
    </>
  );
}

type InputProps = {
  field: Field;
  values: Values;
  required: boolean;
  fault: string | undefined;
  onChange: (value: Values[string]) => void;
  onFiles: (change: (before: Picked[]) => Picked[]) => void;
  onBusy: (more: number) => void;
};

function Input({ field, values, required, fault, onChange, onFiles, onBusy }: InputProps) {
  const t = useCommon();
  const value = values[field.name];
  const label =
    required || field.type === 'choice' || field.type === 'check'
      ? field.label
      : t('optionalLabel', { label: field.label });
  const said = { label, required, description: field.hint, error: fault };
  switch (field.type) {
    case 'text':
      return (
        <TextInput
          {...said}
          size="md"
          value={textOf(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'money':
      return (
        <TextInput
          {...said}
          size="md"
          inputMode="decimal"
          value={textOf(value)}
          rightSection={<span className="soft small">{field.currency}</span>}
          rightSectionWidth={56}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'long':
      return (
        <Textarea
          {...said}
          size="md"
          rows={4}
          value={textOf(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'time':
      return (
        <TextInput
          {...said}
          size="md"
          type="datetime-local"
          value={textOf(value)}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      );
    case 'check':
      return (
        <Checkbox
          size="md"
          label={label}
          description={field.hint}
          checked={value === true}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      );
    case 'many':
      return <Many field={field} chosen={value as string[]} label={label} onChange={onChange} />;
    case 'choice':
      return <Choice field={field} value={textOf(value)} label={label} fault={fault} onChange={onChange} />;
    case 'files':
      return (
        <>
          <Picker label={label} kind={field.kind} picked={value as Picked[]} onChange={onFiles} onBusy={onBusy} />
          {field.hint !== undefined && <p className="tiny soft">{field.hint}</p>}
          <Fault>{fault}</Fault>
        </>
      );
    case 'address':
      return <AddressInput label={label} value={value as Address} fault={fault} onChange={onChange} />;
    default:
      return field satisfies never;
  }
}

/** What is missing, said as soon as it is shown; nothing where nothing is. */
export const Fault = ({ id, children }: { id?: string; children: string | undefined }) =>
  children === undefined ? null : (
    <p className="fault" role="alert" id={id}>
      {children}
    </p>
  );

type ChoiceField = Extract<Field, { type: 'choice' }>;

export function Choice({
  field,
  value,
  label,
  fault,
  onChange,
}: {
  field: Pick<ChoiceField, 'options' | 'side' | 'name'>;
  value: string;
  label: string;
  fault?: string | undefined;
  onChange: (value: string) => void;
}) {
  const group = useId();
  const faultId = useId();
  return (
    <fieldset
      className={field.side ? 'choices side' : 'choices'}
      aria-describedby={fault === undefined ? undefined : faultId}
    >
      <legend>{label}</legend>
      {field.options.map((option) => (
        <label key={option.value} className="choice">
          <input
            type="radio"
            name={group}
            value={option.value}
            checked={value === option.value}
            onChange={() => onChange(option.value)}
          />
          <span className="grow">
            <span className="strong">{option.label}</span>
            {option.hint !== undefined && <span className="small soft preline">{`\n${option.hint}`}</span>}
          </span>
        </label>
      ))}
      <Fault id={faultId}>{fault}</Fault>
    </fieldset>
  );
}

/** Any of several. */
function Many({
  field: { options, hint },
  chosen,
  label,
  onChange,
}: {
  field: Extract<Field, { type: 'many' }>;
  chosen: string[];
  label: string;
  onChange: (chosen: string[]) => void;
}) {
  return (
    <details className="many" open={chosen.length > 0}>
      <summary>
        {label} {chosen.length > 0 && <Tag>{chosen.length}</Tag>}
        {hint !== undefined && <span className="small soft"> · {hint}</span>}
      </summary>
      <div className="stack tight">
        {options.map((option) => (
          <Checkbox
            key={option.value}
            label={option.label}
            checked={chosen.includes(option.value)}
            onChange={(event) =>
              onChange(
                event.currentTarget.checked
                  ? [...chosen, option.value]
                  : chosen.filter((value) => value !== option.value),
              )
            }
          />
        ))}
      </div>
    </details>
  );
}

const addressFields = ['name', 'phone', 'province', 'city', 'district', 'street'] as const;

export function AddressInput({
  label,
  value,
  fault,
  onChange,
}: {
  label: string;
  value: Address;
  fault?: string | undefined;
  onChange: (value: Address) => void;
}) {
  const t = useCommon();
  return (
    <fieldset className="choices">
      <legend>{label}</legend>
      {addressFields.map((name) => (
        <TextInput
          key={name}
          label={t(name)}
          value={value[name]}
          onChange={(event) => onChange({ ...value, [name]: event.currentTarget.value })}
        />
      ))}
      <Fault>{fault}</Fault>
    </fieldset>
  );
}

const textOf = (value: Values[string] | undefined): string => (typeof value === 'string' ? value : '');

const isBlankAddress = (address: Address) => addressFields.every((name) => address[name].trim() === '');

function isBlank(field: Field, value: Values[string] | undefined): boolean {
  if (value === undefined || value === false) return true;
  // what was chosen may be on offer no longer
  if (field.type === 'choice') return !field.options.some((option) => option.value === value);
  if (typeof value === 'string') return value.trim() === '';
  if (Array.isArray(value)) return value.length === 0;
  return field.type === 'address' && isBlankAddress(value as Address);
}

/** What a person can see at a glance is said at once; all else the API judges. */
function faultsOf(shown: Field[], values: Values, t: ReturnType<typeof useCommon>): Record<string, string> {
  const faults: Record<string, string> = {};
  for (const field of shown) {
    const value = values[field.name];
    const blank = isBlank(field, value);
    if (blank && isRequired(field, values))
      faults[field.name] =
        field.type === 'files' ? t('filesNeeded') : field.type === 'choice' ? t('choose') : t('nothingTyped');
    else if (!blank && field.type === 'money' && minorUnits(textOf(value), field.currency) === undefined)
      faults[field.name] = t('badAmount');
    else if ((field.type === 'text' || field.type === 'long') && textOf(value).length > (field.max ?? 4_000))
      faults[field.name] = t('tooLong', { max: field.max ?? 4_000 });
  }
  return faults;
}

function filledIn(shown: Field[], values: Values): Record<string, unknown> {
  const filled: Record<string, unknown> = {};
  for (const field of shown) {
    const value = values[field.name];
    if (field.type === 'files') filled[field.name] = (value as Picked[]).map(({ id }) => id);
    else if (isBlank(field, value)) continue;
    else if (field.type === 'money') filled[field.name] = minorUnits(textOf(value), field.currency);
    else if (field.type === 'time') filled[field.name] = new Date(textOf(value)).toISOString();
    else filled[field.name] = typeof value === 'string' ? value.trim() : value;
  }
  return filled;
}
