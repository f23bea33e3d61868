import { randomUUID } from 'node:crypto';
import { type Ask, type Http, keepAliveHttp, type Reply } from './http.ts';

/** Sends a command and answers what came of it; `ms` counts until then, repeats included. */
export type Send = (path: string, token: string, body: object) => Promise<{ body: Answer; ms: number }>;
export type Answer = { id: string; status: string; refund?: { amount: number } };

export type Sender = { send: Send; read: (path: string, token: string) => Promise<Answer>; close: () => void };

/** How often a command is repeated whose outcome is not known; the API itself waits 3 s for one. */
const mostTries = 10;

/** Commands and reads over HTTP, on as many connections as there are callers at once. */
export function commandsTo(apiUrl: string, connections: number): Sender {
  const http: Http = keepAliveHttp(apiUrl, connections);
  return {
    async send(path, token, body) {
      const ask: Ask = { method: 'POST', path, token, key: randomUUID(), body };
      let ms = 0;
      for (let tries = 1; ; tries += 1) {
        const reply = await http.ask(ask);
        ms += reply.ms;
        // The same key again is answered with what became of it.
        if ((reply.status === 202 || reply.status === 503) && tries < mostTries) continue;
        return { body: answerIn(reply, `POST ${path}`), ms };
      }
    },
    read: async (path, token) => answerIn(await http.ask({ method: 'GET', path, token }), `GET ${path}`),
    close: http.close,
  };
}

function answerIn({ status, text }: Reply, what: string): Answer {
  if (status !== 200 && status !== 201) throw new Error(`${what} was answered ${status}: ${text}`);
  return JSON.parse(text) as Answer;
}
