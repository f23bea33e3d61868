// Prints what CHANGELOG.md says of a release, once everything that belongs to it is there: node scripts/release-notes.mjs v0.1.0
// Otherwise lists what is missing, each with its mend, and ends with exit code 1.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const tag = process.argv[2] ?? '';
const version = /^v(\d+\.\d+\.\d+)$/.exec(tag)?.[1];
if (version === undefined) {
  console.error('name the tag of a release, such as v0.1.0');
  process.exit(1);
}

/** The version of the rules that new subjects begin with. */
const newestRules = (kind) =>
  /RulesVersion = (\d+)/.exec(readFileSync(join('src/domain', kind, `${kind}.ts`), 'utf8'))?.[1];

/** The versions of the rules that a recording names; what workflows are given stands in it as base64. */
function rulesIn(file) {
  const payloads = [...readFileSync(file, 'utf8').matchAll(/"data":\s*"([\w+/=]+)"/g)].map(([, data]) =>
    Buffer.from(data, 'base64').toString('utf8'),
  );
  return new Set(payloads.flatMap((text) => [...text.matchAll(/"rulesVersion":(\d+)/g)].map(([, named]) => named)));
}

const faults = [];
const json = (file) => JSON.parse(readFileSync(file, 'utf8'));
for (const file of ['package.json', 'package-lock.json']) {
  const named = json(file).version;
  if (named !== version) faults.push(`${file} says version ${named}: run npm version ${version} --no-git-tag-version`);
}
const histories = `test/replay/histories/${version}`;
const recorded = existsSync(histories) ? readdirSync(histories).filter((file) => file.endsWith('.json')) : [];
const record = `node scripts/with-deps.mjs test/replay/record.ts ${version}`;
if (recorded.length === 0) faults.push(`${histories} is empty: record it with ${record}`);
for (const kind of recorded.length === 0 ? [] : ['case', 'order', 'ticket']) {
  const begunBy = newestRules(kind);
  const own = recorded.filter((file) => file.startsWith(`${kind}-`));
  if (!own.some((file) => rulesIn(join(histories, file)).has(begunBy)))
    faults.push(
      `${histories} has no ${kind} begun by rules ${begunBy}: they were recorded too early; remove them, ${record}`,
    );
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
