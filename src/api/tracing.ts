import type { RequestHandler } from 'express';
import type { Tracing } from '../observe/tracing.ts';
import { aboutOf } from './serve.ts';

/** A span a request, named by its route; its trace's id goes into the request's log line. */
export function traceRequests(tracing: Tracing): RequestHandler {
  return (request, response, next) => {
    tracing.request(request.method, request.headers, (span) => {
      const about = aboutOf(response);
      about.traceId = span.spanContext().traceId;
      response.once('close', () => {
        const route = (response.locals['route'] as string | undefined) ?? 'none';
        const { commandId, subject } = about;
        tracing.endRequest(span, {
          name: `${request.method} ${route}`,
          'http.request.method': request.method,
          'http.route': route,
          'http.response.status_code': response.statusCode,
          ...(commandId ? { 'aftersales.command_id': commandId } : {}),
          ...(subject ? { 'aftersales.subject': subject } : {}),
        });
      });
      next();
    });
  };
}
