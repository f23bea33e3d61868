import { ActivityCancellationType, proxyActivities } from '@temporalio/workflow';
import type { Activities } from '../../activities/activities.ts';

/**
 * The projection, the reservation and the profile: idempotent by key, so they are tried for as long as MongoDB is away. A case hears
 * and decides meanwhile; only what it shows waits.
 */
export const stored = proxyActivities<
  Pick<
    Activities,
    | 'persist'
    | 'reserve'
    | 'openCase'
    | 'returnAddressOf'
    | 'completeOrder'
    | 'loadOrder'
    | 'loadSubject'
    | 'checkSignal'
  >
>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', backoffCoefficient: 2, maximumInterval: '10s' },
});

/**
 * One try at a payment: what is lost on the way counts as unknown, which people must see (REF-4), so Temporal doesn't try again here.
 * Two calls to the provider of at most 10 s each, and the gate before and after them.
 */
export const payments = proxyActivities<Pick<Activities, 'pay'>>({
  startToCloseTimeout: '30s',
  retry: { maximumAttempts: 1 },
});

/**
 * The same payment, asked for under its key until the provider says yes or no. Cancelled, it is over only when a try under way is
 * (CASE-14: settling by hand waits for its end).
 */
export const payingOn = proxyActivities<Pick<Activities, 'payUntilAnswered'>>({
  startToCloseTimeout: '30s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 2, maximumInterval: '60s' },
});

/**
 * A payment that the platform holds back, tried again now and then; while it is held, that asks our own database only. The pause is
 * the longest that released money waits; a try looks at the gate before its two calls.
 */
export const heldPayments = proxyActivities<Pick<Activities, 'payWhenLetGo'>>({
  startToCloseTimeout: '45s',
  cancellationType: ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
  retry: { initialInterval: '1s', backoffCoefficient: 1.5, maximumInterval: '30s' },
});

/** An agent waits for the answer (CASE-14): out of reach after a few tries is an answer too. */
export const asking = proxyActivities<Pick<Activities, 'findPayment'>>({
  startToCloseTimeout: '15s',
  retry: { initialInterval: '500ms', maximumAttempts: 3 },
});

/**
 * What an agent does for a ticket's consumer (INT-8) is decided by another subject: asked again until its decision is known, soon at
 * first, since somebody waits for the answer.
 */
export const acting = proxyActivities<Pick<Activities, 'actForConsumer'>>({
  startToCloseTimeout: '20s',
  retry: { initialInterval: '200ms', backoffCoefficient: 1.5, maximumInterval: '10s' },
});
