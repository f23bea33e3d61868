import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';

const decisions = readdirSync('docs/decisions').map((file) => join('docs/decisions', file));
const documents = [
  'README.md',
  'ARCHITECTURE.md',
  'CHANGELOG.md',
  'SECURITY.md',
  ...readdirSync('docs')
    .filter((file) => file.endsWith('.md'))
    .map((file) => join('docs', file)),
  'deploy/kubernetes/README.md',
  ...decisions,
];
const read = (file: string) => readFileSync(file, 'utf8');
const found = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, group]) => group!);

/** The anchors that a page gives its headings. */
const anchorsOf = (file: string) =>
  found(read(file), /^#+ (.+)$/gm).map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} -]/gu, '')
      .replaceAll(' ', '-'),
  );

describe.each(documents)('%s', (document) => {
  it('links to what is there', () => {
    const broken = found(read(document), /\]\(((?!https?:)[^)]+)\)/g).filter((link) => {
      const [path = '', anchor] = link.split('#');
      const target = path === '' ? document : join(dirname(document), path);
      return !existsSync(target) || (anchor !== undefined && !anchorsOf(target).includes(anchor));
    });
    expect(broken).toEqual([]);
  });

  it('names files that are there', () => {
    const named = found(read(document), /`((?:src|test|docs|scripts|deploy)\/[\w./-]*)`/g);
    expect(named.filter((path) => !existsSync(path))).toEqual([]);
  });
});

describe('README.md', () => {
  const readme = read('README.md');

  it('has every setting in its table', () => {
    const schema = /const environment = z\.object\(\{\n(.*?)^\}\);/ms.exec(read('src/settings.ts'))?.[1] ?? '';
    const settings = found(schema, /^ {2}([A-Z_]+):/gm);
    expect(settings.length).toBeGreaterThan(10);
    const table = /^## Settings\n(.*?)^## /ms.exec(readme)?.[1] ?? '';
    expect(settings.filter((name) => !table.includes(`\`${name}\``))).toEqual([]);
  });

  it('has every command, and none that is not there', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = found(readme, /`npm (?:run (?:--silent )?)?([a-z]+)/g).filter((name) => name !== 'run');
    expect(Object.keys(scripts).filter((name) => !named.includes(name))).toEqual([]);
    expect(named.filter((name) => !Object.hasOwn(scripts, name))).toEqual([]);
  });
});
