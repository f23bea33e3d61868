import { CancellationScope, isCancellation, sleep } from '@temporalio/workflow';

/** One timer, for what is due first; set again only when that moves, so that a signal costs no timer. */
export class Alarm {
  private current: { due: number; fired: boolean; scope: CancellationScope } | undefined;

  /** Sets the timer for `due` (UTC ms), or none; `summary` is what an operator reads of it. */
  set(due: number | undefined, summary: string): void {
    if (this.current?.due === due) return;
    this.current?.scope.cancel();
    this.current = undefined;
    if (due === undefined) return;
    const alarm = { due, fired: due <= Date.now(), scope: new CancellationScope() };
    this.current = alarm;
    if (alarm.fired) return;
    alarm.scope
      .run(() => sleep(due - Date.now(), { summary }))
      .then(
        () => {
          alarm.fired = true;
        },
        (error: unknown) => {
          if (!isCancellation(error)) throw error;
        },
      );
  }

  /** Whether the time for `due` has come. */
  isDue(due: number): boolean {
    return this.current?.due === due && this.current.fired;
  }
}
