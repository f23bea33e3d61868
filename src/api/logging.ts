import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Response } from 'express';
import type { Logger } from 'pino';
import { pinoHttp } from 'pino-http';
import { safeError } from '../observe/log.ts';
import { aboutOf, callerOf } from './serve.ts';

const usableId = /^[\w.:-]{1,100}$/;

/**
 * Logs each request with its id, its path, who called, and the ids of its command and subject; never a token, a query, a body or a name. A sender's own
 * `X-Request-Id` is kept, so that its log and ours can be read together.
 */
export function requestLog(logger: Logger) {
  return pinoHttp({
    logger,
    genReqId(request: IncomingMessage, response: ServerResponse) {
      const given = request.headers['x-request-id'];
      const id = typeof given === 'string' && usableId.test(given) ? given : randomUUID();
      response.setHeader('X-Request-Id', id);
      return id;
    },
    customLogLevel(request, response, error) {
      if (error || response.statusCode >= 500) return 'error';
      // whoever was refused asks why by the request's id
      if (request.method !== 'GET' || response.statusCode >= 400) return 'info';
      // told at once that nobody will see it, pino-http doesn't put the line together: a tenth of what a read takes
      return logger.isLevelEnabled('debug') ? 'debug' : 'silent';
    },
    wrapSerializers: false,
    customProps: (request: IncomingMessage & { id?: unknown }, response) => ({
      requestId: request.id,
      ...aboutOf(response as Response),
    }),
    serializers: {
      err: safeError,
      req: ({ id, method, url }: IncomingMessage & { id: unknown }) => ({ id, method, path: url?.split('?')[0] }),
      res: (response: Response) => {
        const caller = response.locals?.['caller'] ? callerOf(response) : undefined;
        return { status: response.statusCode, ...(caller ? { caller: `${caller.role}/${caller.id}` } : {}) };
      },
    },
  });
}
