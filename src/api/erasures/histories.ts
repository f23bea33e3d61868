import { caseSubject, orderSubject, ticketSubject } from '../../workflows/messages.ts';
import type { Service } from '../context.ts';
import { orOutcomeUnknown } from '../outcomeUnknown.ts';

/** How long one answer of Temporal may take. */
const answerMs = 3_000;
const atOnce = 10;

type Deps = Pick<Service, 'temporal' | 'store' | 'clock'>;

/**
 * The orders, cases and tickets of a consumer that have not ended, as `case/<id>`: those we know of, each asked for, since what Temporal lists
 * lags behind; and those that it lists and MongoDB has not heard of yet.
 */
export async function stillRunning({ temporal, store, clock }: Deps, consumerId: string): Promise<string[]> {
  const { orderIds, caseIds, ticketIds } = await store.erasures.subjectsOf(consumerId);
  const known = [...orderIds.map(orderSubject), ...caseIds.map(caseSubject), ...ticketIds.map(ticketSubject)];
  const running = new Set<string>();
  for (let from = 0; from < known.length; from += atOnce) {
    await Promise.all(
      known.slice(from, from + atOnce).map(async (subject) => {
        if (await orOutcomeUnknown(() => temporal.isRunning(subject, clock() + answerMs))) running.add(subject);
      }),
    );
  }
  for (const { workflowId, isRunning } of await orOutcomeUnknown(() =>
    temporal.executionsOf(consumerId, clock() + answerMs),
  ))
    if (isRunning) running.add(workflowId);
  return [...running].sort();
}

/** Deletes what Temporal keeps of a consumer's ended workflows, refused applications among them; answers how many there were. */
export async function forgetHistories({ temporal, clock }: Deps, consumerId: string): Promise<number> {
  const listed = await orOutcomeUnknown(() => temporal.executionsOf(consumerId, clock() + answerMs));
  const ended = listed.filter(({ isRunning }) => !isRunning);
  for (const execution of ended) await orOutcomeUnknown(() => temporal.forget(execution, clock() + answerMs));
  return ended.length;
}
