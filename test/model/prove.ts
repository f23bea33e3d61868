import { fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { type Coverage, together } from './coverage.ts';
import { judgeMutants } from './mutation.ts';
import { missed, type Proof, type PropertyName, propertyNames, shareOf } from './proving.ts';

// npm run prove -- [--sequences 100000] [--seed 1] [--mutants]: walks of the deciders in any order, or what the net catches.

const batch = 1_000;
const { values } = parseArgs({
  options: {
    sequences: { type: 'string', default: '100000' },
    seed: { type: 'string', default: '1' },
    mutants: { type: 'boolean', default: false },
  },
});
const whole = (option: 'sequences' | 'seed'): number => {
  const number = Number(values[option]);
  if (Number.isSafeInteger(number) && number > 0) return number;
  console.error(`--${option} must be a whole number above 0, not ${values[option]}`);
  process.exit(2);
};
const sequences = whole('sequences');
const seed = whole('seed');

const startedAt = Date.now();
const progress = (message: string) =>
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${message}`);

type Task = { name: PropertyName; sequences: number; seed: number };

/** Every property's share in batches, each with a seed of its own. */
function tasks(): Task[] {
  const all = propertyNames.flatMap((name) => {
    const share = shareOf(name, sequences);
    return Array.from({ length: Math.ceil(share / batch) }, (_, index) => ({
      name,
      sequences: Math.min(batch, share - index * batch),
    }));
  });
  return all.map((task, index) => ({ ...task, seed: seed * 1_000_003 + index }));
}

/** Has the tasks proved, one process a core; ends at the first that breaks an invariant. */
async function proveAll(left: Task[]): Promise<Map<PropertyName, Coverage>> {
  const proved = new Map<PropertyName, Coverage>();
  const provers = Array.from({ length: Math.min(availableParallelism(), left.length) }, () =>
    fork('test/model/prover.ts', { execArgv: ['--import', 'tsx/esm'] }),
  );
  try {
    await Promise.all(
      provers.map(async (prover) => {
        for (let task = left.shift(); task; task = left.shift()) {
          prover.send(task);
          const proof = await answerOf(prover);
          if (proof.broken !== undefined) throw new Error(proof.broken);
          const before = proved.get(task.name);
          const now = before ? together([before, proof.coverage]) : proof.coverage;
          proved.set(task.name, now);
          if (now.sequences % 10_000 < batch) progress(`${now.sequences} ${task.name}, ${now.steps} steps`);
        }
      }),
    );
  } finally {
    for (const prover of provers) prover.disconnect();
  }
  return proved;
}

const answerOf = (prover: ReturnType<typeof fork>): Promise<Proof> =>
  new Promise((resolve, reject) => {
    prover.once('message', (proof) => {
      prover.off('exit', reject);
      resolve(proof as Proof);
    });
    prover.once('exit', reject);
  });

/** A property's figures: how far it walked, and how it ended how often. */
function report(name: PropertyName, { sequences: walked, steps, reached }: Coverage): string[] {
  const places = Object.entries(reached);
  const of = (kind: string) => places.filter(([place]) => place.startsWith(`${kind} `));
  const endings = of('ended').map(([place, times]) => `${place.slice('ended '.length)} ${times}`);
  const left = missed(name, { sequences: walked, steps, reached });
  return [
    `${name}: ${walked} sequences, ${steps} steps, ${of('status').length} statuses, ${of('event').length} kinds of events, ${of('passed').length} kinds of deadlines passed, ${of('refused').length} kinds of refusals`,
    ...(endings.length > 0 ? [`  endings: ${endings.join(' · ')}`] : []),
    ...(left.length > 0 ? [`  never came to: ${left.join(', ')}`] : []),
  ];
}

async function proveEverything(): Promise<boolean> {
  const proved = await proveAll(tasks());
  for (const [name, coverage] of proved) for (const line of report(name, coverage)) console.log(line);
  const all = together([...proved.values()]);
  const everywhere = [...proved].every(([name, coverage]) => missed(name, coverage).length === 0);
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(0);
  console.log(
    everywhere
      ? `proved: ${all.sequences} sequences, ${all.steps} steps in ${seconds} s, every invariant held (seed ${seed})`
      : `not proved: ${all.sequences} sequences in ${seconds} s broke no invariant, but did not come everywhere: try more`,
  );
  return everywhere;
}

try {
  process.exitCode = (await (values.mutants ? judgeMutants(progress) : proveEverything())) ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(`broken: an invariant does not hold (seed ${seed})`);
  process.exitCode = 1;
}
