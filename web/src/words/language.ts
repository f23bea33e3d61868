import { createInstance } from 'i18next';
import { useSyncExternalStore } from 'react';
import type { Said } from '../../../src/domain/tell/words.ts';
import type { Profile } from '../api/types.ts';

export type Language = Profile['language'];
export type { Said };

const place = 'aftersales.language';
const languages: readonly Language[] = ['zh-CN', 'en'];

const kept = localStorage.getItem(place);
const chosen = languages.find((one) => one === kept);
const first: Language = chosen ?? (navigator.language.startsWith('zh') ? 'zh-CN' : 'en');

const i18next = createInstance();
void i18next.init({
  lng: first,
  fallbackLng: 'en',
  resources: {},
  keySeparator: false,
  nsSeparator: false,
  initAsync: false,
  interpolation: { escapeValue: false },
});
document.documentElement.lang = first;

/** Whether somebody has chosen on this machine; else the profile's language is taken on. */
export const languageWasChosen = (): boolean => localStorage.getItem(place) !== null;

/** Speaks this language from now on; `lasting` where a person has asked for it. */
export function speak(language: Language, lasting: boolean): void {
  if (lasting) localStorage.setItem(place, language);
  document.documentElement.lang = language;
  void i18next.changeLanguage(language);
}

export const currentLanguage = (): Language => i18next.language as Language;

function subscribe(listener: () => void): () => void {
  i18next.on('languageChanged', listener);
  return () => i18next.off('languageChanged', listener);
}

export const useLanguage = (): Language => useSyncExternalStore(subscribe, currentLanguage);

type Values = Record<string, string | number>;
export type Speak<Key extends string> = (key: Key, values?: Values) => string;

/** A group of phrases in both languages, as a hook that gives them in the one that is spoken. */
export function phrases<Pairs extends Record<string, Said>>(
  group: string,
  pairs: Pairs,
): () => Speak<keyof Pairs & string> {
  languages.forEach((language, index) => {
    const said = Object.fromEntries(Object.entries(pairs).map(([key, pair]) => [key, pair[index]]));
    i18next.addResourceBundle(language, group, said);
  });
  return () => {
    const lng = useLanguage();
    return (key, values) => i18next.t(key, { ns: group, lng, ...values });
  };
}
