import type { RequestHandler } from 'express';
import { RateLimiterMemory, RateLimiterRes } from 'rate-limiter-flexible';
import { Problem } from './problems.ts';
import { callerOf } from './serve.ts';

/**
 * Limits each caller's requests a second in this process. In memory: counting in a database would cost every read a write.
 * @param key whose requests are counted together
 */
function limiter(perSecond: number, key: (...handler: Parameters<RequestHandler>) => string): RequestHandler {
  const counts = new RateLimiterMemory({ points: perSecond, duration: 1 });
  return async (request, response, next) => {
    try {
      await counts.consume(key(request, response, next));
    } catch (error) {
      if (!(error instanceof RateLimiterRes)) throw error;
      const seconds = Math.max(1, Math.ceil(error.msBeforeNext / 1000));
      throw Problem.of('rate_limited', `more than ${perSecond} requests a second: slow down`, {
        headers: { 'Retry-After': String(seconds) },
      });
    }
    next();
  };
}

/** Counts by who calls. */
export const limitCallers = (perSecond: number): RequestHandler =>
  limiter(perSecond, (_, response) => {
    const { role, id } = callerOf(response);
    return `${role}/${id}`;
  });

/** Counts by address, for those who can't or needn't say who they are. */
export const limitAddresses = (perSecond: number): RequestHandler =>
  limiter(perSecond, (request) => request.ip ?? 'unknown');
