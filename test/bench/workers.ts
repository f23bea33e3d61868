import { playCase } from './caseFlow.ts';
import { commandsTo } from './commands.ts';
import { concurrently } from './concurrently.ts';
import { cpuMsOfEach } from './cpu.ts';
import { deliver } from './orders.ts';
import { partiesWith } from './parties.ts';
import type { Bench } from './stack.ts';

/** Whole cases a second, with so many workers, and what a case took of each process; the workers' time together. */
export type WorkersFigures = { workers: number; casesPerSecond: number; cpuMsPerCase: Record<string, number> };

const atOnce = 16;

/** Plays whole cases with one worker, then with more beside it, as many as named. */
export async function measureWorkers(
  bench: Bench,
  { counts, cases }: { counts: number[]; cases: number },
  progress: (message: string) => void,
): Promise<WorkersFigures[]> {
  const { apiUrl, authSecret, pids, startAnotherWorker } = bench;
  const sender = commandsTo(apiUrl, atOnce);
  const { service, of } = await partiesWith(authSecret);
  const running: Record<string, number> = { ...pids.case };
  const figures: WorkersFigures[] = [];
  const play = async (count: number) => {
    const orders = await concurrently(Array.from({ length: count }), atOnce, (_, index) =>
      deliver(sender, service, of(index)),
    );
    const before = cpuMsOfEach(running);
    const startedAt = performance.now();
    await concurrently(orders, atOnce, (order) => playCase(sender, order));
    const ms = performance.now() - startedAt;
    const after = cpuMsOfEach(running);
    return { ms, spent: (name: string) => (after[name]! - before[name]!) / count };
  };
  try {
    let workers = 1;
    for (const count of counts.toSorted((a, b) => a - b)) {
      for (; workers < count; workers += 1) running[`worker ${workers + 1}`] = await startAnotherWorker();
      progress(`workers: ${cases} cases with ${count}`);
      await play(Math.ceil(cases / 4)); // each compiles its code first
      const { ms, spent } = await play(cases);
      const cpuMsPerCase: Record<string, number> = {};
      for (const name of Object.keys(running)) {
        const part = name.startsWith('worker') ? 'workers' : name;
        cpuMsPerCase[part] = (cpuMsPerCase[part] ?? 0) + spent(name);
      }
      figures.push({ workers: count, casesPerSecond: (cases * 1_000) / ms, cpuMsPerCase });
    }
    return figures;
  } finally {
    sender.close();
  }
}
