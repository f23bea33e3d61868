import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Tracing } from '../observe/tracing.ts';
import type { AuthSettings } from '../settings.ts';
import type { EvidenceStore } from '../store/evidence.ts';
import type { Store } from '../store/store.ts';
import { authentication } from './authentication.ts';
import { callbackRoutes, type VerifyCallback } from './callbacks/routes.ts';
import { caseRoutes } from './cases/routes.ts';
import { commandRoutes } from './commands/routes.ts';
import type { Service } from './context.ts';
import { docsRoutes } from './docs.ts';
import { answerErrors } from './errors.ts';
import { evidenceRoutes } from './evidence/routes.ts';
import { dependencies, healthRoutes } from './health.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { requestLog } from './logging.ts';
import { messageRoutes } from './messages/routes.ts';
import { metrics } from './metrics.ts';
import { orderRoutes } from './orders/routes.ts';
import { outcomeWatch } from './outcomes.ts';
import { policyRoutes } from './policies/routes.ts';
import { Problem } from './problems.ts';
import { profileRoutes } from './profile/routes.ts';
import { limitAddresses, limitCallers } from './rateLimit.ts';
import type { Route } from './route.ts';
import { serve } from './serve.ts';
import type { TemporalGateway } from './temporal.ts';
import { traceRequests } from './tracing.ts';

/** What the API needs of the world. */
export type ApiDeps = {
  store: Store;
  temporal: TemporalGateway;
  evidence: EvidenceStore;
  /** Payment providers that may call back, by name. */
  providers: Record<string, VerifyCallback>;
  auth: AuthSettings;
  /** Requests a second a caller may make. */
  rateLimit: number;
  /** Fixed in a workflow at its start, ms. */
  graceMs: number;
  log: Logger;
  /** Absent where nothing is traced. */
  tracing?: Tracing;
  /** UTC ms */
  clock: () => number;
};

/** Everything under /v1 that is declared as a route. */
export const routes: readonly Route[] = [
  ...caseRoutes,
  ...orderRoutes,
  ...policyRoutes,
  ...profileRoutes,
  ...messageRoutes,
  ...ledgerRoutes,
  ...commandRoutes,
];

/** The API as an Express app; `close` ends what runs beside requests. */
export function createApp(deps: ApiDeps): { app: Express; close: () => Promise<void> } {
  const { store, temporal, evidence, log, clock, graceMs } = deps;
  const { measure, show, report } = metrics({
    commandsWaiting: () => outcomes.size(),
    dependencies: () => dependencies(deps),
    serverClock: store.serverClock,
  });
  const watch: Store['watch'] = (signal, watcher) =>
    store.watch(signal, {
      ...watcher,
      onOpen() {
        report.changesOpened();
        watcher.onOpen();
      },
    });
  const outcomes = outcomeWatch({ queries: store.queries, watch }, (error) =>
    log.warn({ err: error }, 'outcomes could not be watched or read; trying again'),
  );
  const service: Service = { underWay: new Map(), store, temporal, evidence, outcomes, graceMs, report, log, clock };
  const limitAddress = limitAddresses(deps.rateLimit);

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  // HTTPS is the proxy's business: the docs must also work on plain http.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.use(requestLog(log), measure);
  if (deps.tracing) app.use(traceRequests(deps.tracing));
  app.use('/v1/provider-callbacks', limitAddress);
  app.use(callbackRoutes(service, deps.providers));
  app.use('/v1', authenticate(deps, limitAddress), limitCallers(deps.rateLimit), neverShared);
  for (const route of routes) app[route.method](route.path, ...serve(service, route));
  app.use(evidenceRoutes(service));
  app.use(healthRoutes(service));
  app.get('/metrics', show);
  app.use(docsRoutes(routes));
  app.use(nothingHere);
  app.use(answerErrors);
  return { app, close: () => outcomes.stop() };
}

/** 401 comes before routing: without a token nobody learns which routes there are. Those who fail are limited by address. */
function authenticate({ auth, clock }: ApiDeps, limitAddress: RequestHandler): RequestHandler {
  const callerOfToken = authentication(auth, clock);
  return async (request, response, next) => {
    try {
      response.locals['caller'] = await callerOfToken(request.get('authorization'));
    } catch (error) {
      await limitAddress(request, response, (limited: unknown) => {
        if (limited) throw limited;
      });
      throw error;
    }
    next();
  };
}

/** Answers are for the one who asked. */
const neverShared: RequestHandler = (_, response, next) => {
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Vary', 'Authorization');
  next();
};

/** 405 where the path is known under another method, else 404. */
const nothingHere: RequestHandler = (request) => {
  const allowed = routes.filter(({ path }) => matches(path, request.path)).map(({ method }) => method.toUpperCase());
  if (allowed.length === 0) throw Problem.of('not_found', `there is nothing at ${request.path}`);
  const allow = [...new Set(allowed)].join(', ');
  throw Problem.of('method_not_allowed', `${request.path} takes ${allow}`, { headers: { Allow: allow } });
};

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}
