// Makes sure that what package-lock.json asks for is installed. Runs before any dependency can be imported.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

const oldestNode = [20, 19];

/** Installs when node_modules is missing or not what the lock file says; ends the process when that can't be done. */
export function ensureDependencies() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  if (major < oldestNode[0] || (major === oldestNode[0] && minor < oldestNode[1])) {
    fail(`Node ${process.versions.node} is too old: install Node ${oldestNode.join('.')} or newer.`);
  }
  process.chdir(root);
  if (isInstalled()) return;
  console.log('Installing dependencies (npm ci) …');
  const npm = spawnSync('npm', ['ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  if (npm.status !== 0 || !isInstalled()) {
    fail('Dependencies could not be installed: connect to the network and run `npm ci` to see why.');
  }
}

/** npm leaves a copy of the lock beside what it installed, written last: compare the two. */
function isInstalled() {
  const wanted = packagesOf('package-lock.json');
  const present = packagesOf('node_modules/.package-lock.json');
  if (wanted === undefined) fail('package-lock.json is missing or broken: restore it from git.');
  if (present === undefined) return false;
  return Object.entries(wanted).every(
    ([path, entry]) => path === '' || entry.optional === true || present[path]?.version === entry.version,
  );
}

function packagesOf(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8')).packages;
  } catch {
    return undefined;
  }
}

function fail(message) {
  console.error(message);
  process.exit(1);
}
