import { randomBytes, randomUUID } from 'node:crypto';
import { chmod, link, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { isAlive, type ProcessIdentity, startTimeOf, stopLeftover } from './processes.ts';

/** What `$AFTERSALES_HOME/stack.json` tells other programs about the running stack. */
export interface StackDescription {
  apiUrl: string;
  temporalAddress: string;
  temporalUiUrl: string | null;
  mongodbUrl: string;
  providerUrl: string;
  mailUrl: string | null;
  /** Each process by name, for telling whether it still runs. */
  pids: Record<string, ProcessIdentity>;
}

/** The folder of one installation's data, held by this process alone. */
export interface Home {
  folder: string;
  logFile: (name: string) => string;
  /** A random secret, made on first use and kept: tokens stay good across restarts. */
  secret: (name: 'auth-secret' | 'callback-secret') => Promise<string>;
  describe: (stack: StackDescription) => Promise<void>;
  /** Lets the folder go, and says that nothing runs here any more. */
  release: () => Promise<void>;
}

/** Somebody else runs on this folder. */
export class HomeInUseError extends Error {
  override name = 'HomeInUseError';
}

/**
 * Takes the folder for this process, and stops what a killed earlier run left running on it.
 * @throws HomeInUseError while another run holds it.
 */
export async function openHome(folder: string): Promise<Home> {
  await mkdir(folder, { recursive: true });
  const me: ProcessIdentity = { pid: process.pid, startTime: startTimeOf(process.pid) ?? '' };
  await lock(folder, me);
  const left = await readStack(folder);
  for (const identity of Object.values(left?.pids ?? {})) await stopLeftover(identity);
  await rm(join(folder, stackFile), { force: true });

  return {
    folder,
    logFile: (name) => join(folder, 'logs', `${name}.log`),
    secret: (name) => keptSecret(folder, name),
    describe: async (stack) => {
      // Written beside and renamed: a reader never sees half of it.
      const draft = join(folder, `${stackFile}.${me.pid}`);
      await writeFile(draft, `${JSON.stringify(stack, null, 2)}\n`);
      await rename(draft, join(folder, stackFile));
    },
    release: async () => {
      await rm(join(folder, stackFile), { force: true });
      await rm(join(folder, lockFile), { force: true });
    },
  };
}

/** What runs on this folder now, by its own account; undefined when nothing does. */
export async function readStack(folder: string): Promise<StackDescription | undefined> {
  return readJson<StackDescription>(join(folder, stackFile));
}

/** The secret of the stack on this folder, if it made one. */
export async function readSecret(folder: string, name: string): Promise<string | undefined> {
  return readFile(join(folder, name), 'utf8').then(
    (text) => text.trim(),
    () => undefined,
  );
}

const stackFile = 'stack.json';
const lockFile = 'lock';

/**
 * A hard link either is made or is not: of two runs that start at once, one holds the lock. A stale lock is removed only
 * under a second lock of the same make: otherwise whoever read it while it was stale could remove the next one.
 */
async function lock(folder: string, me: ProcessIdentity): Promise<void> {
  const held = join(folder, lockFile);
  const removing = `${held}.removing`;
  const mine = `${held}.${randomUUID()}`;
  await writeFile(mine, JSON.stringify(me));
  try {
    const until = Date.now() + 10_000;
    while (!(await succeeds(link(mine, held)))) {
      const holder = await readJson<ProcessIdentity>(held);
      if (holder !== undefined && isAlive(holder)) {
        throw new HomeInUseError(
          `${folder} is in use by process ${holder.pid}: stop that one, or set AFTERSALES_HOME to another folder.`,
        );
      }
      if (await succeeds(link(mine, removing))) {
        const still = await readJson<ProcessIdentity>(held);
        if (still === undefined || !isAlive(still)) await rm(held, { force: true });
        await rm(removing, { force: true });
      } else if (Date.now() > until) {
        // Takes milliseconds: who has been at it for so long was killed there.
        await rm(removing, { force: true });
      } else {
        await delay(20);
      }
    }
  } finally {
    await rm(mine, { force: true });
  }
}

async function keptSecret(folder: string, name: string): Promise<string> {
  const kept = await readSecret(folder, name);
  if (kept) return kept;
  const made = randomBytes(32).toString('hex');
  const file = join(folder, name);
  await writeFile(file, `${made}\n`, { mode: 0o600 });
  await chmod(file, 0o600);
  return made;
}

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
