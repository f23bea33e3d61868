import type { Client } from '@temporalio/client';
import type { AllocationStore } from '../store/allocations.ts';
import type { Batch } from '../store/batch.ts';
import { innerSignals, orderSubject } from '../workflows/messages.ts';

/** What changing allocations needs of the world. */
export type AllocationDeps = {
  allocations: Pick<AllocationStore, 'open' | 'extend' | 'settle'>;
  client: Pick<Client, 'workflow'>;
};

/**
 * Changes allocations as a batch says, has the rest of it written, and wakes the orders that waited for just this case to end. Doing
 * it again is doing it once. Answers what writing answered. ORD-1
 */
export async function changeAllocations<Written>(
  { allocations, client }: AllocationDeps,
  changes: Batch['allocation'],
  write: () => Promise<Written>,
): Promise<Written> {
  const waiting: string[] = [];
  for (const change of changes) {
    if (change.change === 'open') await allocations.open(change.order, change.deliveredAt);
    else if (change.change === 'extend') await allocations.extend(change.orderId, change.until);
    else if ((await allocations.settle(change.orderId, change.settlement)).orderWaits) waiting.push(change.orderId);
  }
  const written = await write();
  for (const orderId of waiting) await signalIfRunning(client, orderSubject(orderId), innerSignals.casesEnded);
  return written;
}

/** Signals a workflow; false where it has ended. */
export async function signalIfRunning(
  client: Pick<Client, 'workflow'>,
  workflowId: string,
  signal: string,
): Promise<boolean> {
  try {
    await client.workflow.getHandle(workflowId).signal(signal);
    return true;
  } catch (error) {
    if ((error as Error).name !== 'WorkflowNotFoundError') throw error;
    return false;
  }
}
