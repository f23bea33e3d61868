import { randomUUID } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { readSheet } from 'read-excel-file/node';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, applicationFor, authSecret, deliveredOrder, expectStatus } from '../api/harness.ts';
import { caseDocument } from '../bench/caseDocument.ts';
import { seriousFindings } from './accessibility.ts';
import { desk, findChromium, type Look, launch, personIn, phone } from './browser.ts';
import { picture } from './scenes.ts';

const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));
const chromium = findChromium();
if (chromium === undefined)
  console.log('There is no Chromium: the merchant’s pages are not looked at. Install it, or name it in CHROME_PATH.');

let api: Api;
let browser: Browser;

/** Cases as their workflows would have written them, of a merchant and a consumer. */
async function write(count: number, merchantId: string, change: (document: Document, index: number) => Document) {
  const documents = Array.from({ length: count }, (_, index) => {
    const made = caseDocument(index * 2 + 1);
    const { facts } = made.state;
    const state = { ...made.state, facts: { ...facts, merchantId, consumerId: `c-${merchantId}` } };
    return change({ ...made, merchantId, consumerId: `c-${merchantId}`, state }, index);
  });
  await api.database.collection('cases').insertMany(documents as never[], { ordered: false });
}
type Document = ReturnType<typeof caseDocument>;

describe.skipIf(chromium === undefined)('the merchant’s workbench', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    api = await apiHere({ overrides: { console: { folder, demoParties: undefined } } });
    await api.startWorker();
    browser = await launch(chromium ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  /** Nothing may go wrong in it. */
  async function open(role: 'consumer' | 'merchant', sub: string, path = '/', look: Look = {}): Promise<Page> {
    const { page, context, faults } = await personIn(browser, { size: desk, ...look });
    onTestFinished(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });
    await page.goto(`${api.url}/console${path}#token=${await signToken({ role, sub }, authSecret)}`);
    return page;
  }
  const accessible = async (page: Page) => expect(await seriousFindings(page)).toEqual([]);

  it('CASE-4: several are refused at once, what the reason needs is uploaded for each, and each outcome is shown', async () => {
    const consumer = api.as('consumer', 'c-1');
    const apply = async () => {
      const order = await deliveredOrder(api, { merchantId: 'm-bulk' });
      return (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body.id;
    };
    const ids = await Promise.all([apply(), apply(), apply()]);
    const page = await open('merchant', 'm-bulk');
    await page.getByRole('row').nth(3).waitFor();
    // a key does first what the button under the focus does by itself
    await page.keyboard.press('j');
    const pending = page.getByRole('button', { name: '待商家处理', exact: true });
    await pending.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => page.url()).toContain('?status=pending_merchant_review');
    await page.getByRole('button', { name: '保存当前筛选' }).click();
    await page.getByRole('button', { name: '★ 待商家处理' }).waitFor();
    expect(await page.evaluate<string[]>('Object.keys(localStorage)')).toContain('aftersales.views.merchant/m-bulk');
    // what is chosen belongs to its filter
    await page.getByRole('checkbox', { name: '全选' }).check();
    await page.getByText('已选 3 单').waitFor();
    await page.goBack();
    await page.getByText('已选 3 单').waitFor({ state: 'detached' });
    await page.getByRole('checkbox', { name: '全选' }).check();
    await page.getByRole('button', { name: '批量拒绝' }).click();
    const form = page.getByRole('form', { name: '批量拒绝' });
    const refuse = form.getByRole('button', { name: '批量拒绝' });
    await form.getByRole('radio', { name: /影响二次销售/ }).check();
    await accessible(page);
    await refuse.click();
    await form.getByText('请上传至少一个文件').waitFor();
    await form.getByLabel('添加照片、视频或文件').setInputFiles([
      { name: '划痕.png', mimeType: 'image/png', buffer: picture(1) },
      { name: '包装.png', mimeType: 'image/png', buffer: picture(2) },
    ]);
    await form.getByRole('textbox', { name: /说明/ }).fill('吊牌已剪，有使用痕迹');
    // a look at one of them loses nothing
    await page.getByRole('row').nth(1).getByRole('link').click();
    await page.getByRole('heading', { name: '申请信息' }).waitFor();
    await page.getByRole('link', { name: '返回' }).click();
    await page.getByText('已选 3 单').waitFor();
    expect(await form.getByRole('textbox', { name: /说明/ }).inputValue()).toBe('吊牌已剪，有使用痕迹');
    expect(await form.getByText('.png').count()).toBe(2);
    // one has gone its own way meanwhile
    const withdrawn = ids[1] ?? '';
    await expectStatus(200, consumer.post(`/v1/cases/${withdrawn}/withdrawal`));
    // one is decided, and its answer lost; the others wait until the merchant has looked elsewhere
    const lost = ids[0] ?? '';
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await page.route('**/merchant-decision', async (route) => {
      if (!route.request().url().includes(lost)) return held.then(() => route.continue());
      await route.fetch();
      return route.abort();
    });
    await refuse.click();
    const outcomes = page.getByRole('region', { name: '处理结果' });
    await outcomes.getByText('0 单成功，1 单未成功').waitFor();
    await pending.click();
    await outcomes.getByRole('link').first().click();
    await page.getByRole('heading', { name: '申请信息' }).waitFor();
    letGo();
    await page.getByRole('link', { name: '返回' }).click();
    await outcomes.getByText('1 单成功，2 单未成功').waitFor();
    await page.unroute('**/merchant-decision');
    await outcomes.getByRole('button', { name: '重试未成功的' }).click();
    await outcomes.getByText('2 单成功，1 单未成功').waitFor();
    await accessible(page);
    const failed = outcomes.getByRole('listitem').filter({ hasText: withdrawn.slice(0, 8).toUpperCase() });
    expect(await failed.locator('.fault').innerText()).not.toBe('');
    const again = page.waitForResponse((one) => one.url().endsWith(`/v1/cases/${withdrawn}/merchant-decision`));
    await outcomes.getByRole('button', { name: '重试未成功的' }).click();
    await again;
    await outcomes.getByText('2 单成功，1 单未成功').waitFor();
    const files = await Promise.all(
      ids.map(async (id) => {
        const { body } = await expectStatus(200, api.as('merchant', 'm-bulk').get(`/v1/cases/${id}`));
        const evidence = await expectStatus(200, api.as('merchant', 'm-bulk').get(`/v1/cases/${id}/evidence`));
        return [body.status, evidence.body.items.length];
      }),
    );
    expect(files).toEqual([
      ['application_refused', 2],
      ['closed', 0],
      ['application_refused', 2],
    ]);
  });

  it('an export holds the whole filtered list: opened again, every cell is what the case says, and none is a formula', async () => {
    await write(230, 'm-export', (document, index) => {
      const texts = ['=HYPERLINK("http://evil","x")', '+1', '@SUM(A1)', '普通描述,"引号"\n第二行', 'constructor'];
      const description = texts[index] ?? `第 ${index} 单`;
      const status = index < 5 ? 'pending_merchant_review' : document.status;
      return {
        ...document,
        status: index >= 210 ? 'refunded' : status,
        state: { ...document.state, facts: { ...document.state.facts, description } },
      };
    });
    const page = await open('merchant', 'm-export', '/?status=pending_merchant_review');
    await page.getByRole('row').nth(1).waitFor();
    const saved = async (name: string) => {
      const [download] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name }).click()]);
      return await download.path();
    };
    const all = await api.database
      .collection('cases')
      .find({ merchantId: 'm-export', status: 'pending_merchant_review' })
      .sort({ createdAt: -1, _id: -1 })
      .toArray();
    const rows = await readSheet(await saved('导出 Excel'));
    expect(rows).toHaveLength(211);
    expect(rows[0]).toEqual([
      '售后单',
      '订单',
      '买家',
      '类型',
      '原因',
      '状态',
      '退款',
      '币种',
      '等待',
      '截止',
      '申请时间',
      '问题描述',
    ]);
    expect(rows.slice(1).map((row) => row[0])).toEqual(all.map(({ _id }) => _id));
    expect(rows.slice(1).map((row) => String(row[11]).trim())).toEqual(
      all.map(({ state }) => (state as { facts: { description: string } }).facts.description),
    );
    expect(rows[1]?.slice(6, 10)).toEqual([129, 'CNY', '商家', expect.any(Date)]);
    // in the reader's own time zone, Asia/Shanghai; a workbook counts in days, which is no whole number of ms
    const created = Number(all[0]?.['createdAt']) + 8 * 3_600_000;
    expect(Math.abs(Number(rows[1]?.[10]) - created)).toBeLessThan(10);
    const csv = await readFile(await saved('导出 CSV'), 'utf8');
    expect(csv.split('\r\n')).toHaveLength(212);
    expect(csv).toContain(`"'=HYPERLINK(""http://evil"",""x"")"`);
    expect(csv).toContain(`"'+1"`);
    expect(csv).toContain(`"'@SUM(A1)"`);
    expect(csv).not.toMatch(/(^|,)"[=+@-]/m);
  });

  it('SEE-3: among 10,000 cases the pages turn, filters and searches answer, and what is drawn stays as small as ever', async () => {
    const count = 10_000;
    const statuses = ['pending_merchant_review', 'awaiting_buyer_return', 'refunded', 'refunded', 'refunded'];
    const model = caseDocument(1);
    const made = Array.from({ length: count }, (_, index) => {
      const id = randomUUID();
      const waits = index % statuses.length < 2;
      return {
        ...model,
        _id: id,
        merchantId: 'm-many',
        status: index === 7_777 ? 'awaiting_refund_voucher' : statuses[index % statuses.length],
        text: index === 4_321 ? '独一无二的花瓶' : model.text,
        createdAt: new Date(model.createdAt.getTime() - index),
        deadlineAt: waits ? new Date(Date.now() + index * 60_000) : null,
        state: { ...model.state, facts: { ...model.state.facts, id, merchantId: 'm-many' } },
      };
    });
    await api.database.collection('cases').insertMany(made as never[], { ordered: false });
    const page = await open('merchant', 'm-many');
    const rows = page.locator('tbody tr');
    const drawn = () => page.evaluate<number>('document.querySelectorAll("*").length');
    await rows.nth(49).waitFor();
    const atFirst = await drawn();
    const seen = new Set<string>();
    const took: number[] = [];
    for (let turned = 1; turned <= 6; turned += 1) {
      const hrefs = await page.evaluate<string[]>(
        'Array.from(document.querySelectorAll("tbody a"), (one) => one.getAttribute("href"))',
      );
      for (const href of hrefs) seen.add(href);
      const startedAt = performance.now();
      await page.keyboard.press('n');
      await page.getByText(`第 ${turned + 1} 页`).waitFor();
      await page.locator('nav button[data-loading]').waitFor({ state: 'detached' });
      took.push(performance.now() - startedAt);
    }
    expect(seen.size).toBe(6 * 50);
    expect(await rows.count()).toBe(50);
    expect(await drawn()).toBeLessThan(atFirst * 1.1);
    const median = took.toSorted((one, other) => one - other)[3] ?? 0;
    console.log(`among ${count} cases a page turns in ${Math.round(median)} ms (median of 6)`);
    expect(median).toBeLessThan(15_000);

    // from a case back to the page it was opened from, and a page back
    await page.keyboard.press('j');
    await page.keyboard.press('Enter');
    await page.getByRole('link', { name: '返回' }).click();
    await page.getByText('第 7 页').waitFor();
    await page.keyboard.press('p');
    await page.getByText('第 6 页').waitFor();

    await page.getByRole('button', { name: '待商家上传退款凭证' }).click();
    await expect.poll(() => rows.count()).toBe(1);
    await page.getByRole('button', { name: '全部' }).click();
    await rows.nth(49).waitFor();
    await page.getByRole('searchbox').fill('独一无二');
    await page.keyboard.press('Enter');
    await expect.poll(() => rows.count()).toBe(1);
  });

  it('money that is held back and how a merchant does are said in plain words', async () => {
    let held = '';
    await write(1, 'm-held', (document) => {
      held = document._id;
      const stage = {
        status: 'refunding',
        payment: { operation: 'refund', key: `case/${held}/refund/1`, attempt: 1, amount: 12_900 },
        outcome: 'requested',
        held: { cause: 'stopped', since: Date.now() },
      };
      const { deadlineAt: _, ...rest } = document as Document & { deadlineAt?: Date };
      return { ...rest, status: 'refunding', state: { ...document.state, stage } } as never;
    });
    const consumer = await open('consumer', 'c-m-held', `/cases/${held}`, { size: phone });
    await consumer.getByRole('heading', { name: '退款暂缓付出' }).waitFor();
    await consumer.getByText('您无需操作').waitFor();
    await accessible(consumer);
    await expectStatus(200, api.as('merchant', 'm-held').put('/v1/me/profile', { language: 'en', emailOn: false }));
    const merchant = await open('merchant', 'm-held', `/cases/${held}`, { language: 'en' });
    await merchant.getByRole('heading', { name: 'The refund is on hold' }).waitFor();
    expect(await merchant.getByText('On hold', { exact: true }).count()).toBe(1);

    await merchant.getByRole('link', { name: 'Performance' }).click();
    await merchant.getByText('Time to decide, median').waitFor();
    await accessible(merchant);
  });

  it('CASE-16: who has refused is offered the late approval and no second refusal; the consumer, the reasons that fit (INT-1)', async () => {
    const consumer = api.as('consumer', 'c-1');
    const order = await deliveredOrder(api, { merchantId: 'm-late' });
    const { id } = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
    const page = await open('merchant', 'm-late', `/cases/${id}`);
    await page.getByRole('button', { name: /^拒绝申请/ }).waitFor();
    const refusal = { decision: 'refuse', refusalCode: 'out_of_window' };
    await expectStatus(200, api.as('merchant', 'm-late').post(`/v1/cases/${id}/merchant-decision`, refusal));
    await page.getByRole('button', { name: /^拒绝申请/ }).waitFor({ state: 'detached' });
    expect(await page.getByRole('button', { name: /^同意申请/ }).count()).toBe(1);
    const asking = await open('consumer', 'c-1', `/cases/${id}/do/intervention-request`, { size: phone });
    await asking.getByRole('radio', { name: '商家拒绝', checked: true }).waitFor();
    expect(await asking.getByRole('radio').count()).toBe(2);
  });
});
