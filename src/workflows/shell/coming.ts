/** When an action was received, and when this workflow heard that it is coming; UTC ms. */
type Coming = {
  receivedAt: number;
  heardAt: number;
  /** Since 0.4.0: waited for by no deadline of a later day, and by none that was extended for it. */
  forADay?: boolean;
};

/** A deadline's time, UTC ms. */
type Running = { from: number; at: number };

/** How long an action may take when nothing is wrong any more: one try of the activity that brings it, and the pause before another; ms. */
const bringingMs = 60_000;
/** What has not come by then never will, ms. */
const longestMs = 24 * 3_600_000;

/** Whether a deadline ran at a moment, UTC ms: what was received then is in time for it. POL-3 */
const ranAt = (moment: number, { from, at }: Running): boolean => from < moment && moment <= at;

/**
 * Actions that were acknowledged elsewhere and are on their way, such as what an agent resolves a ticket by: the deadline that ran when
 * one was received waits for it. Where it takes longer than POL-6 tolerates, that is an outage of ours, which extends the deadline. POL-4, INT-8
 */
export class ComingActions {
  private readonly coming: Map<string, Coming>;

  constructor(coming: [commandId: string, Coming][] = []) {
    this.coming = new Map(coming);
  }

  get isEmpty(): boolean {
    return this.coming.size === 0;
  }

  /** Heard at `now` (UTC ms) that this command is coming, which was received at `receivedAt`; before 0.4.0 not for a day alone. */
  add(commandId: string, receivedAt: number, now: number, forADay: boolean): void {
    for (const [id, { heardAt }] of this.coming) if (heardAt + longestMs < now) this.coming.delete(id);
    this.coming.set(commandId, { receivedAt, heardAt: now, ...(forADay ? { forADay } : {}) });
  }

  /** It has come, or is not coming; answers whether it was waited for. */
  remove(commandId: string): boolean {
    return this.coming.delete(commandId);
  }

  /**
   * Until when a deadline that is to fire at `due` waits for what was received while it ran, UTC ms; 0 where for nothing. So long that
   * one which never comes is an outage longer than `toleranceMs`.
   */
  waitedForBy(deadline: Running, due: number, toleranceMs: number): number {
    const inTime = [...this.coming.values()].filter(
      ({ receivedAt, heardAt, forADay }) => ranAt(receivedAt, deadline) && !(forADay && heardAt + longestMs < due),
    );
    return Math.max(0, ...inTime.map(({ heardAt }) => Math.max(heardAt, due) + toleranceMs + bringingMs));
  }

  /** A deadline has been extended for what it waited for: it waits for that no more. */
  giveUp(deadline: Running): void {
    for (const [id, { receivedAt, forADay }] of this.coming)
      if (forADay && ranAt(receivedAt, deadline)) this.coming.delete(id);
  }

  /** All that is waited for, for the next run. */
  toJSON(): [commandId: string, Coming][] {
    return [...this.coming];
  }
}
