import { join } from 'node:path';
import { readSettings, type Settings } from '../settings.ts';
import { buildConsole } from '../stack/console.ts';
import { reportErrors } from '../stack/errorLog.ts';
import { type Home, openHome } from '../stack/home.ts';
import { freePorts } from '../stack/ports.ts';
import { stopAll } from '../stack/processes.ts';
import { type Servers, startServers } from '../stack/servers.ts';
import { type Service, startService } from '../stack/service.ts';
import { supervise } from '../stack/supervisor.ts';
import { offerDemoParties } from './demoParties.ts';
import { demoParties, type SeededOrder, seed } from './seed.ts';
import { signToken } from './tokens.ts';

const startedAt = Date.now();
const say = (message: string) => console.log(message);
const progress = (message: string) => say(`${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(6)} s  ${message}`);

/** What must be undone at the end, in the order it was done. */
const undo: (() => Promise<void>)[] = [];
let ending: Promise<void> | undefined;
let askedAt: number | undefined;

/** Stops everything in order, once. */
function end(exitCode: number): Promise<void> {
  ending ??= (async () => {
    process.exitCode = exitCode;
    for (const step of undo.toReversed()) await step();
    process.exit();
  })();
  return ending;
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    // One Ctrl-C comes twice, from the terminal and from npm. A later one is somebody who wants it now: what still
    // runs is ended behind us.
    if (signal === 'SIGINT' && askedAt !== undefined && Date.now() - askedAt > 1_000) process.exit(130);
    if (askedAt === undefined) say('\nStopping …');
    askedAt ??= Date.now();
    void end(0);
  });
}
for (const fault of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(fault, (error: unknown) => {
    console.error(error);
    void end(1);
  });
}

try {
  await start(readSettings(process.env));
} catch (error) {
  // After a Ctrl-C, steps under way fail because what they wait for is being stopped.
  if (ending === undefined) {
    console.error(error instanceof Error ? error.message : error);
    await end(1);
  }
}

async function start(settings: Settings): Promise<void> {
  for (const warning of settings.warnings) say(`Warning: ${warning}`);
  const home = await openHome(settings.home);
  undo.push(home.release, stopAll);

  // Beside the servers' own start. A console that can't be built is no reason to have no service.
  progress('preparing the console');
  const building = buildConsole().catch((error: unknown) => {
    progress(error instanceof Error ? error.message : String(error));
    return undefined;
  });

  // Chosen first: Temporal's UI is told where it has payloads decrypted.
  const [apiPort = settings.port] = await freePorts([settings.port]);
  const { address, namespace, connectionOptions } = settings.temporal;
  const servers = await startServers({
    folder: home.folder,
    cache: settings.cache,
    env: process.env,
    progress,
    mongodbUrl: settings.mongodbUrl,
    temporal: address === undefined ? undefined : { address, namespace, connectionOptions },
    ports: { mongodb: 27_017, temporal: 7_233, temporalUi: 8_233 },
    ui: true,
    codecEndpoint: settings.payloadKeys && `http://127.0.0.1:${apiPort}/codec`,
  });
  undo.push(servers.stop);

  const secret = await secretOf(settings, home);
  const consoleFolder = await building;
  const demoFile = join(home.folder, 'demo-parties.json');
  const service = await startService({
    servers,
    folder: home.folder,
    ports: { api: apiPort, provider: 8_090, mail: 8_025 },
    callbackSecret: settings.paymentCallbackSecret ?? (await home.secret('callback-secret')),
    providerUrl: settings.paymentProviderUrl,
    smtpUrl: settings.smtpUrl,
    env: {
      AFTERSALES_HOME: settings.home,
      ...(secret === undefined ? {} : { AUTH_SECRET: secret }),
      // receivers that are tried out run on the same machine
      PRIVATE_WEBHOOKS: process.env['PRIVATE_WEBHOOKS'] || 'allow',
      CODEC_ORIGINS: codecOrigins(settings, servers).join(','),
      ...(consoleFolder === undefined ? {} : { CONSOLE_FOLDER: consoleFolder }),
      ...(secret === undefined ? {} : { CONSOLE_DEMO_PARTIES: demoFile }),
    },
    progress,
  });
  undo.push(service.stop);

  const handles = {
    ...(servers.mongod && { mongod: servers.mongod }),
    ...(servers.temporal && { temporal: servers.temporal }),
    ...service.handles,
  };
  const describe = () =>
    home.describe({
      apiUrl: service.apiUrl,
      temporalAddress: servers.temporalAddress,
      temporalUiUrl: servers.temporalUiUrl ?? null,
      mongodbUrl: servers.mongodbUrl,
      providerUrl: service.providerUrl,
      mailUrl: service.mailUrl ?? null,
      pids: Object.fromEntries(
        Object.entries(handles).map(
          ([
            name,
            {
              process: { pid, startTime },
            },
          ]) => [name, { pid, startTime }],
        ),
      ),
    });
  await describe();
  undo.push(supervise(handles, progress, describe).stop);
  undo.push(
    await reportErrors(
      ['worker', 'api'].map((name) => [name, home.logFile(name)]),
      progress,
    ),
  );

  if (secret !== undefined) {
    const { temporalUiUrl: temporalUi = null } = servers;
    const { mailUrl: mail = null, providerUrl } = service;
    const stopOffering = await offerDemoParties(demoFile, secret, { temporalUi, mail, provider: `${providerUrl}/` });
    undo.push(async () => stopOffering());
  }
  if (secret === undefined) return showUrls(settings, servers, service);
  progress('placing the demo orders');
  const orders = await seed(service.apiUrl, secret).catch((error: unknown) => {
    progress(`the demo orders could not be placed: ${error instanceof Error ? error.message : String(error)}`);
    return [];
  });
  showUrls(settings, servers, service);
  await showDemo(service, secret, orders);
}

/** The secret tokens are signed with; undefined where they come from an issuer. */
async function secretOf(settings: Settings, home: Home): Promise<string | undefined> {
  if (settings.auth === undefined) return home.secret('auth-secret');
  return 'secret' in settings.auth ? settings.auth.secret : undefined;
}

/** The origins that were set, and our own UI's under both of its names. */
function codecOrigins({ codecOrigins: given }: Settings, { temporalUiUrl }: Servers): string[] {
  return temporalUiUrl === undefined
    ? given
    : [...given, temporalUiUrl, temporalUiUrl.replace('127.0.0.1', 'localhost')];
}

function showUrls(settings: Settings, servers: Servers, service: Service): void {
  const decrypting = settings.payloadKeys ? `\n  Decrypting in it  ${service.apiUrl}/codec` : '';
  say(`
After-sales is ready.

  Console           ${service.apiUrl}/
  API               ${service.apiUrl}
  API documentation ${service.apiUrl}/docs
  Temporal UI       ${servers.temporalUiUrl ?? '(of the server you named)'}${decrypting}
  Sandbox provider  ${service.providerUrl}/movements
  Mail              ${service.mailUrl ?? '(to the server you named)'}
  Temporal          ${servers.temporalAddress}
  MongoDB           ${servers.mongodbUrl}
  Data and logs     ${settings.home}`);
}

async function showDemo(service: Service, secret: string, orders: SeededOrder[]): Promise<void> {
  const tokens = new Map<string, string>();
  for (const party of demoParties) tokens.set(party.sub, await signToken(party, secret));
  say('\nTokens, good for 12 hours (more: npm run --silent token -- --role merchant --sub m-1)\n');
  for (const { role, sub } of demoParties) {
    say(`  ${role.padEnd(8)} ${sub.padEnd(4)} ${tokens.get(sub)}`);
  }
  if (orders.length > 0) say('\nDemo orders\n');
  for (const order of orders) {
    say(
      `  ${order.id}  ${order.status.padEnd(15)} ${order.paymentMethod.padEnd(6)} ${order.consumer} ← ${order.merchant}  ${order.title}`,
    );
  }
  const delivered = orders.find((order) => order.status === 'delivered' && order.consumer === 'c-1');
  if (delivered !== undefined) {
    say(`
Return it, as its buyer:

  curl -s ${service.apiUrl}/v1/cases \\
    -H 'Authorization: Bearer ${tokens.get(delivered.consumer)}' \\
    -H 'Content-Type: application/json' -H "Idempotency-Key: try-$(date +%s)" \\
    -d '{"orderId":"${delivered.id}","kind":"return_and_refund","reason":"no_reason_7d","lines":[{"lineId":"l-1","quantity":1}],"description":"不合适"}'`);
  }
  say('\nCtrl-C stops everything; the data stays.\n');
}
