import type { ActivityInboundCallsInterceptor, ActivityInterceptorsFactory } from '@temporalio/worker';
import type { Logger } from 'pino';
import type { ActivityOutcome, WorkerMetrics } from './metrics.ts';

/** Measures each try of an activity, and logs what came of it under the ids that API and Temporal have for it too. */
export function observeActivities(
  metrics: Pick<WorkerMetrics, 'activityEnded'>,
  log: Logger,
): ActivityInterceptorsFactory {
  return ({ info, cancellationSignal }) => {
    const waitedMs = Date.now() - info.currentAttemptScheduledTimestampMs;
    const inbound: ActivityInboundCallsInterceptor = {
      async execute(input, next) {
        const startedAt = performance.now();
        const end = (outcome: ActivityOutcome) => {
          const ms = performance.now() - startedAt;
          metrics.activityEnded(info.activityType, outcome, ms / 1_000, waitedMs);
          const { activityType: activity, workflowExecution, attempt } = info;
          return {
            activity,
            subject: workflowExecution?.workflowId,
            run: workflowExecution?.runId,
            attempt,
            ...namesIn(input.args),
            ms: Math.round(ms),
          };
        };
        try {
          const result = await next(input);
          const told = end('completed');
          log[told.commandIds ? 'info' : 'debug'](told, 'activity completed');
          return result;
        } catch (error) {
          const outcome = cancellationSignal.aborted ? 'cancelled' : 'failed';
          const told = end(outcome);
          if (outcome === 'cancelled') log.debug(told, 'activity cancelled');
          else log.warn({ ...told, err: error }, 'activity failed');
          throw error;
        }
      },
    };
    return { inbound };
  };
}

/** The idempotency key, which every activity takes first, and the commands whose outcome a batch brings. Nothing else is told. */
function namesIn([key, batch]: unknown[]): { key?: string; commandIds?: string[] } {
  const outcomes = (batch as { outcomes?: { commandId: string }[] } | undefined)?.outcomes;
  return {
    ...(typeof key === 'string' ? { key } : {}),
    ...(Array.isArray(outcomes) && outcomes.length > 0
      ? { commandIds: outcomes.map(({ commandId }) => commandId) }
      : {}),
  };
}
