import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createSandboxProvider } from '../../src/activities/payments/sandbox.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { activitiesOver } from '../../src/worker/deps.ts';
import { createWorker } from '../../src/worker/worker.ts';

// A worker that dies, as by kill -9, at the moment when what it decided or did would leave it for Temporal's history: its codec is
// asked to encode a payload with the words of DOOM in it. Started as a process of its own by killed-worker.test.ts.

const {
  DATABASE_URL = '',
  TEMPORAL_ADDRESS = '',
  TASK_QUEUE = '',
  PROVIDER_URL = '',
  DOOM = '',
  WORKFLOW_BUNDLE = '',
} = process.env;

const doom = {
  encode: async <Payload extends { data?: Uint8Array | null }>(payloads: Payload[]): Promise<Payload[]> => {
    if (payloads.some(({ data }) => data && Buffer.from(data).includes(DOOM))) process.kill(process.pid, 'SIGKILL');
    return payloads;
  },
  decode: async <Payload>(payloads: Payload[]): Promise<Payload[]> => payloads,
};

const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
const clientConnection = await Connection.connect({ address: TEMPORAL_ADDRESS });
const database = await connectDatabase(DATABASE_URL);
const worker = await createWorker({
  connection,
  namespace: 'default',
  taskQueue: TASK_QUEUE,
  activities: activitiesOver(
    database,
    createSandboxProvider({ url: PROVIDER_URL, timeoutMs: 1_000 }),
    new Client({ connection: clientConnection }),
  ),
  workflowBundle: { codePath: WORKFLOW_BUNDLE },
  dataConverter: { payloadCodecs: [doom] },
});
process.once('SIGTERM', () => worker.shutdown());
await worker.run();
