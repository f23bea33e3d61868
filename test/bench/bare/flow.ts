import { randomUUID } from 'node:crypto';
import type { Client } from '@temporalio/client';
import { defaultPolicy } from '../../../src/domain/policy/defaultPolicy.ts';
import { caseStart } from '../../../src/workflows/starting.ts';
import { applicationFor } from '../orders.ts';

export const bareTaskQueue = 'bare';
const signals = 3;

/**
 * One bare workflow: started as a case is, then three signals, each followed by a query that sees it applied. The start is seen
 * applied, too, as a case's is answered: otherwise the first signal would join it in one task, and save a timer that a case sets.
 * @throws Error where a query does not see what went before it.
 */
export async function playBare(client: Client): Promise<string> {
  const input = {
    caseId: randomUUID(),
    consumerId: 'consumer-0',
    application: applicationFor(randomUUID()),
    channel: 'return_page',
    policy: { ...defaultPolicy, version: 1 },
    applied: { commandId: randomUUID(), receivedAt: Date.now(), actor: { role: 'consumer', id: 'consumer-0' } },
    settings: { graceMs: 5_000 },
  } as const;
  const { type: _, ...options } = caseStart(input, { merchantId: 'merchant-0', paymentMethod: 'online' });
  const handle = await client.workflow.start('bareWorkflow', { ...options, taskQueue: bareTaskQueue });
  for (let sent = 0; sent <= signals; sent += 1) {
    if (sent > 0) await handle.signal('step');
    const heard = await handle.query<number>('heard');
    if (heard !== sent) throw new Error(`${options.workflowId} has heard ${heard} signals of ${sent}`);
  }
  return options.workflowId;
}
