import { proxyActivities, workflowInfo } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/maintenance/activities.ts';
import type { JobInput, ReconciliationInput } from './messages.ts';

/** One long activity, which tells where it has got to: another worker goes on from there when its own has died. */
const { republish, reconcile } = proxyActivities<MaintenanceActivities>({
  heartbeatTimeout: '30s',
  startToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** Writes again what subjects' workflows have decided, as it was asked for under this id. */
export async function republicationWorkflow({ id }: JobInput): Promise<void> {
  await republish(id);
}

/** Compares the provider's movements, the ledger, the allocations and the workflows: asked for, or once a day. */
export async function reconciliationWorkflow({ id }: ReconciliationInput = {}): Promise<void> {
  await reconcile(id ?? workflowInfo().workflowId.replaceAll(/[^\w.-]+/g, '-'));
}
