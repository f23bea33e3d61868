import { currentSession, tokenExpired } from '../session/session.ts';
import { carriedOut } from './carriedOut.ts';
import { heardAt } from './serverTime.ts';

/** A request that the API refused, as RFC 9457 says it. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  readonly status: number;
  readonly code: string;
  readonly errors: { field: string; detail: string }[];
  readonly lease: { agent: string; until: string } | undefined;

  constructor(status: number, body: Partial<Pick<ApiProblem, 'code' | 'errors' | 'lease'>> & { detail?: string }) {
    super(body.detail ?? `HTTP ${status}`);
    this.status = status;
    this.code = body.code ?? 'internal_error';
    this.errors = body.errors ?? [];
    this.lease = body.lease;
  }
}

/** Whether a request was refused, and would be again; what may yet be heard is not, nor what a new sign-in lets through. */
const isRefused = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status < 500 && error.status !== 401 && error.status !== 429;

/** Whether a request was refused for good, so that the next one needs a key of its own; what may have been heard keeps its key. */
export const refusedForGood = isRefused;

/** The API could not be reached: whether it has heard is not known. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable';
}

export type Sent = {
  body?: unknown;
  form?: FormData;
  /** The same for every repeat of one request. */
  key?: string;
  /** What the sender has seen: something newer is refused with 412. */
  version?: number;
  headers?: Record<string, string>;
  signal?: AbortSignal;
};

/** Asks the API as whoever is signed in. @throws Unreachable; ApiProblem is `answerOf`'s */
export async function ask(method: string, path: string, sent: Sent = {}): Promise<Response> {
  const token = currentSession()?.token ?? '';
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...sent.headers };
  if (sent.key !== undefined) headers['idempotency-key'] = sent.key;
  if (sent.version !== undefined) headers['if-match'] = `"${sent.version}"`;
  if (sent.body !== undefined) headers['content-type'] = 'application/json';
  const body = sent.form ?? (sent.body === undefined ? null : JSON.stringify(sent.body));
  let response: Response;
  try {
    response = await fetch(path, { method, headers, body, signal: sent.signal ?? null, cache: 'no-store' });
  } catch (error) {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw new Unreachable(error instanceof Error ? error.message : String(error));
  }
  heardAt(response.headers.get('date'));
  if (response.status === 401) tokenExpired(token);
  return response;
}

/** The answer's body. @throws ApiProblem where it is a refusal */
export async function answerOf<Answer>(response: Response): Promise<Answer> {
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  const body: unknown = json ? await response.json() : undefined;
  if (!response.ok) throw new ApiProblem(response.status, body ?? {});
  return body as Answer;
}

export const read = async <Answer>(path: string, signal?: AbortSignal): Promise<Answer> =>
  answerOf<Answer>(await ask('GET', path, signal ? { signal } : {}));

type CommandState = { state: 'pending' | 'accepted' | 'refused' };

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const mostTries = 5;

type Command = {
  key: string;
  version?: number;
  method?: 'POST' | 'PUT';
  /** Called where it was taken and is not decided yet: that takes a while. */
  onTaken?: () => void;
};

/**
 * Sends a command, again under the same key where the API asks for patience. A 202 is seen through to its outcome, and then asked for
 * under the same key once more: what is answered then is what would have been answered at once.
 */
export async function send<Answer>(
  path: string,
  body: unknown,
  { method = 'POST', onTaken, ...sent }: Command,
): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    const response = await ask(method, path, { body, ...sent });
    const patience = response.status === 429 || response.status === 503;
    if (patience && attempt < mostTries) {
      await pause(Number(response.headers.get('retry-after') ?? 0) * 1_000 || attempt * 400);
      continue;
    }
    if (response.status !== 202) return answerOf<Answer>(response);
    const { commandId } = await answerOf<{ commandId: string }>(response);
    onTaken?.();
    const isDecided = async () => (await read<CommandState>(`/v1/commands/${commandId}`)).state !== 'pending';
    if (!(await carriedOut(isDecided, isRefused))) throw new ApiProblem(503, { code: 'outcome_unknown' });
  }
}
