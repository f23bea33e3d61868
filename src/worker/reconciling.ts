import { type Client, ScheduleAlreadyRunning } from '@temporalio/client';
import { reconciliationSchedule } from '../workflows/starting.ts';

/** Sees to it that there is a daily reconciliation; every worker does, so that there is one whenever there is a worker. */
export async function scheduleReconciliation(client: Pick<Client, 'schedule'>, taskQueue: string): Promise<void> {
  try {
    await client.schedule.create(reconciliationSchedule(taskQueue));
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error; // there is one already
  }
}
