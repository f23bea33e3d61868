import { join } from 'node:path';
import { freePorts } from './ports.ts';
import { startApi, startMailCatcher, startProvider, startWorker } from './roles.ts';
import type { ServerHandle, Servers } from './servers.ts';

/** What the whole service needs beside its servers. */
export interface ServiceOptions {
  servers: Servers;
  /** Folder of the provider's and the mail catcher's data, and of the logs. */
  folder: string;
  /** Wanted ports; another free one is taken where one is not free, 0 is any. */
  ports: { api: number; provider: number; mail: number };
  callbackSecret: string;
  /** A provider that already runs; without it the sandbox is started. */
  providerUrl?: string | undefined;
  /** A mail server that already runs; without it the mail catcher is started. */
  smtpUrl?: string | undefined;
  /** On top of this process's own environment, for API and worker: `AUTH_SECRET` above all. */
  env: NodeJS.ProcessEnv;
  progress: (message: string) => void;
}

/** Provider, mail catcher, worker and API, ready for requests. */
export interface Service {
  apiUrl: string;
  providerUrl: string;
  /** Where caught mail is shown; undefined where mail goes to a server of the caller's. */
  mailUrl: string | undefined;
  /** The environment of API and worker, for more of them. */
  env: NodeJS.ProcessEnv;
  /** What was started, in the order it was. */
  handles: Record<string, ServerHandle>;
  /** Stops API, worker, mail catcher and provider, in this order. */
  stop: () => Promise<void>;
}

/**
 * Starts sandbox provider, mail catcher, worker and API over running servers, each as a process of its own.
 * @throws Error with the end of the log of the one that failed; the others are stopped.
 */
export async function startService(options: ServiceOptions): Promise<Service> {
  const { servers, folder, progress } = options;
  const { ports } = options;
  const [apiPort = 0, providerPort = 0, mailPort = 0, smtpPort = 0] = await freePorts([
    ports.api,
    ports.provider,
    ports.mail,
    0,
  ]);
  const logFile = (name: string) => join(folder, 'logs', `${name}.log`);
  const handles: Record<string, ServerHandle> = {};
  const stop = async () => {
    for (const handle of Object.values(handles).toReversed()) await handle.process.stop();
  };
  try {
    let { providerUrl } = options;
    if (providerUrl === undefined) {
      progress('starting the sandbox payment provider');
      const provider = await startProvider({
        port: providerPort,
        dataFile: join(folder, 'provider.json'),
        callbackUrl: `http://127.0.0.1:${apiPort}/v1/provider-callbacks/sandbox`,
        callbackSecret: options.callbackSecret,
        logFile: logFile('provider'),
      });
      providerUrl = provider.url;
      handles['provider'] = provider.handle;
    }
    let { smtpUrl } = options;
    let mailUrl: string | undefined;
    if (smtpUrl === undefined) {
      progress('starting the mail catcher');
      const mail = await startMailCatcher({
        port: mailPort,
        smtpPort,
        dataFile: join(folder, 'mails.jsonl'),
        logFile: logFile('mail'),
      });
      ({ url: mailUrl, smtpUrl } = mail);
      handles['mail'] = mail.handle;
    }
    const env = {
      ...options.env,
      MONGODB_URL: servers.mongodbUrl,
      TEMPORAL_ADDRESS: servers.temporalAddress,
      TEMPORAL_NAMESPACE: servers.temporalNamespace,
      PAYMENT_PROVIDER_URL: providerUrl,
      SMTP_URL: smtpUrl,
      PAYMENT_CALLBACK_SECRET: options.callbackSecret,
    };
    progress('starting the worker');
    handles['worker'] = await startWorker({ env, logFile: logFile('worker') });
    progress('starting the API');
    const api = await startApi(apiPort, { env, logFile: logFile('api') });
    handles['api'] = api.handle;
    return { apiUrl: api.url, providerUrl, mailUrl, env, handles, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
