import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Connection, type ConnectionOptions, isGrpcServiceError } from '@temporalio/client';
import proto from '@temporalio/proto';
import { searchAttributes } from '../workflows/searchAttributes.ts';
import { type RunningProcess, startProcess, untilReady } from './processes.ts';
import { temporalSettings } from './versions.ts';

/** What a Temporal development server needs. */
export interface TemporalOptions {
  executable: string;
  /** Folder of its database. */
  folder: string;
  /** Free ports of 127.0.0.1; without a UI port there is no UI. */
  port: number;
  uiPort: number | undefined;
  /** Where the UI has payloads decrypted. */
  codecEndpoint?: string | undefined;
  /** Beyond the settings that every server has. */
  dynamicConfig?: Readonly<Record<string, unknown>> | undefined;
  logFile: string;
}

/** A running Temporal server that knows our search attributes. */
export interface TemporalServer {
  address: string;
  uiUrl: string | undefined;
  process: RunningProcess;
}

const namespace = 'default';

/**
 * Starts Temporal's development server on a database file and waits until workflows can be started and searched.
 * @throws Error with the end of its log when it ends or takes too long.
 */
export async function startTemporal(options: TemporalOptions): Promise<TemporalServer> {
  const { executable, folder, port, uiPort, codecEndpoint, logFile } = options;
  await mkdir(folder, { recursive: true });
  const args = ['server', 'start-dev', '--ip', '127.0.0.1', '--port', String(port), '--log-level', 'warn'];
  args.push(...(uiPort === undefined ? ['--headless'] : ['--ui-port', String(uiPort), '--ui-disable-news-fetch']));
  if (uiPort !== undefined && codecEndpoint !== undefined) args.push('--ui-codec-endpoint', codecEndpoint);
  // With a write-ahead log the file survives kill -9 as before, and a third more cases a second fit through it.
  args.push('--db-filename', join(folder, 'temporal.sqlite'));
  args.push('--sqlite-pragma', 'journal_mode=WAL', '--sqlite-pragma', 'synchronous=NORMAL');
  for (const [key, value] of Object.entries({ ...temporalSettings.dynamicConfig, ...options.dynamicConfig })) {
    args.push('--dynamic-config-value', `${key}=${JSON.stringify(value)}`);
  }
  for (const [name, type] of Object.entries(searchAttributes)) args.push('--search-attribute', `${name}=${type}`);

  const process = await startProcess({ name: 'temporal', command: executable, args, logFile });
  const address = `127.0.0.1:${port}`;
  try {
    await untilReady(process, async () => {
      await prepareTemporal({ address, connectTimeout: '2s' }, namespace);
      return true;
    });
    await keepFinished(address);
  } catch (error) {
    await process.stop();
    throw error;
  }
  return { address, uiUrl: uiPort === undefined ? undefined : `http://127.0.0.1:${uiPort}`, process };
}

/**
 * Registers our search attributes where they are missing and waits until a search by each of them works: a new one is
 * not usable at once. Does nothing on a server that has them.
 * @throws the client's error when the server can't be reached, or an attribute is there with another type.
 */
export async function prepareTemporal(options: ConnectionOptions, inNamespace: string): Promise<void> {
  const connection = await Connection.connect(options);
  try {
    const { operatorService, workflowService } = connection;
    const { customAttributes } = await operatorService.listSearchAttributes({ namespace: inNamespace });
    const missing: Record<string, proto.temporal.api.enums.v1.IndexedValueType> = {};
    for (const [name, type] of Object.entries(searchAttributes)) {
      const wanted = indexedValueTypes[type];
      const present = customAttributes?.[name];
      if (present === undefined) missing[name] = wanted;
      else if (present !== wanted)
        throw new Error(`Temporal has the search attribute ${name} with another type than ${type}`);
    }
    if (Object.keys(missing).length > 0) {
      await operatorService.addSearchAttributes({ namespace: inNamespace, searchAttributes: missing });
    }
    const query = Object.keys(searchAttributes)
      .map((name) => `${name} IS NOT NULL`)
      .join(' AND ');
    const until = Date.now() + 30_000;
    for (;;) {
      try {
        await workflowService.countWorkflowExecutions({ namespace: inNamespace, query });
        return;
      } catch (error) {
        if (!isGrpcServiceError(error) || Date.now() > until) throw error;
        await delay(100);
      }
    }
  } finally {
    await connection.close();
  }
}

/** The development server forgets finished workflows after a day; operators look back further. */
async function keepFinished(address: string): Promise<void> {
  const connection = await Connection.connect({ address });
  try {
    const workflowExecutionRetentionTtl = proto.google.protobuf.Duration.fromObject({
      seconds: temporalSettings.retentionHours * 3_600,
    });
    await connection.workflowService.updateNamespace({ namespace, config: { workflowExecutionRetentionTtl } });
  } finally {
    await connection.close();
  }
}

const indexedValueTypes = {
  Keyword: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
  Datetime: proto.temporal.api.enums.v1.IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
} as const;
