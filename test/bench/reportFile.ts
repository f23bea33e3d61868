import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { type Line, lineChart } from './chart.ts';
import type { ListFigures } from './lists.ts';
import type { Figures } from './measure.ts';
import type { ProfileFigures } from './profile/measure.ts';
import { rowsOf, titleOf } from './report.ts';
import type { SleepingFigures } from './sleeping.ts';
import type { StormFigures } from './storm.ts';
import type { WorkersFigures } from './workers.ts';

/** What the parts that were asked for came to. */
export type PartFigures = {
  flow?: Figures;
  profile?: ProfileFigures;
  workers?: WorkersFigures[];
  lists?: ListFigures[];
  sleeping?: SleepingFigures[];
  storm?: StormFigures;
};

type Chart = { file: string; svg: string };
type Section = { markdown: string; charts: Chart[] };

/** The parts' figures in Markdown; with a folder also as `report.md` there, each chart in an SVG file of its own beside it. */
export function writeReport(figures: PartFigures, folder: string | undefined): string {
  const { flow, profile, workers, lists, sleeping, storm } = figures;
  const sections = [
    ...(flow ? [flowSection(flow)] : []),
    ...(profile ? [profileSection(profile)] : []),
    ...(workers ? [workersSection(workers)] : []),
    ...(lists ? [listsSection(lists)] : []),
    ...(sleeping ? [sleepingSection(sleeping)] : []),
    ...(storm ? [stormSection(storm)] : []),
  ];
  const markdown = sections.map((section) => section.markdown).join('\n\n');
  if (folder === undefined || sections.length === 0) return markdown;
  mkdirSync(folder, { recursive: true });
  const charts = sections.flatMap((section) => section.charts);
  for (const { file, svg } of charts) writeFileSync(join(folder, file), svg);
  const measuredOn = `Measured on ${cpus().length} cores, Node ${process.versions.node}, ${new Date().toISOString().slice(0, 10)}.`;
  writeFileSync(join(folder, 'report.md'), `# Report of the bench\n\n${measuredOn}\n\n${markdown}\n`);
  return markdown;
}

/** As many lines as a chart has colours. */
const drawnAtMost = 8;
const picture = (name: string, title: string) => `![${title}](${name}.svg)`;

function table(head: string[], rows: (string | number)[][]): string {
  const line = (cells: (string | number)[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index === 0 ? '---' : '--:'))), ...rows.map(line)].join('\n');
}

function flowSection(flow: Figures): Section {
  const rows = rowsOf(flow).map(([what, figure, aim = '']) => [what, figure, aim]);
  return {
    markdown: `## Cases beside bare workflows\n\n${titleOf(flow)}\n\n${table(['', '', 'aim'], rows)}`,
    charts: [],
  };
}

function profileSection(profile: ProfileFigures): Section {
  const of = (what: 'case' | 'read') => {
    const processes = Object.entries(profile[what]).filter(([, { cpuMs }]) => cpuMs >= 0.01);
    const total = processes.reduce((sum, [, { cpuMs }]) => sum + cpuMs, 0);
    const rows = processes.flatMap(([name, { cpuMs, byOwner }]) => {
      // samples tell shares, the system tells time; what no JavaScript thread took is native: the SDK's core, compiling, I/O
      const sampled = Object.values(byOwner).reduce((sum, ms) => sum + ms, 0);
      const parts = Object.entries(byOwner).map(([owner, ms]) => [
        `${name}: ${owner}`,
        '',
        sampled > 0 ? `${((ms / sampled) * 100).toFixed(0)} % of its threads` : '',
      ]);
      return [[name, cpuMs.toFixed(2), `${((cpuMs / total) * 100).toFixed(0)} % of all`], ...parts];
    });
    return `### One ${what}\n\n${table(['', 'CPU, ms', 'share'], rows)}`;
  };
  return { markdown: `## Whose time it is\n\n${of('case')}\n\n${of('read')}`, charts: [] };
}

function workersSection(workers: WorkersFigures[]): Section {
  const names = Object.keys(workers[0]?.cpuMsPerCase ?? {});
  const rows = workers.map(({ workers: count, casesPerSecond, cpuMsPerCase }) => [
    count,
    casesPerSecond.toFixed(1),
    ...names.map((name) => cpuMsPerCase[name]?.toFixed(0) ?? ''),
  ]);
  const head = ['workers', 'cases a second', ...names.map((name) => `${name}, CPU ms a case`)];
  const svg = lineChart('Whole cases a second', 'workers', 'cases a second', [
    { name: 'cases', points: workers.map(({ workers: count, casesPerSecond }) => [count, casesPerSecond]) },
  ]);
  return {
    markdown: `## Workers\n\n${table(head, rows)}\n\n${picture('workers', 'Whole cases a second')}`,
    charts: [{ file: 'workers.svg', svg }],
  };
}

function listsSection(lists: ListFigures[]): Section {
  const shown = (ms: number | 'failed' | undefined) => (typeof ms === 'number' ? ms.toFixed(1) : 'over 2 s');
  const rows = Object.keys(lists[0]?.medianMs ?? {}).map((what) => [
    what,
    ...lists.map(({ medianMs }) => shown(medianMs[what])),
  ]);
  const head = ['a page of 20, median ms', ...lists.map(({ size }) => `of ${size} cases`)];
  const costliest = Object.entries(lists.at(-1)?.medianMs ?? {})
    .filter((entry): entry is [string, number] => typeof entry[1] === 'number')
    .toSorted(([, a], [, b]) => b - a)
    .slice(0, drawnAtMost);
  const drawn = costliest.map(([name]) => ({
    name,
    points: lists.map(({ size, medianMs }): [number, number] => [size, Number(medianMs[name])]),
  }));
  const svg = lineChart('The costliest lists', 'cases', 'median, ms', drawn);
  return {
    markdown: `## Lists\n\n${table(head, rows)}\n\n${picture('lists', 'The costliest lists')}`,
    charts: [{ file: 'lists.svg', svg }],
  };
}

function sleepingSection(sleeping: SleepingFigures[]): Section {
  const processes = Object.keys(sleeping[0]?.memoryMb ?? {}).filter((name) => name !== 'driver');
  const asked = Object.keys(sleeping[0]?.medianMs ?? {});
  const sizes = sleeping.map(({ size }) => `${size} open`);
  const rows = [
    ['opened a second', ...sleeping.map(({ openedPerSecond }) => openedPerSecond.toFixed(1))],
    ...processes.map((name) => [
      `memory of ${name}, MB`,
      ...sleeping.map((one) => (one.memoryMb[name] ?? 0).toFixed(0)),
    ]),
    ...processes.map((name) => [
      `idle ${name}, CPU ms a second`,
      ...sleeping.map((one) => (one.idleCpuMsPerSecond[name] ?? 0).toFixed(0)),
    ]),
    ['MongoDB on disk, kB a case', ...sleeping.map(({ storeKbPerCase }) => storeKbPerCase.toFixed(1))],
    ['Temporal on disk, kB a case', ...sleeping.map(({ temporalKbPerCase }) => temporalKbPerCase.toFixed(1))],
    ...asked.map((what) => [`${what}, ms`, ...sleeping.map((one) => (one.medianMs[what] ?? 0).toFixed(1))]),
  ];
  const lines = (names: string[], of: (one: SleepingFigures, name: string) => number): Line[] =>
    names.map((name) => ({ name, points: sleeping.map((one) => [one.size, of(one, name)]) }));
  const chart = (file: string, title: string, yName: string, drawn: Line[]) => ({
    file: `${file}.svg`,
    svg: lineChart(title, 'cases open and asleep', yName, drawn),
  });
  return {
    markdown: [
      '## Open cases asleep',
      table(['', ...sizes], rows),
      picture('sleeping-memory', 'Memory of each process'),
      picture('sleeping-reads', 'Lists, queries and opening one more'),
    ].join('\n\n'),
    charts: [
      chart(
        'sleeping-memory',
        'Memory of each process',
        'MB',
        lines(processes, (one, name) => one.memoryMb[name] ?? 0),
      ),
      chart(
        'sleeping-reads',
        'Lists, queries and opening one more',
        'median, ms',
        lines(
          asked.filter((name) => !name.includes('kind') && !name.includes('status, changed')),
          (one, name) => one.medianMs[name] ?? 0,
        ).slice(0, drawnAtMost),
      ),
    ],
  };
}

function stormSection(storm: StormFigures): Section {
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const cpu = Object.entries(storm.cpuMsPerCase).map(([name, ms]) => `${name} ${ms.toFixed(0)}`);
  const rows = [
    ['cases due in one second', storm.cases],
    ['opened before, a second', storm.openedPerSecond.toFixed(1)],
    ['first decided after', seconds(storm.firstDecidedMs)],
    ['last decided after', seconds(storm.lastDecidedMs)],
    ['last refunded after', seconds(storm.lastRefundedMs)],
    ['ended a second', storm.endedPerSecond.toFixed(1)],
    ['extended, since they would have fired too late (POL-6)', storm.extended],
    ['CPU a case, ms', cpu.join(', ')],
  ];
  const svg = lineChart('Cases ended after their common deadline', 'seconds', 'cases ended', [
    { name: 'ended', points: storm.endedBy },
  ]);
  return {
    markdown: `## Deadlines due in one second\n\n${table(['', ''], rows)}\n\n${picture('storm', 'Cases ended after their common deadline')}`,
    charts: [{ file: 'storm.svg', svg }],
  };
}
