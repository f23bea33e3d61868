// Bundles the compiled workflow code into one file, so that a worker of the image starts without a bundler:
// node scripts/bundle-workflows.mjs, after tsc -p tsconfig.build.json
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const workflowsPath = fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url));
// As src/worker/worker.ts does it: evaluated once, not for every workflow.
const { code } = await bundleWorkflowCode({ workflowsPath, preloadModules: [workflowsPath] });
writeFileSync(new URL('../dist/workflow-bundle.js', import.meta.url), code);
