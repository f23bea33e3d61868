import type { Money } from '../api/types.ts';
import { type Language, useLanguage } from '../words/language.ts';
import { timeText } from './timeText.ts';

const digitsOf = (currency: string): number =>
  new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2;

/** Money of minor units as the language writes it. */
export function moneyText({ amount, currency }: Money, language: Language): string {
  const digits = digitsOf(currency);
  return new Intl.NumberFormat(language, { style: 'currency', currency, currencyDisplay: 'narrowSymbol' }).format(
    amount / 10 ** digits,
  );
}

/** Minor units of an amount as somebody types it; undefined where it is none, or finer than the currency. */
export function minorUnits(typed: string, currency: string): number | undefined {
  const digits = digitsOf(currency);
  const match = /^(\d{1,12})(?:[.。](\d+))?$/.exec(typed.trim());
  if (!match) return undefined;
  const [, whole = '0', fraction = ''] = match;
  if (fraction.length > digits) return undefined;
  return Number(whole + fraction.padEnd(digits, '0'));
}

/** An amount of minor units as a field shows it. */
export const typedAmount = ({ amount, currency }: Money): string =>
  (amount / 10 ** digitsOf(currency)).toFixed(digitsOf(currency));

/** Moments as the language writes them, in the reader's own time zone. */
export function useTime(): (iso: string, style?: 'short' | 'long') => string {
  const language = useLanguage();
  return (iso, style = 'short') => timeText(iso, language, style);
}

export const bytesText = (bytes: number): string =>
  bytes >= 1_048_576
    ? `${(bytes / 1_048_576).toFixed(bytes >= 10_485_760 ? 0 : 1)} MB`
    : `${Math.ceil(bytes / 1_024)} kB`;

/** Enough of an id to tell two apart at a glance. */
export const shortId = (id: string): string => id.slice(0, 8).toUpperCase();
