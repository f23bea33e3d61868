import { buildConsole } from '../../../src/stack/console.ts';

/** The console as it is now, built once for all test files. */
export default async function build(): Promise<void> {
  await buildConsole();
}
