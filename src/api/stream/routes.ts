import { Router } from 'express';
import { z } from 'zod';
import { Problem } from '../problems.ts';
import { callerOf, fieldErrors } from '../serve.ts';
import type { StreamHub } from './hub.ts';

/** A browser sends what it has seen as a header when it comes again; others may say it in the address. */
export const streamQuery = z.strictObject({ lastEventId: z.string().max(4096).optional() });

const path = '/v1/stream';

/** The live stream, as server-sent events. */
export function streamRoutes(hub: StreamHub): Router {
  const router = Router();
  router.get(path, async (request, response) => {
    response.locals['route'] = path;
    const query = streamQuery.safeParse(request.query);
    if (!query.success) {
      const errors = fieldErrors(query.error, 'query');
      const detail = errors.map((error) => `${error.field}: ${error.detail}`).join('; ');
      throw Problem.of('validation_failed', detail, { errors });
    }
    const begin = () => {
      response.status(200).set({
        'Content-Type': 'text/event-stream; charset=utf-8',
        'Cache-Control': 'no-store',
        'X-Accel-Buffering': 'no',
      });
      response.flushHeaders();
    };
    if (request.method === 'HEAD') {
      begin();
      response.end();
      return;
    }
    const lastSeen = request.get('last-event-id') || query.data.lastEventId || undefined;
    await hub.connect(response, { caller: callerOf(response), lastSeen, begin });
  });
  return router;
}
