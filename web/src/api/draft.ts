import { useState } from 'react';

const prefix = 'aftersales.draft.';

/** What is typed into a form, kept for this tab until it is sent: a reload or a new sign-in loses nothing. */
export function useDraft<Values extends object>(name: string, empty: Values) {
  const place = prefix + name;
  const [values, become] = useState<Values>(() => ({ ...empty, ...kept<Values>(place) }));
  return {
    values,
    /** What a function gives builds on what is there at that moment: uploads may end one right after another. */
    change: (changed: Partial<Values> | ((before: Values) => Partial<Values>)): void => {
      become((before) => {
        const after = { ...before, ...(typeof changed === 'function' ? changed(before) : changed) };
        sessionStorage.setItem(place, JSON.stringify(after));
        return after;
      });
    },
    clear: (): void => {
      sessionStorage.removeItem(place);
      become(empty);
    },
  };
}

function kept<Values>(place: string): Partial<Values> {
  try {
    return JSON.parse(sessionStorage.getItem(place) ?? '{}') as Partial<Values>;
  } catch {
    return {};
  }
}

/**
 * The idempotency key of what a form sends: the same for as long as the form sends the same, across retries, reloads and sign-ins;
 * another once it says something else.
 */
export function keyFor(name: string, body: unknown): string {
  const place = `${prefix}${name}.key`;
  const said = JSON.stringify(body);
  const { key, of } = kept<{ key: string; of: string }>(place);
  if (key !== undefined && of === said) return key;
  const made = crypto.randomUUID();
  sessionStorage.setItem(place, JSON.stringify({ key: made, of: said }));
  return made;
}

export const forgetKey = (name: string): void => sessionStorage.removeItem(`${prefix}${name}.key`);
