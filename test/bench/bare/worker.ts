import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode, DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';

/** Runs the bare workflow in a process of its own, as the cases' worker does, until SIGTERM. */
Runtime.install({ logger: new DefaultLogger('WARN'), shutdownSignals: ['SIGTERM'] });
const connection = await NativeConnection.connect({ address: process.env['TEMPORAL_ADDRESS']! });
const workflowsPath = fileURLToPath(new URL('workflow.ts', import.meta.url));
const workflowBundle = await bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') });
const worker = await Worker.create({ connection, taskQueue: process.env['TASK_QUEUE']!, workflowBundle });
await worker.run();
await connection.close();
