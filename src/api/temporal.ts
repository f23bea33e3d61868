import { status as GrpcStatus } from '@grpc/grpc-js';
import {
  type Client,
  type ClientInterceptors,
  Connection,
  type ConnectionOptions,
  defaultGrpcRetryOptions,
  makeGrpcRetryInterceptor,
  Client as TemporalClient,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
} from '@temporalio/client';
import { dataConverterOf } from '../codec/payloadCodec.ts';
import type { Settings, TemporalSettings } from '../settings.ts';
import { type ActionComing, type Envelope, failingFrom } from '../workflows/messages.ts';
import type {
  abandonmentStart,
  caseStart,
  extensionStart,
  orderStart,
  reconciliationStart,
  republicationStart,
  ticketStart,
} from '../workflows/starting.ts';

type Start = ReturnType<
  | typeof caseStart
  | typeof orderStart
  | typeof ticketStart
  | typeof extensionStart
  | typeof reconciliationStart
  | typeof republicationStart
  | typeof abandonmentStart
>;
export type Signal = {
  name: string;
  args: [fields: unknown, envelope: Envelope] | [notice: { key: string }] | [action: ActionComing];
};

/** A run of a workflow. */
type Execution = { workflowId: string; runId: string; isRunning: boolean };

/** How handing over ended: it is in the workflow's history, or there is no such running workflow. */
export type HandedOver = 'handed_over' | 'not_running';

/** Whether the command has arrived is not known. */
export class HandOverUnknown extends Error {
  override readonly name = 'HandOverUnknown';
}

/** Hands commands over to workflows, each until a moment (UTC ms) after which its sender is told that the outcome is unknown. */
export function temporalGateway(client: Client, taskQueue: string) {
  async function handOver(until: number, call: () => Promise<unknown>): Promise<HandedOver> {
    try {
      await client.connection.withDeadline(until, call);
      return 'handed_over';
    } catch (error) {
      // Started already: by an earlier try under the same id, whose outcome is the answer.
      if (error instanceof WorkflowExecutionAlreadyStartedError) return 'handed_over';
      if (error instanceof WorkflowNotFoundError) return 'not_running';
      throw new HandOverUnknown('the hand-over was not answered', { cause: error });
    }
  }

  async function ask<Answer>(until: number, call: () => Promise<Answer>): Promise<Answer> {
    try {
      return await client.connection.withDeadline(until, call);
    } catch (error) {
      throw new HandOverUnknown('Temporal did not answer', { cause: error });
    }
  }

  return {
    signal: (workflowId: string, { name, args }: Signal, until: number) =>
      handOver(until, () => client.workflow.getHandle(workflowId).signal(name, ...args)),

    start: ({ type, ...options }: Start, until: number) =>
      handOver(until, () => client.workflow.start(type, { ...options, taskQueue })),

    /** Signals a workflow, started if it doesn't run. */
    signalWithStart: ({ type, ...options }: Start, { name, args }: Signal, until: number) =>
      handOver(until, () =>
        client.workflow.signalWithStart(type, { ...options, taskQueue, signal: name, signalArgs: args } as Parameters<
          typeof client.workflow.signalWithStart
        >[1]),
      ),

    /** Whether a workflow runs under this id. @throws HandOverUnknown where Temporal does not answer until then */
    isRunning: (workflowId: string, until: number) =>
      ask(until, async () => {
        try {
          return (await client.workflow.getHandle(workflowId).describe()).status.name === 'RUNNING';
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return false;
          throw error;
        }
      }),

    /**
     * How a workflow fares: `broken` where none runs, or its task is tried again and again. `abandonedBy` is the command on which the
     * run began to end its case, where it did. @throws HandOverUnknown as isRunning
     */
    health: (workflowId: string, until: number) =>
      ask(until, async (): Promise<{ isBroken: boolean; abandonedBy?: string }> => {
        try {
          const { status, memo, raw } = await client.workflow.getHandle(workflowId).describe();
          const abandonedBy = memo?.['abandonedBy'] as string | undefined;
          const isBroken = status.name !== 'RUNNING' || (raw.pendingWorkflowTask?.attempt ?? 0) >= failingFrom;
          return { isBroken, ...(abandonedBy ? { abandonedBy } : {}) };
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return { isBroken: true };
          throw error;
        }
      }),

    /** Every run of a consumer's workflows that Temporal lists, which lags behind a little. @throws HandOverUnknown as isRunning */
    executionsOf: (consumerId: string, until: number) =>
      ask(until, async () => {
        const query = `ConsumerId = "${consumerId}" AND TaskQueue = "${taskQueue}"`;
        const found: Execution[] = [];
        for await (const { workflowId, runId, status } of client.workflow.list({ query }))
          found.push({ workflowId, runId, isRunning: status.name === 'RUNNING' });
        return found;
      }),

    /** Deletes a run that has ended, with its history. @throws HandOverUnknown as isRunning */
    forget: ({ workflowId, runId }: Execution, until: number) =>
      ask(until, () =>
        client.connection.workflowService.deleteWorkflowExecution({
          namespace: client.options.namespace,
          workflowExecution: { workflowId, runId },
        }),
      ),

    /** Whether Temporal answers until then. */
    ping: (until: number) =>
      client.connection.withDeadline(until, () => client.connection.workflowService.getSystemInfo({})),
  };
}
export type TemporalGateway = ReturnType<typeof temporalGateway>;

/**
 * A client that connects when it is needed and again by itself, so that the API starts and reads while Temporal is away. With keys,
 * what it sends is encrypted.
 */
export function lazyClient(
  { connectionOptions, namespace }: Pick<TemporalSettings, 'connectionOptions' | 'namespace'>,
  payloadKeys?: Settings['payloadKeys'],
  interceptors: ClientInterceptors = {},
): { client: Client; close: () => Promise<void> } {
  // The channel's own back-off grows to two minutes: much longer than Temporal takes to come back.
  const channelArgs = {
    'grpc.initial_reconnect_backoff_ms': 100,
    'grpc.min_reconnect_backoff_ms': 100,
    'grpc.max_reconnect_backoff_ms': 1_000,
  };
  const closed = new AbortController();
  const connection = Connection.lazy({
    ...connectionOptions,
    channelArgs,
    interceptors: [retriesUntil(closed.signal)],
  });
  const dataConverter = dataConverterOf(payloadKeys);
  const encoding = dataConverter ? { dataConverter } : {};
  const client = new TemporalClient({ connection, namespace, interceptors, ...encoding });
  return {
    client,
    async close() {
      closed.abort();
      await connection.close();
    },
  };
}

type GrpcInterceptor = NonNullable<ConnectionOptions['interceptors']>[number];
type GrpcCall = ReturnType<Parameters<GrpcInterceptor>[1]>;

/**
 * Repeats calls as the SDK does by default, but until closed, and with the last repeat before the call's deadline. The SDK's own sets
 * a timer for each repeat and knows nothing of either: one that is due on a closed channel throws where nobody can catch it and ends
 * the process, and one that is due after the deadline keeps the caller waiting for an answer that is known.
 */
function retriesUntil(closed: AbortSignal): GrpcInterceptor {
  const byDefault = defaultGrpcRetryOptions();
  return (options, nextCall) => {
    const leftMs = () => Number(options.deadline ?? Number.POSITIVE_INFINITY) - Date.now();
    const retrying = makeGrpcRetryInterceptor({
      ...byDefault,
      delayFunction: (attempt, status) => Math.min(byDefault.delayFunction(attempt, status), Math.max(0, leftMs())),
    });
    return retrying(options, (again) => (closed.aborted ? endedCall : nextCall(again)));
  };
}

/** A call that is answered at once: nothing is sent any more. */
const endedCall: GrpcCall = {
  start: (metadata, listener) =>
    listener?.onReceiveStatus?.({ code: GrpcStatus.CANCELLED, details: 'the connection is closed', metadata }),
  cancelWithStatus: () => undefined,
  getPeer: () => '',
  sendMessageWithContext: () => undefined,
  sendMessage: () => undefined,
  startRead: () => undefined,
  halfClose: () => undefined,
  getAuthContext: () => null,
};
