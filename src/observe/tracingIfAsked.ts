import type { Tracing } from './tracing.ts';

/** Traces where an endpoint is set; without one the libraries for it are not even loaded. */
export async function tracingIfAsked(
  role: 'api' | 'worker',
  endpoint: string | undefined,
): Promise<Tracing | undefined> {
  if (endpoint === undefined) return undefined;
  const { startTracing } = await import('./tracing.ts');
  return startTracing(role, endpoint);
}
