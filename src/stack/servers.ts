import type { ConnectionOptions } from '@temporalio/client';
import { findMongod, findTemporal, type Progress } from './executables.ts';
import { startMongod } from './mongod.ts';
import { freePorts } from './ports.ts';
import type { RunningProcess } from './processes.ts';
import { prepareTemporal, startTemporal } from './temporal.ts';

/** Which servers to bring. One that is named is used as it is; the other is started. */
export interface ServersOptions {
  /** Folder of the started servers' data and logs. */
  folder: string;
  cache: string;
  env: NodeJS.ProcessEnv;
  progress: Progress;
  mongodbUrl?: string | undefined;
  temporal?: { address: string; namespace: string; connectionOptions: ConnectionOptions } | undefined;
  /** Wanted ports: another free one is taken where one is not free. Without them any will do. */
  ports?: { mongodb: number; temporal: number; temporalUi: number };
  /** Whether Temporal's UI is wanted. */
  ui?: boolean;
  /** Where its operators have payloads decrypted. */
  codecEndpoint?: string | undefined;
  /** MongoDB's server parameters beyond those that every one has. */
  mongodParameters?: Readonly<Record<string, string | number>>;
  /** Dynamic configuration of Temporal beyond the settings that every one of its servers has. */
  temporalConfig?: Readonly<Record<string, unknown>>;
}

/** MongoDB and Temporal, ready for use. */
export interface Servers {
  mongodbUrl: string;
  temporalAddress: string;
  temporalNamespace: string;
  temporalUiUrl: string | undefined;
  /** Those that were started here; the ones named by the caller are not ours. */
  mongod: ServerHandle | undefined;
  temporal: ServerHandle | undefined;
  /** Stops what was started, Temporal before MongoDB. */
  stop: () => Promise<void>;
}

/** A started server that can be brought back on the same port with the same data. */
export interface ServerHandle {
  process: RunningProcess;
  restart: () => Promise<void>;
}

/**
 * Finds or installs MongoDB and Temporal and starts them on 127.0.0.1, both at once.
 * @throws MissingServerError when one can be neither found nor installed, or Error with the end of its log when it fails.
 */
export async function startServers(options: ServersOptions): Promise<Servers> {
  const { folder, ports, progress } = options;
  const logFile = (name: string) => `${folder}/logs/${name}.log`;
  const search = { cache: options.cache, env: options.env, progress };
  const [mongodbPort = 0, temporalPort = 0, temporalUiPort = 0] = await freePorts([
    ports?.mongodb ?? 0,
    ports?.temporal ?? 0,
    ports?.temporalUi ?? 0,
  ]);

  const beginMongod = async () => {
    if (options.mongodbUrl !== undefined) return { url: options.mongodbUrl, handle: undefined };
    const executable = await findMongod(search);
    const place = { executable, folder, port: mongodbPort, logFile: logFile('mongod') };
    const start = () => startMongod({ ...place, parameters: options.mongodParameters });
    progress('starting MongoDB');
    const { url, process } = await start();
    return { url, handle: restartable(process, async () => (await start()).process) };
  };

  const beginTemporal = async () => {
    if (options.temporal !== undefined) {
      await prepareTemporal(options.temporal.connectionOptions, options.temporal.namespace);
      return { ...options.temporal, uiUrl: undefined, handle: undefined };
    }
    const executable = await findTemporal(search);
    const uiPort = (options.ui ?? false) ? temporalUiPort : undefined;
    const { codecEndpoint, temporalConfig } = options;
    const place = { executable, folder, port: temporalPort, uiPort, logFile: logFile('temporal') };
    const start = () => startTemporal({ ...place, codecEndpoint, dynamicConfig: temporalConfig });
    progress('starting Temporal');
    const { address, uiUrl, process } = await start();
    return { address, namespace: 'default', uiUrl, handle: restartable(process, async () => (await start()).process) };
  };

  const [mongod, temporal] = await Promise.allSettled([beginMongod(), beginTemporal()]);
  if (mongod.status === 'rejected' || temporal.status === 'rejected') {
    if (mongod.status === 'fulfilled') await mongod.value.handle?.process.stop();
    if (temporal.status === 'fulfilled') await temporal.value.handle?.process.stop();
    throw mongod.status === 'rejected' ? mongod.reason : (temporal as PromiseRejectedResult).reason;
  }
  return {
    mongodbUrl: mongod.value.url,
    temporalAddress: temporal.value.address,
    temporalNamespace: temporal.value.namespace,
    temporalUiUrl: temporal.value.uiUrl,
    mongod: mongod.value.handle,
    temporal: temporal.value.handle,
    stop: async () => {
      await temporal.value.handle?.process.stop();
      await mongod.value.handle?.process.stop();
    },
  };
}

function restartable(first: RunningProcess, start: () => Promise<RunningProcess>): ServerHandle {
  const handle: ServerHandle = {
    process: first,
    restart: async () => {
      handle.process = await start();
    },
  };
  return handle;
}
