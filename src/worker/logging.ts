/**
 * What may be logged of what the SDK tells. A task that can't be begun comes with all it carries, and a database's error with the
 * documents it was to write: names and addresses have no place in a log.
 */
export function loggable(meta: Record<string, unknown> = {}): Record<string, unknown> {
  const { task: _whole, taskEncoded: _bytes, error, ...rest } = meta;
  if (!(error instanceof Error)) return rest;
  const { name, message, stack } = error;
  return { ...rest, error: { name, message, stack } };
}
