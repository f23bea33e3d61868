import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { type ClientConnectConfig, loadClientConnectConfig } from '@temporalio/envconfig';
import ipaddr from 'ipaddr.js';
import { parse as parseDuration } from 'tinyduration';
import { z } from 'zod';
import { type PayloadKeys, parsePayloadKeys, UnusableKeys } from './codec/keys.ts';
import { defaultTaskQueue } from './workflows/messages.ts';

/** How callers' tokens are checked: a shared HS256 secret, or the key set of an issuer. */
export type AuthSettings = { secret: string } | { jwksUrl: string; issuer: string; audience: string };

/** Where Temporal is. `address` is absent when neither the environment nor a Temporal profile names one. */
export interface TemporalSettings {
  address: string | undefined;
  namespace: string;
  /** What to hand to `Connection.connect` or `NativeConnection.connect`: address, TLS, API key, metadata. */
  connectionOptions: ClientConnectConfig['connectionOptions'];
}

/** A build of the worker as Temporal's worker deployments name it. */
export type WorkerVersion = { deploymentName: string; buildId: string };

/** All settings, parsed. What is optional here is made by the embedded stack, or required of a role started alone. */
export interface Settings {
  /** Address the API and the worker listen on; containers need 0.0.0.0. */
  host: string;
  /** Where the API listens; 0 takes any free port. */
  port: number;
  /** Where the worker answers health and metrics; 0 takes any free port. */
  workerPort: number;
  /** Folder of this installation's data, absolute. */
  home: string;
  /** Folder of downloaded servers, absolute. */
  cache: string;
  mongodbUrl: string | undefined;
  temporal: TemporalSettings;
  taskQueue: string;
  /** Workflow code bundled beforehand, as images carry it; without it the worker bundles at start. */
  workflowBundle: string | undefined;
  /** Which build of which deployment the worker is, where Temporal is to know builds apart; without, it takes every task. */
  workerVersion: WorkerVersion | undefined;
  auth: AuthSettings | undefined;
  paymentProvider: 'sandbox';
  paymentProviderUrl: string | undefined;
  /** Shared with the provider, which signs its callbacks with it. */
  paymentCallbackSecret: string | undefined;
  /** Where mail is handed over; without it nobody gets mail. */
  smtpUrl: string | undefined;
  /** Whom mail comes from, as mail programs show it. */
  mailFrom: string;
  /** Whether webhooks may go to addresses that are not public, such as those of receivers in the same network. */
  privateWebhooks: boolean;
  /** What payloads are encrypted with before Temporal stores them; without, they are stored as they are. */
  payloadKeys: PayloadKeys | undefined;
  /** Origins of the Temporal UIs whose operators may have payloads decrypted in the browser. */
  codecOrigins: string[];
  /** The built console; without it the API serves none. */
  consoleFolder: string | undefined;
  /** A file with tokens of demo parties, which the console offers to whoever asks: for the embedded stack alone. */
  consoleDemoParties: string | undefined;
  /** How long after a deadline its timer fires, in ms: commands received in time may still be on their way. */
  deadlineGraceMs: number;
  /** How often a worker asks the database where the service stands, at most, in ms: it counts whole collections. */
  domainMetricsEveryMs: number;
  /** Requests a second one caller may make. */
  rateLimit: number;
  /** Whose word is taken for where a request comes from: addresses, ranges, or names of ranges. */
  trustedProxies: string[];
  logLevel: (typeof logLevels)[number];
  /** Where traces are sent by OTLP over HTTP; without it there are none. */
  traceEndpoint: string | undefined;
  /** Allowed, but worth telling the operator. */
  warnings: string[];
}

/** What the API cannot start without. */
export type ApiSettings = Settings & { mongodbUrl: string; auth: AuthSettings; paymentCallbackSecret: string };
/** What the worker cannot start without. */
export type WorkerSettings = Settings & { mongodbUrl: string; paymentProviderUrl: string };

/** One thing wrong with the settings, and what to do about it. */
export interface SettingsFault {
  setting: string;
  problem: string;
  mend: string;
}

/** Thrown when settings cannot be used; `message` is a table of every fault, ready to print. */
export class SettingsError extends Error {
  readonly faults: SettingsFault[];

  constructor(faults: SettingsFault[]) {
    const width = Math.max(...faults.map((fault) => fault.setting.length));
    const rows = faults.map((fault) => `  ${fault.setting.padEnd(width)}  ${fault.problem}; ${fault.mend}`);
    super([`${faults.length === 1 ? 'One setting is' : `${faults.length} settings are`} wrong:`, ...rows].join('\n'));
    this.name = 'SettingsError';
    this.faults = faults;
  }
}

const logLevels = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
const minimumSecretLength = 32;
/** What the API may take to hand a command over (3 s) and the clock skew that raises an alarm (1 s): see DESIGN, POL-4. */
const safeGraceMs = 4_000;

/** A message of a schema below carries the mend after this mark. */
const mark = ' | ';
const wrong = (problem: string, mend: string) => ({ error: `${problem}${mark}${mend}` });

const port = (fallback: number) =>
  z
    .string()
    .regex(/^\d{1,5}$/, wrong('is not a port number', 'give 0 (any free port) to 65535'))
    .transform(Number)
    .refine((value) => value <= 65_535, wrong('is not a port number', 'give 0 (any free port) to 65535'))
    .default(fallback);

const url = (schemes: readonly string[], example: string) =>
  z
    .string()
    .refine(
      (value) => URL.canParse(value) && schemes.includes(new URL(value).protocol),
      wrong(`is not a URL of ${schemes.map((scheme) => `${scheme}//`).join(' or ')}`, `give one like ${example}`),
    )
    .optional();

const secret = (name: string) =>
  z
    .string()
    .min(
      minimumSecretLength,
      wrong(
        `is shorter than ${minimumSecretLength} characters`,
        `make one with: export ${name}=$(openssl rand -hex 32)`,
      ),
    )
    .optional();

const folder = (fallback: string) =>
  z
    .string()
    .default(fallback)
    .transform((value) => resolve(value));

const isOrigin = (value: string) => URL.canParse(value) && new URL(value).origin === value;

const keysMend = 'give it like k1:$(openssl rand -base64 32), older keys behind it after a comma';

const graceMend = wrong('is not an ISO 8601 duration', 'give one like PT5S');

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: port(8080),
  WORKER_PORT: port(0),
  AFTERSALES_HOME: folder('.aftersales'),
  AFTERSALES_CACHE: folder(`${homedir()}/.cache/aftersales`),
  // A list of hosts is no URL to the platform's parser, so only the scheme is looked at; the driver judges the rest.
  MONGODB_URL: z
    .string()
    .regex(
      /^mongodb(\+srv)?:\/\/\S+$/,
      wrong('is not a MongoDB URL', 'give one like mongodb://127.0.0.1:27017/aftersales'),
    )
    .optional(),
  TASK_QUEUE: z.string().default(defaultTaskQueue),
  WORKFLOW_BUNDLE: z.string().optional(),
  // Temporal's own names, which its controller for Kubernetes sets. It joins the two by a dot or a colon.
  TEMPORAL_DEPLOYMENT_NAME: z
    .string()
    .regex(/^[\w-]{1,100}$/, wrong('is not a name of a deployment', 'give up to 100 of letters, digits, - and _'))
    .default(defaultTaskQueue),
  TEMPORAL_WORKER_BUILD_ID: z
    .string()
    .regex(/^[\w.-]{1,100}$/, wrong('is not a build id', 'give up to 100 of letters, digits, -, _ and ., like v0.2.0'))
    .optional(),
  AUTH_SECRET: secret('AUTH_SECRET'),
  AUTH_JWKS_URL: url(['https:', 'http:'], 'https://login.example.com/.well-known/jwks.json'),
  AUTH_ISSUER: z.string().optional(),
  AUTH_AUDIENCE: z.string().optional(),
  PAYMENT_PROVIDER: z
    .enum(['sandbox'], wrong('is not a provider this service knows', 'give sandbox'))
    .default('sandbox'),
  PAYMENT_PROVIDER_URL: url(['https:', 'http:'], 'http://127.0.0.1:8090'),
  PAYMENT_CALLBACK_SECRET: secret('PAYMENT_CALLBACK_SECRET'),
  SMTP_URL: url(['smtp:', 'smtps:'], 'smtp://mail.example.com:587'),
  MAIL_FROM: z
    .string()
    .regex(
      /^(?:[^<>@"\s]+@[^<>@"\s]+|[^<>@"\r\n]+ <[^<>@"\s]+@[^<>@"\s]+>)$/,
      wrong('is not an address', 'give one like service@example.com or After-sales <service@example.com>'),
    )
    .default('After-sales <after-sales@localhost>'),
  PRIVATE_WEBHOOKS: z
    .enum(['allow', 'refuse'], wrong('is neither', 'give allow or refuse'))
    .default('refuse')
    .transform((value) => value === 'allow'),
  PAYLOAD_KEYS: z
    .string()
    .transform((value, context) => {
      try {
        return parsePayloadKeys(value);
      } catch (error) {
        if (!(error instanceof UnusableKeys)) throw error;
        context.addIssue({ code: 'custom', message: `${error.message}${mark}${keysMend}` });
        return z.NEVER;
      }
    })
    .optional(),
  CODEC_ORIGINS: z
    .string()
    .transform((value) => value.split(',').map((origin) => origin.trim()))
    .refine(
      (origins) => origins.every(isOrigin),
      wrong('is not a list of origins', 'give those of your Temporal UIs, like https://temporal.example.com'),
    )
    .default([]),
  CONSOLE_FOLDER: z.string().optional(),
  CONSOLE_DEMO_PARTIES: z.string().optional(),
  DEADLINE_GRACE: z
    .string()
    .refine((value) => durationMs(value) !== undefined, graceMend)
    .transform((value) => durationMs(value) ?? 0)
    .default(5_000),
  DOMAIN_METRICS_EVERY: z
    .string()
    .refine(
      (value) => (durationMs(value) ?? 0) > 0,
      wrong('is no such duration', 'give one longer than zero, like PT15S'),
    )
    .transform((value) => durationMs(value) ?? 0)
    .default(15_000),
  RATE_LIMIT: z
    .string()
    .regex(/^[1-9]\d{0,6}$/, wrong('is not a number of requests a second', 'give a whole number from 1, like 100'))
    .transform(Number)
    .default(100),
  TRUSTED_PROXIES: z
    .string()
    .transform((value) => value.split(',').map((one) => one.trim()))
    .refine(
      (all) => all.every(isProxy),
      wrong(
        'names no address',
        'give addresses or ranges, like 10.0.0.0/8, or loopback, linklocal, uniquelocal, with commas between',
      ),
    )
    .default([]),
  OTEL_EXPORTER_OTLP_ENDPOINT: url(['https:', 'http:'], 'http://127.0.0.1:4318'),
  LOG_LEVEL: z.enum(logLevels, wrong('is not a log level', `give one of ${logLevels.join(', ')}`)).default('info'),
});

/** What Express takes for a proxy: an address, a range, or a range's name. */
const isProxy = (text: string) =>
  ['loopback', 'linklocal', 'uniquelocal'].includes(text) ||
  ipaddr.isValid(text) ||
  // everybody's word is nobody's
  (ipaddr.isValidCIDR(text) && ipaddr.parseCIDR(text)[1] > 0);

/** Milliseconds of an ISO 8601 duration of fixed length (weeks, days of 24 h, hours, minutes, seconds), POL-7. */
function durationMs(text: string): number | undefined {
  try {
    const { years, months, weeks = 0, days = 0, hours = 0, minutes = 0, seconds = 0, negative } = parseDuration(text);
    if (years || months || negative) return undefined;
    return Math.round(((((weeks * 7 + days) * 24 + hours) * 60 + minutes) * 60 + seconds) * 1_000);
  } catch {
    return undefined;
  }
}

/** Faults that take more than one setting to see, or that another library's reader reports. */
function crossFaults(env: Record<string, string>): SettingsFault[] {
  const faults: SettingsFault[] = [];
  const jwks = ['AUTH_JWKS_URL', 'AUTH_ISSUER', 'AUTH_AUDIENCE'];
  const missing = jwks.filter((name) => env[name] === undefined);
  if (missing.length > 0 && missing.length < jwks.length) {
    for (const setting of missing) {
      faults.push({ setting, problem: 'is missing', mend: `give all of ${jwks.join(', ')}, or none of them` });
    }
  }
  if (env['AUTH_SECRET'] !== undefined && missing.length < jwks.length) {
    faults.push({
      setting: 'AUTH_SECRET',
      problem: 'is given beside AUTH_JWKS_URL, AUTH_ISSUER or AUTH_AUDIENCE',
      mend: 'tokens are checked in one way: unset one of the two',
    });
  }
  if (env['TEMPORAL_DEPLOYMENT_NAME'] !== undefined && env['TEMPORAL_WORKER_BUILD_ID'] === undefined) {
    faults.push({
      setting: 'TEMPORAL_WORKER_BUILD_ID',
      problem: 'is missing beside TEMPORAL_DEPLOYMENT_NAME',
      mend: 'say which build this is, or unset both',
    });
  }
  return faults;
}

/** Reads the Temporal connection the way every Temporal tool does: environment over profile over default. */
function readTemporal(env: Record<string, string>): TemporalSettings | SettingsFault {
  try {
    const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: env });
    return { address: connectionOptions.address, namespace: namespace ?? 'default', connectionOptions };
  } catch (error) {
    return {
      setting: 'TEMPORAL_*',
      problem: error instanceof Error ? error.message : String(error),
      mend: 'see the Temporal environment configuration',
    };
  }
}

/**
 * Reads and checks every setting.
 * @throws SettingsError listing every fault at once.
 */
export function readSettings(environmentVariables: NodeJS.ProcessEnv): Settings {
  return read(environmentVariables, []);
}

/**
 * Settings of the API started as a role of its own, against servers named in the environment.
 * @throws SettingsError listing every fault at once, a missing server among them.
 */
export function readApiSettings(environmentVariables: NodeJS.ProcessEnv): ApiSettings {
  return read(environmentVariables, [
    'MONGODB_URL',
    'TEMPORAL_ADDRESS',
    'AUTH',
    'PAYMENT_CALLBACK_SECRET',
  ]) as ApiSettings;
}

/**
 * Settings of the worker started as a role of its own, against servers named in the environment.
 * @throws SettingsError listing every fault at once, a missing server among them.
 */
export function readWorkerSettings(environmentVariables: NodeJS.ProcessEnv): WorkerSettings {
  return read(environmentVariables, ['MONGODB_URL', 'TEMPORAL_ADDRESS', 'PAYMENT_PROVIDER_URL']) as WorkerSettings;
}

type Needed = 'MONGODB_URL' | 'TEMPORAL_ADDRESS' | 'AUTH' | 'PAYMENT_PROVIDER_URL' | 'PAYMENT_CALLBACK_SECRET';

const mends: Record<Needed, { setting: string; mend: string }> = {
  MONGODB_URL: {
    setting: 'MONGODB_URL',
    mend: 'name the replica set to use, or run `npm start`, which brings its own',
  },
  TEMPORAL_ADDRESS: {
    setting: 'TEMPORAL_ADDRESS',
    mend: 'name the server to use, or run `npm start`, which brings its own',
  },
  AUTH: { setting: 'AUTH_SECRET', mend: 'give it, or AUTH_JWKS_URL with AUTH_ISSUER and AUTH_AUDIENCE' },
  PAYMENT_PROVIDER_URL: { setting: 'PAYMENT_PROVIDER_URL', mend: 'say where the payment provider is' },
  PAYMENT_CALLBACK_SECRET: {
    setting: 'PAYMENT_CALLBACK_SECRET',
    mend: 'give the secret the provider signs callbacks with',
  },
};

function read(environmentVariables: NodeJS.ProcessEnv, needed: Needed[]): Settings {
  // An empty variable is one that is not set: compose files and shells can't leave one out.
  const env: Record<string, string> = {};
  for (const [name, value] of Object.entries(environmentVariables)) {
    if (value !== undefined && value.trim() !== '') env[name] = value;
  }

  const faults: SettingsFault[] = [];
  const parsed = environment.safeParse(env);
  for (const issue of parsed.error?.issues ?? []) {
    const [problem = '', mend = ''] = issue.message.split(mark);
    faults.push({ setting: issue.path.join('.'), problem, mend });
  }
  faults.push(...crossFaults(env));

  const temporal = readTemporal(env);
  if ('setting' in temporal) faults.push(temporal);

  const given: Record<Needed, boolean> = {
    MONGODB_URL: env['MONGODB_URL'] !== undefined,
    TEMPORAL_ADDRESS: 'setting' in temporal || temporal.address !== undefined,
    AUTH: env['AUTH_SECRET'] !== undefined || env['AUTH_JWKS_URL'] !== undefined,
    PAYMENT_PROVIDER_URL: env['PAYMENT_PROVIDER_URL'] !== undefined,
    PAYMENT_CALLBACK_SECRET: env['PAYMENT_CALLBACK_SECRET'] !== undefined,
  };
  for (const name of needed) {
    if (!given[name]) faults.push({ ...mends[name], problem: 'is missing' });
  }

  if (!parsed.success || 'setting' in temporal || faults.length > 0) throw new SettingsError(faults);
  const values = parsed.data;
  return {
    host: values.HOST,
    port: values.PORT,
    workerPort: values.WORKER_PORT,
    home: values.AFTERSALES_HOME,
    cache: values.AFTERSALES_CACHE,
    mongodbUrl: values.MONGODB_URL,
    temporal,
    taskQueue: values.TASK_QUEUE,
    workflowBundle: values.WORKFLOW_BUNDLE,
    workerVersion: values.TEMPORAL_WORKER_BUILD_ID
      ? { deploymentName: values.TEMPORAL_DEPLOYMENT_NAME, buildId: values.TEMPORAL_WORKER_BUILD_ID }
      : undefined,
    auth: authOf(values),
    paymentProvider: values.PAYMENT_PROVIDER,
    paymentProviderUrl: values.PAYMENT_PROVIDER_URL,
    paymentCallbackSecret: values.PAYMENT_CALLBACK_SECRET,
    smtpUrl: values.SMTP_URL,
    mailFrom: values.MAIL_FROM,
    privateWebhooks: values.PRIVATE_WEBHOOKS,
    payloadKeys: values.PAYLOAD_KEYS,
    codecOrigins: values.CODEC_ORIGINS,
    consoleFolder: values.CONSOLE_FOLDER,
    consoleDemoParties: values.CONSOLE_DEMO_PARTIES,
    deadlineGraceMs: values.DEADLINE_GRACE,
    domainMetricsEveryMs: values.DOMAIN_METRICS_EVERY,
    rateLimit: values.RATE_LIMIT,
    trustedProxies: values.TRUSTED_PROXIES,
    logLevel: values.LOG_LEVEL,
    traceEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    warnings: warningsOf(values.DEADLINE_GRACE),
  };
}

function authOf(values: z.infer<typeof environment>): AuthSettings | undefined {
  if (values.AUTH_SECRET !== undefined) return { secret: values.AUTH_SECRET };
  const { AUTH_JWKS_URL: jwksUrl, AUTH_ISSUER: issuer, AUTH_AUDIENCE: audience } = values;
  if (jwksUrl === undefined || issuer === undefined || audience === undefined) return undefined;
  return { jwksUrl, issuer, audience };
}

function warningsOf(deadlineGraceMs: number): string[] {
  if (deadlineGraceMs > safeGraceMs) return [];
  return [
    `DEADLINE_GRACE of ${deadlineGraceMs / 1_000} s is not longer than the ${safeGraceMs / 1_000} s a command may be on its way: an action acknowledged in time could lose to its deadline.`,
  ];
}
