/** What has changed in the shell since 0.2.0, each asked only where it makes a difference: what ran before goes on as it did. */
export const patches = {
  /** What was acknowledged under a version isn't stale for an extension that the platform made meanwhile (POL-6). Since 0.2.0 */
  extensionsKeepVersions: 'extensions-keep-versions',
  /** A settlement by hand is checked by the run that knows of the payment's last try. */
  lastTryFirst: 'last-try-first',
  /** Signals by hand are numbered on from those of the run before. */
  byHandGoesOn: 'by-hand-goes-on',
  /** An order that late money wakes before its end does what its document says is still to be done. */
  unendedGoesOn: 'unended-goes-on',
  /** A run that is long enough takes all that came with its last signal before another goes on. Since 0.3.0 */
  wholeTaskFirst: 'whole-task-first',
  /** That an action is coming is no signal by hand. */
  waitsForActions: 'waits-for-actions',
  /** What was received before the last event keeps its own time where it is asked whether it was in time (POL-4). Since 0.4.0 */
  ownReceipts: 'own-receipts',
  /** An announced action is waited for by no deadline of a later day, and by none that was extended for it. */
  announcedForADay: 'announced-for-a-day',
  /** What was acknowledged under a version isn't stale for a deadline that passed beside what it is about (INT-9). */
  lapsesKeepVersions: 'lapses-keep-versions',
  /** Money that came (ORD-9), an extension, and what was announced are taken however much waits. */
  neverTooMany: 'never-too-many',
  /** A settlement by hand is checked once nothing that an earlier run had under way can still pay. */
  earlierTryFirst: 'earlier-try-first',
} as const;
