import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';

/**
 * Tries until the database is there: servers are started side by side, and one may be later than the other, or busy. Every fault is in
 * the log; aborted, it ends with an `AbortError`.
 */
export async function whenThere<T>(attempt: () => Promise<T>, log: Logger, signal?: AbortSignal): Promise<T> {
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      log.warn({ err: error }, 'MongoDB is not there yet; trying again');
      await delay(1_000, undefined, signal ? { signal } : {});
    }
  }
}
