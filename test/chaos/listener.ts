import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import type { Chance } from './random.ts';

/** The marketplace's own back end: what webhooks go to. */
export type Listener = {
  url: string;
  /** Says by which secret it knows what is really from the service. */
  trust: (secret: string) => void;
  /** The ids of webhooks that it has taken in, and how many came more than once. */
  heard: ReadonlySet<string>;
  repeats: () => number;
  close: () => Promise<void>;
};

/** Listens, and fails now and then: it answers 500, or hangs up after it has taken a webhook in. */
export async function listenToWebhooks(chance: Chance): Promise<Listener> {
  const heard = new Set<string>();
  let repeated = 0;
  let signed: Webhook | undefined;
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request.setEncoding('utf8')) body += String(chunk);
    const id = String(request.headers['webhook-id']);
    const mood = chance.below(12);
    if (mood === 0) return response.writeHead(500).end();
    try {
      signed?.verify(body, request.headers as Record<string, string>);
    } catch {
      return response.writeHead(401).end();
    }
    if (heard.has(id)) repeated += 1;
    heard.add(id);
    if (mood === 1) return request.socket.destroy();
    return response.writeHead(204).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    trust: (secret) => {
      signed = new Webhook(secret);
    },
    heard,
    repeats: () => repeated,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
