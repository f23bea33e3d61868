const pattern = /^P(?=\d|T\d)(?:(\d+)W)?(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d{1,3})?)S)?)?$/;
const second = 1000;
const units = [7 * 24 * 3600 * second, 24 * 3600 * second, 3600 * second, 60 * second, second];

/** A span longer than this (100 years) is a typing error, and would leave what a date can hold. */
const longest = 100 * 366 * 24 * 3600 * second;

/**
 * Milliseconds of an ISO 8601 duration, or undefined where it is unreadable, zero or beyond a hundred years. Weeks, days, hours,
 * minutes and seconds only: a day is exactly 24 h (POL-7), and months and years have no exact length.
 */
export function readDuration(text: string): number | undefined {
  const match = pattern.exec(text);
  if (!match) return undefined;
  const ms = units.reduce((sum, unit, index) => sum + Math.round(Number(match[index + 1] ?? 0) * unit), 0);
  return ms > 0 && ms <= longest ? ms : undefined;
}

/** As {@link readDuration}, for a duration of a published policy, which was validated when it was published (POL-1). */
export function durationMs(text: string): number {
  const ms = readDuration(text);
  if (ms === undefined) throw new RangeError(`not a duration: ${text}`);
  return ms;
}
