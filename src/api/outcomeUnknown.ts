import { Problem } from './problems.ts';
import { HandOverUnknown } from './temporal.ts';

const away = 'Temporal is away: repeat it with the same Idempotency-Key';

/**
 * What Temporal answers; `detail` says what whoever asked should do where it doesn't.
 * @throws Problem 503 `outcome_unknown` where Temporal does not answer in time
 */
export async function orOutcomeUnknown<Answer>(ask: () => Promise<Answer>, detail = away): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (!(error instanceof HandOverUnknown)) throw error;
    throw Object.assign(Problem.of('outcome_unknown', detail, { headers: { 'Retry-After': '1' } }), { cause: error });
  }
}
