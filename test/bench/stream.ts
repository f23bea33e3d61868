import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { request } from 'node:http';
import { parseArgs } from 'node:util';
import { signToken } from '../../src/cli/tokens.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { concurrently } from './concurrently.ts';
import { withBench } from './stack.ts';

// npx tsx test/bench/stream.ts [--streams 1000] [--changes 2000]: what open streams take, and how late they tell.
const { values: options } = parseArgs({
  options: { streams: { type: 'string', default: '1000' }, changes: { type: 'string', default: '2000' } },
});
const streams = Number(options.streams);
const changes = Number(options.changes);
const changesASecond = 200;

/** Memory that a process has in use, in bytes. */
const residentOf = (pid: number) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) * 1_024;

/** Opens a consumer's stream; tells the id of each message that comes, and answers once it is ready. */
async function openStream(apiUrl: string, secret: string, sub: string, heard: (id: string) => void): Promise<void> {
  const authorization = `Bearer ${await signToken({ role: 'consumer', sub }, secret)}`;
  await new Promise<void>((ready, failed) => {
    const asked = request(`${apiUrl}/v1/stream`, { headers: { authorization }, agent: false }, (response) => {
      let rest = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        const blocks = (rest + chunk).split('\n\n');
        rest = blocks.pop() ?? '';
        for (const block of blocks) {
          if (block.includes('event: ready')) ready();
          const id = /^data: \{"id":"([^"]+)"/m.exec(block)?.[1];
          if (id) heard(id);
        }
      });
    });
    asked.once('error', failed).end();
  });
}

try {
  await withBench(console.log, async ({ apiUrl, mongodbUrl, authSecret, pids }) => {
    const api = pids.case['api'];
    if (api === undefined) throw new Error('the API’s process is not known');
    const database = await connectDatabase(mongodbUrl);
    const outbox = database.collection('outbox');
    const sentAt = new Map<string, number>();
    const delays: number[] = [];
    let allHeard: () => void = () => undefined;
    const heardAll = new Promise<void>((resolve) => {
      allHeard = resolve;
    });
    const heard = (id: string) => {
      delays.push(performance.now() - (sentAt.get(id) ?? Number.NaN));
      if (delays.length === changes) allHeard();
    };

    const before = residentOf(api);
    await concurrently(
      Array.from({ length: streams }, (_, number) => `c-${number}`),
      16,
      (sub) => openStream(apiUrl, authSecret, sub, heard),
    );
    const whenOpen = residentOf(api);

    for (let number = 0; number < changes; number += 1) {
      const to = `consumer/c-${number % streams}`;
      const _id = `order/${randomUUID()}/1/${to}/in_app`;
      const message = { event: 'orderShipped', automatic: false, orderId: 'o', status: 'shipped' };
      sentAt.set(_id, performance.now());
      void outbox.insertOne({ _id: _id as never, channel: 'in_app', to, ...message, createdAt: new Date() });
      await new Promise((later) => setTimeout(later, 1_000 / changesASecond));
    }
    await heardAll;
    const sorted = delays.toSorted((a, b) => a - b);
    const quantile = (part: number) => (sorted[Math.ceil(sorted.length * part) - 1] ?? Number.NaN).toFixed(1);
    console.log(
      [
        `${streams} streams, ${changes} changes, at most ${changesASecond} a second`,
        `  memory a stream          ${((whenOpen - before) / streams / 1_024).toFixed(1)} kB`,
        `  from write to reader     p50 ${quantile(0.5)} ms, p99 ${quantile(0.99)} ms`,
        `  memory after it all      ${(residentOf(api) / 1_024 / 1_024).toFixed(0)} MB (before: ${(before / 1_024 / 1_024).toFixed(0)} MB)`,
      ].join('\n'),
    );
    await database.close();
  });
  process.exit(0);
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exit(1);
}
