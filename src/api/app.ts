import express, { type Express, type RequestHandler } from 'express';
import helmet from 'helmet';
import type { Logger } from 'pino';
import type { Tracing } from '../observe/tracing.ts';
import type { AuthSettings } from '../settings.ts';
import type { EvidenceStore } from '../store/evidence.ts';
import type { Store } from '../store/store.ts';
import { lastTryMs as usualLastTryMs } from '../workflows/messages.ts';
import { authentication, type Edge, identify } from './authentication.ts';
import { callbackRoutes, type VerifyCallback } from './callbacks/routes.ts';
import { feedbackRoutes } from './cases/feedback.ts';
import { refusalCodeRoutes } from './cases/refusalCodes.ts';
import { caseRoutes } from './cases/routes.ts';
import { changeFeed } from './changeFeed.ts';
import { type CodecAccess, codecRoutes } from './codec/routes.ts';
import { commandRoutes } from './commands/routes.ts';
import { type ConsoleFiles, consoleRoutes } from './console/routes.ts';
import type { Service } from './context.ts';
import { conversationRoutes } from './conversations/routes.ts';
import { deadlineExtensionRoutes } from './deadlineExtensions/routes.ts';
import { docsRoutes } from './docs.ts';
import { dossierRoutes } from './dossier/routes.ts';
import { erasureRoutes } from './erasures/routes.ts';
import { answerErrors } from './errors.ts';
import { evidenceRoutes } from './evidence/routes.ts';
import { figureRoutes } from './figures/routes.ts';
import { dependencies, healthRoutes } from './health.ts';
import { ledgerRoutes } from './ledger/routes.ts';
import { requestLog } from './logging.ts';
import { abandonmentRoutes } from './maintenance/abandonments.ts';
import { reconciliationRoutes } from './maintenance/reconciliations.ts';
import { republicationRoutes } from './maintenance/republications.ts';
import { messageRoutes } from './messages/routes.ts';
import { metrics } from './metrics.ts';
import { moneyRoutes } from './money/routes.ts';
import { orderRoutes } from './orders/routes.ts';
import { outcomeWatch } from './outcomes.ts';
import { policyRoutes } from './policies/routes.ts';
import { Problem } from './problems.ts';
import { profileRoutes } from './profile/routes.ts';
import { queueRoutes } from './queues/routes.ts';
import { limitAddresses, limitCallers } from './rateLimit.ts';
import type { Route } from './route.ts';
import { serve } from './serve.ts';
import { type StreamLimits, streamHub, streamLimits } from './stream/hub.ts';
import { streamRoutes } from './stream/routes.ts';
import type { TemporalGateway } from './temporal.ts';
import { ticketRoutes } from './tickets/routes.ts';
import { traceRequests } from './tracing.ts';
import { webhookRoutes } from './webhooks/routes.ts';

/** What the API needs of the world. */
export type ApiDeps = {
  store: Store;
  temporal: TemporalGateway;
  evidence: EvidenceStore;
  /** Payment providers that may call back, by name. */
  providers: Record<string, VerifyCallback>;
  auth: AuthSettings;
  /** Given where payloads are encrypted: for operators, who read them in the Temporal UI. */
  codec?: CodecAccess | undefined;
  /** The built console, where there is one to serve. */
  console?: ConsoleFiles | undefined;
  /** Requests a second a caller may make. */
  rateLimit: number;
  /** Whose `X-Forwarded-For` is believed; nobody's unless given. */
  trustedProxies?: readonly string[];
  /** Fixed in a workflow at its start, ms. */
  graceMs: number;
  /** How long after an extension's first look what was acknowledged before it has surely been written, ms; else {@link usualLookAgainMs}. */
  extensionLookAgainMs?: number;
  /** After which nothing of an ended run is under way any more, ms, where it isn't as usual. */
  lastTryMs?: number;
  /** Whether webhooks may be registered to addresses that are not public. */
  privateWebhooks: boolean;
  /** What bounds the live stream, where it isn't as usual. */
  stream?: Partial<StreamLimits>;
  log: Logger;
  /** Absent where nothing is traced. */
  tracing?: Tracing;
  /** UTC ms */
  clock: () => number;
};

/** A write that MongoDB's absence has put off is tried again every 10 s at most, and takes 20 s at most. */
const usualLookAgainMs = 35_000;

/** Everything under /v1 that is declared as a route. */
export const routes: readonly Route[] = [
  ...caseRoutes,
  ...refusalCodeRoutes,
  ...orderRoutes,
  ...ticketRoutes,
  ...policyRoutes,
  ...profileRoutes,
  ...messageRoutes,
  ...ledgerRoutes,
  ...queueRoutes,
  ...dossierRoutes,
  ...conversationRoutes,
  ...feedbackRoutes,
  ...figureRoutes,
  ...webhookRoutes,
  ...erasureRoutes,
  ...moneyRoutes,
  ...deadlineExtensionRoutes,
  ...republicationRoutes,
  ...abandonmentRoutes,
  ...reconciliationRoutes,
  ...commandRoutes,
];

/**
 * The API as an Express app. `endStreams` ends the requests that don't end by themselves, so that a server can close; `close`
 * ends them too, and what runs beside requests.
 */
export function createApp(deps: ApiDeps): { app: Express; endStreams: () => void; close: () => Promise<void> } {
  const { store, temporal, evidence, log, clock, graceMs, privateWebhooks } = deps;
  const lastTryMs = deps.lastTryMs ?? usualLastTryMs;
  const { measure, show, report } = metrics({
    commandsWaiting: () => outcomes.size(),
    streamsOpen: () => streams.size(),
    dependencies: () => dependencies(deps),
    serverClock: store.serverClock,
  });
  const onFailure = (error: unknown) => log.warn({ err: error }, 'changes could not be watched or read; trying again');
  const outcomes = outcomeWatch(store, onFailure);
  const streams = streamHub({ store, limits: { ...streamLimits, ...deps.stream }, onFailure, clock });
  const counted = { onChange: nothing, onOpen: report.changesOpened, onIdle: nothing };
  const feed = changeFeed(store, [outcomes.listener, streams.listener, counted], onFailure);
  const { extensionLookAgainMs = usualLookAgainMs } = deps;
  const service: Service = {
    underWay: new Map(),
    store,
    temporal,
    evidence,
    outcomes,
    graceMs,
    extensionLookAgainMs,
    lastTryMs,
    privateWebhooks,
    report,
    log,
    clock,
  };
  const limitAddress = limitAddresses(deps.rateLimit);
  const callerOfToken = authentication(deps.auth, clock);

  const app = express();
  app.disable('x-powered-by');
  app.set('etag', false);
  app.set('trust proxy', deps.trustedProxies ?? false);
  // HTTPS is the proxy's business: the docs must also work on plain http.
  app.use(helmet({ contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }));
  app.use(requestLog(log), measure);
  if (deps.tracing) app.use(traceRequests(deps.tracing));
  app.use('/v1/provider-callbacks', limitAddress);
  app.use(callbackRoutes(service, deps.providers));
  app.use('/v1', authenticate({ callerOfToken, limitAddress }), limitCallers(deps.rateLimit), neverShared);
  for (const route of routes) app[route.method](route.path, ...serve(service, route));
  app.use(evidenceRoutes(service));
  app.use(streamRoutes(streams));
  if (deps.codec) app.use(codecRoutes(deps.codec, { callerOfToken, limitAddress, log }));
  app.use(healthRoutes(service));
  app.get('/metrics', show);
  app.use(docsRoutes(routes));
  if (deps.console) app.use(consoleRoutes(deps.console));
  app.use(nothingHere);
  app.use(answerErrors);
  const close = async () => {
    streams.end();
    await feed.stop();
    await streams.settled();
  };
  return { app, endStreams: streams.end, close };
}

/** 401 comes before routing: without a token nobody learns which routes there are. */
function authenticate(edge: Edge): RequestHandler {
  return async (request, response, next) => {
    await identify(edge, request.get('authorization'), request, response);
    next();
  };
}

/** Answers are for the one who asked. */
const neverShared: RequestHandler = (_, response, next) => {
  response.setHeader('Cache-Control', 'private, no-cache');
  response.setHeader('Vary', 'Authorization');
  next();
};

const nothing = () => undefined;

/** What is served beside the routes that are declared. */
const beside = [
  { method: 'post', path: '/v1/evidence' },
  { method: 'get', path: '/v1/evidence/:id' },
  { method: 'get', path: '/v1/evidence/:id/content' },
  { method: 'get', path: '/v1/stream' },
  { method: 'post', path: '/v1/provider-callbacks/:provider' },
];

/** 405 where the path is known under another method, else 404. */
const nothingHere: RequestHandler = (request) => {
  const allowed = [...routes, ...beside]
    .filter(({ path }) => matches(path, request.path))
    .map(({ method }) => method.toUpperCase());
  if (allowed.length === 0) throw Problem.of('not_found', `there is nothing at ${request.path}`);
  const allow = [...new Set(allowed)].join(', ');
  throw Problem.of('method_not_allowed', `${request.path} takes ${allow}`, { headers: { Allow: allow } });
};

function matches(pattern: string, path: string): boolean {
  const wanted = pattern.split('/');
  const given = path.split('/');
  return wanted.length === given.length && wanted.every((part, index) => part.startsWith(':') || part === given[index]);
}
