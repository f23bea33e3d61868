import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import type { ServerHandle } from '../../src/stack/servers.ts';
import type { Outage } from './judge.ts';
import type { Chance } from './random.ts';
import type { Shape, Stack } from './stack.ts';

/** One thing that breaks: `afterMs` after the one before it was begun, for `forMs`. */
export type Fault = { afterMs: number; forMs: number } & (
  | { what: 'kill' | 'freeze'; target: string }
  | { what: 'cut'; target: string }
  | { what: 'outage'; targets: string[] }
  | { what: 'provider'; operation: 'refund' | 'payout' | 'find'; mode: string; times: number }
  | { what: 'doom'; words?: string; after?: string }
);

/** What the provider can do wrong, without anything of ours being broken. */
const providerFaults = [
  ['refund', 'timeout_after'],
  ['refund', 'timeout_before'],
  ['refund', 'decline'],
  ['refund', 'pending'],
  ['refund', 'unavailable'],
  ['payout', 'timeout_after'],
  ['payout', 'decline'],
  ['payout', 'pending'],
  ['find', 'unavailable'],
  ['find', 'timeout_before'],
] as const;

/** A worker dies when it would tell Temporal anything with these words: the decision was taken, and is not in the history. Tricky case 16 */
const dooms = [
  'applicationApproved',
  'applicationRefused',
  'receiptConfirmed',
  'caseClosed',
  'refundSettled',
  'refundStarted',
  'orderCancelled',
  'ruled',
  '"outcome":"done"',
] as const;
/** A worker dies when this activity has done its work and its task is not completed. Tricky case 14 */
const deeds = ['persist', 'persist', 'pay', 'openCase', 'payUntilAnswered', 'findPayment', 'actForConsumer'] as const;

/** The plan of a run's faults: the same for the same seed and shape. */
export function faultsOf(chance: Chance, count: number, { apis, workers, temporal }: Shape): Fault[] {
  const numbered = (name: string, many: number) => Array.from({ length: many }, (_, index) => `${name}-${index + 1}`);
  const ours = [...numbered('api', apis), ...numbered('worker', workers)];
  const servers = ['mongodb', 'temporal', 'provider', 'mail', ...(temporal === 'postgres' ? ['postgres'] : [])];
  const ways = [
    ...ours.flatMap((name) => [`${name} → mongodb`, `${name} → temporal`]),
    ...numbered('worker', workers).map((name) => `${name} → provider`),
  ];
  // every way to break something comes up once in each round, in another order
  const kinds = [
    'kill ours',
    'kill server',
    'freeze',
    'cut',
    'provider',
    'doom by words',
    'doom after a deed',
    'kill ours',
    'outage',
  ];
  let round: string[] = [];
  return Array.from({ length: count }, () => {
    if (round.length === 0)
      round = kinds
        .map((kind) => [chance.between(0, 1), kind] as const)
        .toSorted(([a], [b]) => a - b)
        .map(([, kind]) => kind);
    const kind = round.pop();
    const when = { afterMs: Math.round(chance.between(300, 3_500)), forMs: Math.round(chance.between(300, 4_500)) };
    switch (kind) {
      case 'kill server':
        return { ...when, what: 'kill', target: chance.oneOf(servers) };
      case 'outage':
        // longer than anybody has time for anything, as hours would be in earnest: whatever is due meanwhile is extended. POL-6
        return {
          afterMs: when.afterMs,
          forMs: Math.round(chance.between(12_000, 20_000)),
          what: 'outage',
          targets: chance.oneOf([numbered('worker', workers), ['temporal']]),
        };
      case 'freeze':
        return { ...when, what: 'freeze', target: chance.oneOf([...ours, ...servers]) };
      case 'cut':
        return { ...when, what: 'cut', target: chance.oneOf(ways) };
      case 'provider': {
        const [operation, mode] = chance.oneOf(providerFaults);
        return { ...when, what: 'provider', operation, mode, times: 1 + chance.below(2) };
      }
      case 'doom by words':
        return { ...when, what: 'doom', words: chance.oneOf(dooms) };
      case 'doom after a deed':
        return { ...when, what: 'doom', after: chance.oneOf(deeds) };
      default:
        return { ...when, what: 'kill', target: chance.oneOf(ours) };
    }
  });
}

export function inWords(fault: Fault): string {
  switch (fault.what) {
    case 'provider':
      return `the provider's next ${fault.times} ${fault.operation}: ${fault.mode}`;
    case 'doom':
      return fault.words
        ? `a worker dies when it would tell Temporal of ${fault.words}`
        : `a worker dies when ${fault.after} has written and its task is not completed`;
    case 'kill':
    case 'freeze':
    case 'cut':
      return `${fault.what} ${fault.target} for ${fault.forMs} ms`;
    case 'outage':
      return `no ${fault.targets.join(', no ')} for ${fault.forMs} ms`;
    default:
      return fault satisfies never;
  }
}

/** What is broken meanwhile, and can't be broken once more. */
function targetsOf(fault: Fault): string[] {
  if (fault.what === 'outage') return fault.targets;
  return ['target' in fault ? fault.target : fault.what];
}

/**
 * How long after a machine is back what it held may still stand still, in ms: Temporal gives a task of a worker that is gone to another
 * after 10 s. A deadline waits for nobody else: not for MongoDB, the provider or the API.
 */
const recoveryMs: Record<string, number> = { worker: 12_000, temporal: 12_000, postgres: 12_000 };
const recoveryOf = (target: string) =>
  Object.entries(recoveryMs).find(([name]) => target.startsWith(name) && !/→ (mongodb|provider)$/.test(target))?.[1];

/** How long a doomed worker may wait for its moment, its start included. */
const doomMs = 45_000;

/** Carries out faults, each beside those before it, and knows when what was down. */
export class Havoc {
  readonly outages: Outage[] = [];
  /** What was done, in the order in which it was begun. */
  readonly done: string[] = [];
  /** How many workers were sent to die in the middle of a decision, and how many have. */
  readonly doomed = { sent: 0, died: 0 };
  private readonly underWay = new Set<Promise<void>>();
  private readonly dooms = new Set<Promise<void>>();
  private over = new AbortController().signal;
  private readonly busy = new Set<string>();
  private readonly stack: Stack;
  private readonly say: (message: string) => void;

  constructor(stack: Stack, say: (message: string) => void) {
    this.stack = stack;
    this.say = say;
  }

  /** Breaks one thing after another until all is done or `signal` says that it is enough; returns when all is whole again. */
  async wreak(faults: Fault[], signal: AbortSignal): Promise<void> {
    this.over = signal;
    for (const fault of faults) {
      await delay(fault.afterMs, undefined, { signal }).catch(() => undefined);
      // two at once, so that they meet, but never all at once: nothing would be left to be broken
      while (this.underWay.size >= 2 && !signal.aborted) await Promise.race(this.underWay);
      if (signal.aborted) break;
      // what is to be away as a whole is whole before
      if (fault.what === 'outage') await Promise.all(this.underWay);
      if (signal.aborted) break;
      const targets = targetsOf(fault);
      if (targets.some((target) => this.busy.has(target))) continue;
      for (const target of targets) this.busy.add(target);
      this.done.push(inWords(fault));
      this.say(inWords(fault));
      const running = this.carryOut(fault)
        .catch((error: unknown) =>
          this.say(`${inWords(fault)}: ${error instanceof Error ? error.message : String(error)}`),
        )
        .finally(() => {
          for (const target of targets) this.busy.delete(target);
          this.underWay.delete(running);
          this.dooms.delete(running);
        });
      // a worker that waits for its moment breaks nothing meanwhile
      (fault.what === 'doom' ? this.dooms : this.underWay).add(running);
    }
    await Promise.all([...this.underWay, ...this.dooms]);
    await this.mendAll();
  }

  private async mendAll(): Promise<void> {
    for (const way of Object.values(this.stack.ways)) way.mend();
    await fetch(`${this.stack.providerUrl}/faults`, { method: 'DELETE' });
  }

  private async carryOut(fault: Fault): Promise<void> {
    switch (fault.what) {
      case 'kill':
        return this.down(fault.target, () => this.kill(fault.target, fault.forMs));
      case 'freeze':
        return this.down(fault.target, () => this.freeze(fault.target, fault.forMs));
      case 'cut':
        return this.down(fault.target, () => this.cut(fault.target, fault.forMs));
      case 'outage':
        return this.down(fault.targets.join(', '), async () => {
          await Promise.all(fault.targets.map((target) => this.kill(target, fault.forMs)));
        });
      case 'provider': {
        const { operation, mode, times } = fault;
        await fetch(`${this.stack.providerUrl}/faults`, {
          method: 'POST',
          headers: { 'content-type': 'application/json' },
          body: JSON.stringify({ operation, mode, times }),
        });
        return;
      }
      case 'doom':
        return this.doom(fault);
      default:
        return fault satisfies never;
    }
  }

  /** Notes how long a machine was down, and what of that excuses a deadline that fires late. */
  private async down(target: string, work: () => Promise<void>): Promise<void> {
    const from = Date.now();
    try {
      await work();
    } finally {
      const recovery = recoveryOf(target);
      if (recovery !== undefined) this.outages.push({ from, to: Date.now() + recovery, what: target });
    }
  }

  private async kill(target: string, forMs: number): Promise<void> {
    const machine = this.machine(target);
    process.kill(-machine.process.pid, 'SIGKILL');
    await machine.process.exited;
    await delay(forMs);
    await bringBack(machine);
  }

  private async freeze(target: string, forMs: number): Promise<void> {
    const family = familyOf(this.machine(target).process.pid);
    const tell = (signal: NodeJS.Signals) => {
      for (const pid of family) signalTo(pid, signal);
    };
    tell('SIGSTOP');
    try {
      await delay(forMs);
    } finally {
      tell('SIGCONT');
    }
  }

  private async cut(target: string, forMs: number): Promise<void> {
    const way = this.stack.ways[target];
    if (!way) throw new Error(`there is no way ${target}`);
    way.cut();
    try {
      await delay(forMs);
    } finally {
      way.mend();
    }
  }

  private async doom(doom: { words?: string; after?: string }): Promise<void> {
    const worker = await this.stack.startDoomed(doom);
    this.doomed.sent += 1;
    const patience = AbortSignal.any([this.over, AbortSignal.timeout(doomMs)]);
    const late = new Promise<string>((resolve) =>
      patience.addEventListener('abort', () => resolve('late'), { once: true }),
    );
    const how = await Promise.race([worker.exited, late]);
    if (how === 'SIGKILL') {
      this.doomed.died += 1;
      await this.down('worker', async () => undefined);
    }
    this.say(
      `the doomed worker ${how === 'SIGKILL' ? 'has died of it' : how === 'late' ? 'lives: its moment did not come' : `ended: ${how}`}`,
    );
    await worker.stop();
  }

  private machine(name: string): ServerHandle {
    const machine = this.stack.machines[name];
    if (!machine) throw new Error(`there is no machine ${name}`);
    return machine;
  }
}

/** A process and its children: PostgreSQL serves each connection by one of its own. */
function familyOf(pid: number): number[] {
  const parentOf = (child: string) => {
    try {
      const stat = readFileSync(`/proc/${child}/stat`, 'utf8');
      return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    } catch {
      return undefined;
    }
  };
  // where there is no /proc, a server's own process alone is frozen
  const children = (existsSync('/proc') ? readdirSync('/proc') : []).filter(
    (name) => /^\d+$/.test(name) && parentOf(name) === pid,
  );
  return [pid, ...children.map(Number)];
}

function signalTo(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    // gone meanwhile
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** As a supervisor would: again and again, since what it needs may be down, too. @throws Error where it doesn't come back */
async function bringBack(machine: ServerHandle): Promise<void> {
  const until = Date.now() + 120_000;
  for (;;) {
    try {
      await machine.restart();
      return;
    } catch (error) {
      if (Date.now() > until) throw error;
      await delay(500);
    }
  }
}
