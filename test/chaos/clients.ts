import { setTimeout as delay } from 'node:timers/promises';
import { commandIdOf } from '../../src/api/command.ts';
import { type Party, signToken } from '../../src/cli/tokens.ts';
import type { Act } from './judge.ts';
import type { Chance } from './random.ts';

/** What the service answered in the end. */
export type Reply = { status: number; body: Record<string, unknown> };

/** Somebody who asks until answered, whatever breaks meanwhile. */
export type Person = {
  id: string;
  get: <Body>(path: string) => Promise<Body>;
  /** A command under one Idempotency-Key until it is answered for good; `key` makes two persons' haste the same every time. */
  post: (path: string, body: object) => Promise<Reply>;
  /** Replaces something of the caller's own, until that is answered for good. */
  put: (path: string, body: object) => Promise<Reply>;
  /** Uploads a text; answers its id. */
  upload: (kind: string, text: string) => Promise<string>;
};

/** The clients of one run: all of them together know what was acknowledged to whom. */
export type Clients = {
  as: (party: Party) => Promise<Person>;
  /** What was asked of a subject, such as `case/<id>`. */
  actsOn: (subject: string) => Act[];
  /** How many requests were sent, and how many of those were not answered for good. */
  tally: { requests: number; repeats: number };
};

type Options = { apiUrls: string[]; secret: string; chance: Chance; signal: AbortSignal };

/** Nobody waits longer for one answer; the API itself answers a command within 6 s, if it answers. */
const patienceMs = 8_000;
const againAfterMs = 250;

const undecided = (status: number) => status === 202 || status === 408 || status === 429 || status >= 500;

/** Clients spread over the APIs; each fails over to another when its own does not answer. */
export function clientsOf({ apiUrls, secret, chance, signal }: Options): Clients {
  const acts = new Map<string, Act[]>();
  const tally = { requests: 0, repeats: 0 };
  let keys = 0;

  async function once(
    at: number,
    path: string,
    init: RequestInit,
  ): Promise<{ status: number; text: string } | undefined> {
    const url = apiUrls[at % apiUrls.length];
    tally.requests += 1;
    try {
      const response = await fetch(`${url}${path}`, {
        ...init,
        signal: AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]),
      });
      return { status: response.status, text: await response.text() };
    } catch (error) {
      if (signal.aborted) throw error;
      return undefined;
    }
  }

  return {
    tally,
    actsOn: (subject) => acts.get(subject) ?? [],
    async as(party) {
      const token = await signToken(party, secret);
      const { role, sub } = party;
      let api = chance.below(apiUrls.length);

      /** The first answer that is for good; `heard` is told of each. */
      async function ask(path: string, init: RequestInit, heard: (status: number) => void): Promise<Reply> {
        const headers = { authorization: `Bearer ${token}`, ...(init.headers as Record<string, string>) };
        for (;;) {
          const answer = await once(api, path, { ...init, headers });
          if (answer) heard(answer.status);
          if (answer && !undecided(answer.status))
            return { status: answer.status, body: JSON.parse(answer.text || '{}') as Record<string, unknown> };
          tally.repeats += 1;
          if (!answer || answer.status >= 500) api += 1;
          await delay(againAfterMs, undefined, { signal });
        }
      }

      const nextKey = () => `${sub}-${(keys += 1)}`;
      const get = async <Body>(path: string): Promise<Body> => {
        const { status, body } = await ask(path, {}, () => undefined);
        if (status !== 200) throw new Error(`GET ${path} as ${role} was answered ${status}: ${JSON.stringify(body)}`);
        return body as Body;
      };
      return {
        id: sub,
        get,
        async post(path, body) {
          const key = nextKey();
          const act: Act = { commandId: '', what: `${sub} ${path.split('/').slice(-1)[0]}`, sentAt: Date.now() };
          const [, , resource = '', id] = path.split('/');
          const kind = ({ cases: 'case', orders: 'order', 'support-tickets': 'ticket' } as Record<string, string>)[
            resource
          ];
          const isNew = id === undefined;
          const enter = (subject: string) => {
            const route = isNew ? `POST ${path}` : path.replace(id, ':id');
            act.commandId = commandIdOf({ role, id: sub }, route, subject, key);
            acts.set(subject, [...(acts.get(subject) ?? []), act]);
          };
          if (kind && !isNew) enter(`${kind}/${id}`);
          const headers = { 'content-type': 'application/json', 'idempotency-key': key };
          const reply = await ask(path, { method: 'POST', headers, body: JSON.stringify(body) }, (status) => {
            if (status < 300) act.acknowledgedAt ??= Date.now();
          });
          act.status = reply.status;
          const { code } = reply.body;
          if (typeof code === 'string') act.code = code;
          // what is new has its id, and so the command its name, once it is answered
          if (kind && isNew && reply.status === 201) enter(`${kind}/${String(reply.body['id'])}`);
          return reply;
        },
        put: (path, body) =>
          ask(
            path,
            { method: 'PUT', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) },
            () => undefined,
          ),
        async upload(kind, text) {
          const form = new FormData();
          form.append('kind', kind);
          form.append('file', new Blob([text], { type: 'text/plain' }), 'file.txt');
          const init = { method: 'POST', body: form, headers: { 'idempotency-key': nextKey() } };
          const { status, body } = await ask('/v1/evidence', init, () => undefined);
          if (status !== 201) throw new Error(`an upload was answered ${status}: ${JSON.stringify(body)}`);
          return String(body['id']);
        },
      };
    },
  };
}
