import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Locator, Page } from 'playwright-core';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** More stops than any page has. */
const mostPresses = 150;

type Finding = { id: string; impact: string; help: string; nodes: { html: string }[] };

/** What axe finds on the page that keeps somebody from using it: its serious and critical findings, each with where; by all of its rules or these. */
export async function seriousFindings(page: Page, rules?: string[]): Promise<string[]> {
  // what is still fading in has not the colours yet that it is read in
  await page.evaluate('new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))');
  await page.evaluate(`Promise.all(document.getAnimations()
    .filter(({ effect }) => effect.getComputedTiming().endTime !== Infinity)
    .map(({ finished }) => finished.catch(() => undefined)))`);
  if (!(await page.evaluate('"axe" in globalThis'))) await page.evaluate(axe);
  const found = await page.evaluate<Finding[]>(
    `axe.run(document, ${JSON.stringify(rules ? { runOnly: rules } : {})}).then(({ violations }) => violations)`,
  );
  return found
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 160)).join(' | ')}`);
}

/** What invites a click and can't be come to by keyboard. */
export const mouseOnly = (page: Page): Promise<string[]> =>
  page.evaluate<string[]>(`[...document.querySelectorAll('body *')]
    .filter((one) => getComputedStyle(one).cursor === 'pointer' && one.checkVisibility())
    .filter((one) => !one.closest('a[href], button, input, select, textarea, summary, label, [role=option], [tabindex="0"]'))
    .map((one) => one.outerHTML.slice(0, 160))`);

/** Presses Tab until what is looked for has the focus. @throws Error where it is never come to */
export async function tabTo(page: Page, wanted: Locator): Promise<void> {
  const has = async () => (await wanted.and(page.locator(':focus')).count()) > 0;
  await wanted.waitFor();
  for (let presses = 0; !(await has()); presses += 1) {
    if (presses > mostPresses) throw new Error(`${String(wanted)} is not come to by Tab`);
    await page.keyboard.press('Tab');
  }
}
