// Completes package-lock.json after a dependency was added: node scripts/complete-lock.mjs
// npm leaves a platform's optional package out of the lock (or without a version) where the registry it asked does not
// offer it, and `npm ci` then refuses the lock on every machine. What belongs there follows from the package that asks
// for it: an exact version, and the platform in its name. npm fetches such a package on its own platform only.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const systems = ['aix', 'android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'win32'];
const processors = ['arm', 'arm64', 'ia32', 'loong64', 'mips64el', 'ppc64', 'riscv64', 's390x', 'wasm32', 'x64'];

let added = 0;
for (const [path, entry] of Object.entries(lock.packages)) {
  if (path !== '' && entry.version === undefined && entry.link !== true) delete lock.packages[path];
}
for (const [path, parent] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(parent.optionalDependencies ?? {})) {
    if (path === '' || isLocked(path, name) || !/^\d+\.\d+\.\d+\S*$/.test(version)) continue;
    const words = name.split(/[/-]/);
    const os = words.filter((word) => systems.includes(word));
    const cpu = words.filter((word) => processors.includes(word));
    if (os.length === 0 && cpu.length === 0) throw new Error(`${name} names no platform: add it with npm`);
    const libc = /musl/.test(name) ? ['musl'] : /-(gnu|gnueabihf)$/.test(name) ? ['glibc'] : undefined;
    lock.packages[`node_modules/${name}`] = {
      version,
      ...(cpu.length > 0 && { cpu }),
      ...(parent.dev && { dev: true }),
      ...(parent.devOptional && { devOptional: true }),
      ...(libc && { libc }),
      optional: true,
      ...(os.length > 0 && { os }),
    };
    added += 1;
  }
}
const sorted = Object.keys(lock.packages).toSorted((a, b) => a.localeCompare(b, 'en'));
lock.packages = Object.fromEntries(sorted.map((path) => [path, lock.packages[path]]));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`package-lock.json: ${added} packages of other platforms added`);

/** Whether node would find the package from there, in this lock. */
function isLocked(from, name) {
  let folder = from;
  while (lock.packages[`${folder === '' ? '' : `${folder}/`}node_modules/${name}`] === undefined) {
    if (folder === '') return false;
    folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')));
  }
  return true;
}
