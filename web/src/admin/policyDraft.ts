import { useDraft } from '../api/draft.ts';
import type { Typed } from './policyFields.ts';

/** The draft of a policy: what was typed over the one in force. */
export function usePolicyDraft() {
  const { values, change, clear } = useDraft<{ typed: Typed }>('policy', { typed: {} });
  return { typed: values.typed, become: (typed: Typed) => change({ typed }), clear };
}
