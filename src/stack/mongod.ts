import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mongo } from 'mongoose';
import { type RunningProcess, startProcess, untilReady } from './processes.ts';

/** What a one-node MongoDB replica set needs. */
export interface MongodOptions {
  executable: string;
  /** Folder of its data. */
  folder: string;
  /** A free port of 127.0.0.1. */
  port: number;
  /** Server parameters beyond those that every one has. */
  parameters?: Readonly<Record<string, string | number>> | undefined;
  logFile: string;
}

/** A running MongoDB that accepts writes. */
export interface Mongod {
  url: string;
  process: RunningProcess;
}

const replicaSet = 'rs0';
const database = 'aftersales';
const notYetInitialized = 94;

/** The URL of the embedded MongoDB on this port. */
export function mongodbUrlOf(port: number): string {
  return `mongodb://127.0.0.1:${port}/${database}?replicaSet=${replicaSet}`;
}

/**
 * Starts mongod as a one-node replica set (change streams need one) and waits until it is the writable primary.
 * @throws Error with the end of its log when it ends or takes too long.
 */
export async function startMongod(options: MongodOptions): Promise<Mongod> {
  const { executable, folder, port, parameters = {}, logFile } = options;
  const data = join(folder, 'mongodb');
  await mkdir(data, { recursive: true });
  const args = ['--dbpath', data, '--port', String(port), '--bind_ip', '127.0.0.1', '--nounixsocket'];
  args.push('--replSet', replicaSet, '--oplogSize', '512', '--wiredTigerCacheSizeGB', '0.5', '--quiet');
  // Figures nobody reads here; and a lone member has nobody to hand over to, so it needn't wait for clients to leave.
  args.push('--setParameter', 'diagnosticDataCollectionEnabled=false');
  args.push('--setParameter', 'shutdownTimeoutMillisForSignaledShutdown=100');
  for (const [name, value] of Object.entries(parameters)) args.push('--setParameter', `${name}=${value}`);
  const process = await startProcess({ name: 'mongod', command: executable, args, logFile });
  try {
    await untilReady(process, () => isPrimary(port));
  } catch (error) {
    await process.stop();
    throw error;
  }
  return { url: mongodbUrlOf(port), process };
}

/**
 * One step towards being primary; true once it is. Nothing else connects before: a member restarted on another port is
 * no primary until it is told its new name. A client of its own each time, as one that failed to connect stays closed.
 */
async function isPrimary(port: number): Promise<true | undefined> {
  const host = `127.0.0.1:${port}`;
  const client = new mongo.MongoClient(`mongodb://${host}/?directConnection=true`, { serverSelectionTimeoutMS: 1_000 });
  try {
    const admin = client.db('admin');
    const members = [{ _id: 0, host }];
    const config = await configOf(admin);
    if (config === undefined) {
      await admin.command({ replSetInitiate: { _id: replicaSet, members } });
    } else if (config.members.length !== 1 || config.members[0]?.host !== host) {
      await admin.command({ replSetReconfig: { ...config, version: config.version + 1, members }, force: true });
    }
    return (await admin.command({ hello: 1 }))['isWritablePrimary'] === true ? true : undefined;
  } finally {
    await client.close();
  }
}

interface ReplicaSetConfig {
  version: number;
  members: { host: string }[];
}

async function configOf(admin: mongo.Db): Promise<ReplicaSetConfig | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 }))['config'] as ReplicaSetConfig;
  } catch (error) {
    if (error instanceof mongo.MongoServerError && error.code === notYetInitialized) return undefined;
    throw error;
  }
}
