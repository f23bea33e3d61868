import type { Service } from '../context.ts';
import { orOutcomeUnknown } from '../outcomeUnknown.ts';

/** How long Temporal may take to answer. */
const answerMs = 3_000;

/** Starts the workflow of a job that is kept already: asked for again under its key, it is started once. @throws Problem 503 */
export async function startJob(
  { temporal }: Pick<Service, 'temporal'>,
  start: Parameters<Service['temporal']['start']>[0],
  receivedAt: number,
): Promise<void> {
  await orOutcomeUnknown(() => temporal.start(start, receivedAt + answerMs));
}
