import type { Client } from '@temporalio/client';
import { WorkflowNotFoundError } from '@temporalio/client';
import { decodeArrayFromPayloads } from '@temporalio/common/lib/internal-non-workflow/index.js';
import type { Subject } from '../../store/queries.ts';
import { failingFrom } from '../../workflows/messages.ts';

/** A run of a subject's workflow; `failing` while its task is tried again and again. */
export type Run = { runId: string; isRunning: boolean; failing: boolean; startedAt: number };

/** What a workflow has had carried out: an activity with its arguments, and its result where it has ended. */
export type CarriedOut = { activity: string; args: unknown[]; result?: unknown; completed: boolean };

/** A page of what Temporal lists; `next` where there is more. */
export type Listed = {
  workflows: { workflowId: string; status?: string; deadlineAt?: number; startedAt: number }[];
  next?: string;
};

/** What Temporal still knows of the subjects' workflows of a queue. */
export function histories(client: Client, taskQueue: string) {
  const { workflowService } = client.connection;
  const { namespace, loadedDataConverter } = client.options;

  /** The newest run of a subject; undefined where Temporal knows none any more. */
  async function latest(subject: string): Promise<Run | undefined> {
    try {
      const { runId, status, startTime, raw } = await client.workflow.getHandle(subject).describe();
      const failing = (raw.pendingWorkflowTask?.attempt ?? 0) >= failingFrom;
      return { runId, isRunning: status.name === 'RUNNING', failing, startedAt: startTime.getTime() };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return undefined;
      throw error;
    }
  }

  return {
    latest,

    /** Every run of a subject that Temporal still has, oldest first. */
    async runs(subject: string): Promise<Run[]> {
      const found = new Map<string, Run>();
      for await (const one of client.workflow.list({ query: `WorkflowId = "${subject}"` }))
        found.set(one.runId, {
          runId: one.runId,
          isRunning: one.status.name === 'RUNNING',
          failing: false,
          startedAt: one.startTime.getTime(),
        });
      // what is listed lags behind
      const newest = await latest(subject);
      if (newest) found.set(newest.runId, newest);
      return [...found.values()].sort((one, other) => one.startedAt - other.startedAt);
    },

    /** What a run has had carried out by these activities, in order, read a page of its history at a time. */
    async *carriedOut(subject: string, runId: string, activities: readonly string[]): AsyncGenerator<CarriedOut> {
      const open = new Map<string, CarriedOut>();
      let nextPageToken: Uint8Array | undefined;
      do {
        const page = await workflowService.getWorkflowExecutionHistory({
          namespace,
          execution: { workflowId: subject, runId },
          ...(nextPageToken ? { nextPageToken } : {}),
        });
        for (const { eventId, activityTaskScheduledEventAttributes: begun, ...event } of page.history?.events ?? []) {
          if (begun && activities.includes(begun.activityType?.name ?? '')) {
            const args = await decodeArrayFromPayloads(loadedDataConverter, begun.input?.payloads);
            open.set(String(eventId), { activity: begun.activityType?.name ?? '', args, completed: false });
          }
          const ended = event.activityTaskCompletedEventAttributes;
          const one = ended && open.get(String(ended.scheduledEventId));
          if (!ended || !one) continue;
          open.delete(String(ended.scheduledEventId));
          const [result] = await decodeArrayFromPayloads(loadedDataConverter, ended.result?.payloads);
          yield { ...one, result, completed: true };
        }
        nextPageToken = page.nextPageToken?.length ? page.nextPageToken : undefined;
      } while (nextPageToken);
      yield* open.values();
    },

    /** A page of the workflows of a kind, running or all; `after` is where the page before it ended. */
    async page(kind: Subject['kind'], running: boolean, after: string | undefined, orderId?: string): Promise<Listed> {
      const conditions = [
        `TaskQueue = "${taskQueue}"`,
        `WorkflowType = "${kind}Workflow"`,
        ...(running ? ['ExecutionStatus = "Running"'] : []),
        ...(orderId === undefined ? [] : [`OrderId = "${orderId}"`]),
      ];
      const { executions, nextPageToken } = await workflowService.listWorkflowExecutions({
        namespace,
        query: conditions.join(' AND '),
        pageSize: 100,
        ...(after ? { nextPageToken: Buffer.from(after, 'base64') } : {}),
      });
      const workflows = (executions ?? []).map(({ execution, startTime }) => ({
        workflowId: execution?.workflowId ?? '',
        startedAt: Number(startTime?.seconds ?? 0) * 1_000,
      }));
      return { workflows, ...(nextPageToken?.length ? { next: Buffer.from(nextPageToken).toString('base64') } : {}) };
    },
  };
}
export type Histories = ReturnType<typeof histories>;
