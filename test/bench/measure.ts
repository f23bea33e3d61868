import { caseSubject } from '../../src/workflows/messages.ts';
import { playBare } from './bare/flow.ts';
import { playCase } from './caseFlow.ts';
import { commandsTo } from './commands.ts';
import { concurrently } from './concurrently.ts';
import { cpuMsOfEach } from './cpu.ts';
import { deliver } from './orders.ts';
import { partiesWith } from './parties.ts';
import { measureReads, type Readable } from './reads.ts';
import type { Bench } from './stack.ts';

const atOnce = 8;

/** How much is measured; `warmUp` cases come before, since the processes are quicker once their code has been compiled. */
export type Extent = { warmUp: number; rounds: number; casesARound: number; readMs: number };

/** Bare workflows to a case: so many take about as long, and a disturbance weighs on both alike. */
const baresToACase = 2;

/** What came of it: rates a second, times in ms, CPU time by process; `ratio` is caseFlow's rate in parts of bareFlow's. */
export type Figures = {
  caseFlow: { casesPerSecond: number; eventsPerCase: number; cpuMsPerCase: Record<string, number> };
  bareFlow: { casesPerSecond: number; cpuMsPerCase: Record<string, number> };
  ratio: number;
  commandLatencyMs: { p50: number; p99: number };
  reads: { casePerSecond: number; listPerSecond: number };
  /** The median leaves out what disturbed one round only. */
  measured: { cases: number; rounds: number; concurrency: number; ratioOfEachRound: number[]; medianRatio: number };
};

/** Cases and bare workflows by turns, in small rounds, so that whatever else the machine does hits both alike; then reads. */
export async function measure(
  bench: Bench,
  { warmUp, rounds, casesARound, readMs }: Extent,
  progress: (message: string) => void,
): Promise<Figures> {
  const { apiUrl, authSecret, temporal, pids, bareWorker } = bench;
  const sender = commandsTo(apiUrl, atOnce);
  const { service, of } = await partiesWith(authSecret);
  const ended = (workflowId: string) => temporal.workflow.getHandle(workflowId).result();
  const readable: Readable[] = [];
  const baresARound = casesARound * baresToACase;

  async function cases(count: number) {
    const offset = readable.length;
    const orders = await concurrently(
      Array.from({ length: count }, (_, index) => of(offset + index)),
      atOnce,
      (parties) => deliver(sender, service, parties),
    );
    const { results, ms, cpuMs } = await timed(
      pids.case,
      () => concurrently(orders, atOnce, (order) => playCase(sender, order)),
      (finished) => Promise.all(finished.map(({ caseId }) => ended(caseSubject(caseId)))),
    );
    readable.push(...results.map(({ caseId }, index) => ({ caseId, parties: orders[index]!.parties })));
    return { finished: results, ms, cpuMs };
  }

  const bares = (count: number) =>
    timed(
      pids.bare,
      () => concurrently(Array.from({ length: count }), atOnce, () => playBare(temporal)),
      (workflowIds) => Promise.all(workflowIds.map(ended)),
    );

  async function run(): Promise<Figures> {
    progress('warming up');
    await bares(warmUp * baresToACase);
    await cases(warmUp);

    const measured: { cases: Awaited<ReturnType<typeof cases>>; bares: Awaited<ReturnType<typeof bares>> }[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      progress(`round ${round} of ${rounds}: ${casesARound} cases, ${baresARound} bare workflows`);
      // Orders are made right before their cases, so the bare ones go first: each follows other work.
      const bare = await bares(baresARound);
      measured.push({ bares: bare, cases: await cases(casesARound) });
    }
    const finished = measured.flatMap(({ cases: { finished: some } }) => some);
    const lengths = await concurrently(finished, atOnce, async ({ caseId }) => {
      const { historyLength } = await temporal.workflow.getHandle(caseSubject(caseId)).describe();
      return historyLength;
    });

    progress('reading');
    const reads = await measureReads(apiUrl, readable, readMs);

    const rate = (ms: number, count: number) => (count * 1_000) / ms;
    const caseRate = rate(sum(measured.map((round) => round.cases.ms)), finished.length);
    const bareRate = rate(sum(measured.map((round) => round.bares.ms)), rounds * baresARound);
    const ratios = measured.map((round) => round.bares.ms / baresToACase / round.cases.ms);
    const latencies = finished.flatMap(({ commandMs }) => commandMs).toSorted((a, b) => a - b);
    return {
      caseFlow: {
        casesPerSecond: caseRate,
        eventsPerCase: sum(lengths) / lengths.length,
        cpuMsPerCase: meanOf(
          measured.map((round) => round.cases.cpuMs),
          casesARound,
        ),
      },
      bareFlow: {
        casesPerSecond: bareRate,
        cpuMsPerCase: meanOf(
          measured.map((round) => round.bares.cpuMs),
          baresARound,
        ),
      },
      ratio: caseRate / bareRate,
      commandLatencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
      reads,
      measured: {
        cases: finished.length,
        rounds,
        concurrency: atOnce,
        ratioOfEachRound: ratios,
        medianRatio: median(ratios),
      },
    };
  }

  const gone = bareWorker.exited.then((how) => {
    throw new Error(`the bare workflow's worker ended: ${how}; its log was ${bareWorker.logFile}`);
  });
  try {
    return await Promise.race([run(), gone]);
  } finally {
    sender.close();
  }
}

/** How long the work took, in ms, and the CPU time of these processes until all of it has ended. */
async function timed<Result>(
  pids: Record<string, number>,
  work: () => Promise<Result>,
  end: (results: Result) => Promise<unknown>,
) {
  const before = cpuMsOfEach(pids);
  const startedAt = performance.now();
  const results = await work();
  const ms = performance.now() - startedAt;
  await end(results);
  const after = cpuMsOfEach(pids);
  return {
    results,
    ms,
    cpuMs: Object.fromEntries(Object.keys(pids).map((name) => [name, after[name]! - before[name]!])),
  };
}

/** What each of them comes to for one of so many a round. */
const meanOf = (rounds: Record<string, number>[], aRound: number) =>
  Object.fromEntries(
    Object.keys(rounds[0]!).map((name) => [name, sum(rounds.map((round) => round[name]!)) / (rounds.length * aRound)]),
  );

const sum = (numbers: number[]) => numbers.reduce((total, number) => total + number, 0);

/** The smallest that at least this part of them don't exceed. */
const quantile = (sorted: number[], part: number) => sorted[Math.max(0, Math.ceil(sorted.length * part) - 1)]!;

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
