// npm test: everything that gates a change, in turn, with one closing line `N passed, N failed`.
// npm run check (--static): the fast part, without servers.
// Each static check counts as one test. Whatever is started here is gone when this ends.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureDependencies } from './dependencies.mjs';

ensureDependencies();

const staticOnly = process.argv.includes('--static');
const bin = (name) => join('node_modules', '.bin', name);
const total = { passed: 0, failed: 0, skipped: 0 };

/** The process group that runs now: ended with us, however we end. */
let current;
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.on(signal, () => {
    endGroup('SIGTERM');
    process.exit(130);
  });
}
// Everything that tests write to the temporary folder is written here, and goes at the end.
const scratch = mkdtempSync(join(tmpdir(), 'aftersales-test-'));
process.on('exit', () => {
  endGroup('SIGKILL');
  rmSync(scratch, { recursive: true, force: true, maxRetries: 5 });
});

function endGroup(signal) {
  try {
    if (current !== undefined) process.kill(-current, signal);
  } catch {
    // The group is gone already.
  }
}

/** Runs a command, its output shown as it comes (`show`) or kept; gives exit code and what was kept. */
function run(command, args, show) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      detached: true,
      env: { ...process.env, TMPDIR: scratch },
      stdio: ['ignore', show ? 'inherit' : 'pipe', show ? 'inherit' : 'pipe'],
    });
    let output = '';
    child.stdout?.on('data', (chunk) => (output += chunk));
    child.stderr?.on('data', (chunk) => (output += chunk));
    child.once('error', (error) => resolve({ code: 1, output: String(error) }));
    child.once('spawn', () => (current = child.pid));
    child.once('close', (code) => {
      // What outlived the leader of its group would outlive us.
      endGroup('SIGKILL');
      current = undefined;
      resolve({ code: code ?? 1, output });
    });
  });
}

async function check(name, command, args, proof = () => undefined) {
  const startedAt = Date.now();
  const { code, output } = await run(command, args, false);
  const fault = code === 0 ? proof(output) : `exit code ${code}`;
  const seconds = ((Date.now() - startedAt) / 1_000).toFixed(1);
  if (fault === undefined) {
    total.passed += 1;
    console.log(`✓ ${name} (${seconds} s)`);
  } else {
    total.failed += 1;
    console.log(`✗ ${name} (${seconds} s): ${fault}\n${output.trimEnd()}\n`);
  }
}

/** Without a parser for TypeScript dependency-cruiser looks at nothing and is content. */
function cruisedModules(output) {
  const modules = Number(/(\d+) modules/.exec(output)?.[1] ?? 0);
  return modules > 0 ? undefined : 'no module was looked at';
}

async function tests() {
  const report = join(scratch, 'report.json');
  const { code } = await run(
    bin('vitest'),
    ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`],
    true,
  );
  const before = total.failed;
  if (existsSync(report)) {
    const counted = JSON.parse(readFileSync(report, 'utf8'));
    total.passed += counted.numPassedTests;
    total.failed += counted.numFailedTests;
    total.skipped += counted.numPendingTests + counted.numTodoTests;
    if (counted.numTotalTests === 0) total.failed += 1;
  }
  // A file that doesn't load, or a set-up that fails, is a failure without a failed test.
  if (code !== 0 && total.failed === before) total.failed += 1;
}

await check('types (tsc)', bin('tsc'), ['--noEmit']);
await check('types of the console (tsc)', bin('tsc'), ['--noEmit', '-p', 'web']);
await check('lint (oxlint)', bin('oxlint'), ['--type-aware', '--deny-warnings']);
await check('format (biome)', bin('biome'), ['ci', '.']);
await check(
  'layers (dependency-cruiser)',
  bin('depcruise'),
  ['src', 'test', '--config', '.dependency-cruiser.cjs'],
  cruisedModules,
);
await check('nothing unused (knip)', bin('knip'), []);
if (!staticOnly) await tests();

const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
process.exitCode = total.failed === 0 ? 0 : 1;
