import { numberOf } from './numberOf.ts';

/** Mail and webhooks go out through this many couriers; each serves its own share of the destinations. */
export const courierCount = 2;

/** The courier that serves a destination, always the same one, so that what goes there goes in order of time. */
export const courierOf = (destination: string): number => numberOf(destination) % courierCount;

/** How long to wait between tries, and when to give up; all in ms. */
export type BackOff = { firstMs: number; longestMs: number; giveUpMs: number };

const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** TELL-2 */
export const mailBackOff: BackOff = { firstMs: 1_000, longestMs: 10 * minute, giveUpMs: 7 * day };
/** TELL-2 */
export const webhookBackOff: BackOff = { firstMs: 1_000, longestMs: hour, giveUpMs: 3 * day };

/**
 * When to try again after `tried` failed tries, `since` being when there was first something to send (both UTC ms): twice as long after
 * each. The last try is at the end of the time there is; after that undefined. TELL-2
 */
export function nextTry(
  { firstMs, longestMs, giveUpMs }: BackOff,
  tried: number,
  since: number,
  now: number,
): number | undefined {
  const end = since + giveUpMs;
  if (now >= end) return undefined;
  return Math.min(now + Math.min(firstMs * 2 ** (tried - 1), longestMs), end);
}
