import express, { type NextFunction, type Request, type RequestHandler, type Response } from 'express';
import { z } from 'zod';
import type { Caller } from './authentication.ts';
import type { Service } from './context.ts';
import { type FieldError, Problem } from './problems.ts';
import type { About, Answer, Asked, Route } from './route.ts';

const bodyLimit = '1mb';
const readJson = express.json({ limit: bodyLimit, strict: false, type: ['application/json', 'application/*+json'] });

/** Who calls, once the token has been checked. */
export const callerOf = (response: Response): Caller => response.locals['caller'] as Caller;

/** What is known of the command that a request brings. */
export const aboutOf = (response: Response): About => (response.locals['about'] ??= {}) as About;

/**
 * Serves a route in the contract's order of judgement. The caller is known by now (401); then its role (403), the body (400, 413, 415),
 * the headers (400), the fields (422); and only then does the route look at anything stored: ownership (404), the rules (409).
 */
export function serve(service: Service, route: Route): RequestHandler[] {
  const remember: RequestHandler = (_, response, next) => {
    response.locals['route'] = route.path;
    next();
  };
  const takesBody = route.method !== 'get';
  const answer: RequestHandler = async (request, response) => {
    const asked = judgeRequest(service, route, request, response);
    write(request, response, route, await route.answers(service, asked));
  };
  return [remember, roleOf(route), ...(takesBody ? [onlyJson, readJson as RequestHandler] : []), answer];
}

const roleOf =
  ({ roles, path, method }: Route): RequestHandler =>
  (_, response, next) => {
    const { role } = callerOf(response);
    if (!roles.includes(role))
      throw Problem.of(
        'role_not_allowed',
        `${method.toUpperCase()} ${path} is for the ${roles.join(', ')}, not for the ${role}`,
      );
    next();
  };

/** Anything but JSON would pass unread, and be taken for an empty body. */
function onlyJson(request: Request, _: Response, next: NextFunction): void {
  const { 'content-length': length, 'transfer-encoding': chunked } = request.headers;
  const hasBody = chunked !== undefined || (length !== undefined && length !== '0');
  if (hasBody && !request.is(['application/json', 'application/*+json']))
    throw Problem.of('unsupported_media_type', 'send the body as application/json');
  next();
}

function judgeRequest(service: Service, route: Route, request: Request, response: Response): Asked<unknown, unknown> {
  const expectedVersion = route.method === 'get' ? undefined : versionIn(request.get('if-match'));
  const idempotencyKey = route.method === 'post' ? keyOf(request) : '';
  const errors: FieldError[] = [];
  const checked = <T>(schema: z.ZodType<T> | undefined, value: unknown, root: string): T | undefined => {
    const result = (schema ?? noFields).safeParse(value ?? {});
    if (result.success) return result.data as T;
    errors.push(...fieldErrors(result.error, root));
    return undefined;
  };
  const query = checked(route.query, request.query, 'query');
  const body = route.method === 'get' ? undefined : checked(route.body, request.body, 'body');
  if (errors.length > 0) {
    const named = errors.slice(0, 3).map(({ field, detail }) => `${field}: ${detail}`);
    throw Problem.of(
      'validation_failed',
      `${named.join('; ')}${errors.length > 3 ? ` and ${errors.length - 3} more` : ''}`,
      { errors },
    );
  }
  return {
    caller: callerOf(response),
    params: request.params as Record<string, string>,
    query,
    body,
    receivedAt: service.clock(),
    idempotencyKey,
    about: aboutOf(response),
    ...(expectedVersion === undefined ? {} : { expectedVersion }),
  };
}

const noFields = z.strictObject({});
const longestKey = 255;

/** The key under which a request is one with its repeats. @throws Problem 400 where there is none, or one that is too long. */
export function keyOf(request: Request): string {
  const key = request.get('idempotency-key');
  if (key === undefined || key === '') {
    throw Problem.of(
      'idempotency_key_required',
      'send an Idempotency-Key header, the same one when you repeat the request',
    );
  }
  if (key.length > longestKey)
    throw Problem.of('idempotency_key_invalid', `an Idempotency-Key has at most ${longestKey} characters`);
  return key;
}

const versionTag = /^(?:W\/)?"(\d{1,15})(?:\.[a-z0-9]+)?"$/;

function versionIn(ifMatch: string | undefined): number | undefined {
  if (ifMatch === undefined || ifMatch.trim() === '*') return undefined;
  const version = versionTag.exec(ifMatch.trim())?.[1];
  if (version === undefined)
    throw Problem.of('if_match_invalid', 'send If-Match as the ETag you were given, such as "7"');
  return Number(version);
}

/** What is wrong with a request, one fault a field; `root` for the request as a whole. */
export function fieldErrors(error: z.ZodError, root: string): FieldError[] {
  const faults = error.issues.flatMap((issue) => {
    const path = issue.path.map(String);
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ field: [...path, key].join('.'), detail: 'is not a field of this request' }));
    return [{ field: path.join('.') || root, detail: issue.message }];
  });
  return [...new Map(faults.toReversed().map((fault) => [fault.field, fault])).values()].toReversed();
}

function write(
  request: Request,
  response: Response,
  route: Route,
  { status = 200, body, version, revision, location }: Answer,
): void {
  if (location) response.setHeader('Location', location);
  if (version !== undefined) {
    const tag = `"${version}${revision ? `.${revision}` : ''}"`;
    response.setHeader('ETag', tag);
    if (route.method === 'get' && route.versioned && seen(request.get('if-none-match'), tag)) {
      response.status(304).end();
      return;
    }
  }
  response.status(status).json(body);
}

const seen = (ifNoneMatch: string | undefined, tag: string) =>
  ifNoneMatch?.split(',').some((one) => one.trim().replace(/^W\//, '') === tag) ?? false;
