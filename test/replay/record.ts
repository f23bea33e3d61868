import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { historyToJSON } from '@temporalio/common/lib/proto-utils.js';
import { readSettings } from '../../src/settings.ts';
import { findTemporal } from '../../src/stack/executables.ts';
import workflowBundle from '../setup/workflowBundle.ts';
import { Harness } from '../workflows/harness.ts';
import { scenarios } from './scenarios.ts';

// Records what workflows of this release leave behind, on a real development server, for later releases to replay:
//   node scripts/with-deps.mjs test/replay/record.ts 0.1.0 [--only SCENARIO] [--into FOLDER]
// What a release has left behind can't be changed afterwards, so a folder that is there is never written to.

const { values, positionals } = parseArgs({
  options: { only: { type: 'string' }, into: { type: 'string' } },
  allowPositionals: true,
});
const [release] = positionals;
if (!release || !/^\d+\.\d+\.\d+$/.test(release)) {
  console.error('name the release to record, such as 0.1.0');
  process.exit(1);
}
const folder = join(values.into ?? fileURLToPath(new URL('./histories', import.meta.url)), release);
if (await readdir(folder).catch(() => undefined)) {
  console.error(`the histories of ${release} are recorded already: a release is recorded once`);
  process.exit(1);
}

const temporal = await findTemporal({
  cache: readSettings(process.env).cache,
  env: process.env,
  progress: console.log,
});
const removeBundle = await workflowBundle();
/** More than any scenario takes but the one that is about it. */
const eventsARun = 200;
const harness = await Harness.startInRealTime(temporal, { graceMs: 0, eventsARun });
try {
  const recorded: [file: string, json: string][] = [];
  for (const [name, play] of Object.entries(scenarios)) {
    if (values.only !== undefined && name !== values.only) continue;
    for (const [index, { subject, runId }] of (await play(harness)).entries()) {
      const history = await harness.env.client.workflow.getHandle(subject, runId).fetchHistory();
      const file = index === 0 ? `${name}.json` : `${name}-${index + 1}.json`;
      // who recorded it, and where, is nobody's business
      const json = historyToJSON(history)
        .replaceAll(`${process.pid}@${hostname()}`, 'worker')
        .replaceAll(`${process.cwd()}/`, '');
      recorded.push([file, JSON.stringify({ workflowId: subject, history: JSON.parse(json) })]);
      console.log(`${file}: ${history.events?.length} events`);
    }
  }
  await mkdir(folder, { recursive: true });
  for (const [file, json] of recorded) await writeFile(join(folder, file), `${json}\n`);
} finally {
  await harness.stop();
  await removeBundle();
}
