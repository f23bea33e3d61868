import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const script = fileURLToPath(new URL('../../scripts/build-console.mjs', import.meta.url));
const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));

/**
 * Builds the console where its sources have changed since the last time.
 * @returns the folder to serve.
 * @throws Error with what the build said.
 */
export async function buildConsole(): Promise<string> {
  await promisify(execFile)(process.execPath, [script]).catch((error: Error & { stderr?: string }) => {
    throw new Error(`the console could not be built: ${error.stderr || error.message}`);
  });
  return folder;
}
