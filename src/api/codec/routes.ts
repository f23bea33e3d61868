import type { Payload, PayloadCodec } from '@temporalio/common';
import express, { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Logger } from 'pino';
import { PayloadUndecodable, subjectOf } from '../../codec/payloadCodec.ts';
import type { Role } from '../../domain/parties.ts';
import { type Edge, identify } from '../authentication.ts';
import { Problem } from '../problems.ts';
import { callerOf } from '../serve.ts';
import { readPayloads, writePayloads } from './payloads.ts';
import { signInRoutes, tokenOfCookie } from './signIn.ts';

/** What is decrypted with, and from which Temporal UIs. */
export type CodecAccess = { codec: PayloadCodec; origins: readonly string[] };

/** Histories hold everything about everybody; agents see what their work needs through the API, where it is judged and shown. */
const operator: Role = 'admin';
/** A page of a history, whose states may each have 256 kB. */
const bodyLimit = '16mb';
const allowedHeaders = 'authorization, authorization-extras, content-type, x-namespace';
const mostSubjectsLogged = 20;

/**
 * Temporal's remote codec protocol: the UI and the CLI have payloads decrypted and encrypted here. Only for operators, each use with
 * a line in the log, whatever its level.
 */
export function codecRoutes({ codec, origins }: CodecAccess, edge: Edge & { log: Logger }): Router {
  const audit = edge.log.child({ audit: 'codec' }, { level: 'info' });
  const router = Router();
  router.use('/codec', fromOrigins(origins), neverKept);
  router.use(signInRoutes(edge, operator));
  router.options('/codec/:operation', (_, response) => void response.status(204).end());

  const serve = (operation: 'encode' | 'decode', apply: (payloads: Payload[]) => Promise<Payload[]>) => {
    const path = `/codec/${operation}`;
    router.post(
      path,
      named(path),
      onlyOperators(edge),
      express.json({ limit: bodyLimit }),
      async (request, response) => {
        const given = readPayloads(request.body);
        const done = await undecodableIsAProblem(() => apply(given));
        audit.info(
          {
            operation,
            caller: nameOf(response),
            namespace: request.get('x-namespace')?.slice(0, 255),
            payloads: given.length,
            subjects: subjectsOf(given),
          },
          'payloads were read or made by an operator',
        );
        response.json(writePayloads(done));
      },
    );
  };
  serve('decode', (payloads) => codec.decode(payloads));
  serve('encode', (payloads) => codec.encode(payloads));
  return router;
}

/** Browsers may call from the origins of our Temporal UIs alone; what is no browser sends no origin. */
function fromOrigins(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const origin = request.get('origin');
    response.vary('Origin');
    if (origin !== undefined && !isOwn(origin, request)) {
      if (!origins.includes(origin))
        throw Problem.of('origin_not_allowed', 'this origin may not use the codec: add it to CODEC_ORIGINS');
      response.set({
        'Access-Control-Allow-Origin': origin,
        'Access-Control-Allow-Credentials': 'true',
        'Access-Control-Allow-Methods': 'POST',
        'Access-Control-Allow-Headers': allowedHeaders,
        'Access-Control-Max-Age': '600',
      });
    }
    next();
  };
}

/** The page to sign in on comes from here; its scheme may be the proxy's. */
const isOwn = (origin: string, request: Request) =>
  URL.canParse(origin) && new URL(origin).host === request.get('host');

const neverKept: RequestHandler = (_, response, next) => {
  response.set('Cache-Control', 'no-store');
  next();
};

const named =
  (path: string): RequestHandler =>
  (_, response, next) => {
    response.locals['route'] = path;
    next();
  };

/** A token in the header, or the one somebody has signed in with. */
function onlyOperators(edge: Edge): RequestHandler {
  return async (request, response, next) => {
    const cookie = tokenOfCookie(request);
    await identify(edge, request.get('authorization') ?? (cookie && `Bearer ${cookie}`), request, response);
    const { role } = callerOf(response);
    if (role !== operator)
      throw Problem.of('role_not_allowed', `payloads are decrypted for the ${operator}, not for the ${role}`);
    next();
  };
}

async function undecodableIsAProblem(apply: () => Promise<Payload[]>): Promise<Payload[]> {
  try {
    return await apply();
  } catch (error) {
    if (!(error instanceof PayloadUndecodable)) throw error;
    throw Problem.of('payload_undecodable', error.message);
  }
}

const nameOf = (response: Response) => {
  const { role, id } = callerOf(response);
  return `${role}/${id}`;
};

const subjectsOf = (payloads: Payload[]) =>
  [...new Set(payloads.flatMap((payload) => subjectOf(payload) ?? []))].slice(0, mostSubjectsLogged);
