import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';

const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];

/** Chromium by CHROME_PATH, else on PATH; undefined where there is none. */
export function findChromium(): string | undefined {
  const named = process.env['CHROME_PATH'];
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const places = named ? [named] : folders.flatMap((folder) => names.map((name) => join(folder, name)));
  return places.find((place) => {
    try {
      accessSync(place, constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export const launch = (executablePath: string): Promise<Browser> =>
  chromium.launch({
    executablePath,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });

/** A phone and a desk, as the pages are made for. */
export const phone = { width: 390, height: 844 };
export const desk = { width: 1360, height: 860 };

export type Look = { language?: 'zh-CN' | 'en'; scheme?: 'light' | 'dark'; size?: typeof phone };

/** A browser of somebody's own: nothing is shared with anybody else's. What goes wrong in its pages is kept in `faults`. */
export async function personIn(browser: Browser, { language = 'zh-CN', scheme = 'light', size = phone }: Look = {}) {
  const context: BrowserContext = await browser.newContext({
    viewport: size,
    locale: language,
    colorScheme: scheme,
    timezoneId: 'Asia/Shanghai',
    deviceScaleFactor: 1,
  });
  const faults: string[] = [];
  const page: Page = await context.newPage();
  page.setDefaultTimeout(60_000);
  page.on('pageerror', (error) => faults.push(error.message));
  page.on('console', (message) => {
    // What the API refuses is shown to people; a browser's own line about it is none of ours.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      faults.push(message.text());
  });
  return { context, page, faults };
}
