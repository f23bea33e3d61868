import { spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Mutant, mutants } from './mutants.ts';

/** The least share of mutants that must be caught. */
const aim = 0.9;
/** A mutant may make walks or tests run for ever: one that does is caught. */
const longestMs = 180_000;

/** What the rules need to be walked and tested by themselves: all the source, since some tests show that others keep to them. */
const parts = ['src', 'test', 'package.json', 'tsconfig.json', 'vitest.config.ts'];
const unneeded = join('test', 'replay', 'histories');

/** How often `find` stands in the file: exactly once, or it is no longer known what a mutant is. */
export const occurrences = ({ file, find }: Mutant): number =>
  readFileSync(join('src/domain', file), 'utf8').split(find).length - 1;

/** What caught a mutant: the model with the invariant that broke, the written tests, both, or nothing. */
type Verdict = { mutant: Mutant; model: string | undefined; tests: boolean };

/**
 * Applies each mutant to a copy of the rules and lets the model and the written tests of the domain judge it, each by itself. Answers
 * whether enough were caught; every survivor is named.
 */
export async function judgeMutants(progress: (message: string) => void): Promise<boolean> {
  const left = [...mutants];
  const verdicts: Verdict[] = [];
  const scratch = mkdtempSync(join(tmpdir(), 'aftersales-mutants-'));
  try {
    const soundness = await judge(copyOf(join(scratch, 'sound')));
    if (soundness.model !== undefined || soundness.tests) {
      console.error(`the rules as they are do not pass: ${soundness.model ?? 'a written test fails'}`);
      return false;
    }
    const workers = Array.from({ length: availableParallelism() }, async (_, worker) => {
      const copy = copyOf(join(scratch, `copy-${worker}`));
      for (let mutant = left.shift(); mutant; mutant = left.shift()) {
        const verdict = { mutant, ...(await withMutant(copy, mutant, () => judge(copy))) };
        verdicts.push(verdict);
        progress(`${verdicts.length}/${mutants.length} ${inWords(verdict)}`);
      }
    });
    await Promise.all(workers);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
  return report(verdicts);
}

function copyOf(copy: string): string {
  mkdirSync(copy, { recursive: true });
  for (const part of parts)
    cpSync(part, join(copy, part), { recursive: true, filter: (path) => !path.startsWith(unneeded) });
  symlinkSync(join(process.cwd(), 'node_modules'), join(copy, 'node_modules'));
  return copy;
}

async function withMutant<Result>(copy: string, mutant: Mutant, work: () => Promise<Result>): Promise<Result> {
  const path = join(copy, 'src/domain', mutant.file);
  const sound = readFileSync(path, 'utf8');
  if (occurrences(mutant) !== 1) throw new Error(`${mutant.file} has not once: ${mutant.find}`);
  writeFileSync(
    path,
    sound.replace(mutant.find, () => mutant.replace),
  );
  try {
    return await work();
  } finally {
    writeFileSync(path, sound);
  }
}

async function judge(copy: string): Promise<Pick<Verdict, 'model' | 'tests'>> {
  const model = await run(copy, ['--import', 'tsx/esm', 'test/model/trial.ts']);
  const vitest = ['node_modules/vitest/vitest.mjs', 'run', '--project', 'domain', '--bail', '1', '--maxWorkers', '1'];
  const tests = await run(copy, [...vitest, '--exclude', 'test/domain/model.test.ts', '--reporter', 'dot']);
  return { model: model.passed ? undefined : model.lastLine, tests: !tests.passed };
}

/** Runs a program with Node in the copy; `lastLine` is the last of what it said, or of why it could not. */
function run(copy: string, args: string[]): Promise<{ passed: boolean; lastLine: string }> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, { cwd: copy, stdio: ['ignore', 'pipe', 'pipe'], timeout: longestMs });
    let said = '';
    let failed = '';
    child.stdout.on('data', (chunk) => (said += chunk));
    child.stderr.on('data', (chunk) => (failed += chunk));
    child.once('close', (code) =>
      resolve({ passed: code === 0, lastLine: lastOf(said) || firstFault(failed) || 'it ran for ever' }),
    );
  });
}

const lastOf = (text: string) => text.trim().split('\n').at(-1);
const firstFault = (text: string) => text.split('\n').find((line) => line.includes('Error'));

function inWords({ mutant, model, tests }: Verdict): string {
  const { rule, says } = mutant;
  if (model === undefined && !tests) return `SURVIVED ${rule}: ${says}`;
  const by = [...(model === undefined ? [] : [`the model (${model})`]), ...(tests ? ['the tests'] : [])];
  return `caught ${rule}: ${says}, by ${by.join(' and ')}`;
}

function report(verdicts: Verdict[]): boolean {
  const share = (caught: Verdict[]) =>
    `${caught.length} of ${verdicts.length} (${((100 * caught.length) / verdicts.length).toFixed(0)} %)`;
  const byModel = verdicts.filter(({ model }) => model !== undefined);
  const byTests = verdicts.filter(({ tests }) => tests);
  const caught = verdicts.filter(({ model, tests }) => model !== undefined || tests);
  console.log(`caught by the model alone ${share(byModel)}, by the written tests alone ${share(byTests)}`);
  for (const verdict of verdicts) {
    if (!caught.includes(verdict)) console.log(`${inWords(verdict)} (${verdict.mutant.file})`);
    else if (verdict.model === undefined)
      console.log(`only by a written test: ${verdict.mutant.rule}: ${verdict.mutant.says}`);
    else if (!verdict.tests) console.log(`only by the model: ${verdict.mutant.rule}: ${verdict.mutant.says}`);
  }
  const enough = caught.length >= aim * verdicts.length;
  console.log(`mutants: ${share(caught)} caught, ${enough ? 'at least' : 'less than'} ${aim * 100} %`);
  return enough;
}
