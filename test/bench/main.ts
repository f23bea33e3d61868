import { mkdirSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { measureLists } from './lists.ts';
import { type Extent, measure } from './measure.ts';
import { measureProfile } from './profile/measure.ts';
import { jsonOf, tableOf } from './report.ts';
import { type PartFigures, writeReport } from './reportFile.ts';
import { measureSleeping } from './sleeping.ts';
import { withBench } from './stack.ts';
import { measureStorm } from './storm.ts';
import { measureWorkers } from './workers.ts';

// npm run bench -- [--quick] [--json] [--only flow,profile,workers,lists,sleeping,storm] [--report FOLDER] …: what is measured and how to
// read it is in docs/bench.md.
const { values: options } = parseArgs({
  options: {
    quick: { type: 'boolean' },
    json: { type: 'boolean' },
    only: { type: 'string', default: 'flow' },
    report: { type: 'string' },
    profiles: { type: 'string' },
    lists: { type: 'string', default: '1000,10000,100000' },
    sleeping: { type: 'string', default: '1000,5000,10000' },
    storm: { type: 'string', default: '2000' },
    'storm-seed-seconds': { type: 'string' },
    workers: { type: 'string', default: '1,2,4' },
    'workers-cases': { type: 'string', default: '96' },
  },
});
const extent: Extent = options.quick
  ? { warmUp: 24, rounds: 2, casesARound: 32, readMs: 2_000 }
  : { warmUp: 64, rounds: 6, casesARound: 48, readMs: 5_000 };

const startedAt = Date.now();
const progress = (message: string) =>
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${message}`);
const numbersIn = (list: string) => list.split(',').map(Number);

/** The parts, each on servers and data of its own, so that none finds what another left. */
const parts = {
  async flow() {
    const flow = await withBench(progress, (bench) => measure(bench, extent, progress));
    console.log(`\n${tableOf(flow)}`);
    return { flow };
  },
  async profile() {
    const profileFolder = options.profiles
      ? resolve(options.profiles)
      : await mkdtemp(join(tmpdir(), 'aftersales-profile-'));
    mkdirSync(profileFolder, { recursive: true });
    const size = options.quick ? { warmUp: 24, cases: 32, readMs: 3_000 } : { warmUp: 64, cases: 128, readMs: 10_000 };
    const profile = await withBench(progress, (bench) => measureProfile(bench, size, progress), { profileFolder });
    if (!options.profiles) await rm(profileFolder, { recursive: true });
    return { profile };
  },
  async workers() {
    const size = { counts: numbersIn(options.workers), cases: Number(options['workers-cases']) };
    return { workers: await withBench(progress, (bench) => measureWorkers(bench, size, progress)) };
  },
  async lists() {
    return { lists: await measureLists(numbersIn(options.lists), progress) };
  },
  async sleeping() {
    return {
      sleeping: await withBench(progress, (bench) => measureSleeping(bench, numbersIn(options.sleeping), progress)),
    };
  },
  async storm() {
    const cases = Number(options.storm);
    // twice as long as opening them takes on two idle cores
    const seedMs = 1_000 * Number(options['storm-seed-seconds'] ?? Math.ceil(60 + cases / 10));
    return { storm: await withBench(progress, (bench) => measureStorm(bench, { cases, seedMs }, progress)) };
  },
} satisfies Record<string, () => Promise<PartFigures>>;

try {
  const wanted = options.only.split(',');
  const unknown = wanted.filter((name) => !Object.hasOwn(parts, name));
  if (unknown.length > 0) throw new Error(`--only takes ${Object.keys(parts).join(', ')}, not ${unknown.join(', ')}`);
  const figures: PartFigures = {};
  let written = '';
  for (const name of wanted) {
    Object.assign(figures, await parts[name as keyof typeof parts]());
    // What has been measured is kept though a later part fails.
    written = writeReport(figures, options.report && resolve(options.report));
  }
  if (written !== '') console.log(`\n${written}`);
  // One part's figures alone are the whole line, as they have always been.
  if (options.json) console.log(jsonOf(options.only === 'flow' ? figures.flow : figures));
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  // Whatever else was under way would go on trying to reach what has been stopped.
  process.exit(1);
}
