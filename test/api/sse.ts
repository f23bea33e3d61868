import { once } from 'node:events';
import { type ClientRequest, type IncomingMessage, request } from 'node:http';
import { signToken } from '../../src/cli/tokens.ts';
import type { Role } from '../../src/domain/parties.ts';
import { authSecret } from './harness.ts';

export type Event = { event: string; id: string; data: Record<string, unknown> };

/** An open stream of server-sent events, and what has come on it. */
export type OpenStream = {
  headers: IncomingMessage['headers'];
  /** Everything so far but `ready`. */
  events: Event[];
  /** The last id that was seen, as a browser would send it again. */
  lastId: () => string;
  /** Waits for the first event, of those that have come or will, that is such. */
  until: (such: (event: Event) => boolean) => Promise<Event>;
  /** Waits for the stream's end. */
  ended: Promise<void>;
  /** Stops reading, as one who is too slow, and goes on. */
  pause: () => void;
  resume: () => void;
  close: () => void;
};

type Who = { role: Role; sub: string; token?: string };

/** Opens a stream and waits until it is ready; `after` is what has been seen already. */
export async function openStream(url: string, { role, sub, token }: Who, after?: string): Promise<OpenStream> {
  const authorization = `Bearer ${token ?? (await signToken({ role, sub }, authSecret))}`;
  const headers = { authorization, ...(after === undefined ? {} : { 'last-event-id': after }) };
  const [sent, response] = await new Promise<[ClientRequest, IncomingMessage]>((answered, failed) => {
    const asked = request(`${url}/v1/stream`, { headers, agent: false }, (got) => answered([asked, got]));
    asked.once('error', failed).end();
  });
  sent.on('error', () => undefined);
  if (response.statusCode === 503) {
    // what it reads from did not begin in time: as a browser does, it asks again
    response.resume();
    await once(response, 'end');
    return openStream(url, { role, sub, ...(token ? { token } : {}) }, after);
  }
  if (response.statusCode !== 200) {
    response.resume();
    throw new Error(`answered ${response.statusCode}`);
  }
  const events: Event[] = [];
  const waiting = new Set<{ such: (event: Event) => boolean; found: (event: Event) => void }>();
  let lastId = '';
  let rest = '';
  let ready: () => void = () => undefined;
  const isReady = new Promise<void>((resolve) => {
    ready = resolve;
  });
  const ended = new Promise<void>((resolve) => response.once('close', resolve));
  response.on('error', () => undefined);
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    const blocks = (rest + chunk).split('\n\n');
    rest = blocks.pop() ?? '';
    for (const block of blocks) {
      const fields = new Map(block.split('\n').map((line) => line.split(/: ?(.*)/s, 2) as [string, string]));
      lastId = fields.get('id') ?? lastId;
      const data = fields.get('data');
      if (data === undefined) continue;
      const event = { event: fields.get('event') ?? 'message', id: lastId, data: JSON.parse(data) as Event['data'] };
      if (event.event === 'ready') {
        ready();
        continue;
      }
      events.push(event);
      for (const one of waiting) if (one.such(event)) one.found(event);
    }
  });
  await Promise.race([isReady, ended]);
  return {
    headers: response.headers,
    events,
    lastId: () => lastId,
    ended,
    until: (such) =>
      new Promise((resolve) => {
        const there = events.find(such);
        if (there) return resolve(there);
        const one = {
          such,
          found(event: Event) {
            waiting.delete(one);
            resolve(event);
          },
        };
        waiting.add(one);
      }),
    pause: () => void response.pause(),
    resume: () => void response.resume(),
    close: () => void sent.destroy(),
  };
}
