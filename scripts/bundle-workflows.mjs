// Bundles the compiled workflow code into one file, so that a worker of the image starts without a bundler:
// node scripts/bundle-workflows.mjs, after tsc -p tsconfig.build.json
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { bundleWorkflowCode } from '@temporalio/worker';

const workflowsPath = fileURLToPath(new URL('../dist/workflows/index.js', import.meta.url));
// As src/worker/worker.ts does it: evaluated once, not for every workflow. What carries traces is always in it, since one bundle
// serves both: where nobody traces it passes everything on as it is.
const tracing = fileURLToPath(new URL('../dist/workflows/interceptors/tracing.js', import.meta.url));
const { code } = await bundleWorkflowCode({
  workflowsPath,
  workflowInterceptorModules: [tracing],
  preloadModules: [workflowsPath],
});
writeFileSync(new URL('../dist/workflow-bundle.js', import.meta.url), code);
