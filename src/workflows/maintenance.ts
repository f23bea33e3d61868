import { proxyActivities } from '@temporalio/workflow';
import type { MaintenanceActivities } from '../activities/maintenance/activities.ts';
import type { JobInput } from './messages.ts';

/** One long activity, which tells where it has got to: another worker goes on from there when its own has died. */
const { republish } = proxyActivities<MaintenanceActivities>({
  heartbeatTimeout: '1m',
  startToCloseTimeout: '24h',
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '1m' },
});

/** Writes again what subjects' workflows have decided, as it was asked for under this id. */
export async function republicationWorkflow({ id }: JobInput): Promise<void> {
  await republish(id);
}
