import { continueAsNew, proxyActivities, setCurrentDetails, sleep, workflowInfo } from '@temporalio/workflow';
import type { Activities } from '../activities/activities.ts';
import type { ExtensionPosition } from '../activities/deadlineExtensions.ts';
import type { ExtensionInput } from './messages.ts';

const { extendPage, finishExtension } = proxyActivities<Pick<Activities, 'extendPage' | 'finishExtension'>>({
  startToCloseTimeout: '2m',
  heartbeatTimeout: '10s',
  retry: { initialInterval: '500ms', backoffCoefficient: 2, maximumInterval: '30s' },
});

/** How far it has come: in the first look or the second, and where in that. */
type Progress = { look: number; from: ExtensionPosition };
const looks = 2;

/**
 * Extends everything that runs, page by page, however often workers die over it. It looks twice: what was acknowledged before the request
 * may have been written a little after it, as after an outage of the database. POL-5
 */
export async function deadlineExtensionWorkflow(input: ExtensionInput, before?: Progress): Promise<void> {
  const { id, lookAgainAfterMs } = input;
  let look = before?.look ?? 0;
  let from: ExtensionPosition | null = before?.from ?? { source: 0 };
  for (; look < looks; look++) {
    while (from) {
      setCurrentDetails(
        `look ${look + 1} of ${looks}, source ${from.source + 1}, after ${from.after?.id ?? 'nothing'}`,
      );
      from = await extendPage(id, from);
      if (from && workflowInfo().continueAsNewSuggested)
        await continueAsNew<typeof deadlineExtensionWorkflow>(input, { look, from });
    }
    if (look + 1 < looks) await sleep(lookAgainAfterMs);
    from = { source: 0 };
  }
  await finishExtension(id);
}
