import { Context } from '@temporalio/activity';
import { type CourierDeps, deliver } from './courier.ts';

/** What the courier's activity needs beside the courier itself. */
export type CourierActivityDeps = CourierDeps & {
  /** Ends it in order: this worker stops. */
  stopping: AbortSignal;
  /** How often it tells Temporal that it lives, ms. */
  heartbeatEveryMs: number;
  /** After this long it comes back for the next round, ms. */
  roundMs: number;
};

/** The activity of `courier/<n>`: Temporal sees to it that one runs somewhere, and starts it again where it has died. */
export function createCourierActivities({ stopping, heartbeatEveryMs, roundMs, ...courier }: CourierActivityDeps) {
  return {
    /** Sends what the nth courier has to send, for a round or until its worker stops. At least once. TELL-1, TELL-2 */
    async deliver(n: number): Promise<void> {
      const activity = Context.current();
      const beat = setInterval(() => activity.heartbeat(), heartbeatEveryMs);
      // held by its timer: Node 20 forgets a signal of its own that only a combined one listens to
      const round = new AbortController();
      const over = setTimeout(() => round.abort(), roundMs);
      try {
        // cancelled by Temporal, too, where it has given up on this worker and another has taken over
        const stop = AbortSignal.any([stopping, activity.cancellationSignal, round.signal]);
        await deliver(n, courier, stop);
      } finally {
        clearTimeout(over);
        clearInterval(beat);
      }
    },
  };
}
export type CourierActivities = ReturnType<typeof createCourierActivities>;
