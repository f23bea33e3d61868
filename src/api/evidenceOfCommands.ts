import type { Caller } from './authentication.ts';
import { Problem } from './problems.ts';

/** Files that commands name. EVI-5 */
export type EvidenceDesk = {
  /**
   * Attaches files to a subject; answers those that were not attached to it before.
   * @throws Problem where one may not be attached; then none of them is.
   */
  attach: (ids: readonly string[], uploader: Caller, subject: string, now: number) => Promise<string[]>;
  /** Takes back what a refused command had attached. */
  release: (ids: readonly string[], subject: string) => Promise<void>;
};

/** Without a store of files there is none that a command could name. */
export const noFiles: EvidenceDesk = {
  attach(ids) {
    const detail = `there is no file ${ids[0] ?? ''}`;
    return Promise.reject(Problem.ofStatus(422, 'evidence_unknown', detail, [{ field: 'evidenceIds', detail }]));
  },
  release: () => Promise.resolve(),
};
