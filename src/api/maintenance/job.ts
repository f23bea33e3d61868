import type { Service } from '../context.ts';
import { Problem } from '../problems.ts';
import { HandOverUnknown } from '../temporal.ts';

/** How long Temporal may take to answer. */
const answerMs = 3_000;

/** Starts the workflow of a job that is kept already: asked for again under its key, it is started once. @throws Problem 503 */
export async function startJob(
  { temporal }: Pick<Service, 'temporal'>,
  start: Parameters<Service['temporal']['start']>[0],
  receivedAt: number,
): Promise<void> {
  try {
    await temporal.start(start, receivedAt + answerMs);
  } catch (error) {
    if (!(error instanceof HandOverUnknown)) throw error;
    const detail = 'Temporal is away: repeat it with the same Idempotency-Key';
    throw Object.assign(Problem.of('outcome_unknown', detail, { headers: { 'Retry-After': '1' } }), { cause: error });
  }
}
