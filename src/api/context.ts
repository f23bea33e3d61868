import type { Logger } from 'pino';
import type { EvidenceStore } from '../store/evidence.ts';
import type { Store } from '../store/store.ts';
import type { ApiMetrics } from './metrics.ts';
import type { Answered, OutcomeWatch } from './outcomes.ts';
import type { TemporalGateway } from './temporal.ts';

/** What routes answer from. */
export type Service = {
  store: Store;
  evidence: EvidenceStore;
  temporal: TemporalGateway;
  outcomes: OutcomeWatch;
  /** Commands that this process is handing over: whoever repeats one meanwhile waits for the same outcome. */
  underWay: Map<string, Promise<Answered | 'pending'>>;
  /** Fixed in a workflow at its start. */
  graceMs: number;
  /** After how long an extension of everything that runs looks once more, ms. */
  extensionLookAgainMs: number;
  /** After which nothing of an ended run is under way any more, ms. */
  lastTryMs: number;
  /** Whether webhooks may go to addresses that are not public. */
  privateWebhooks: boolean;
  report: ApiMetrics;
  log: Logger;
  /** UTC ms */
  clock: () => number;
};
