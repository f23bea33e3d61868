import { Gauge, type Registry } from 'prom-client';

/** A skew found over a slower answer than this says more about the way than about the clocks, ms. */
const slowestAnswerMs = 500;

/**
 * How far this process's clock is ahead of another's, in ms, or undefined where the answer took too long to tell.
 * @param theirs the other clock, UTC ms
 */
async function clockSkew(theirs: () => Promise<number>, clock: () => number): Promise<number | undefined> {
  const asked = clock();
  const there = await theirs();
  const answered = clock();
  return answered - asked > slowestAnswerMs ? undefined : (asked + answered) / 2 - there;
}

/**
 * Shows how far this process's clock is ahead of the database server's. A skew of more than 1 s eats into the grace that deadlines
 * leave to commands on their way (POL-4).
 */
export function showClockSkew(register: Registry, theirs: () => Promise<number>, clock: () => number = Date.now): void {
  register.registerMetric(
    new Gauge({
      name: 'aftersales_clock_skew_seconds',
      help: 'How far this process’s clock is ahead of the server’s; absent where the server did not answer at once',
      labelNames: ['server'] as const,
      registers: [],
      async collect() {
        this.reset();
        const skew = await clockSkew(theirs, clock).catch(() => undefined);
        if (skew !== undefined) this.set({ server: 'mongodb' }, skew / 1_000);
      },
    }),
  );
}
