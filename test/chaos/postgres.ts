import { execFile } from 'node:child_process';
import { constants } from 'node:fs';
import { access, chmod, chown, mkdir, readdir, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Connection, type ConnectionOptions } from '@temporalio/client';
import proto from '@temporalio/proto';
import { MissingServerError } from '../../src/stack/executables.ts';
import { freePorts } from '../../src/stack/ports.ts';
import { type RunningProcess, startProcess, untilReady } from '../../src/stack/processes.ts';
import type { ServerHandle } from '../../src/stack/servers.ts';
import { prepareTemporal } from '../../src/stack/temporal.ts';
import { temporalSettings, versions } from '../../src/stack/versions.ts';

// Temporal's own server, not the development one, over PostgreSQL: what production runs, on one machine.

const run = promisify(execFile);

type Options = {
  folder: string;
  cache: string;
  namespace: string;
  /** Dynamic configuration beyond the settings that every server has. */
  temporalConfig: Readonly<Record<string, unknown>>;
  logOf: (name: string) => string;
  progress: (message: string) => void;
};

type TemporalOnPostgres = {
  address: string;
  connectionOptions: ConnectionOptions;
  machines: Record<'postgres' | 'temporal', ServerHandle>;
};

const user = 'temporal';
const databases = { temporal: 'temporal', temporal_visibility: 'visibility' } as const;
const numHistoryShards = 4;

/** Starts PostgreSQL and Temporal's server over it, with a namespace ready for use. @throws MissingServerError saying what to install */
export async function temporalOnPostgres({
  folder,
  cache,
  namespace,
  temporalConfig,
  logOf,
  progress,
}: Options): Promise<TemporalOnPostgres> {
  const more = await debianFolders();
  const [postgresBin, initdb] = [await found('postgres', more), await found('initdb', more)];
  if (!postgresBin || !initdb) {
    throw new MissingServerError(
      'PostgreSQL is not there: install it (Debian: `apt-get install postgresql`), or put `postgres` and `initdb` on PATH.',
    );
  }
  const { server, tool } = await temporalBinaries(cache, progress);
  const [port = 0, ...ports] = await smallPorts(9);

  progress('starting PostgreSQL');
  const as = await unprivileged();
  const data = join(folder, 'postgres');
  await mkdir(data, { recursive: true });
  // another user's server must reach its data through our folder
  await chmod(folder, 0o711);
  await chown(data, as.uid, as.gid);
  await chmod(data, 0o700);
  await run(...as.command(initdb, ['-D', data, '-U', user, '--auth=trust', '-E', 'UTF8', '--no-locale']), { cwd: '/' });
  const startPostgres = async () => {
    const settings = ['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=120'];
    const args = ['-D', data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])];
    const [command, all] = as.command(postgresBin, args);
    const child = await startProcess({ name: 'postgres', command, args: all, logFile: logOf('postgres') });
    try {
      await untilReady(child, async () => {
        // a database that is there already answers that it is: the server answers, which is what is asked
        await sql(tool, port, 'temporal', ['create']);
        return true;
      });
    } catch (error) {
      await child.stop();
      throw error;
    }
    return child;
  };
  const postgres = await startPostgres();
  await sql(tool, port, 'temporal_visibility', ['create']);
  for (const [database, folderOf] of Object.entries(databases)) {
    await sql(tool, port, database, ['setup-schema', '-v', '0.0']);
    await sql(tool, port, database, ['update-schema', '--schema-name', `postgresql/v12/${folderOf}`]);
  }

  progress(`starting Temporal's server ${versions.temporalServer} over it`);
  const config = join(folder, 'temporal-config');
  await mkdir(config, { recursive: true });
  const dynamic = join(config, 'dynamic.yaml');
  await writeFile(
    dynamic,
    Object.entries({ ...temporalSettings.dynamicConfig, ...temporalConfig })
      .map(([key, value]) => `${key}:\n  - value: ${JSON.stringify(value)}\n`)
      .join(''),
  );
  const configFile = join(config, 'server.yaml');
  await writeFile(configFile, JSON.stringify(configOf(port, ports, dynamic)));
  const address = `127.0.0.1:${ports[0]}`;
  const connectionOptions: ConnectionOptions = { address, connectTimeout: '2s' };
  const startServer = async () => {
    const args = ['--config-file', configFile, '--allow-no-auth', 'start'];
    const child = await startProcess({ name: 'temporal', command: server, args, logFile: logOf('temporal') });
    try {
      await untilReady(
        child,
        async () => {
          await ensureNamespace(connectionOptions, namespace);
          await prepareTemporal(connectionOptions, namespace);
          return true;
        },
        120_000,
      );
    } catch (error) {
      await child.stop();
      throw error;
    }
    return child;
  };
  return {
    address,
    connectionOptions,
    machines: {
      postgres: restartable(postgres, startPostgres),
      temporal: restartable(await startServer(), startServer),
    },
  };
}

function restartable(process: RunningProcess, start: () => Promise<RunningProcess>): ServerHandle {
  const handle: ServerHandle = {
    process,
    restart: async () => {
      handle.process = await start();
    },
  };
  return handle;
}

/** Temporal's server with all of its roles in one process. JSON is YAML. */
function configOf(postgresPort: number, ports: number[], dynamicConfig: string): object {
  const sqlStore = (databaseName: string) => ({
    sql: {
      pluginName: 'postgres12',
      databaseName,
      connectAddr: `127.0.0.1:${postgresPort}`,
      connectProtocol: 'tcp',
      user,
      maxConns: 20,
      maxIdleConns: 20,
      maxConnLifetime: '1h',
    },
  });
  const rpc = (index: number) => ({
    rpc: { grpcPort: ports[index * 2], membershipPort: ports[index * 2 + 1], bindOnLocalHost: true },
  });
  const frontend = `127.0.0.1:${ports[0]}`;
  return {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards,
      datastores: { default: sqlStore('temporal'), visibility: sqlStore('temporal_visibility') },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: { frontend: rpc(0), matching: rpc(1), history: rpc(2), worker: rpc(3) },
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: 'active',
      currentClusterName: 'active',
      clusterInformation: {
        active: { enabled: true, initialFailoverVersion: 1, rpcName: 'frontend', rpcAddress: frontend },
      },
    },
    publicClient: { hostPort: frontend },
    dynamicConfigClient: { filepath: dynamicConfig, pollInterval: '60s' },
  };
}

/** Registers the namespace where it is missing; a new one is known to every part of the server within seconds. */
async function ensureNamespace(options: ConnectionOptions, namespace: string): Promise<void> {
  const connection = await Connection.connect(options);
  try {
    await connection.workflowService.describeNamespace({ namespace }).catch(async () => {
      const workflowExecutionRetentionPeriod = proto.google.protobuf.Duration.fromObject({
        seconds: temporalSettings.retentionHours * 3_600,
      });
      await connection.workflowService.registerNamespace({ namespace, workflowExecutionRetentionPeriod });
    });
  } finally {
    await connection.close();
  }
}

/** Free ports that fit the 16 signed bits in which the server's table of members keeps them. */
async function smallPorts(count: number): Promise<number[]> {
  for (;;) {
    const first = 10_000 + Math.floor(Math.random() * 20_000);
    const ports = await freePorts(Array.from({ length: count }, (_, index) => first + index));
    if (ports.every((port) => port < 32_768)) return ports;
  }
}

/** The schema tool, on one of the server's databases. */
function sql(tool: string, port: number, database: string, args: string[]) {
  const where = ['--plugin', 'postgres12', '--endpoint', '127.0.0.1', '--port', String(port)];
  return run(tool, [...where, '--user', user, '--database', database, ...args]);
}

/** PostgreSQL refuses a root: its server then runs as `postgres`, or as nobody. */
async function unprivileged() {
  const plain = (command: string, args: string[]): [string, string[]] => [command, args];
  if (process.getuid?.() !== 0) return { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0, command: plain };
  const idOf = async (flag: '-u' | '-g') => {
    const { stdout } = await run('id', [flag, 'postgres']).catch(() => run('id', [flag, 'nobody']));
    return Number(stdout);
  };
  const [uid, gid] = [await idOf('-u'), await idOf('-g')];
  return {
    uid,
    gid,
    // in the place of this process, so that signals reach the server itself
    command: (command: string, args: string[]): [string, string[]] => [
      'setpriv',
      [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', command, ...args],
    ],
  };
}

async function found(name: string, more: string[] = []): Promise<string | undefined> {
  for (const folder of [...(process.env['PATH'] ?? '').split(delimiter), ...more]) {
    const candidate = join(folder, name);
    if (await isExecutable(candidate)) return candidate;
  }
  return undefined;
}

/** Debian keeps a server's programs off PATH. */
async function debianFolders(): Promise<string[]> {
  const home = '/usr/lib/postgresql';
  const all = await readdir(home).catch(() => []);
  return all
    .toSorted()
    .toReversed()
    .map((version) => join(home, version, 'bin'));
}

const isExecutable = (file: string) =>
  access(file, constants.X_OK).then(
    () => true,
    () => false,
  );

/** The server and its schema tool: on PATH, in the cache, or built there by Go. @throws MissingServerError */
async function temporalBinaries(
  cache: string,
  progress: (message: string) => void,
): Promise<{ server: string; tool: string }> {
  const [onPath, toolOnPath] = [await found('temporal-server'), await found('temporal-sql-tool')];
  if (onPath && toolOnPath) return { server: onPath, tool: toolOnPath };
  const home = join(cache, `temporal-server-${versions.temporalServer}`);
  const [server, tool] = [join(home, 'server'), join(home, 'sql')];
  if ((await isExecutable(server)) && (await isExecutable(tool))) return { server, tool };
  const go = await found('go', ['/usr/local/go/bin']);
  if (!go) {
    throw new MissingServerError(
      `Temporal's server ${versions.temporalServer} is not there: install Go, with which it is built here, or put temporal-server and temporal-sql-tool on PATH.`,
    );
  }
  progress(`building Temporal's server ${versions.temporalServer} into ${home} (once, takes minutes)`);
  const env = { ...process.env, GOBIN: home };
  for (const what of ['server', 'tools/sql'])
    await run(go, ['install', `go.temporal.io/server/cmd/${what}@v${versions.temporalServer}`], {
      env,
      maxBuffer: 1e8,
    });
  return { server, tool };
}
