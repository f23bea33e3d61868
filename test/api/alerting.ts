import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Observed, Sample } from './observed.ts';

export const alertsFile = fileURLToPath(new URL('../../deploy/observability/alerts.yml', import.meta.url));

/** Whether Prometheus’ own checker is on PATH. */
export const hasPromtool = (() => {
  try {
    execFileSync('promtool', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();

const jobs = { api: 'aftersales-api', worker: 'aftersales-worker' } as const;
type Role = keyof typeof jobs;
/** What both roles showed at one moment; undefined where one could not be reached. */
export type Scrape = Record<Role, Sample[] | undefined>;

export async function scrapeOf(observed: Observed): Promise<Scrape> {
  const [api, worker] = await Promise.all([observed.scrape('api'), observed.scrape('worker')]);
  return { api, worker };
}

const stepSeconds = 15;
const minutes = 40;
const steps = (minutes * 60) / stepSeconds;

/** How a sample goes on, if what happened between two scrapes went on happening: counters grow so, ages by the time that passes. */
function goingOn({ name, value }: Sample, before: number): string {
  if (/_(total|count|bucket|sum)$/.test(name))
    return `${before.toFixed(6)}+${Math.max(0, value - before).toFixed(6)}x${steps}`;
  return `${value.toFixed(6)}+${name.endsWith('_oldest_seconds') && value > 0 ? stepSeconds : 0}x${steps}`;
}

const seriesOf = (name: string, labels: Record<string, string>) =>
  `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(',')}}`;

/**
 * Which alerts fire once what the two scrapes show has gone on for 40 minutes, as Prometheus’ own rules engine sees it.
 * @throws Error with what it found where that isn't `expected`.
 */
export function assertFiring(expected: readonly string[], first: Scrape, second: Scrape): void {
  const input = (Object.keys(jobs) as Role[]).flatMap((role) => {
    const labels = { job: jobs[role], instance: role };
    const before = new Map((first[role] ?? []).map((one) => [seriesOf(one.name, one.labels), one.value]));
    const samples = (second[role] ?? []).filter(
      ({ name, value }) => /^(aftersales|temporal|nodejs_eventloop)_/.test(name) && Number.isFinite(value),
    );
    return [
      { series: seriesOf('up', labels), values: `${second[role] ? 1 : 0}+0x${steps}` },
      ...samples.map((one) => ({
        series: seriesOf(one.name, { ...one.labels, ...labels }),
        // a counter that was not there before began at 0
        values: goingOn(one, before.get(seriesOf(one.name, one.labels)) ?? 0),
      })),
    ];
  });
  const folder = mkdtempSync(join(tmpdir(), 'aftersales-alerts-'));
  try {
    const file = join(folder, 'test.yml');
    // JSON is YAML
    writeFileSync(
      file,
      JSON.stringify({
        rule_files: [alertsFile],
        evaluation_interval: `${stepSeconds}s`,
        tests: [
          {
            interval: `${stepSeconds}s`,
            input_series: input,
            promql_expr_test: [
              {
                expr: 'group by (alertname) (ALERTS{alertstate="firing"})',
                eval_time: `${minutes - 1}m`,
                exp_samples: expected.map((alertname) => ({ labels: `{alertname="${alertname}"}`, value: 1 })),
              },
            ],
          },
        ],
      }),
    );
    const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], { encoding: 'utf8' });
    if (status !== 0) throw new Error(`${stdout}\n${stderr}`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}
