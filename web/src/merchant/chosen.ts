import { useState } from 'react';
import type { Case } from '../api/types.ts';

/** A refusal of several that is being written. */
export type RefusalDraft = { code: string; note: string; files: { id: string; file: File }[] };

/** What is chosen to be decided at once, under which filter, and its refusal while one is written. */
type Chosen = { view: string; cases: Case[]; refusal: RefusalDraft | undefined };

const noneOf = (view: string): Chosen => ({ view, cases: [], refusal: undefined });

/**
 * Keeps what is chosen while its merchant looks at one of the cases and comes back. It belongs to the filter it was chosen under,
 * however another one came: a saved view, or going back.
 */
export function useChosen() {
  const [kept, keep] = useState<Chosen>(noneOf(''));
  const under = (view: string, of: Chosen): Chosen => (of.view === view ? of : noneOf(view));
  return {
    under: (view: string): Chosen => under(view, kept),
    change: (view: string, changed: (before: Chosen) => Partial<Chosen>): void =>
      keep((of) => {
        const before = under(view, of);
        return { ...before, ...changed(before) };
      }),
  };
}

export type Choosing = ReturnType<typeof useChosen>;
