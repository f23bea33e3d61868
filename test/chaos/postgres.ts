import type { ConnectionOptions } from '@temporalio/client';
import type { ServerHandle } from '../../src/stack/servers.ts';

type Options = {
  folder: string;
  cache: string;
  namespace: string;
  logOf: (name: string) => string;
  progress: (message: string) => void;
};

export async function temporalOnPostgres(
  _options: Options,
): Promise<{ address: string; connectionOptions: ConnectionOptions; machines: Record<string, ServerHandle> }> {
  throw new Error('not yet');
}
