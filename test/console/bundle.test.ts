import { readFileSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('../../dist/console/', import.meta.url));

type Chunk = { file: string; isEntry?: boolean; imports?: string[] };
const manifest = JSON.parse(readFileSync(`${folder}manifest.json`, 'utf8')) as Record<string, Chunk>;

/** Bytes of compressed script that are loaded before an area can be shown: the entry, the area, and all that they import. */
function firstLoad(area: string): number {
  const files = new Set<string>();
  const visit = (name: string) => {
    const chunk = manifest[name];
    if (!chunk) throw new Error(`the manifest has no ${name}`);
    if (files.has(chunk.file)) return;
    files.add(chunk.file);
    for (const imported of chunk.imports ?? []) visit(imported);
  };
  visit('index.html');
  visit(area);
  return [...files].reduce((sum, file) => sum + statSync(`${folder}${file}.gz`).size, 0);
}

it.each([
  ['consumer', 'src/consumer/Consumer.tsx', 200_000],
  ['merchant', 'src/merchant/Merchant.tsx', 350_000],
  ['agent', 'src/agent/Agent.tsx', 350_000],
  ['administrator', 'src/admin/Admin.tsx', 350_000],
])('the first load of the %s’s pages stays within its bounds', (_, area, most) => {
  expect(firstLoad(area)).toBeLessThan(most);
});

it('the page has no script and no style of its own, and asks nobody else for anything', () => {
  const page = readFileSync(`${folder}index.html`, 'utf8');
  expect(page).not.toMatch(/<style|style=|<script(?![^>]*\ssrc="\/console\/)[^>]*>|https?:\/\//);
});
