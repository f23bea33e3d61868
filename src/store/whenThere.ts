import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { isStoreUnavailable } from './reading.ts';

/**
 * Tries until the database is there: servers are started side by side, and one may be later than the other, or busy. Each try that
 * failed is in the log; aborted, it ends with an `AbortError`.
 * @throws whatever is wrong beside that, as a password: no waiting mends it
 */
export async function whenThere<T>(attempt: () => Promise<T>, log: Logger, signal: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (!isStoreUnavailable(error)) throw error;
      log.warn({ err: error }, 'MongoDB is not there yet; trying again');
      await delay(1_000, undefined, { signal });
    }
  }
}
