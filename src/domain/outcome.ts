import type { RefusalCode } from './refusals.ts';

/** What came of a command, as its sender is told; `at` in UTC ms, `version` the subject's after it. */
export type Outcome = {
  commandId: string;
  state: 'accepted' | 'refused';
  code?: RefusalCode;
  detail?: string;
  field?: string;
  version: number;
  at: number;
};

/** How many outcomes a subject's document carries, its last; older ones are in the archive. */
export const carriedOutcomes = 50;
