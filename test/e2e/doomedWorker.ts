import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import type { Activities } from '../../src/activities/activities.ts';
import { createSandboxProvider } from '../../src/activities/payments/sandbox.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { activitiesOver, maintenanceOver } from '../../src/worker/deps.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { patiently } from '../api/patiently.ts';

// A worker that dies, as by kill -9, at a moment chosen for it: when what it decided or did would leave it for Temporal's history (its
// codec is asked to encode a payload, also a heartbeat's, with the words of DOOM in it), or when the activity named DOOM_AFTER has done its work and its
// task is not completed. Started as a process of its own by killed-worker.test.ts and by npm run chaos.

const {
  DATABASE_URL = '',
  TEMPORAL_ADDRESS = '',
  TASK_QUEUE = '',
  PROVIDER_URL = '',
  DOOM,
  DOOM_AFTER,
  WORKFLOW_BUNDLE = '',
} = process.env;

const die = () => process.kill(process.pid, 'SIGKILL');

const doom = {
  encode: async <Payload extends { data?: Uint8Array | null }>(payloads: Payload[]): Promise<Payload[]> => {
    if (DOOM && payloads.some(({ data }) => data && Buffer.from(data).includes(DOOM))) die();
    return payloads;
  },
  decode: async <Payload>(payloads: Payload[]): Promise<Payload[]> => payloads,
};

/** The activities, of which one is the worker's last. */
function doomed(activities: Activities): Activities {
  const last = activities[DOOM_AFTER as keyof Activities] as ((...args: unknown[]) => Promise<unknown>) | undefined;
  if (DOOM_AFTER === undefined) return activities;
  if (!last) throw new Error(`there is no activity ${DOOM_AFTER}`);
  return {
    ...activities,
    [DOOM_AFTER]: async (...args: unknown[]) => {
      await last(...args);
      die();
    },
  };
}

const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
const clientConnection = await Connection.connect({ address: TEMPORAL_ADDRESS });
const database = await patiently(() => connectDatabase(DATABASE_URL));
const provider = createSandboxProvider({ url: PROVIDER_URL, timeoutMs: 1_000 });
const client = new Client({ connection: clientConnection });
const settings = { taskQueue: TASK_QUEUE, deadlineGraceMs: 0, lastTryMs: 200, againAfterMs: 300 };
const worker = await createWorker({
  connection,
  namespace: 'default',
  taskQueue: TASK_QUEUE,
  activities: {
    ...doomed(activitiesOver(database, provider, client)),
    ...maintenanceOver(database, provider, client, settings, new AbortController().signal),
  },
  workflowBundle: { codePath: WORKFLOW_BUNDLE },
  dataConverter: { payloadCodecs: [doom] },
});
process.once('SIGTERM', () => worker.shutdown());
await worker.run();
