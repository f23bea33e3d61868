import {
  CancellationScope,
  condition,
  defineQuery,
  defineSignal,
  isCancellation,
  setHandler,
  sleep,
} from '@temporalio/workflow';

const hour = 3_600_000;
/** A case's deadlines one after another: the merchant's decision, the buyer's return, the merchant's receipt. */
const deadlines = [48 * hour, 7 * 24 * hour, 7 * 24 * hour];

/**
 * What a case costs Temporal at the least: three signals, each of which ends one timer and begins the next, and a query for how far
 * it has come. No rules, no activities.
 */
export async function bareWorkflow(_input: unknown): Promise<void> {
  let heard = 0;
  setHandler(defineSignal('step'), () => {
    heard += 1;
  });
  setHandler(defineQuery('heard'), () => heard);
  for (const [index, deadline] of deadlines.entries()) {
    const timer = new CancellationScope();
    timer
      .run(() => sleep(deadline))
      .catch((error: unknown) => {
        if (!isCancellation(error)) throw error;
      });
    await condition(() => heard > index);
    timer.cancel();
  }
}
