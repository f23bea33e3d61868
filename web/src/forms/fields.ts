import type { Address, EvidenceKind } from '../api/types.ts';
import type { Picked } from '../evidence/Picker.tsx';

export type Values = Record<string, string | boolean | string[] | Picked[] | Address>;

type Common = {
  name: string;
  label: string;
  /** Whether it has to be filled in; what is not is left out of what is sent. */
  required?: boolean | ((values: Values) => boolean);
  /** Shown where this holds; what is not shown is not sent. */
  when?: (values: Values) => boolean;
  hint?: string;
};

/** A field of a form. */
export type Field = Common &
  (
    | { type: 'text'; max: number }
    | { type: 'long'; max?: number }
    | { type: 'choice'; options: { value: string; label: string; hint?: string }[]; side?: boolean }
    | { type: 'many'; options: { value: string; label: string }[] }
    | { type: 'money'; currency: string }
    | { type: 'files'; kind: EvidenceKind }
    | { type: 'check' }
    | { type: 'time' }
    | { type: 'address' }
  );

/** An action as a form: its fields, and what it sends. */
export type ActionForm = {
  title: string;
  /** What comes of it, said beforehand. */
  about?: string | undefined;
  button: string;
  danger?: boolean;
  /** What is asked once more before it is sent, of what can’t be taken back. */
  confirm?: (filled: Record<string, unknown>) => string;
  fields: Field[];
  start?: Values;
  /** Fields as they are sent, where they are not simply the shown ones. */
  body?: (filled: Record<string, unknown>) => unknown;
};

/** What a field begins with. */
export function emptyOf({ type }: Field): Values[string] {
  if (type === 'files' || type === 'many') return [];
  if (type === 'check') return false;
  if (type === 'address') return { name: '', phone: '', province: '', city: '', district: '', street: '' };
  return '';
}

export const isRequired = ({ required }: Field, values: Values): boolean =>
  typeof required === 'function' ? required(values) : required === true;
