import { parseArgs } from 'node:util';
import { type Extent, measure } from './measure.ts';
import { jsonOf, tableOf } from './report.ts';
import { withBench } from './stack.ts';

// npm run bench -- [--quick] [--json]: what is measured and how to read it is in docs/bench.md.
const { values: options } = parseArgs({ options: { quick: { type: 'boolean' }, json: { type: 'boolean' } } });
const extent: Extent = options.quick
  ? { warmUp: 24, rounds: 2, casesARound: 32, readMs: 2_000 }
  : { warmUp: 64, rounds: 6, casesARound: 48, readMs: 5_000 };

const startedAt = Date.now();
const progress = (message: string) =>
  console.log(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${message}`);

try {
  const figures = await withBench(progress, (bench) => measure(bench, extent, progress));
  console.log(`\n${tableOf(figures)}`);
  if (options.json) console.log(jsonOf(figures));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  // Whatever else was under way would go on trying to reach what has been stopped.
  process.exit(1);
}
