import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import type { Chance } from './random.ts';

/** The marketplace's own back end: what webhooks go to. */
export type Listener = {
  url: string;
  /** Says by which secret it knows what is really from the service. */
  trust: (secret: string) => void;
  /** The ids of webhooks that it has taken in. */
  heard: ReadonlySet<string>;
  close: () => Promise<void>;
};

/** Listens, and fails now and then: it answers 500, or hangs up after it has taken a webhook in. */
export async function listenToWebhooks(chance: Chance): Promise<Listener> {
  const heard = new Set<string>();
  let signed: Webhook | undefined;
  const server = createServer((request, response) => void take(request, response));
  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await text(request);
    const id = String(request.headers['webhook-id']);
    const mood = chance.below(12);
    if (mood === 0) return void response.writeHead(500).end();
    try {
      signed?.verify(body, request.headers as Record<string, string>);
    } catch {
      return void response.writeHead(401).end();
    }
    heard.add(id);
    if (mood === 1) return void request.socket.destroy();
    response.writeHead(204).end();
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`,
    trust: (secret) => {
      signed = new Webhook(secret);
    },
    heard,
    close: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
