import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { CaseState } from '../domain/case/case.ts';
import { decisionTime } from '../domain/case/decisionTime.ts';
import type { PaymentProvider } from '../domain/money/provider.ts';
import type { OnTimelineAdded } from '../store/subjects.ts';

export type ActivityOutcome = 'completed' | 'failed' | 'cancelled';

/** How many activities the clocks are compared over: of these one at least has not waited. */
const comparedActivities = 50;
const hour = 3_600;
type Movements = NonNullable<PaymentProvider['listMovements']>;

/** What the worker does, measured for Prometheus; `register` also takes what others show. */
export function workerMetrics() {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const activities = new Histogram({
    name: 'aftersales_activity_duration_seconds',
    help: 'Tries of activities, by type and how they ended',
    labelNames: ['activity', 'outcome'] as const,
    buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers: [register],
  });
  const provider = new Histogram({
    name: 'aftersales_provider_call_duration_seconds',
    help: 'Calls of the payment provider, by operation and what it answered',
    labelNames: ['operation', 'outcome'] as const,
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 20],
    registers: [register],
  });
  const decisions = new Histogram({
    name: 'aftersales_decision_time_seconds',
    help: 'Waiting for a decision, from what asked for it',
    labelNames: ['decision', 'automatic'] as const,
    buckets: [60, 600, hour, 4 * hour, 12 * hour, 24 * hour, 36 * hour, 48 * hour, 72 * hour, 120 * hour, 168 * hour],
    registers: [register],
  });

  // Temporal doesn't tell its time, but when it scheduled an activity: the least that one seemed to wait tells the clocks apart.
  const waits: number[] = [];
  register.registerMetric(
    new Gauge({
      name: 'aftersales_activity_least_wait_seconds',
      help: 'Least time from Temporal scheduling an activity to its start here, of the last ones: below 0 this clock is behind',
      registers: [],
      collect() {
        if (waits.length > 0) this.set(Math.min(...waits) / 1_000);
      },
    }),
  );

  return {
    register,

    /** One try of an activity; `waitedMs` from its scheduling by Temporal's clock to its start by ours. */
    activityEnded(activity: string, outcome: ActivityOutcome, seconds: number, waitedMs: number): void {
      activities.observe({ activity, outcome }, seconds);
      waits.push(waitedMs);
      if (waits.length > comparedActivities) waits.shift();
    },

    /** The provider, each of its answers measured. */
    measured(port: PaymentProvider): PaymentProvider {
      async function timed<Answer>(
        operation: string,
        call: Promise<Answer>,
        outcomeOf: (answer: Answer) => string,
      ): Promise<Answer> {
        const end = provider.startTimer({ operation });
        try {
          const answer = await call;
          end({ outcome: outcomeOf(answer) });
          return answer;
        } catch (error) {
          end({ outcome: 'failed' });
          throw error;
        }
      }
      const itsOwn = ({ outcome }: { outcome: string }) => outcome;
      return {
        name: port.name,
        refund: (...asked) => timed('refund', port.refund(...asked), itsOwn),
        payout: (...asked) => timed('payout', port.payout(...asked), itsOwn),
        find: (...asked) => timed('find', port.find(...asked), itsOwn),
        ...(port.listMovements
          ? { listMovements: (...asked) => timed('list', (port.listMovements as Movements)(...asked), () => 'done') }
          : {}),
      };
    },

    /** Hears of each timeline item once, however often its batch is written. */
    onTimelineAdded(this: void, { type, at, detail }, document): void {
      if (document?.collection !== 'cases') return;
      const automatic = detail['automatic'] === true;
      const taken = decisionTime(document.state as CaseState, { type, at, automatic });
      if (taken) decisions.observe({ decision: taken.decision, automatic: String(automatic) }, taken.ms / 1_000);
    },
  } satisfies { register: Registry; onTimelineAdded: OnTimelineAdded; [other: string]: unknown };
}
export type WorkerMetrics = ReturnType<typeof workerMetrics>;
