import { cpus } from 'node:os';
import type { Figures } from './measure.ts';

/** What is aimed at; the machine and what else it does decide everything else. */
const aims = { ratio: 0.5, eventsPerCase: 60, casePerSecond: 2_000 };

/** What came of cases beside bare workflows, and of reads: each figure with its aim, where it has one. */
export function rowsOf({ caseFlow, bareFlow, ratio, commandLatencyMs, reads, measured }: Figures) {
  const rows: [what: string, figure: string, aim?: string][] = [
    ['whole cases a second', caseFlow.casesPerSecond.toFixed(1)],
    ['bare workflows a second', bareFlow.casesPerSecond.toFixed(1)],
    ['ratio', ratio.toFixed(3), aim(ratio >= aims.ratio, `at least ${aims.ratio}`)],
    ['ratio, median of rounds', measured.medianRatio.toFixed(3)],
    ['ratio, round by round', measured.ratioOfEachRound.map((one) => one.toFixed(2)).join(' ')],
    [
      'history events a case',
      caseFlow.eventsPerCase.toFixed(1),
      aim(caseFlow.eventsPerCase <= aims.eventsPerCase, `at most ${aims.eventsPerCase}`),
    ],
    ['CPU a case', cpuOf(caseFlow.cpuMsPerCase)],
    ['CPU a bare workflow', cpuOf(bareFlow.cpuMsPerCase)],
    ['command over HTTP, p50', `${commandLatencyMs.p50.toFixed(0)} ms`],
    ['command over HTTP, p99', `${commandLatencyMs.p99.toFixed(0)} ms`],
    [
      'reads of one case a second',
      reads.casePerSecond.toFixed(0),
      aim(reads.casePerSecond >= aims.casePerSecond, `at least ${aims.casePerSecond}`),
    ],
    ['reads of a list a second', reads.listPerSecond.toFixed(0)],
  ];
  return rows;
}

/** The figures as a table. */
export function tableOf(figures: Figures): string {
  const rows = rowsOf(figures);
  const title = titleOf(figures);
  const wide = Math.max(...rows.map(([what]) => what.length));
  const high = Math.max(...rows.flatMap(([, figure, wanted]) => (wanted ? [figure.length] : [])));
  return [
    title,
    '',
    ...rows.map(([what, figure, wanted = '']) => `  ${what.padEnd(wide)}  ${figure.padEnd(high)}  ${wanted}`.trimEnd()),
  ].join('\n');
}

/** How much was measured, and on what. */
export const titleOf = ({ measured: { cases, rounds, concurrency } }: Figures): string =>
  `${cases} cases in ${rounds} rounds, ${concurrency} at a time, on ${cpus().length} cores, Node ${process.versions.node}`;

/** `310 ms: worker 80, api 60, …` */
function cpuOf(msOfEach: Record<string, number>): string {
  const each = Object.entries(msOfEach).toSorted(([, a], [, b]) => b - a);
  const all = each.reduce((total, [, ms]) => total + ms, 0);
  return `${all.toFixed(0)} ms: ${each.map(([name, ms]) => `${name} ${ms.toFixed(0)}`).join(', ')}`;
}

const aim = (reached: boolean, text: string) => `${reached ? '✓' : '✗'} ${text}`;

/** The figures for programs: one line of JSON, figures to a thousandth. */
export const jsonOf = (figures: unknown): string =>
  JSON.stringify(figures, (_, value: unknown) =>
    typeof value === 'number' ? Math.round(value * 1_000) / 1_000 : value,
  );
