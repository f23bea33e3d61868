import { randomBytes } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { type Connection, findService, personOf } from './demo/connection.ts';
import { publishPolicyOfSeconds, seconds } from './demo/policyOfSeconds.ts';
import { Proof, proveBooks } from './demo/proof.ts';
import { Scene, type Stage } from './demo/scene.ts';
import { stories } from './demo/stories.ts';
import type { Story } from './demo/story.ts';

/** Longer than any story takes, so that one that hangs is told and not waited for. */
const longestMs = 120_000;
/** How long publishing a policy may take. */
const answerMs = 15_000;

const startedAt = Date.now();
const say = (text: string) => console.log(text);
const elapsed = () => `${((Date.now() - startedAt) / 1_000).toFixed(1).padStart(5)} s`;

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => interrupted.abort());

/** Plays what was asked for, restores the policy whatever happens, and answers the exit code. */
async function main(): Promise<number> {
  const chosen = chosenStories(process.argv.slice(2));
  const connection = await findService(process.env);
  await assertReady(connection);
  const run = randomBytes(3).toString('hex');
  const admin = { role: 'admin', sub: `ad-${run}` } as const;

  // Not to be interrupted: what may have been published must be known, to be restored.
  const policy = await publishPolicyOfSeconds(personOf(connection, admin, AbortSignal.timeout(answerMs)));
  try {
    say(
      `${elapsed()}  Policy ${policy.version} is in force: everybody has ${seconds} s for everything. What was received in time`,
    );
    say('         still counts, so a deadline acts a little later than it ends (DEADLINE_GRACE, 5 s; POL-4).\n');
    return await play(chosen, connection, run);
  } finally {
    say(`\n${await policy.restore(personOf(connection, admin, AbortSignal.timeout(answerMs)))}`);
  }
}

/** @throws Error listing the stories there are. */
function chosenStories(names: string[]): readonly Story[] {
  const unknown = names.filter((name) => !stories.some((story) => story.name === name));
  if (unknown.length > 0) {
    const known = stories.map(({ name, title }) => `  ${name.padEnd(14)}${title}`).join('\n');
    throw new Error(`There is no story ${unknown.join(', ')}. There are:\n${known}`);
  }
  return names.length === 0 ? stories : stories.filter(({ name }) => names.includes(name));
}

/** @throws Error where the service can't play now. */
async function assertReady({ apiUrl }: Connection): Promise<void> {
  let response: Response | undefined;
  // one that is there may be too busy just now to be ready within a second; one that isn't is told at once
  for (let tries = 1; tries <= 10; tries += 1) {
    response = await fetch(`${apiUrl}/readyz`).catch(() => undefined);
    if (response?.ok) return;
    if (!response) break;
    await delay(1_000);
  }
  const why = response ? `is not ready: ${await response.text()}` : 'can’t be reached';
  throw new Error(`The service at ${apiUrl} ${why}. Run \`npm start\` in another terminal first.`);
}

type Played = { story: Story; proof: Proof; orderId?: string; failure?: string };

async function play(chosen: readonly Story[], connection: Connection, run: string): Promise<number> {
  const until = startedAt + longestMs;
  const played = await Promise.all(
    chosen.map((story) => playOne(story, { connection, run, until, signal: interrupted.signal, say: tellerOf(story) })),
  );
  if (interrupted.signal.aborted) return 130;

  const books = new Proof();
  const orderIds = played.flatMap(({ orderId }) => orderId ?? []);
  const agent = personOf(connection, { role: 'agent', sub: `a-${run}` }, interrupted.signal);
  if (orderIds.length > 0) await proveBooks(books, agent, orderIds, connection);
  return report(played, books, connection);
}

function tellerOf({ name }: Story): Stage['say'] {
  return (text) => say(`${elapsed()}  ${name.padEnd(13)} ${text}`);
}

async function playOne(story: Story, stage: Stage): Promise<Played> {
  const proof = new Proof();
  try {
    const scene = new Scene(story.name, stage);
    await scene.enter();
    return { story, proof, orderId: await story.play(scene, proof, stage.connection) };
  } catch (error) {
    return { story, proof, failure: error instanceof Error ? error.message : String(error) };
  }
}

const markOf = (differences: readonly string[]) => (differences.length === 0 ? '✓' : '✗');

function report(played: Played[], books: Proof, { providerUrl }: Connection): number {
  say('\nWhat this proved\n');
  for (const { story, proof, failure } of played) {
    const wrong = [...proof.differences, ...(failure === undefined ? [] : [failure])];
    say(`  ${markOf(wrong)} ${story.title}`);
    for (const difference of wrong) say(`      ${difference}`);
  }
  if (books.checks > 0) {
    say(`  ${markOf(books.differences)} The ledger balances, and agrees with the provider to the cent (REF-5)`);
    for (const difference of books.differences) say(`      ${difference}`);
  }
  if (providerUrl === undefined) say('  – The provider’s movements were not looked at: give PAYMENT_PROVIDER_URL');

  const proofs = [...played.map(({ proof }) => proof), books];
  const checks = proofs.reduce((sum, proof) => sum + proof.checks, 0);
  const failures = played.filter(({ failure }) => failure !== undefined).length;
  const differences = failures + proofs.reduce((sum, proof) => sum + proof.differences.length, 0);
  say(
    `\n${played.length === 1 ? 'One story' : `${played.length} stories`}, ${checks} checks, ${differences} differences, ${elapsed().trim()}`,
  );
  return differences === 0 ? 0 : 1;
}

process.exitCode = await main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  return 1;
});
