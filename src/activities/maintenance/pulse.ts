import { setTimeout as delay } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';

/** How a long activity lives: it tells where it has got to, and hears when it is to stop. */
export type Pulse<Progress> = {
  /** Tells Temporal where it has got to; fails where it is to stop, so that another worker goes on from there. */
  beat: (progress: Progress) => void;
  /** Waits so long, ms; fails as soon as it is to stop. */
  wait: (ms: number) => Promise<void>;
  /** Whether it is to stop: what fails now may fail for that. */
  isOver: () => boolean;
};

/**
 * The pulse of the activity that runs now. It stops when its worker does (`stopping`), which would else wait for hours of work, and
 * when Temporal has given it up, since another attempt is under way by then.
 */
export function pulse<Progress>(stopping: AbortSignal): Pulse<Progress> {
  const activity = Context.current();
  const stop = AbortSignal.any([stopping, activity.cancellationSignal]);
  const goOn = () => {
    activity.cancellationSignal.throwIfAborted();
    if (stopping.aborted) throw ApplicationFailure.retryable('its worker stops: another goes on', 'WorkerStops');
  };
  return {
    isOver: () => stop.aborted,
    beat(progress) {
      activity.heartbeat(progress);
      goOn();
    },
    async wait(ms) {
      await delay(ms, undefined, { signal: stop }).catch(goOn);
    },
  };
}
