import { type Logger, type LoggerOptions, pino } from 'pino';

/** What a log may tell of an error. Drivers hang whole documents on theirs: with names, phones and addresses of people. */
type SafeError = { type: string; message: string; code?: string | number; stack?: string; cause?: SafeError };

/** An error without what others have hung on it; `depth` bounds how far its causes are told. */
export function safeError(error: unknown, depth = 3): SafeError | undefined {
  if (!(error instanceof Error)) return error === undefined ? undefined : { type: typeof error, message: 'no error' };
  const { name, message, stack, cause } = error;
  const { code } = error as { code?: unknown };
  const told = depth > 0 && cause instanceof Error ? safeError(cause, depth - 1) : undefined;
  return {
    type: name,
    message: withoutValues(message),
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    ...(stack ? { stack: withoutValues(stack) } : {}),
    ...(told ? { cause: told } : {}),
  };
}

/** The server quotes what it could not take: `dup key: { email: "…" }`. */
const withoutValues = (text: string) => text.replaceAll(/(dup key: )\{[^}\n]*\}?/g, '$1{…}');

/** The log of a process: JSON, a line an event, errors told by {@link safeError} whatever key they come under. */
export function createLog(process: 'api' | 'worker', level: string, more: Pick<LoggerOptions, 'mixin'> = {}): Logger {
  return pino({ level, base: { process }, serializers: { err: safeError, error: safeError }, ...more });
}
