import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundleWorkflows } from '../../src/worker/worker.ts';

/**
 * Bundles the workflows once for all test files, with what carries traces, as the image does: workers that tests start find it under
 * `WORKFLOW_BUNDLE`. Each would take seconds to make its own.
 */
export default async function workflowBundle(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'aftersales-bundle-'));
  const file = join(folder, 'workflow-bundle.js');
  await writeFile(file, (await bundleWorkflows({ traced: true })).code);
  process.env['WORKFLOW_BUNDLE'] = file;
  return () => rm(folder, { recursive: true, force: true });
}
