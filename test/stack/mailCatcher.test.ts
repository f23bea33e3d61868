import { appendFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { smtpMailer } from '../../src/activities/mail/smtp.ts';
import { startMailCatcher } from '../../src/stack/roles.ts';

type Caught = {
  id: string;
  from: string;
  to: string[];
  subject: string;
  text: string;
  html: string;
  messageId: string;
};

let folder: string;
let catcher: Awaited<ReturnType<typeof startMailCatcher>>;

const dataFile = () => join(folder, 'mails.jsonl');
const start = () => startMailCatcher({ port: 0, smtpPort: 0, dataFile: dataFile(), logFile: join(folder, 'mail.log') });

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aftersales-mail-'));
  catcher = await start();
});
afterEach(async () => {
  await catcher.handle.process.stop();
  await rm(folder, { recursive: true, force: true });
});

const get = async (path: string) => fetch(`${catcher.url}${path}`);
const mails = async (query = '') => (await (await get(`/mails${query}`)).json()) as Caught[];

const send = (to: string, letter = { subject: '主题', text: '文本', html: '<p>文本</p>' }) =>
  smtpMailer({ url: catcher.smtpUrl, from: 'Sender <sender@example.com>', timeoutMs: 30_000 })(
    to,
    '<id-1@example.com>',
    letter,
  );

it('shows what was sent to it, newest first, to one address, and one by one', async () => {
  expect(await send('one@example.com')).toEqual({ outcome: 'sent' });
  await send('two@example.com');
  expect((await mails()).map(({ to }) => to)).toEqual([['two@example.com'], ['one@example.com']]);
  const [one] = await mails('?to=One@example.com');
  expect(one).toMatchObject({
    from: 'sender@example.com',
    to: ['one@example.com'],
    subject: '主题',
    text: expect.stringContaining('文本'),
    html: expect.stringContaining('<p>文本</p>'),
    messageId: '<id-1@example.com>',
  });
  expect(await (await get(`/mails/${one?.id}`)).json()).toEqual(one);
  expect((await get('/mails/none')).status).toBe(404);
});

it('shows people a mail as text, and its HTML where it can do nothing', async () => {
  const nasty = '"><script>alert(1)</script>';
  await send('one@example.com', { subject: nasty, text: nasty, html: `<p>${nasty}</p>` });
  const page = await get('/');
  expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none';(?!.*script-src)/);
  const html = await page.text();
  expect(html).not.toContain('<script');
  expect(html).toMatch(/<iframe sandbox [^>]*srcdoc="&lt;p&gt;/);
});

it('killed, it has every mail it took; a line torn by that is none', async () => {
  await send('one@example.com');
  process.kill(catcher.handle.process.pid, 'SIGKILL');
  await catcher.handle.process.exited;
  await appendFile(dataFile(), '{"id":"torn');
  catcher = await start();
  await send('two@example.com');
  expect((await mails()).map(({ to }) => to[0])).toEqual(['two@example.com', 'one@example.com']);
});

it('keeps the last thousand', async () => {
  const line = (number: number) =>
    `${JSON.stringify({ id: `m-${number}`, to: [`${number}@example.com`], subject: '' })}\n`;
  await catcher.handle.process.stop();
  await writeFile(dataFile(), Array.from({ length: 1_500 }, (_, index) => line(index)).join(''));
  catcher = await start();
  await send('last@example.com');
  const kept = await mails();
  expect(kept).toHaveLength(1_000);
  expect([kept[0]?.to, kept.at(-1)?.to]).toEqual([['last@example.com'], ['501@example.com']]);
  expect((await readFile(dataFile(), 'utf8')).trim().split('\n')).toHaveLength(1_001);
});

it('takes nothing larger than 10 MB, and lives on', async () => {
  const refused = await send('one@example.com', { subject: 's', text: 'x'.repeat(11 * 1024 * 1024), html: '' });
  expect(refused).toMatchObject({ outcome: expect.stringMatching(/refused|failed/), status: 552 });
  expect(await send('one@example.com')).toEqual({ outcome: 'sent' });
});

it('a server that can’t be reached, or says nothing, is no refusal for good', async () => {
  await catcher.handle.process.stop();
  expect(await send('one@example.com')).toMatchObject({
    outcome: 'failed',
    error: expect.stringContaining('ECONNREFUSED'),
  });
});
