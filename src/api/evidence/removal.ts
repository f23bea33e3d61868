import type { Logger } from 'pino';
import type { EvidenceStore } from '../../store/evidence.ts';

const hour = 3_600_000;

/**
 * Removes unattached evidence when its time is over, now and every hour; several processes may do so at once. EVI-5
 * @returns stops it, waiting for a removal under way
 */
export function removeExpiredHourly(evidence: EvidenceStore, log: Logger, clock: () => number): () => Promise<void> {
  const remove = async () => {
    try {
      const removed = await evidence.removeExpired(clock());
      if (removed > 0) log.info({ removed }, 'evidence that nobody used was removed');
    } catch (error) {
      log.warn({ err: error }, 'evidence that nobody used could not be removed; trying again in an hour');
    }
  };
  let running = remove();
  const timer = setInterval(() => {
    running = running.then(remove);
  }, hour);
  timer.unref();
  return async () => {
    clearInterval(timer);
    await running;
  };
}
