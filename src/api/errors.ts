import type { ErrorRequestHandler, Request, Response } from 'express';
import { isStoreUnavailable, isTooSlow } from '../store/reading.ts';
import { Problem } from './problems.ts';

/** Answers every error as a problem; one that nobody foresaw is told by its request id alone, and written to the log. */
export const answerErrors: ErrorRequestHandler = (error: unknown, request, response, next) => {
  if (response.headersSent) {
    next(error);
    return;
  }
  const problem = problemOf(error);
  if (problem.status >= 500) response.err = error instanceof Error ? error : new Error(String(error));
  sendProblem(request, response, problem);
};

/** What was said of the answer that the problem stands in for. */
const ofWhatNeverCame = [
  'Content-Length',
  'Content-Range',
  'Content-Encoding',
  'Content-Disposition',
  'Accept-Ranges',
  'ETag',
  'Last-Modified',
];

/** Sends a problem as RFC 9457 says. */
export function sendProblem(request: Request, response: Response, problem: Problem): void {
  const body = JSON.stringify(problem.toBody(request.id as string));
  for (const header of ofWhatNeverCame) response.removeHeader(header);
  response
    .status(problem.status)
    .set('Cache-Control', 'no-store')
    .set(problem.headers)
    .set('Content-Type', 'application/problem+json; charset=utf-8')
    .end(body);
}

/** What Express and its body parser throw, by its own name for it. */
const parserProblems: Record<string, () => Problem> = {
  'entity.parse.failed': () => Problem.of('malformed_json', 'the body is not JSON'),
  'entity.too.large': () => Problem.of('body_too_large', 'the body is larger than 1 MB'),
  'charset.unsupported': () => Problem.of('unsupported_media_type', 'send JSON as UTF-8'),
  'encoding.unsupported': () => Problem.of('unsupported_media_type', 'the body’s encoding is not known here'),
  'request.aborted': () => Problem.of('request_malformed', 'the body did not come in full'),
  'request.size.invalid': () => Problem.of('request_malformed', 'the body is not as long as Content-Length says'),
};

function problemOf(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (isStoreUnavailable(error) || isTooSlow(error)) {
    return Problem.of('store_unavailable', 'the database is away, or too busy: try again', {
      headers: { 'Retry-After': '2' },
    });
  }
  const { type, status } = error as { type?: unknown; status?: unknown };
  if (typeof type === 'string' && Object.hasOwn(parserProblems, type)) return parserProblems[type]?.() as Problem;
  if (status === 416) return Problem.of('range_not_satisfiable', 'there are none of the bytes that are asked for');
  if (error instanceof URIError || (typeof status === 'number' && status >= 400 && status < 500))
    return Problem.of('request_malformed', 'the request can’t be read, or asks for what is not done here');
  return Problem.of('internal_error', 'something went wrong here; the request id finds it in our log');
}
