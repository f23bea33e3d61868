import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** What to run. Its output goes to `logFile`, appended. */
export interface ProcessSpec {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
  logFile: string;
  /** How long it may take to end by itself once asked to, in ms; then it is ended by force. */
  graceMs?: number;
}

/** A process by number and start time: numbers are given out again, the pair is not. */
export interface ProcessIdentity {
  pid: number;
  startTime: string;
}

/** A child in a process group of its own. */
export interface RunningProcess extends ProcessIdentity {
  name: string;
  logFile: string;
  /** Settles when the process is gone, with what ended it: `exit code 1`, `SIGKILL`. */
  exited: Promise<string>;
  /** Asks the whole group to end, and ends it by force after `graceMs`. Safe to call again. */
  stop: (graceMs?: number) => Promise<void>;
}

/** How long a child may take to end by itself, in ms. */
const defaultGraceMs = 15_000;

/**
 * Starts a process in its own group, so that Ctrl-C reaches only us and children end in our order; a guardian ends it
 * should we be killed.
 * @throws Error when the command cannot be run at all.
 */
export async function startProcess(spec: ProcessSpec): Promise<RunningProcess> {
  mkdirSync(dirname(spec.logFile), { recursive: true });
  const log = openSync(spec.logFile, 'a');
  let child: ChildProcess;
  try {
    child = spawn(spec.command, spec.args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: spec.env ?? process.env,
    });
  } finally {
    closeSync(log);
  }
  const exited = new Promise<string>((resolve) => {
    child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => reject(new Error(`${spec.name} could not be started: ${error.message}`)));
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`${spec.name} has no process id`);

  guard('+', pid);
  let stopped = false;
  const started: RunningProcess = {
    name: spec.name,
    pid,
    startTime: startTimeOf(pid) ?? '',
    logFile: spec.logFile,
    exited,
    stop: async (graceMs = spec.graceMs ?? defaultGraceMs) => {
      if (stopped) return;
      if (child.exitCode === null && child.signalCode === null) {
        signalGroup(pid, 'SIGTERM');
        await Promise.race([exited, delay(graceMs, undefined, { ref: false })]);
      }
      // Also after an orderly end: a member of the group may have outlived its leader.
      signalGroup(pid, 'SIGKILL');
      await exited;
      stopped = true;
    },
  };
  running.add(started);
  void (async () => {
    await exited;
    running.delete(started);
    guard('-', pid);
  })();
  return started;
}

const running = new Set<RunningProcess>();

/** Ends every process started here that still runs, the last started first. */
export async function stopAll(graceMs?: number): Promise<void> {
  for (const started of [...running].toReversed()) await started.stop(graceMs);
}

/**
 * When the process with this number started, in the platform's own terms; undefined when there is none.
 * Only good for comparing with another answer of this function on the same machine.
 */
export function startTimeOf(pid: number): string | undefined {
  try {
    if (process.platform === 'linux') {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      // The second field is the command's name in brackets and may hold spaces: count from behind it.
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      if (fields[0] === 'Z') return undefined;
      return fields[19];
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined;
  } catch {
    return undefined;
  }
}

/** Whether this very process still runs. */
export function isAlive({ pid, startTime }: ProcessIdentity): boolean {
  return startTimeOf(pid) === startTime;
}

/** Ends a process group that an earlier run left behind: asks, waits up to `graceMs`, then forces. */
export async function stopLeftover(left: ProcessIdentity, graceMs = defaultGraceMs): Promise<void> {
  if (!isAlive(left)) return;
  signalGroup(left.pid, 'SIGTERM');
  const until = Date.now() + graceMs;
  while (isAlive(left) && Date.now() < until) await delay(100);
  if (isAlive(left)) signalGroup(left.pid, 'SIGKILL');
  while (isAlive(left)) await delay(50);
}

/**
 * Asks `check` again and again until it answers something, and gives that.
 * @throws Error with the end of the log when the process ends first, or when `timeoutMs` have passed.
 */
export async function untilReady<T>(
  child: RunningProcess,
  check: () => Promise<T | undefined>,
  timeoutMs = 60_000,
): Promise<T> {
  let ended: string | undefined;
  let last: unknown;
  void (async () => {
    ended = await child.exited;
  })();
  const until = Date.now() + timeoutMs;
  for (;;) {
    const answer = await check().catch((error: unknown) => {
      last = error;
      return undefined;
    });
    if (answer !== undefined) return answer;
    const why = ended ?? (Date.now() > until ? `not ready after ${timeoutMs / 1_000} s` : undefined);
    if (why !== undefined)
      throw new Error(`${child.name}: ${why}. The end of ${child.logFile}:\n${tailOf(child.logFile)}`, { cause: last });
    await delay(50);
  }
}

/** The last lines of a log. */
function tailOf(logFile: string, lines = 12): string {
  return readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
}

function signalGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch (error) {
    // No such group: it is gone, which is what was wanted.
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/**
 * Reads `+ pid` and `- pid` lines. When its input closes, we are gone, however that came about (SIGKILL, too), and it
 * ends what is still listed, the last started first.
 */
const guardianScript = `
trap '' INT TERM HUP
pids=
while read -r what pid; do
  rest=
  for p in $pids; do [ "$p" = "$pid" ] || rest="$rest $p"; done
  if [ "$what" = + ]; then pids="$pid$rest"; else pids=$rest; fi
done
for p in $pids; do kill -TERM -"$p" 2>/dev/null; done
tries=0
while [ $tries -lt 100 ]; do
  left=
  for p in $pids; do kill -0 -"$p" 2>/dev/null && left="$left $p"; done
  [ -n "$left" ] || exit 0
  sleep 0.1
  tries=$((tries + 1))
done
for p in $left; do kill -KILL -"$p" 2>/dev/null; done`;

let guardian: ChildProcess | undefined;

function guard(what: '+' | '-', pid: number): void {
  if (guardian === undefined) {
    guardian = spawn('/bin/sh', ['-c', guardianScript], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    // It must not keep us running, and its own end is nothing we could mend.
    guardian.unref();
    guardian.on('error', () => undefined);
    guardian.stdin?.on('error', () => undefined);
    (guardian.stdin as unknown as { unref: () => void }).unref();
  }
  guardian.stdin?.write(`${what} ${pid}\n`);
}
