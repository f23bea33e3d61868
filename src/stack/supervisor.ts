import { setTimeout as delay } from 'node:timers/promises';
import type { ServerHandle } from './servers.ts';

/** Keeps processes running until told to stop them. */
export interface Supervisor {
  /** Stops them one after another, the last listed first. */
  stop: () => Promise<void>;
}

const shortestWaitMs = 1_000;
const longestWaitMs = 30_000;
/** One that ran this long had no trouble starting. */
const soundAfterMs = 60_000;

/**
 * Brings each process back when it ends, waiting twice as long after each failure in a row, and reports it.
 * @param named in the order they were started: what comes later needs what comes earlier.
 * @param changed called after a restart, when numbers of processes are new.
 */
export function supervise(
  named: Record<string, ServerHandle>,
  report: (message: string) => void,
  changed: () => Promise<void>,
): Supervisor {
  const stopping = new AbortController();

  const keep = async (name: string, handle: ServerHandle) => {
    let waitMs = shortestWaitMs;
    let startedAt = Date.now();
    for (;;) {
      const how = await handle.process.exited;
      if (stopping.signal.aborted) return;
      if (Date.now() - startedAt > soundAfterMs) waitMs = shortestWaitMs;
      report(`${name} ended (${how}); starting it again in ${waitMs / 1_000} s, its log is ${handle.process.logFile}`);
      await delay(waitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (stopping.signal.aborted) return;
      waitMs = Math.min(waitMs * 2, longestWaitMs);
      startedAt = Date.now();
      try {
        await handle.restart();
        if (stopping.signal.aborted) await handle.process.stop();
        else {
          // Noted before it is said: who reads that it is back finds where it is.
          await changed();
          report(`${name} is back`);
        }
      } catch (error) {
        report(error instanceof Error ? error.message : String(error));
      }
    }
  };

  const keeping = Object.entries(named).map(([name, handle]) => keep(name, handle));
  return {
    stop: async () => {
      stopping.abort();
      for (const handle of Object.values(named).toReversed()) await handle.process.stop();
      await Promise.all(keeping);
    },
  };
}
