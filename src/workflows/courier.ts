import { continueAsNew, proxyActivities } from '@temporalio/workflow';
import type { CourierActivities } from '../activities/courier/activities.ts';
import type { CourierInput } from './messages.ts';

/** After so many the history is begun anew. */
const rounds = 100;

/**
 * Sees to it that somebody delivers: one activity that runs and runs. It ends with its round or its worker and begins again on any
 * worker that is there; dead, it stops to report, and is begun again.
 */
export async function courierWorkflow(input: CourierInput): Promise<void> {
  const { courier, heartbeatTimeoutMs } = input;
  const { deliver } = proxyActivities<CourierActivities>({
    heartbeatTimeout: heartbeatTimeoutMs,
    // a round is much shorter; this is for one that has hung
    startToCloseTimeout: '2h',
    retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '10s' },
  });
  for (let round = 0; round < rounds; round++) await deliver(courier);
  await continueAsNew<typeof courierWorkflow>(input);
}
