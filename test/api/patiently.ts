import { setTimeout as delay } from 'node:timers/promises';
import { isStoreUnavailable } from '../../src/store/reading.ts';

const mostTries = 60;
const pauseMs = 500;

/** A connection, or what is written first over it, when the database answers: a busy one may not in the two seconds that it is given. */
export async function patiently<Result>(call: () => Promise<Result>): Promise<Result> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await call();
    } catch (error) {
      if (!isStoreUnavailable(error) || tries === mostTries) throw error;
      await delay(pauseMs);
    }
  }
}
