// Prints what CHANGELOG.md says of a release, once everything that belongs to it is there: node scripts/release-notes.mjs v0.1.0
// Otherwise lists what is missing, each with its mend, and ends with exit code 1.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const tag = process.argv[2] ?? '';
const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
if (version === undefined) {
  console.error('name the tag of a release, such as v0.1.0');
  process.exit(1);
}

const faults = [];
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
for (const file of ['package.json', 'package-lock.json']) {
  const named = json(file).version;
  if (named !== version) faults.push(`${file} says version ${named}: run npm version ${version} --no-git-tag-version`);
}
const histories = `test/replay/histories/${version}`;
if (!existsSync(histories) || !readdirSync(histories).some((file) => file.endsWith('.json'))) {
  faults.push(`${histories} is empty: record it with node scripts/with-deps.mjs test/replay/record.ts ${version}`);
}
const sections = readFileSync('CHANGELOG.md', 'utf8').split(/^(?=## )/m);
const heading = new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - \\d{4}-\\d{2}-\\d{2}$`, 'm');
const section = sections.find((one) => heading.test(one));
const notes =
  section
    ?.replace(heading, '')
    .replaceAll(/^\[[^\]]+\]: .*$/gm, '')
    .trim() ?? '';
if (notes === '') faults.push(`CHANGELOG.md has nothing under "## [${version}] - <date>": date its section`);

if (faults.length > 0) {
  console.error([`${tag} can't be released:`, ...faults].join('\n  '));
  process.exit(1);
}
console.log(notes);
