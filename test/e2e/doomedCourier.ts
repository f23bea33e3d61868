import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { createCourierActivities } from '../../src/activities/courier/activities.ts';
import { sender } from '../../src/activities/courier/send.ts';
import { smtpMailer } from '../../src/activities/mail/smtp.ts';
import { createSandboxProvider } from '../../src/activities/payments/sandbox.ts';
import { connectDatabase } from '../../src/store/database.ts';
import { openStore } from '../../src/store/store.ts';
import { startCouriers } from '../../src/worker/courier.ts';
import { activitiesOver } from '../../src/worker/deps.ts';
import { createWorker } from '../../src/worker/worker.ts';
import { quickTiming } from '../api/harness.ts';
import { patiently } from '../api/patiently.ts';

// A worker that dies, as by kill -9, when its courier has handed a mail over and would write that down. Started as a process of its
// own by courier-mail.test.ts.

const {
  DATABASE_URL = '',
  TEMPORAL_ADDRESS = '',
  TASK_QUEUE = '',
  PROVIDER_URL = '',
  SMTP_URL = '',
  WORKFLOW_BUNDLE = '',
} = process.env;

const connection = await NativeConnection.connect({ address: TEMPORAL_ADDRESS });
const client = new Client({ connection: await Connection.connect({ address: TEMPORAL_ADDRESS }) });
const database = await patiently(() => connectDatabase(DATABASE_URL));
const { outbox, endpoints, profiles } = openStore(database);
const courier = createCourierActivities({
  ...quickTiming,
  outbox: {
    ...outbox,
    record: async (_, __, { state }) => {
      if (state === 'sent') process.kill(process.pid, 'SIGKILL');
    },
  },
  send: sender({
    ...quickTiming,
    mail: smtpMailer({ url: SMTP_URL, from: 'service@example.com', timeoutMs: 10_000 }),
    profileOf: profiles.ofInbox,
    endpoints,
    privateWebhooks: true,
    clock: Date.now,
  }),
  clock: Date.now,
  onFailure: () => undefined,
  onUntaken: () => undefined,
  stopping: new AbortController().signal,
});
const worker = await createWorker({
  connection,
  namespace: 'default',
  taskQueue: TASK_QUEUE,
  activities: {
    ...activitiesOver(database, createSandboxProvider({ url: PROVIDER_URL, timeoutMs: 1_000 }), client),
    ...courier,
  },
  workflowBundle: { codePath: WORKFLOW_BUNDLE },
});
await startCouriers(client, TASK_QUEUE, quickTiming);
await worker.run();
