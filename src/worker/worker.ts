import { fileURLToPath } from 'node:url';
import type { DataConverter } from '@temporalio/common';
import {
  bundleWorkflowCode,
  type NativeConnection,
  Worker,
  type WorkerInterceptors,
  type WorkflowBundle,
} from '@temporalio/worker';
import type { Activities } from '../activities/activities.ts';
import type { CourierActivities } from '../activities/courier/activities.ts';
import type { MaintenanceActivities } from '../activities/maintenance/activities.ts';
import type { WorkerVersion } from '../settings.ts';

/** What a worker needs: its connection, where it takes tasks from, what it can do, and the workflows' code. */
export type WorkerParts = {
  connection: NativeConnection;
  namespace: string;
  taskQueue: string;
  activities: Activities & Partial<CourierActivities> & Partial<MaintenanceActivities>;
  workflowBundle: WorkflowBundle | { codePath: string };
  /** 0 replays each workflow from its history at every task: slower, but nothing hangs on this worker's memory. */
  maxCachedWorkflows?: number;
  /** What looks on while activities run. */
  interceptors?: WorkerInterceptors;
  /** How what Temporal stores is encoded; the clients' must be the same. */
  dataConverter?: DataConverter | undefined;
  /** With one, this worker gets tasks only once Temporal has been told to give it some. */
  version?: WorkerVersion | undefined;
};

/** How long what is under way may still take when a worker stops: a payment's two calls to the provider of 10 s each, and the gate. */
export const shutdownGraceTime = '25s';

/** Bundles the workflows' code; once for all workers of a process. `traced`: with what carries traces through them. */
export function bundleWorkflows({ traced = false } = {}): Promise<WorkflowBundle> {
  const quiet = {
    trace: nothing,
    debug: nothing,
    info: nothing,
    warn: console.warn,
    error: console.error,
    log: nothing,
  };
  const workflowsPath = fileURLToPath(new URL('../workflows/index.ts', import.meta.url));
  // Modules of rules and shell hold no state: evaluated once instead of for every workflow, they are compiled once, too.
  const workflowInterceptorModules = traced
    ? [fileURLToPath(new URL('../workflows/interceptors/tracing.ts', import.meta.url))]
    : [];
  return bundleWorkflowCode({
    workflowsPath,
    workflowInterceptorModules,
    preloadModules: [workflowsPath],
    logger: quiet,
  });
}
const nothing = () => undefined;

/**
 * A worker for workflows and activities; it polls from `run()` on, and ends in order on `shutdown()`. Where it has a version, running
 * workflows move on to the current one at their next task: cases live too long to keep their first worker.
 */
export function createWorker({ workflowBundle, dataConverter, version, ...parts }: WorkerParts): Promise<Worker> {
  return Worker.create({
    ...parts,
    workflowBundle,
    shutdownGraceTime,
    ...(dataConverter ? { dataConverter } : {}),
    ...(version
      ? { workerDeploymentOptions: { version, useWorkerVersioning: true, defaultVersioningBehavior: 'AUTO_UPGRADE' } }
      : {}),
  });
}
