import { createServer, type Server } from 'node:http';

type Answers = {
  /** The worker's state, as the SDK names it. */
  state: () => string;
  metrics: () => Promise<string>;
  contentType: string;
};

/** What the worker answers over HTTP: `/metrics`, and at any other path whether it polls for tasks. */
export function workerServer({ state, metrics, contentType }: Answers): Server {
  return createServer((request, response) => {
    if (request.url?.split('?')[0] === '/metrics') {
      metrics().then(
        (text) => response.writeHead(200, { 'content-type': contentType }).end(text),
        () => response.writeHead(500).end(),
      );
      return;
    }
    const now = state();
    response.writeHead(now === 'RUNNING' ? 200 : 503, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ state: now }));
  });
}
