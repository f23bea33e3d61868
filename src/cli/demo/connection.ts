import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { readSettings } from '../../settings.ts';
import { readSecret, readStack } from '../../stack/home.ts';
import { type Party, signToken } from '../tokens.ts';

/** Where the running service is, and the secret its tokens are signed with. */
export interface Connection {
  apiUrl: string;
  secret: string;
  /** The sandbox provider; undefined where nobody says where it is. */
  providerUrl: string | undefined;
}

/**
 * The service that AFTERSALES_API_URL names, else the one that runs on AFTERSALES_HOME.
 * @throws Error saying what to do where there is none.
 */
export async function findService(env: NodeJS.ProcessEnv): Promise<Connection> {
  const { home, auth, paymentProviderUrl } = readSettings(env);
  if (auth !== undefined && 'jwksUrl' in auth) {
    throw new Error('Tokens are checked by AUTH_JWKS_URL here: the demo needs a service with AUTH_SECRET.');
  }
  const named = env['AFTERSALES_API_URL'];
  const stack = await readStack(home);
  const apiUrl = named ?? stack?.apiUrl;
  const secret = auth?.secret ?? (await readSecret(home, 'auth-secret'));
  if (apiUrl === undefined || secret === undefined) {
    throw new Error(
      `Nothing runs on ${home}: run \`npm start\` in another terminal first, or give AFTERSALES_API_URL and AUTH_SECRET.`,
    );
  }
  const providerUrl = paymentProviderUrl ?? (named === undefined ? stack?.providerUrl : undefined);
  return { apiUrl: apiUrl.replace(/\/$/, ''), secret, providerUrl };
}

/** Somebody with a token. Each call answers the body of a success, and throws what was refused. */
export interface Person {
  get: <Body>(path: string) => Promise<Body>;
  /** A command: where its outcome takes long, it is asked for again under the same key until it is known. */
  post: <Body>(path: string, body: object) => Promise<Body>;
  put: <Body>(path: string, body: object) => Promise<Body>;
  /** Uploads a text as a file; answers its id. */
  upload: (kind: string, name: string, text: string) => Promise<string>;
}

/** What the service answers when it does not know yet: 202, or too much at once, or something is away. */
const undecided = [202, 429, 503];
const againAfterMs = 300;

/** `party` calling the service, until `signal` says that it is over. */
export function personOf({ apiUrl, secret }: Connection, party: Party, signal: AbortSignal): Person {
  const token = signToken(party, secret, '1h');

  async function call<Body>(method: string, path: string, body?: string | FormData): Promise<Body> {
    const headers: Record<string, string> = { authorization: `Bearer ${await token}` };
    if (typeof body === 'string') headers['content-type'] = 'application/json';
    if (method === 'POST') headers['idempotency-key'] = randomUUID();
    for (;;) {
      const response = await fetch(`${apiUrl}${path}`, { method, headers, signal, ...(body ? { body } : {}) });
      const text = await response.text();
      if (undecided.includes(response.status)) {
        await delay(againAfterMs, undefined, { signal });
        continue;
      }
      if (!response.ok) throw new Error(`${method} ${path} as ${party.role} answered ${response.status}: ${text}`);
      return JSON.parse(text) as Body;
    }
  }

  return {
    get: (path) => call('GET', path),
    post: (path, body) => call('POST', path, JSON.stringify(body)),
    put: (path, body) => call('PUT', path, JSON.stringify(body)),
    async upload(kind, name, text) {
      const form = new FormData();
      form.append('kind', kind);
      form.append('file', new Blob([text], { type: 'text/plain' }), name);
      return (await call<{ id: string }>('POST', '/v1/evidence', form)).id;
    },
  };
}

/** All items of a list, page by page. */
export async function listAll<Item>(person: Person, path: string): Promise<Item[]> {
  const items: Item[] = [];
  let cursor: string | null = null;
  do {
    const query = `limit=100${cursor === null ? '' : `&cursor=${encodeURIComponent(cursor)}`}`;
    const page: { items: Item[]; nextCursor: string | null } = await person.get(
      `${path}${path.includes('?') ? '&' : '?'}${query}`,
    );
    items.push(...page.items);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return items;
}
