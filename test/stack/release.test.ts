import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parse } from 'yaml';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'aftersales-release-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

type Project = { version: string; changelog: string; histories?: string; caseRules?: number };

/** A project about to be released, and what the script says of a tag there. */
function releaseOf(tag: string, project: Project) {
  for (const file of ['package.json', 'package-lock.json'])
    writeFileSync(join(folder, file), JSON.stringify({ version: project.version }));
  writeFileSync(join(folder, 'CHANGELOG.md'), project.changelog);
  for (const kind of ['case', 'order', 'ticket']) {
    mkdirSync(join(folder, 'src/domain', kind), { recursive: true });
    const rules = kind === 'case' ? (project.caseRules ?? 1) : 1;
    writeFileSync(join(folder, 'src/domain', kind, `${kind}.ts`), `export const ${kind}RulesVersion = ${rules};\n`);
    if (project.histories === undefined) continue;
    mkdirSync(join(folder, 'test/replay/histories', project.histories), { recursive: true });
    const data = Buffer.from(JSON.stringify({ settings: { rulesVersion: 1 } })).toString('base64');
    const recording = JSON.stringify({ history: { input: { payloads: [{ data }] } } });
    writeFileSync(join(folder, 'test/replay/histories', project.histories, `${kind}-ended.json`), recording);
  }
  return spawnSync(process.execPath, [resolve('scripts/release-notes.mjs'), tag], { cwd: folder, encoding: 'utf8' });
}

const changelog = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-02-01

### Added

- Something.

## [1.1.0] - 2026-01-01

- Something else.

[1.1.0]: https://example.com
`;

it('a release whose parts are there is told by its own section of the changelog', () => {
  const { status, stdout } = releaseOf('v1.2.0', { version: '1.2.0', changelog, histories: '1.2.0' });
  expect([status, stdout]).toEqual([0, '### Added\n\n- Something.\n']);
  const last = releaseOf('v1.1.0', { version: '1.1.0', changelog, histories: '1.1.0' });
  expect([last.status, last.stdout]).toEqual([0, '- Something else.\n']);
});

it('whatever is missing is told at once, each with its mend', () => {
  const { status, stderr } = releaseOf('v1.3.0', { version: '1.2.0', changelog });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /v1\.3\.0 can't be released:\n.*package\.json .*\n.*package-lock\.json .*\n.*histories\/1\.3\.0 .*\n.*CHANGELOG\.md /,
  );
  expect(releaseOf('1.2', { version: '1.2.0', changelog }).stderr).toContain('such as v0.1.0');
});

it('recordings of older rules than new cases begin with are told of', () => {
  const { status, stderr } = releaseOf('v1.2.0', { version: '1.2.0', changelog, histories: '1.2.0', caseRules: 2 });
  expect([status, stderr]).toEqual([1, expect.stringContaining('has no case begun by rules 2')]);
  expect(stderr).not.toContain('order');
});

it('the changelog has a section for the version in package.json', () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(readFileSync('CHANGELOG.md', 'utf8')).toMatch(
    new RegExp(`^## \\[${version.replaceAll('.', '\\.')}\\] - (Unreleased|\\d{4}-\\d{2}-\\d{2})$`, 'm'),
  );
});

it('workflows use actions by commit, and Node’s oldest and newest that must work', () => {
  const files = readdirSync('.github/workflows').map((file) => readFileSync(join('.github/workflows', file), 'utf8'));
  const uses = files.flatMap((text) =>
    [...text.matchAll(/uses: (\S+)(.*)/g)].map(([, action = '', rest]) => [action, rest]),
  );
  const loose = uses.filter(
    ([action = '', rest = '']) => !action.startsWith('./') && !(/@[0-9a-f]{40}$/.test(action) && /^ # v\d/.test(rest)),
  );
  expect(uses.length).toBeGreaterThan(5);
  expect(loose).toEqual([]);
  const ci = parse(readFileSync('.github/workflows/ci.yml', 'utf8')) as {
    jobs: { test: { strategy: { matrix: { node: string[] } } } };
  };
  expect(ci.jobs.test.strategy.matrix.node).toEqual(['20', '24']);
});
