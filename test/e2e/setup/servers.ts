import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { readSettings } from '../../../src/settings.ts';
import { startServers } from '../../../src/stack/servers.ts';

/** What Temporal has done with its queues is written down each second, not each half minute: only then does it delete a run. */
const temporalConfig = {
  'history.transferProcessorUpdateAckInterval': '1s',
  'history.visibilityProcessorUpdateAckInterval': '1s',
};
/** What has expired is looked for each second, not each minute. */
const mongodParameters = { ttlMonitorSleepSecs: 1 };

/** Real MongoDB and Temporal for the e2e tests, on free ports and empty data; the ones named in the environment win. */
export default async function servers(project: TestProject): Promise<() => Promise<void>> {
  const settings = readSettings(process.env);
  const scratch = await mkdtemp(join(tmpdir(), 'aftersales-e2e-'));
  const { address, namespace, connectionOptions } = settings.temporal;
  const running = await startServers({
    folder: scratch,
    cache: settings.cache,
    env: process.env,
    progress: (message) => console.log(`e2e: ${message}`),
    mongodbUrl: settings.mongodbUrl,
    mongodParameters,
    temporalConfig,
    temporal: address === undefined ? undefined : { address, namespace, connectionOptions },
  });
  project.provide('mongodbUrl', running.mongodbUrl);
  project.provide('temporalAddress', running.temporalAddress);
  project.provide('scratch', scratch);
  return async () => {
    await running.stop();
    await rm(scratch, { recursive: true, force: true });
  };
}
