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

/** Whether a request was refused, and would be again: not where a new sign-in, or a moment's patience, may let it through. */
const isRefused = (error: unknown): boolean =>
  error instanceof ApiProblem && error.status < 500 && error.status !== 401 && error.status !== 429;

/**
 * Whether a request was refused for good, so that the next one needs a key of its own; what may have been heard keeps its key. That
 * too many waited may have been decided: the same key is then answered so for ever.
 */
export const refusedForGood = (error: unknown): boolean =>
  isRefused(error) || (error instanceof ApiProblem && error.code === 'too_many_pending');

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
  /** Whether it may take as long as it takes: a file, the stream, or a long reckoning. */
  unbounded?: boolean;
};

/** How long an answer is waited for, its body included: the API gives one within seconds, or the connection is dead. */
const longestMs = 30_000;

/** What kept an answer from coming, unless whoever asked has called it off. @throws always */
function lost(error: unknown): never {
  if (error instanceof DOMException && error.name === 'AbortError') throw error;
  throw new Unreachable(error instanceof Error ? error.message : String(error));
}

/** Asks the API as whoever is signed in. @throws Unreachable; ApiProblem is `answerOf`'s */
export async function ask(method: string, path: string, sent: Sent = {}): Promise<Response> {
  const token = currentSession()?.token ?? '';
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, ...sent.headers };
  if (sent.key !== undefined) headers['idempotency-key'] = sent.key;
  if (sent.version !== undefined) headers['if-match'] = `"${sent.version}"`;
  if (sent.body !== undefined) headers['content-type'] = 'application/json';
  const body = sent.form ?? (sent.body === undefined ? null : JSON.stringify(sent.body));
  const signal = AbortSignal.any([
    ...(sent.signal ? [sent.signal] : []),
    ...(sent.unbounded ? [] : [AbortSignal.timeout(longestMs)]),
  ]);
  const response = await fetch(path, { method, headers, body, signal, cache: 'no-store' }).catch(lost);
  heardAt(response.headers.get('date'));
  if (response.status === 401) tokenExpired(token);
  return response;
}

/** The answer's body. @throws ApiProblem where it is a refusal, Unreachable where it breaks off */
export async function answerOf<Answer>(response: Response): Promise<Answer> {
  const json = response.headers.get('content-type')?.includes('json') ?? false;
  const text = await response.text().catch(lost);
  const body: unknown = json ? JSON.parse(text) : undefined;
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
