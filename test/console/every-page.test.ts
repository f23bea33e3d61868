import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { apiHere } from '../api/apiHere.ts';
import { type Api, authSecret } from '../api/harness.ts';
import { mouseOnly, seriousFindings } from './accessibility.ts';
import { desk, findChromium, type Look, launch, personIn, phone } from './browser.ts';
import { everyScene } from './everyScene.ts';
import { peopleOf } from './scenes.ts';

const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));
const chromium = findChromium();

type Stop = { path: string; prepare?: (page: Page) => Promise<void> };
/** Where a walk stops, by the route that shows it. */
type Walk = Record<string, Stop[]>;
type Scenes = Awaited<ReturnType<typeof everyScene>>;

const at = (...paths: string[]): Stop[] => paths.map((path) => ({ path }));
/** The page that is shown where no route fits. */
const anyOther = '*';

/** Presses every key of the page's actions, one after another: the last form stays open. */
async function openActions(page: Page): Promise<void> {
  await page.locator('.act').first().waitFor();
  for (const action of await page.locator('.act').all()) await action.click();
  await page.locator('.act[aria-expanded=true] + form').first().waitFor();
}
async function openFirst(page: Page, selector: string): Promise<void> {
  await page.locator(selector).first().click();
}

const walks: Record<'consumer' | 'merchant' | 'agent' | 'admin', { file: string; walk: (scenes: Scenes) => Walk }> = {
  consumer: {
    file: 'consumer/Consumer.tsx',
    walk: (s) => ({
      [anyOther]: at('/'),
      '/orders/:id': at(`/orders/${s.toApply}`),
      '/orders/:id/apply': [
        {
          path: `/orders/${s.toApply}/apply`,
          async prepare(page) {
            await page.getByRole('button', { name: /\+1/ }).click();
            await page.getByRole('radio').first().check();
          },
        },
      ],
      '/orders/:id/do/:action': at(`/orders/${s.toApply}/do/cancellation`),
      '/cases': at('/cases'),
      '/cases/:id': at(
        ...[s.proposed, s.returning, s.refused, s.adjudicated, s.refunded, s.held].map(({ id }) => `/cases/${id}`),
      ),
      '/cases/:id/do/:action': at(
        `/cases/${s.proposed.id}/do/proposal-response`,
        `/cases/${s.returning.id}/do/tracking-number`,
        `/cases/${s.refused.id}/do/intervention-request`,
        `/cases/${s.asked.id}/do/evidence-submission`,
        `/cases/${s.proposed.id}/do/withdrawal`,
        `/cases/${s.refunded.id}/do/feedback`,
      ),
      '/support': at('/support'),
      '/support/new': at('/support/new'),
      '/support/:id': at(`/support/${s.ticket.id}`),
      '/support/:id/do/:action': at(`/support/${s.ticket.id}/do/reply`),
      '/messages': at('/messages'),
      '/me': at('/me'),
    }),
  },
  merchant: {
    file: 'merchant/Merchant.tsx',
    walk: (s) => ({
      [anyOther]: at('/'),
      '/cases/:id': [
        { path: `/cases/${s.proposed.id}`, prepare: openActions },
        { path: `/cases/${s.received.id}`, prepare: openActions },
        { path: `/cases/${s.adjudicated.id}` },
      ],
      '/orders': at('/orders'),
      '/orders/:id': at(`/orders/${s.toApply}`),
      '/performance': at('/performance'),
      '/messages': at('/messages'),
      '/settings': at('/settings'),
    }),
  },
  agent: {
    file: 'agent/Agent.tsx',
    walk: (s) => ({
      [anyOther]: at(
        ...['audit', 'adjudication', 'appeal', 'escalated', 'refund-failures', 'tickets'].map(
          (queue) => `/?queue=${queue}`,
        ),
      ),
      '/cases/:id': [
        { path: `/cases/${s.requested.id}`, prepare: openActions },
        { path: `/cases/${s.adjudicated.id}`, prepare: async (page) => page.keyboard.press('r') },
        { path: `/cases/${s.adjudicated.id}?file`, prepare: async (page) => openFirst(page, 'button.file') },
        { path: `/cases/${s.failed.id}`, prepare: openActions },
        { path: `/cases/${s.held.id}` },
      ],
      '/tickets/:id': [{ path: `/tickets/${s.ticket.id}`, prepare: openActions }],
      '/orders/:id': at(`/orders/${s.refunded.orderId}`),
      '/all': at('/all'),
      '/messages': at('/messages'),
      '/settings': at('/settings'),
    }),
  },
  admin: {
    file: 'admin/Admin.tsx',
    walk: (s) => ({
      [anyOther]: at('/'),
      '/policies': at('/policies'),
      '/policies/new': at('/policies/new'),
      '/cases': at('/cases'),
      '/cases/:id': [
        { path: `/cases/${s.adjudicated.id}`, prepare: openActions },
        { path: `/cases/${s.held.id}` },
        { path: `/cases/${s.refunded.id}` },
      ],
      '/money': [{ path: '/money', prepare: openActions }],
      '/books': [{ path: '/books', prepare: async (page) => openFirst(page, '.table .linkish') }],
      '/recovery': [
        {
          path: '/recovery',
          async prepare(page) {
            await openFirst(page, 'details.many summary');
            await page.locator('[data-field=hours] input').fill('1.5');
            await page.locator('[data-field=reason] textarea').fill('…');
            await page.locator('aside button[type=submit]').click();
            await page.getByRole('dialog').waitFor();
          },
        },
      ],
      '/recovery/republications': at('/recovery/republications'),
      '/recovery/abandonments': at('/recovery/abandonments'),
      '/webhooks': at('/webhooks'),
      '/webhooks/:id': at(`/webhooks/${s.webhookId}`),
      '/settings': at('/settings'),
    }),
  },
};
const roles = Object.keys(walks) as (keyof typeof walks)[];

/** The routes that an area's source declares. */
function routesOf(file: string): string[] {
  const source = readFileSync(new URL(`../../web/src/${file}`, import.meta.url), 'utf8');
  return [...source.matchAll(/<Route(?: path="([^"]+)")?>/g)].map(([, path]) => path ?? anyOther);
}

it.each(roles)('the walk of the %s stops at every route of its area', (role) => {
  const anything = new Proxy({}, { get: () => ({ id: 'x', orderId: 'x' }) }) as Scenes;
  const { file, walk } = walks[role];
  expect(Object.keys(walk(anything)).toSorted()).toEqual(routesOf(file).toSorted());
});

describe.skipIf(chromium === undefined)('every page, for whoever sees, hears or reads it', { timeout: 600_000 }, () => {
  let api: Api;
  let browser: Browser;
  let scenes: Scenes;
  beforeAll(async () => {
    api = await apiHere({ overrides: { console: { folder, demoParties: undefined } } });
    const { providerUrl } = await api.startWorker();
    [scenes, browser] = await Promise.all([
      everyScene(peopleOf(api.url, authSecret), providerUrl),
      launch(chromium ?? ''),
    ]);
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  /** Somebody's browser; what went wrong in it is told at the end. Each page is looked at in the light, its colours in the dark too. */
  async function walkThrough(look: Look, token: string, stops: Stop[]): Promise<string[]> {
    const { page, context, faults } = await personIn(browser, look);
    await context.addInitScript(`localStorage.setItem('aftersales.language', '${look.language}')`);
    const findings: string[] = [];
    await page.goto(`${api.url}/console/${token === '' ? '' : `#token=${token}`}`);
    for (const { path, prepare } of stops) {
      await page.evaluate(`history.pushState(null, '', ${JSON.stringify(`/console${path}`)})`);
      await settled(page);
      await prepare?.(page);
      await settled(page);
      const inTheLight = await seriousFindings(page);
      await page.emulateMedia({ colorScheme: 'dark' });
      await page.locator('html[data-mantine-color-scheme=dark]').waitFor({ state: 'attached' });
      const inTheDark = await seriousFindings(page, ['color-contrast']);
      await page.emulateMedia({ colorScheme: 'light' });
      await page.locator('html[data-mantine-color-scheme=light]').waitFor({ state: 'attached' });
      const byMouse = (await mouseOnly(page)).map((one) => `by mouse alone: ${one}`);
      for (const finding of [...inTheLight, ...inTheDark, ...byMouse]) findings.push(`${path}: ${finding}`);
    }
    await context.close();
    return [...findings, ...faults];
  }

  /** A heading is there, and nothing is being loaded any more. */
  async function settled(page: Page): Promise<void> {
    await page.locator('main h1').first().waitFor();
    await page.locator('.mantine-Skeleton-root').first().waitFor({ state: 'detached' });
  }

  it.each(roles)(
    '%s: no serious finding, in both languages, in the light and in the dark; nothing for the mouse alone',
    async (role) => {
      const size = role === 'consumer' ? phone : desk;
      const stops = Object.values(walks[role].walk(scenes)).flat();
      const { token } = scenes.tokens[role];
      const half = Math.ceil(stops.length / 2);
      const found = await Promise.all([
        walkThrough({ language: 'zh-CN', size }, token, stops.slice(0, half)),
        walkThrough({ language: 'en', size }, token, stops.slice(half)),
      ]);
      expect(found.flat()).toEqual([]);
    },
  );

  it('the page on which one signs in', async () => {
    expect(await walkThrough({ language: 'en', size: phone }, '', at('/'))).toEqual([]);
  });
});
