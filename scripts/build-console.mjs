// Builds the console into dist/console: node scripts/build-console.mjs
// Does nothing where what it is made of is what it was made of last time, so that every start may ask for it.
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'dist', 'console');
const mark = join(folder, '.made-of');

const madeOf = fingerprint();
if (existsSync(mark) && readFileSync(mark, 'utf8') === madeOf) process.exit(0);

console.log('building the console');
// Whoever asks for it, such as the tests: what is served and weighed is what ships.
process.env.NODE_ENV = 'production';
const { build } = await import('vite');
const draft = `${folder}.${process.pid}`;
mkdirSync(draft, { recursive: true });
try {
  await build({ configFile: join(root, 'web', 'vite.config.ts'), build: { outDir: draft }, logLevel: 'warn' });
  const assets = join(draft, 'assets');
  for (const name of readdirSync(assets).filter((one) => /\.(js|css|svg)$/.test(one))) {
    writeFileSync(join(assets, `${name}.gz`), gzipSync(readFileSync(join(assets, name)), { level: 9 }));
  }
  writeFileSync(join(draft, '.made-of'), madeOf);
  rmSync(folder, { recursive: true, force: true });
  renameSync(draft, folder);
} finally {
  rmSync(draft, { recursive: true, force: true });
}

/** Of every file that goes into it. */
function fingerprint() {
  const hash = createHash('sha256');
  const files = filesUnder('web').concat('src/domain/tell/words.ts', 'package-lock.json', 'scripts/build-console.mjs');
  for (const file of files.toSorted())
    hash
      .update(`${file}\0`)
      .update(readFileSync(join(root, file)))
      .update('\0');
  return hash.digest('hex');
}

function filesUnder(name) {
  return readdirSync(join(root, name), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length));
}
