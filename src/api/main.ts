import type { AddressInfo } from 'node:net';
import { verifySandboxCallback } from '../activities/payments/sandbox.ts';
import { payloadCodec } from '../codec/payloadCodec.ts';
import { defaultPolicy } from '../domain/policy/defaultPolicy.ts';
import { createLog } from '../observe/log.ts';
import { tracingIfAsked } from '../observe/tracingIfAsked.ts';
import { type ApiSettings, readApiSettings, SettingsError } from '../settings.ts';
import { connectDatabase } from '../store/database.ts';
import { openEvidence } from '../store/evidence.ts';
import { prepareCollections } from '../store/models.ts';
import { openStore } from '../store/store.ts';
import { whenThere } from '../store/whenThere.ts';
import { createApp } from './app.ts';
import { removeExpiredHourly } from './evidence/removal.ts';
import { patientServer } from './server.ts';
import { lazyClient, temporalGateway } from './temporal.ts';

/** Connections that ask for nothing more are cut after this, so that stopping has an end. */
const drainMs = 10_000;
const signatureGoodForMs = 5 * 60_000;

/** The API's process: serves from when MongoDB is there, whether Temporal is or not; on SIGTERM stops listening, drains, closes. */
async function main(): Promise<void> {
  const settings = settingsOrExit();
  const tracing = await tracingIfAsked('api', settings.traceEndpoint);
  const log = createLog('api', settings.logLevel);
  const stopping = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => stopping.abort());

  const there = <T>(attempt: () => Promise<T>) => whenThere(attempt, log, stopping.signal);
  const database = await there(() => connectDatabase(settings.mongodbUrl, tracing?.databaseCall));
  const store = openStore(database);
  await there(async () => {
    await prepareCollections(database);
    await store.policies.seed(defaultPolicy, new Date());
  });
  const evidence = await there(() => openEvidence(database));
  const temporal = lazyClient(settings.temporal, settings.payloadKeys, tracing?.clientInterceptors);
  const secret = settings.paymentCallbackSecret;
  const { app, endStreams, close } = createApp({
    store,
    temporal: temporalGateway(temporal.client, settings.taskQueue),
    evidence,
    providers: {
      sandbox: (body, signature, now) => verifySandboxCallback(secret, body, signature, now, signatureGoodForMs),
    },
    auth: settings.auth,
    codec: settings.payloadKeys && { codec: payloadCodec(settings.payloadKeys), origins: settings.codecOrigins },
    console:
      settings.consoleFolder === undefined
        ? undefined
        : { folder: settings.consoleFolder, demoParties: settings.consoleDemoParties },
    rateLimit: settings.rateLimit,
    trustedProxies: settings.trustedProxies,
    graceMs: settings.deadlineGraceMs,
    privateWebhooks: settings.privateWebhooks,
    log,
    ...(tracing ? { tracing } : {}),
    clock: Date.now,
  });

  const stopRemoving = removeExpiredHourly(evidence, log, Date.now);

  const server = patientServer(app);
  await new Promise<void>((listening, failed) => {
    server.once('error', failed);
    server.listen(settings.port, settings.host, listening);
  });
  const { address, port } = server.address() as AddressInfo;
  log.info({ address, port }, 'listening');

  await aborted(stopping.signal);
  log.info('stopping');
  const closed = new Promise<void>((done) => server.close(() => done()));
  endStreams();
  server.closeIdleConnections();
  const cut = setTimeout(() => server.closeAllConnections(), drainMs);
  await closed;
  clearTimeout(cut);
  await Promise.all([close(), stopRemoving()]);
  await Promise.all([temporal.close(), database.close(), tracing?.stop()]);
}

function settingsOrExit(): ApiSettings {
  try {
    return readApiSettings(process.env);
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  }
}

const aborted = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });

main().catch((error: unknown) => {
  if (error instanceof Error && error.name === 'AbortError') return;
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.exit(1);
});
