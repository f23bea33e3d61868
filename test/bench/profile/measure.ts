import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { bundleWorkflows } from '../../../src/worker/worker.ts';
import { playCase } from '../caseFlow.ts';
import { commandsTo } from '../commands.ts';
import { concurrently } from '../concurrently.ts';
import { cpuMsOfEach } from '../cpu.ts';
import { deliver } from '../orders.ts';
import { partiesWith } from '../parties.ts';
import { measureReads } from '../reads.ts';
import type { Bench } from '../stack.ts';
import { originIn, type Shares, sharesOf, together } from './shares.ts';

/** What one piece of work costs each process, in ms of CPU time; of our own processes also whose code it was spent in. */
export type ProcessShare = { cpuMs: number; byOwner: Record<string, number>; costliest: [name: string, ms: number][] };
export type ProfileFigures = Record<'case' | 'read', Record<string, ProcessShare>>;

const atOnce = 8;
/** Whose threads are profiled; the servers are other people's programs. */
const profiled = ['worker', 'api'];
const filesWithinMs = 60_000;
const shownFunctions = 25;

/** Profiles whole cases, then reads of single cases. */
export async function measureProfile(
  { apiUrl, authSecret, pids, profileFolder }: Bench,
  { warmUp, cases, readMs }: { warmUp: number; cases: number; readMs: number },
  progress: (message: string) => void,
): Promise<ProfileFigures> {
  if (profileFolder === undefined) throw new Error('the service was not started to be profiled');
  const { code } = await bundleWorkflows();
  const origin = originIn(code);
  const sender = commandsTo(apiUrl, atOnce);
  const { service, of } = await partiesWith(authSecret);
  const ordersOf = (from: number, count: number) =>
    concurrently(
      Array.from({ length: count }, (_, index) => of(from + index)),
      atOnce,
      (parties) => deliver(sender, service, parties),
    );
  const play = (orders: Awaited<ReturnType<typeof ordersOf>>) =>
    concurrently(orders, atOnce, (order) => playCase(sender, order));

  async function profile(pieces: (ran: unknown) => number, work: () => Promise<unknown>) {
    const toggle = () => {
      for (const name of profiled) process.kill(pids.case[name]!, 'SIGUSR2');
    };
    const seen = new Set(await readdir(profileFolder!));
    const before = cpuMsOfEach(pids.case);
    toggle();
    const count = pieces(await work());
    const after = cpuMsOfEach(pids.case);
    toggle();
    const files = await newFiles(profileFolder!, seen);
    return Object.fromEntries(
      Object.entries(pids.case).map(([name, pid]) => {
        const own = files.filter((file) => file.startsWith(`${pid}.`)).map((file) => join(profileFolder!, file));
        const shares = together(own.map((file): Shares => sharesOf(file, origin)));
        return [name, shareOf(shares, after[name]! - before[name]!, count)];
      }),
    );
  }

  try {
    progress('profile: warming up');
    const finished = await play(await ordersOf(0, warmUp));
    const orders = await ordersOf(warmUp, cases);
    progress(`profile: ${cases} cases`);
    const ofCases = await profile(
      () => cases,
      () => play(orders),
    );
    progress('profile: reads');
    const readable = finished.map(({ caseId }, index) => ({ caseId, parties: of(index) }));
    const ofReads = await profile(
      (ran) => ran as number,
      async () => {
        const { casesRead } = await measureReads(apiUrl, readable, readMs, { lists: false });
        return casesRead;
      },
    );
    return { case: ofCases, read: ofReads };
  } finally {
    sender.close();
  }
}

function shareOf({ byOwner, byFunction }: Shares, cpuMs: number, count: number): ProcessShare {
  const each = (ms: number) => ms / count;
  const sorted = (of: Map<string, number>) => [...of].toSorted(([, a], [, b]) => b - a);
  return {
    cpuMs: each(cpuMs),
    byOwner: Object.fromEntries(sorted(byOwner).map(([owner, ms]) => [owner, each(ms)])),
    costliest: sorted(byFunction)
      .slice(0, shownFunctions)
      .map(([name, ms]) => [name, each(ms)]),
  };
}

/** What the threads have written; each writes its file whole some time after it was told to. */
async function newFiles(folder: string, seen: ReadonlySet<string>): Promise<string[]> {
  const until = Date.now() + filesWithinMs;
  let count = 0;
  for (;;) {
    await delay(1_000);
    const files = (await readdir(folder)).filter((file) => file.endsWith('.cpuprofile') && !seen.has(file));
    const whole = await Promise.all(
      files.map(async (file) => (await readFile(join(folder, file), 'utf8')).endsWith('}')),
    );
    if (files.length > 1 && files.length === count && whole.every(Boolean)) return files;
    if (Date.now() > until) throw new Error(`no profiles have come to ${folder}`);
    count = files.length;
  }
}
