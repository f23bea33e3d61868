import { createServer } from 'node:http';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import { pino } from 'pino';
import { createPaymentProvider } from '../activities/payments/provider.ts';
import { readWorkerSettings } from '../settings.ts';
import { connectDatabase } from '../store/database.ts';
import { prepareCollections } from '../store/models.ts';
import { courierOver, startCouriers } from './courier.ts';
import { activitiesOver } from './deps.ts';
import { bundleWorkflows, createWorker } from './worker.ts';

/** The worker's process: connects, polls, answers health on its port, and on SIGTERM drains before it closes. */
async function main(): Promise<void> {
  const settings = readWorkerSettings(process.env);
  const log = pino({ level: settings.logLevel, base: { process: 'worker' } });
  Runtime.install({
    logger: new DefaultLogger('WARN', ({ level, message, meta }) => log.warn({ level, ...meta }, message)),
    shutdownSignals: [],
  });

  const database = await connectDatabase(settings.mongodbUrl);
  const activityClient = await Connection.connect(settings.temporal.connectionOptions);
  const connection = await NativeConnection.connect(settings.temporal.connectionOptions);
  const { namespace } = settings.temporal;
  const client = new Client({ connection: activityClient, namespace });
  const courier = courierOver(database, settings, log);
  const activities = { ...activitiesOver(database, createPaymentProvider(settings), client), ...courier.activities };
  if (settings.smtpUrl === undefined) log.warn('SMTP_URL names no mail server: nobody gets mail');
  await prepareCollections(database);

  const workflowBundle = settings.workflowBundle ? { codePath: settings.workflowBundle } : await bundleWorkflows();
  const worker = await createWorker({
    connection,
    namespace,
    taskQueue: settings.taskQueue,
    activities,
    workflowBundle,
  });

  const health = createServer((_, response) => {
    const state = worker.getState();
    response.writeHead(state === 'RUNNING' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ state }));
  });
  await new Promise<void>((listening) => health.listen(settings.workerPort, settings.host, listening));

  const stop = () => {
    if (worker.getState() !== 'RUNNING') return;
    worker.shutdown();
    courier.stop();
  };
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, stop);

  await startCouriers(client, settings.taskQueue);
  const running = worker.run();
  process.stdout.write(`${JSON.stringify({ worker_ready: true, health: health.address() })}\n`);
  try {
    await running;
  } finally {
    health.close();
    await Promise.all([connection.close(), activityClient.close(), database.close()]);
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
