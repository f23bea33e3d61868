import { open, stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const everyMs = 1_000;
/** pino's number of `error`; `fatal` is above. */
const errorLevel = 50;

/**
 * Reports what programs write to their logs as errors, from now on, one line each.
 * @param logs pairs of a program's name and its log, whose lines are JSON.
 * @returns a function that ends it.
 */
export async function reportErrors(
  logs: readonly (readonly [name: string, file: string])[],
  report: (message: string) => void,
): Promise<() => Promise<void>> {
  const ended = new AbortController();
  const follow = async (name: string, file: string, begin: number) => {
    let from = begin;
    while (!ended.signal.aborted) {
      await delay(everyMs, undefined, { signal: ended.signal, ref: false }).catch(() => undefined);
      const text = await textFrom(file, from);
      // A line still being written waits for the next round.
      const whole = text.slice(0, text.lastIndexOf('\n') + 1);
      from += Buffer.byteLength(whole);
      for (const line of whole.split('\n')) {
        const said = errorOf(line);
        if (said !== undefined) report(`${name}: ${said} (more in ${file})`);
      }
    }
  };
  const begins = await Promise.all(logs.map(([, file]) => sizeOf(file)));
  const following = logs.map(([name, file], index) => follow(name, file, begins[index] ?? 0));
  return async () => {
    ended.abort();
    await Promise.all(following);
  };
}

function errorOf(line: string): string | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const entry = JSON.parse(line) as { level?: unknown; msg?: unknown; err?: { message?: unknown } };
    if (typeof entry.level !== 'number' || entry.level < errorLevel) return undefined;
    return [entry.msg, entry.err?.message].filter((part) => typeof part === 'string').join(': ');
  } catch {
    return undefined;
  }
}

async function textFrom(file: string, from: number): Promise<string> {
  const size = await sizeOf(file);
  if (size <= from) return '';
  const log = await open(file, 'r');
  try {
    const added = Buffer.alloc(size - from);
    await log.read(added, 0, added.length, from);
    return added.toString('utf8');
  } finally {
    await log.close();
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
