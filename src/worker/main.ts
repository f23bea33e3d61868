import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { Client, Connection } from '@temporalio/client';
import { NativeConnection, Runtime } from '@temporalio/worker';
import { createPaymentProvider } from '../activities/payments/provider.ts';
import { dataConverterOf } from '../codec/payloadCodec.ts';
import { showClockSkew } from '../observe/clockSkew.ts';
import { createLog } from '../observe/log.ts';
import { tracingIfAsked } from '../observe/tracingIfAsked.ts';
import { readWorkerSettings } from '../settings.ts';
import { buildStore } from '../store/builds.ts';
import { connectDatabase } from '../store/database.ts';
import { gaugeReader } from '../store/gauges.ts';
import { defineModels, prepareCollections } from '../store/models.ts';
import { serverClock } from '../store/serverClock.ts';
import { whenThere } from '../store/whenThere.ts';
import { observeActivities } from './activityInterceptor.ts';
import { courierOver, startCouriers } from './courier.ts';
import { activitiesOver, maintenanceOver } from './deps.ts';
import { domainGauges } from './domainGauges.ts';
import { workerMetrics } from './metrics.ts';
import { scheduleReconciliation } from './reconciling.ts';
import { sdkTelemetry } from './sdkTelemetry.ts';
import { workerServer } from './server.ts';
import { bundleWorkflows, createWorker } from './worker.ts';

/** The worker's process: connects, polls, answers health and metrics on its port, and on SIGTERM drains before it closes. */
async function main(): Promise<void> {
  const settings = readWorkerSettings(process.env);
  const tracing = await tracingIfAsked('worker', settings.traceEndpoint);
  const log = createLog('worker', settings.logLevel, tracing ? { mixin: tracing.traceId } : {});
  const { options, sdkMetrics } = await sdkTelemetry(log);
  Runtime.install(options);

  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

  const there = <T>(attempt: () => Promise<T>) => whenThere(attempt, log, stopping.signal);
  const database = await there(() => connectDatabase(settings.mongodbUrl, tracing?.databaseCall));
  const activityClient = await Connection.connect(settings.temporal.connectionOptions);
  const connection = await NativeConnection.connect(settings.temporal.connectionOptions);
  const { namespace } = settings.temporal;
  const dataConverter = dataConverterOf(settings.payloadKeys);
  const client = new Client({
    connection: activityClient,
    namespace,
    interceptors: tracing?.clientInterceptors ?? {},
    ...(dataConverter ? { dataConverter } : {}),
  });
  if (settings.smtpUrl === undefined) log.warn('SMTP_URL names no mail server: nobody gets mail');
  const metrics = workerMetrics();
  const { register } = metrics;
  showClockSkew(register, () => serverClock(database));
  const refreshGauges = domainGauges(register, {
    read: gaugeReader(database),
    graceMs: settings.deadlineGraceMs,
    readEveryMs: settings.domainMetricsEveryMs,
    onFailure: (error) => log.warn({ err: error }, 'where the service stands could not be read'),
  });
  const provider = metrics.measured(createPaymentProvider(settings, tracing?.fetch));
  const activities = {
    ...activitiesOver(database, provider, client, metrics.onTimelineAdded),
    ...maintenanceOver(database, provider, client, settings, stopping.signal),
    ...courierOver(database, settings, log, stopping.signal),
  };
  await there(() => prepareCollections(database));

  const workflowBundle = settings.workflowBundle
    ? { codePath: settings.workflowBundle }
    : await bundleWorkflows({ traced: tracing !== undefined });
  const { workerVersion: version } = settings;
  if (version) {
    const code = 'code' in workflowBundle ? workflowBundle.code : await readFile(workflowBundle.codePath);
    const sha256 = createHash('sha256').update(code).digest('hex');
    await buildStore(defineModels(database)).enter(version.deploymentName, version.buildId, sha256, new Date());
    log.info(version, 'takes tasks once Temporal is told that this build is current, or ramping');
  }
  const worker = await createWorker({
    version,
    connection,
    namespace,
    taskQueue: settings.taskQueue,
    activities,
    workflowBundle,
    dataConverter,
    interceptors: {
      activity: [...(tracing ? [tracing.activityInterceptor] : []), observeActivities(metrics, log)],
    },
  });

  const health = workerServer({
    state: () => worker.getState(),
    contentType: register.contentType,
    async metrics() {
      const [ofSdk] = await Promise.all([sdkMetrics(), refreshGauges()]);
      return `${await register.metrics()}\n${ofSdk}`;
    },
  });
  await new Promise<void>((listening) => health.listen(settings.workerPort, settings.host, listening));

  await startCouriers(client, settings.taskQueue);
  await scheduleReconciliation(client, settings.taskQueue);
  const running = worker.run();
  // one that came while it was starting counts too
  if (stopping.signal.aborted) worker.shutdown();
  else stopping.signal.addEventListener('abort', () => worker.shutdown(), { once: true });
  process.stdout.write(`${JSON.stringify({ worker_ready: true, health: health.address() })}\n`);
  try {
    await running;
  } finally {
    health.close();
    await Promise.all([connection.close(), activityClient.close(), database.close(), tracing?.stop()]);
  }
}

main().catch((error: unknown) => {
  // asked to end before it had begun
  if (error instanceof Error && error.name === 'AbortError') return;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
