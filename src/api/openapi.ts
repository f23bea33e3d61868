import {
  OpenAPIRegistry,
  OpenApiGeneratorV31,
  type ResponseConfig,
  type RouteConfig,
} from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { refusalCodes } from '../domain/refusals.ts';
import { evidenceRefusalCodes } from '../store/evidenceRefusals.ts';
import { evidencePaths } from './evidence/openapi.ts';
import { edgeProblemCodes, isConflict } from './problems.ts';
import type { Route } from './route.ts';
import { leaseSchema } from './schemas.ts';
import { streamPath } from './stream/openapi.ts';

const problemSchema = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'stable; match on this' }),
    detail: z.string(),
    errors: z.array(z.object({ field: z.string(), detail: z.string() })).optional(),
    lease: leaseSchema.optional().meta({ description: 'whose claim is in the way, with claimed_by_another' }),
    requestId: z.string(),
  })
  .meta({
    id: 'Problem',
    description: `RFC 9457. Codes: ${[...edgeProblemCodes, ...refusalCodes, ...evidenceRefusalCodes].join(', ')}`,
  });

const pendingSchema = z.object({ commandId: z.string() }).meta({ id: 'Pending' });

type Document = ReturnType<OpenApiGeneratorV31['generateDocument']>;

/** OpenAPI 3.1 of the routes, out of the schemas they check by. */
export function describeApi(routes: readonly Route[]): Document {
  const registry = new OpenAPIRegistry();
  const bearer = registry.registerComponent('securitySchemes', 'bearer', {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
  });
  for (const route of routes) registry.registerPath({ ...operationOf(route), security: [{ [bearer.name]: [] }] });
  registry.registerPath(callback);
  for (const one of evidencePaths(problem)) registry.registerPath({ ...one, security: [{ [bearer.name]: [] }] });
  registry.registerPath({ ...streamPath(problem), security: [{ [bearer.name]: [] }] });
  for (const one of unauthenticated) registry.registerPath(one);
  const document = new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: '3.1.0',
    info: {
      title: 'After-sales API',
      version: '1',
      description:
        'Orders, return cases and their refunds. Every POST needs an Idempotency-Key; the same request repeated with the same key is answered as the first. ' +
        'A 202 says where to ask what came of a command; after a 503 repeat it with the same key.',
    },
  });
  return withPlainPatterns(document);
}

/** Patterns as JSON Schema has them, without the flag that the generator writes behind them. */
const withPlainPatterns = (document: Document): Document =>
  JSON.parse(JSON.stringify(document), (name, value: unknown) =>
    name === 'pattern' && typeof value === 'string' ? value.replace(/\/u$/, '') : value,
  ) as Document;

const problem = (description: string): ResponseConfig => ({
  description,
  content: { 'application/problem+json': { schema: problemSchema } },
});
const json = (description: string, schema: z.ZodType): ResponseConfig => ({
  description,
  content: { 'application/json': { schema } },
});

function operationOf(route: Route): RouteConfig {
  const {
    method,
    path,
    summary,
    tag,
    roles,
    status = 200,
    answer,
    command = false,
    versioned = false,
    refuses = [],
  } = route;
  const names = [...path.matchAll(/:(\w+)/g)].map(([, name]) => name ?? '');
  const posts = method === 'post';
  const refused = refuses.length > 0 ? `. Codes: ${refuses.join(', ')}` : '';
  return {
    method,
    path: path.replace(/:(\w+)/g, '{$1}'),
    operationId: `${method}${path.replace(/^\/v1/, '').replace(/[/:-]+(\w)/g, (_, letter: string) => letter.toUpperCase())}`,
    summary,
    description: `For: ${roles.join(', ')}${refused}`,
    tags: [tag],
    request: {
      ...(names.length > 0 ? { params: z.object(Object.fromEntries(names.map((name) => [name, z.string()]))) } : {}),
      ...(route.query ? { query: route.query as unknown as z.ZodObject } : {}),
      ...(route.body
        ? {
            body: {
              required: !route.body.safeParse({}).success,
              content: { 'application/json': { schema: route.body } },
            },
          }
        : {}),
      ...(posts ? { headers: headersOf(command && names.length > 0) } : {}),
    },
    responses: {
      [status]: {
        ...json(status === 201 ? 'Created' : 'Done', answer),
        ...(versioned
          ? { headers: { ETag: { description: 'the version, for If-Match', schema: { type: 'string' as const } } } }
          : {}),
      },
      ...(command ? { 202: json('Not decided yet: ask at Location', pendingSchema) } : {}),
      ...(method === 'get'
        ? versioned
          ? { 304: { description: 'What If-None-Match names is current' } }
          : {}
        : { 400: problem('Broken JSON, or a header missing or broken') }),
      401: problem('No usable token'),
      403: problem('Not for this role'),
      ...(names.length > 0 || command ? { 404: problem('There is none, or it is not the caller’s to know') } : {}),
      ...(command || refuses.some(isConflict) ? { 409: problem('A rule refuses it') } : {}),
      ...(command ? { 412: problem('If-Match names another version') } : {}),
      ...(method === 'get' ? {} : { 413: problem('More than 1 MB'), 415: problem('Not JSON') }),
      ...(route.query || method !== 'get' ? { 422: problem('Fields are wrong: each is named') } : {}),
      429: problem('Too many requests, or too many commands waiting'),
      500: problem('A fault of ours'),
      503: problem(
        command
          ? 'Whether it has arrived is not known, or the database is away: repeat it with the same key'
          : 'The database is away',
      ),
    },
  };
}

function headersOf(ifMatch: boolean) {
  const key = z.string().min(1).max(255).meta({ description: 'the same when the request is repeated' });
  const match = z.string().optional().meta({ description: 'the ETag of the version that this is meant for' });
  return z.object({ 'Idempotency-Key': key, ...(ifMatch ? { 'If-Match': match } : {}) });
}

const callback: RouteConfig = {
  method: 'post',
  path: '/v1/provider-callbacks/{provider}',
  summary: 'A payment provider says that a payment is settled',
  tags: ['Providers'],
  request: {
    params: z.object({ provider: z.string() }),
    headers: z.object({
      'X-Provider-Signature': z.string().meta({ description: 't=<unix seconds>,v1=<hmac-sha256 of "t.body">' }),
    }),
    body: { required: true, content: { 'application/json': { schema: z.looseObject({ key: z.string() }) } } },
  },
  responses: {
    200: json('Heard', z.object({ received: z.literal(true) })),
    400: problem('Broken JSON'),
    401: problem('The signature does not fit'),
    404: problem('No such provider'),
    413: problem('More than 1 MB'),
    422: problem('No key of ours'),
    429: problem('Too many requests'),
    503: problem('Could not be passed on: send it again'),
  },
};

const readiness = z.object({
  status: z.enum(['ready', 'not_ready']),
  mongodb: z.enum(['up', 'down']),
  temporal: z.enum(['up', 'down']),
});

const unauthenticated: RouteConfig[] = [
  {
    method: 'get',
    path: '/healthz',
    summary: 'The process lives',
    tags: ['Operating'],
    responses: { 200: json('It does', z.object({ status: z.literal('ok') })) },
  },
  {
    method: 'get',
    path: '/readyz',
    summary: 'What it needs is there',
    tags: ['Operating'],
    responses: { 200: json('It is', readiness), 503: json('It is not', readiness) },
  },
  {
    method: 'get',
    path: '/metrics',
    summary: 'Figures for Prometheus',
    tags: ['Operating'],
    responses: { 200: { description: 'Figures', content: { 'text/plain': { schema: z.string() } } } },
  },
];
