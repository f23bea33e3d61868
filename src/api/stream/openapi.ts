import type { RouteConfig } from '@asteasolutions/zod-to-openapi';
import { z } from 'zod';
import { streamQuery } from './routes.ts';

/** The stream as the contract describes it: it never ends by itself, so no route table knows it. */
export const streamPath = (problem: (description: string) => RouteConfig['responses'][string]): RouteConfig => ({
  method: 'get',
  path: '/v1/stream',
  operationId: 'getStream',
  summary: 'What happens, as it happens, to whoever may see it',
  description: [
    'For: consumer, merchant, agent, admin, service. Server-sent events, each with an `id`; whoever comes again with the last one as `Last-Event-ID` gets everything after it, once and in order.',
    '- `ready`: from here on nothing is missed; lists read after it are at least as new.',
    '- `case`: the case as `GET /v1/cases/{id}` answers it to the caller. Parties: their own; agents and admins: all.',
    '- `order`: `{id, status, version, updatedAt}`. Parties: their own; the service: all.',
    '- `ticket`: `{id, status, version, updatedAt}`. Consumers: their own; agents and admins: all.',
    '- `message`: an in-app message as `GET /v1/messages` lists it.',
    '- `reset`: what was missed can’t be told any more, as after ten minutes away; read the lists anew.',
    '- `expired`: the token has, and the stream ends; come again with a new one.',
    'A comment every 15 s shows that it lives. A reader who leaves more than 1 MB unread is cut, and goes on where it was when it comes again.',
  ].join('\n'),
  tags: ['Own'],
  request: {
    query: streamQuery,
    headers: z.object({ 'Last-Event-ID': z.string().optional().meta({ description: 'the last `id` that was seen' }) }),
  },
  responses: {
    200: { description: 'Events', content: { 'text/event-stream': { schema: z.string() } } },
    401: problem('No usable token'),
    422: problem('Fields are wrong: each is named'),
    429: problem('Too many requests, or too many streams of one caller. Codes: rate_limited, too_many_streams'),
    500: problem('A fault of ours'),
    503: problem('The database is away, or this process stops. Codes: store_unavailable, stopping'),
  },
});
