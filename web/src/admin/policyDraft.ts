import { useDraft } from '../api/draft.ts';
import type { Typed } from './policyFields.ts';

type Draft = { typed: Typed; from?: number };

/** The draft of a policy: what was typed over the one in force, and which version that was. */
export function usePolicyDraft() {
  const { values, change, clear } = useDraft<Draft>('policy', { typed: {} });
  return {
    ...values,
    become: (typed: Typed, version: number) =>
      change(({ from = version }) => ({ typed, from: Object.keys(values.typed).length === 0 ? version : from })),
    /** Goes on from another version, which its writer has been shown. */
    moveTo: (version: number) => change({ from: version }),
    clear,
  };
}
