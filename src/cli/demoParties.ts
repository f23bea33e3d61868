import { rename, writeFile } from 'node:fs/promises';
import { demoParties } from './seed.ts';
import { signToken } from './tokens.ts';

/** What the console's first page offers in the embedded stack. */
export interface DemoPage {
  parties: { role: string; sub: string; token: string }[];
  /** Where else there is something to see; null where it isn't ours. */
  links: { temporalUi: string | null; mail: string | null; provider: string };
}

/** Tokens are good for 12 hours: made anew well before. */
const renewEveryMs = 6 * 3_600_000;

/**
 * Writes, and renews, the file by which the console lets people play the demo parties; only its owner can read it.
 * @returns how to stop renewing it.
 */
export async function offerDemoParties(file: string, secret: string, links: DemoPage['links']): Promise<() => void> {
  const write = async () => {
    const played = demoParties.filter(({ role }) => role !== 'service');
    const parties = await Promise.all(
      played.map(async (party) => ({ ...party, token: await signToken(party, secret) })),
    );
    await writeFile(`${file}.new`, JSON.stringify({ parties, links } satisfies DemoPage), { mode: 0o600 });
    await rename(`${file}.new`, file);
  };
  await write();
  const timer = setInterval(() => void write().catch(() => undefined), renewEveryMs).unref();
  return () => clearInterval(timer);
}
