import type { Address } from './address.ts';

/** What stands where a text was that somebody wrote. */
export const erasedText = '[erased]';

/** What stands where somebody's address was: still an address to whoever reads one. */
export const erasedAddress: Address = {
  name: erasedText,
  phone: '0000',
  province: erasedText,
  city: erasedText,
  district: erasedText,
  street: erasedText,
};

/** Fields in which people write what they like, about themselves and about the consumer, wherever in a subject they stand. */
export const freeTextFields = ['description', 'note', 'statement', 'question', 'reasons', 'text'] as const;
/** Fields with an address of the consumer; a return address is the merchant's. */
export const consumerAddressFields = ['shippingAddress'] as const;

const isFreeText = (field: string) => (freeTextFields as readonly string[]).includes(field);
const isAddress = (field: string) => (consumerAddressFields as readonly string[]).includes(field);

/**
 * A state, or what a timeline's item tells of it, without what people wrote and where the consumer lives. Everything else stays as
 * it was, so that what was decided, when, under which rule and for how much is still there, and an order that ended can go on
 * (ORD-9). Doing it twice is doing it once.
 */
export function withoutPersonalData<Value>(value: Value): Value {
  return erased('', value) as Value;
}

function erased(field: string, value: unknown): unknown {
  if (isFreeText(field) && typeof value === 'string') return erasedText;
  if (isAddress(field) && value) return erasedAddress;
  if (Array.isArray(value)) return value.map((one) => erased('', one));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, erased(name, inner)]));
}

/** The detail of a timeline's item without personal data; the reason of an extension is a text, that of a refusal is a code. */
export function detailWithoutPersonalData(type: string, detail: Record<string, unknown>): Record<string, unknown> {
  return withoutPersonalData(type === 'deadlineExtended' ? { ...detail, reason: erasedText } : detail);
}
