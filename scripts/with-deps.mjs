// Runs a TypeScript program of this project: node scripts/with-deps.mjs src/cli/start.ts [arguments]
// In this very process, so that signals and exit codes are the program's own.
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { ensureDependencies, root } from './dependencies.mjs';

ensureDependencies();
process.argv.splice(1, 1);
const { register } = await import('tsx/esm/api');
register();
await import(pathToFileURL(join(root, process.argv[1])).href);
