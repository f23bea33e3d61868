import { statSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { signToken } from '../../src/cli/tokens.ts';
import { commandsTo } from './commands.ts';
import { cpuMsOfEach } from './cpu.ts';
import { keepAliveHttp } from './http.ts';
import { residentMb } from './memory.ts';
import { applicationFor, deliver } from './orders.ts';
import { openCases, seedingOf } from './seeding.ts';
import type { Bench } from './stack.ts';

/** What so many open cases that wait for a deadline two days away take, while nobody does anything. */
export type SleepingFigures = {
  size: number;
  /** How many were opened a second to come here. */
  openedPerSecond: number;
  memoryMb: Record<string, number>;
  /** CPU time each process took a second while nothing was asked of it, in ms. */
  idleCpuMsPerSecond: Record<string, number>;
  /** On disk: a case's documents, messages and allocation in MongoDB with their indexes. */
  storeKbPerCase: number;
  /** On disk: a case's history and its entry in the visibility store, in Temporal's database file. */
  temporalKbPerCase: number;
  /** To open one more over HTTP, and to read lists and Temporal's own: medians, in ms. */
  medianMs: Record<string, number>;
};

const idleMs = 10_000;
const tries = 15;

/** Opens cases up to each of these sizes, one after another, and looks at the service at each. */
export async function measureSleeping(
  bench: Bench,
  sizes: number[],
  progress: (message: string) => void,
): Promise<SleepingFigures[]> {
  const { apiUrl, authSecret, temporal, temporalFiles, pids } = bench;
  const seeding = await seedingOf(bench);
  const sender = commandsTo(apiUrl, 1);
  const http = keepAliveHttp(apiUrl, 1);
  const party = async (role: 'consumer' | 'merchant' | 'agent' | 'service', sub: string) => ({
    id: sub,
    token: await signToken({ role, sub }, authSecret),
  });
  const [consumer, merchant, agent, service] = await Promise.all([
    party('consumer', 'consumer-1'),
    party('merchant', 'merchant-1'),
    party('agent', 'agent-1'),
    party('service', 'marketplace'),
  ]);
  const get = (path: string, token: string) => async () => {
    const { status, text, ms } = await http.ask({ method: 'GET', path, token });
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${text}`);
    return ms;
  };
  const asked: Record<string, () => Promise<number>> = {
    'merchant: newest 20': get('/v1/cases', merchant.token),
    'merchant: due first': get('/v1/cases?sort=deadline', merchant.token),
    'merchant: of a status': get('/v1/cases?status=pending_merchant_review', merchant.token),
    'agent: newest 20 of all': get('/v1/cases', agent.token),
    'agent: due first of all': get('/v1/cases?sort=deadline', agent.token),
    'agent: changed last': get('/v1/cases?sort=updatedAt', agent.token),
    'agent: of a status, changed last': get('/v1/cases?status=pending_merchant_review&sort=updatedAt', agent.token),
    'agent: of a kind and reason': get('/v1/cases?kind=return_and_refund&reason=quality_problem', agent.token),
    'agent: of a consumer': get('/v1/cases?consumerId=consumer-1', agent.token),
    'agent: a text that one case has': get(`/v1/cases?q=${encodeURIComponent('找不到的字')}`, agent.token),
    'Temporal: count of a status': async () => {
      const startedAt = performance.now();
      await temporal.workflow.count(`CaseStatus = 'pending_merchant_review'`);
      return performance.now() - startedAt;
    },
    'Temporal: 20 of a merchant': async () => {
      const startedAt = performance.now();
      let left = 20;
      for await (const _ of temporal.workflow.list({ query: `MerchantId = 'merchant-1'`, pageSize: 20 })) {
        left -= 1;
        if (left <= 0) break;
      }
      return performance.now() - startedAt;
    },
  };

  async function openOneMore(): Promise<number> {
    const { orderId } = await deliver(sender, service.token, { consumer, merchant });
    const { ms } = await sender.send('/v1/cases', consumer.token, applicationFor(orderId));
    return ms;
  }

  async function medianOf(measure: () => Promise<number>): Promise<number> {
    const all: number[] = [];
    for (let one = 0; one < tries; one += 1) all.push(await measure());
    return all.toSorted((a, b) => a - b)[Math.floor(tries / 2)]!;
  }

  const figures: SleepingFigures[] = [];
  let opened = 0;
  try {
    for (const size of sizes.toSorted((a, b) => a - b)) {
      progress(`sleeping: opening cases up to ${size}`);
      const startedAt = performance.now();
      const more = size - opened;
      await openCases(bench, seeding, { from: opened, count: more, kind: 'return_and_refund' });
      opened = size;
      const openedPerSecond = (more * 1_000) / (performance.now() - startedAt);
      await delay(3_000); // what was begun comes to its end: visibility, the journal, collecting garbage
      const before = cpuMsOfEach(pids.case);
      await delay(idleMs);
      const after = cpuMsOfEach(pids.case);
      progress(`sleeping: asking with ${size} open`);
      const medianMs: Record<string, number> = { 'open one more': await medianOf(openOneMore) };
      for (const [what, ask] of Object.entries(asked)) medianMs[what] = await medianOf(ask);
      const temporalBytes = temporalFiles.reduce((sum, file) => sum + sizeOf(file), 0);
      const { storageSize = 0, indexSize = 0 } = (await seeding.database.db?.stats()) ?? {};
      figures.push({
        size,
        openedPerSecond,
        memoryMb: each(pids.case, (_, pid) => residentMb(pid)),
        idleCpuMsPerSecond: each(pids.case, (name) => ((after[name]! - before[name]!) * 1_000) / idleMs),
        storeKbPerCase: (Number(storageSize) + Number(indexSize)) / 1_024 / size,
        temporalKbPerCase: temporalBytes / 1_024 / size,
        medianMs,
      });
      // a hundred thousand take an hour: what has been measured is not lost with what comes after it
      progress(`sleeping: ${JSON.stringify(figures.at(-1))}`);
    }
    return figures;
  } finally {
    sender.close();
    http.close();
    await seeding.close();
  }
}

const each = (pids: Record<string, number>, of: (name: string, pid: number) => number) =>
  Object.fromEntries(Object.entries(pids).map(([name, pid]) => [name, of(name, pid)]));

const sizeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.size ?? 0;
