import { type FileHandle, mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Entries on disk, one line of JSON each, only ever added to. */
export interface Journal {
  /** Adds an entry; settles once it is on the disk. What waits at the same time shares one write and one sync. */
  append: (entry: object) => Promise<void>;
  /** Waits for what is being written, and closes the file. */
  close: () => Promise<void>;
}

/**
 * Opens the journal, making it where there is none, and hands every entry in it to `replay`. A last line without its line
 * feed was torn by a crash before anybody was told of it: it is cut off. When a write fails, so do all later ones, since nobody
 * knows what the file's end looks like then; `onBroken` hears of it once.
 * @throws Error naming the line that is no JSON: something else wrote to the file, and guessing would lose money.
 */
export async function openJournal(
  file: string,
  replay: (entry: unknown) => void,
  onBroken: (error: unknown) => void,
): Promise<Journal> {
  const folder = dirname(file);
  await mkdir(folder, { recursive: true });
  const handle = await open(file, 'a+');
  try {
    await read(handle, file, replay);
    await handle.sync();
    await syncFolder(folder);
  } catch (error) {
    await handle.close();
    throw error;
  }

  let waiting: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;

  const flush = async () => {
    const lines = waiting.join('');
    waiting = [];
    next = undefined;
    try {
      await handle.appendFile(lines);
      await handle.datasync();
    } catch (error) {
      onBroken(error);
      throw error;
    }
  };

  return {
    append(entry) {
      waiting.push(`${JSON.stringify(entry)}\n`);
      if (next === undefined) {
        next = writing.then(flush);
        writing = next;
      }
      return next;
    },
    async close() {
      await writing.catch(() => undefined);
      await handle.close();
    },
  };
}

async function read(handle: FileHandle, file: string, replay: (entry: unknown) => void): Promise<void> {
  const content = await handle.readFile();
  const whole = content.lastIndexOf('\n') + 1;
  if (whole < content.length) await handle.truncate(whole);
  const lines = content.subarray(0, whole).toString('utf8').split('\n').slice(0, -1);
  for (const [index, line] of lines.entries()) {
    let entry: unknown;
    try {
      entry = JSON.parse(line);
    } catch {
      throw new Error(`${file}: line ${index + 1} is no JSON; restore the file or move it away`);
    }
    replay(entry);
  }
}

/** A new file is safe only when its folder's entry is, too. */
async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
