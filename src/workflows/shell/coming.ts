/** An action that another subject was told of in time, and until when it is waited for here; UTC ms. */
type Coming = { receivedAt: number; until: number };

/**
 * Actions that were acknowledged elsewhere and are on their way, such as what an agent resolves a ticket by. The deadline that ran when
 * one was received waits for it, or an outage shorter than POL-6's tolerance could let the deadline overtake it. POL-4, INT-8
 */
export class ComingActions {
  private coming: Coming[];

  constructor(coming: Coming[] = []) {
    this.coming = coming;
  }

  /** Heard of at `now` (UTC ms), to be waited for so long (ms): it may never come, since what it comes from can still be refused. */
  add(receivedAt: number, now: number, forMs: number): void {
    this.coming = [...this.coming.filter(({ until }) => until > now), { receivedAt, until: now + forMs }];
  }

  /** Until when a deadline waits for what was received while it ran, UTC ms; 0 where for nothing. */
  waitedForBy({ from, at }: { from: number; at: number }): number {
    const inTime = this.coming.filter(({ receivedAt }) => from < receivedAt && receivedAt <= at);
    return Math.max(0, ...inTime.map(({ until }) => until));
  }

  /** All that is waited for, for the next run. */
  toJSON(): Coming[] {
    return this.coming;
  }
}
