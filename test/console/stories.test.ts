import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { defaultPolicy } from '../../src/domain/policy/defaultPolicy.ts';
import { apiHere } from '../api/apiHere.ts';
import { type Api, authSecret, deliveredOrder, expectStatus, orderBody } from '../api/harness.ts';
import { seriousFindings, tabTo } from './accessibility.ts';
import { desk, findChromium, type Look, launch, personIn } from './browser.ts';
import { picture } from './scenes.ts';

const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));
const chromium = findChromium();
if (chromium === undefined)
  console.log('There is no Chromium: the console’s stories are skipped. Install it, or name it in CHROME_PATH.');

let api: Api;
let browser: Browser;
let providerUrl: string;

describe.skipIf(chromium === undefined)('stories in Chromium', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    api = await apiHere({ overrides: { console: { folder, demoParties: undefined }, extensionLookAgainMs: 100 } });
    ({ providerUrl } = await api.startWorker());
    browser = await launch(chromium ?? '');
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  /** Somebody's own browser, signed in by the token that the marketplace hands over; nothing may go wrong in it. */
  async function open(role: 'consumer' | 'merchant' | 'agent' | 'admin', sub: string, path = '/', look: Look = {}) {
    const { page, context, faults } = await personIn(browser, role === 'consumer' ? look : { size: desk, ...look });
    onTestFinished(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });
    await page.goto(`${api.url}/console${path}#token=${await signToken({ role, sub }, authSecret)}`);
    return page;
  }

  const policy = (deadlines: Partial<Record<keyof typeof defaultPolicy.deadlines, string>>) =>
    expectStatus(
      201,
      api
        .as('admin', 'ad-1')
        .post('/v1/policies', { ...defaultPolicy, deadlines: { ...defaultPolicy.deadlines, ...deadlines } }),
    );

  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
  const choose = (page: Page, name: string) => page.getByRole('radio', { name }).check();
  const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true }).waitFor();
  const accessible = async (page: Page) => expect(await seriousFindings(page)).toEqual([]);

  /** 申请退货, as a person does it who has no mouse. */
  async function applyByKeyboard(page: Page, description: string) {
    const press = async (wanted: Locator, key: string) => {
      await tabTo(page, wanted);
      await page.keyboard.press(key);
    };
    await press(page.getByRole('link', { name: /无线耳机/ }).first(), 'Enter');
    await press(page.getByRole('link', { name: '申请售后' }), 'Enter');
    // what is missing is said, and the way to it is none
    await press(page.getByRole('button', { name: '提交申请' }), 'Enter');
    await page.getByRole('alert').getByText('请选择').waitFor();
    expect(await page.evaluate('document.activeElement.ariaLabel')).toContain('+1');
    await page.keyboard.press('Space');
    await press(page.getByRole('button', { name: '提交申请' }), 'Enter');
    const reasons = page.getByRole('group', { name: '申请原因' });
    await reasons.getByRole('alert').waitFor();
    expect(await page.evaluate('document.activeElement.type')).toBe('radio');
    for (const reason of ['商品质量问题', '退货退款']) await arrowTo(page, reason);
    await press(page.getByRole('textbox', { name: '问题描述' }), 'End');
    await page.keyboard.insertText(description);
    expect(await page.locator('.sticky-foot').innerText()).toContain('¥129.00');
  }

  /** One of a group of choices: Tab leads into the group, arrows through it. */
  async function arrowTo(page: Page, name: string) {
    const wanted = page.getByRole('radio', { name });
    await wanted.waitFor();
    const group = (await wanted.getAttribute('name')) ?? '';
    const chosen = page.locator(`input[name="${group}"]:checked`);
    await tabTo(page, (await chosen.count()) > 0 ? chosen : page.locator(`input[name="${group}"]`).first());
    await page.keyboard.press('Space');
    for (let presses = 0; !(await wanted.isChecked()) && presses < 20; presses += 1)
      await page.keyboard.press('ArrowDown');
    expect(await wanted.isChecked()).toBe(true);
  }

  /** A case that a consumer has opened before the story begins, by the API. */
  async function applied(consumerId: string, kind: 'return_and_refund' | 'refund_only' = 'return_and_refund') {
    const order = await deliveredOrder(api, { consumerId });
    const application = {
      orderId: order.id,
      kind,
      reason: 'quality_problem',
      lines: [{ lineId: 'l-1', quantity: 1 }],
      description: '按键失灵',
    };
    return expectStatus(201, api.as('consumer', consumerId).post('/v1/cases', application));
  }

  /** 申请退货, as a person does it. */
  async function apply(page: Page, orderId: string, description: string) {
    await page.goto(`${api.url}/console/orders/${orderId}`);
    await page.getByRole('link', { name: '申请售后' }).click();
    await button(page, /\+1/);
    await choose(page, '商品质量问题');
    await choose(page, '退货退款');
    await page.getByRole('textbox', { name: '问题描述' }).fill(description);
    expect(await page.locator('.sticky-foot').innerText()).toContain('¥129.00');
  }

  it('an application is refused, the platform steps in and rules, the money moves once: told by three people', async () => {
    await policy({});
    const order = await deliveredOrder(api);
    const consumer = await open('consumer', 'c-1');
    expect(consumer.url()).not.toContain('token');
    const merchant = await open('merchant', 'm-1');
    // whoever has chosen nothing in this browser is spoken to in the language of the profile
    await expectStatus(200, api.as('agent', 'a-1').put('/v1/me/profile', { language: 'en', emailOn: false }));
    const agent = await open('agent', 'a-1');

    await consumer.getByText('无线耳机').first().waitFor();
    await accessible(consumer);
    await applyByKeyboard(consumer, '右耳没有声音');
    // nothing is sent while a file is still on its way
    let letGo = () => {};
    const held = new Promise<void>((resolve) => {
      letGo = resolve;
    });
    await consumer.route('**/v1/evidence', async (route) => {
      await held;
      await route.continue();
    });
    const large = Buffer.concat([picture(2), Buffer.alloc(1_200_000)]);
    await consumer.getByLabel('添加照片、视频或文件').setInputFiles([
      { name: '照片.png', mimeType: 'image/png', buffer: picture(1) },
      { name: '大图.png', mimeType: 'image/png', buffer: large },
    ]);
    await consumer.getByText('文件上传中，完成后即可提交').waitFor();
    expect(await consumer.getByRole('button', { name: '提交申请' }).isDisabled()).toBe(true);
    letGo();
    for (const name of ['照片.png', '大图.png']) await consumer.getByRole('img', { name }).waitFor();
    await consumer.unroute('**/v1/evidence');
    await accessible(consumer);
    await tabTo(consumer, consumer.getByRole('button', { name: '提交申请' }));
    await consumer.keyboard.press('Enter');
    await heading(consumer, '待商家处理');
    await accessible(consumer);
    const caseId = consumer.url().split('/').at(-1) ?? '';

    // the merchant sees it come without doing anything, and refuses it by keyboard alone
    await merchant.getByRole('link', { name: /退货退款/ }).waitFor();
    await accessible(merchant);
    await merchant.keyboard.press('j');
    await merchant.keyboard.press('Enter');
    await merchant
      .getByRole('button', { name: /拒绝申请/ })
      .first()
      .waitFor();
    // a page hears keys a moment after it shows
    const reason = merchant.getByRole('radio', { name: '影响二次销售' });
    const asksWhy = async () => {
      if (!(await reason.isVisible())) await merchant.keyboard.press('r');
      return reason.isVisible();
    };
    await expect.poll(asksWhy, { interval: 500 }).toBe(true);
    await accessible(merchant);
    // what the API says a reason needs is asked for before anything is sent
    await choose(merchant, '影响二次销售');
    await merchant.locator('form').getByRole('button', { name: '拒绝申请' }).click();
    await merchant.getByText('请上传至少一个文件').waitFor();
    await choose(merchant, '超售后时效');
    await merchant.locator('form').getByRole('button', { name: '拒绝申请' }).click();
    await heading(merchant, '商家拒绝');

    // the consumer is told at once, and asks the platform in
    await consumer.getByRole('link', { name: '申请平台介入' }).click();
    await consumer.getByRole('textbox', { name: '情况说明' }).fill('还在售后期内');
    await accessible(consumer);
    await button(consumer, '提交');
    await heading(consumer, '平台介入待审核');

    await agent.getByRole('button', { name: 'Claim' }).click();
    await agent.getByRole('button', { name: /Audit request/ }).click();
    // a picture is read once it is in view, a large one once it is opened
    const tile = agent.getByRole('button', { name: 'Open 照片.png' });
    await tile.scrollIntoViewIfNeeded();
    await tile.locator('img').waitFor();
    const largeTile = agent.getByRole('button', { name: 'Open 大图.png' });
    await largeTile.getByText('MB').waitFor();
    expect(await largeTile.locator('img').count()).toBe(0);
    // Escape closes the file that is looked at, not the form beside it
    const content = '**/v1/evidence/*/content';
    await agent.route(content, (route) => route.fulfill({ status: 503, json: { code: 'store_unavailable' } }));
    await button(agent, 'Open 照片.png');
    const viewer = agent.getByRole('dialog');
    await viewer.getByText('This can’t be shown just now').waitFor();
    await viewer.getByRole('button', { name: 'Download' }).click();
    await expect.poll(() => viewer.getByText('The service is away for a moment').count()).toBe(2);
    // and what comes is no picture that a browser knows
    await agent.unroute(content);
    await agent.route(content, (route) => route.fulfill({ contentType: 'image/heic', body: 'none' }));
    await viewer.getByRole('button', { name: 'Try again' }).click();
    await viewer.getByText('It can’t be shown here').waitFor();
    await accessible(agent);
    await agent.unroute(content);
    await agent.keyboard.press('Escape');
    await viewer.waitFor({ state: 'detached' });
    await choose(agent, 'Accept');
    await button(agent, 'Submit');
    await heading(agent, 'Waiting for both parties’ evidence');
    await accessible(agent);

    await consumer.getByRole('link', { name: '提交举证' }).click();
    await consumer.getByRole('textbox', { name: /情况说明/ }).fill('见照片');
    await consumer.getByRole('checkbox').check();
    await button(consumer, '提交');
    await button(merchant, /提交举证/);
    await merchant.locator('form[aria-label="提交举证"]').getByRole('textbox').fill('检测无故障');
    await merchant.locator('form[aria-label="提交举证"]').getByRole('checkbox').check();
    await merchant.locator('form[aria-label="提交举证"]').getByRole('button', { name: '提交' }).click();

    await agent.getByRole('button', { name: /^Rule/ }).click();
    await agent.getByRole('radio', { name: 'Consumer' }).first().check();
    await choose(agent, 'Refund only');
    await choose(agent, 'Platform');
    await agent.getByRole('textbox', { name: /Reasons/ }).fill('Within the period; the photos show the fault.');
    await accessible(agent);
    await agent.locator('form').getByRole('button', { name: 'Rule', exact: true }).click();

    await heading(consumer, '已退款');
    await consumer.getByText('支持买家').first().waitFor();
    await accessible(consumer);
    await consumer.getByRole('link', { name: '评价', exact: true }).click();
    await choose(consumer, '★★★★★ 非常满意');
    await button(consumer, '提交');
    await consumer.getByText('★★★★★').waitFor();
    await heading(merchant, '已退款');

    const movements = (await (await fetch(`${providerUrl}/movements`)).json()) as { orderId: string; amount: number }[];
    expect(movements.filter(({ orderId }) => orderId === order.id).map(({ amount }) => amount)).toEqual([12_900]);
    const ledger = await expectStatus(200, api.as('agent', 'a-1').get(`/v1/ledger?caseId=${caseId}`));
    expect(ledger.body.items.map(({ amount }) => amount)).toEqual([12_900]);
  });

  it('silence approves while the consumer watches; a lost connection, a token that ends and a reload lose nothing typed', async () => {
    await policy({ merchantDecision: 'PT2S' });
    const order = await deliveredOrder(api, { consumerId: 'c-7' });
    const consumer = await open('consumer', 'c-7');
    await apply(consumer, order.id, '屏幕有划痕');
    // more was asked for once than can be returned by now: what is shown is what is sent
    await consumer.evaluate(
      `sessionStorage.setItem('aftersales.draft.order.${order.id}.application', JSON.stringify({
        ...JSON.parse(sessionStorage.getItem('aftersales.draft.order.${order.id}.application')),
        quantities: { 'l-1': 9 },
      }))`,
    );
    await consumer.reload();
    await consumer.locator('.sticky-foot').getByText('¥129.00').waitFor();
    await button(consumer, '提交申请');
    // CASE-3, seen without doing anything
    await heading(consumer, '待买家退货');
    await consumer.getByText('系统自动处理').waitFor();

    await consumer.getByRole('link', { name: '填写退货单号' }).click();
    await consumer.getByRole('textbox', { name: '快递公司' }).fill('顺丰速运');
    await consumer.getByRole('textbox', { name: '物流单号' }).fill('SF7788');

    await consumer.context().setOffline(true);
    await button(consumer, '提交');
    await consumer.getByText('网络连接中断').waitFor();
    await consumer.getByText('连接已断开').waitFor();
    await consumer.context().setOffline(false);
    await consumer.getByText('连接已断开').waitFor({ state: 'detached' });

    // a connection that is dead without knowing: half a minute is long enough, here of a second
    await consumer.evaluate(
      'const { timeout } = AbortSignal; AbortSignal.timeout = (ms) => timeout.call(AbortSignal, ms / 30)',
    );
    const keys: (string | undefined)[] = [];
    await consumer.route('**/tracking-number', (route) => void keys.push(route.request().headers()['idempotency-key']));
    await button(consumer, '提交');
    await consumer.getByText('网络连接中断').waitFor();
    await consumer.unroute('**/tracking-number');

    await consumer.reload();
    expect(await consumer.getByRole('textbox', { name: '物流单号' }).inputValue()).toBe('SF7788');
    // too many wait; this is decided, and only another key is heard anew
    await consumer.route('**/tracking-number', (route) => {
      keys.push(route.request().headers()['idempotency-key']);
      return route.fulfill({ status: 429, json: { code: 'too_many_pending' } });
    });
    for (let sent = 1; sent <= 2; sent += 1) {
      await button(consumer, '提交');
      await expect.poll(() => keys.length).toBe(1 + 5 * sent);
      await consumer.getByText('该单据有太多操作在处理').waitFor();
    }
    await consumer.unroute('**/tracking-number');
    expect(new Set(keys.slice(0, 6)).size).toBe(1);
    expect(new Set(keys.slice(6)).size).toBe(1);
    expect(new Set(keys).size).toBe(2);

    // the token has ended: as the API says it
    await consumer.route('**/tracking-number', (route) =>
      route.fulfill({ status: 401, json: { code: 'unauthenticated' } }),
    );
    await button(consumer, '提交');
    await heading(consumer, '请重新登录');
    await consumer.unroute('**/tracking-number');
    await consumer.getByLabel('登录凭证').fill(await signToken({ role: 'consumer', sub: 'c-7' }, authSecret));
    await accessible(consumer);
    await consumer.getByRole('button', { name: '登录', exact: true }).click();
    expect(await consumer.getByRole('textbox', { name: '物流单号' }).inputValue()).toBe('SF7788');
    await button(consumer, '提交');
    await heading(consumer, '待商家收货');

    // a message is opened at once, however long it takes to mark it as read
    await consumer.route('**/v1/messages/*/read', () => undefined);
    await consumer.getByRole('link', { name: '返回' }).click();
    await consumer.getByRole('link', { name: /消息/ }).click();
    await consumer.getByRole('button', { name: /未读/ }).first().click();
    await heading(consumer, '待商家收货');

    // a page begins at its top on the way in, and is where it was left on the way back
    const down = () => consumer.evaluate<number>('Math.round(scrollY)');
    await consumer.evaluate('scrollTo(0, 150)');
    await expect.poll(down).toBe(150);
    await consumer.getByRole('link', { name: /我的/ }).click();
    await expect.poll(down).toBe(0);
    await consumer.goBack();
    await expect.poll(down).toBe(150);
  });

  it('who is overtaken is told what stands now, and keeps what was typed', async () => {
    await policy({});
    const { body } = await applied('c-8');
    const { page: merchant, context } = await personIn(browser, { size: desk });
    onTestFinished(() => context.close());
    // this browser hears of nothing by itself
    await context.route('**/v1/stream', (route) => route.abort());
    const token = await signToken({ role: 'merchant', sub: 'm-1' }, authSecret);
    await merchant.goto(`${api.url}/console/cases/${body.id}#token=${token}`);
    await button(merchant, /拒绝申请/);
    await choose(merchant, '其他原因');
    await merchant.getByRole('textbox', { name: /说明/ }).fill('我们想先了解情况');
    // an agent's desk, as deaf; and the merchant again, where the page hears of everything
    const { page: agent, context: agents } = await personIn(browser, { size: desk });
    onTestFinished(() => agents.close());
    await agents.route('**/v1/stream', (route) => route.abort());
    await agent.goto(
      `${api.url}/console/cases/${body.id}#token=${await signToken({ role: 'agent', sub: 'a-8' }, authSecret)}`,
    );
    await button(agent, /延长期限/);
    await agent.getByLabel(/延长至/).fill('2027-06-01T12:00');
    await agent.getByRole('textbox', { name: /原因/ }).fill('买家要求');
    // one that begins to hear after the case has changed
    const { page: late, context: lates } = await personIn(browser, { size: desk });
    onTestFinished(() => lates.close());
    await lates.route('**/v1/stream', (route) => route.abort());
    await late.goto(`${api.url}/console/cases/${body.id}#token=${token}`);
    await heading(late, '待商家处理');
    const told = await open('merchant', 'm-1', `/cases/${body.id}`);
    await button(told, /拒绝申请/);
    await told.getByRole('textbox', { name: /说明/ }).fill('还没写完');

    await expectStatus(200, api.as('consumer', 'c-8').post(`/v1/cases/${body.id}/withdrawal`));
    await lates.unroute('**/v1/stream');
    await late.evaluate("window.dispatchEvent(new Event('online'))");
    await heading(late, '已关闭');
    await told.getByText('现在已不能进行此操作').waitFor();
    expect(await told.getByRole('textbox', { name: /说明/ }).inputValue()).toBe('还没写完');
    await merchant.locator('form').getByRole('button', { name: '拒绝申请' }).click();
    await merchant.getByText('情况已有变化').waitFor();
    await heading(merchant, '已关闭');
    expect(await merchant.getByText('不涉及退款').count()).toBe(1);
    expect(await merchant.getByRole('textbox', { name: /说明/ }).inputValue()).toBe('我们想先了解情况');
    await agent.locator('form[aria-label="延长期限"]').getByRole('button', { name: '提交' }).click();
    await heading(agent, '已关闭');
  });

  it('what is typed of one order is not asked of another, and nobody finds what somebody else has typed', async () => {
    const [one, other] = await Promise.all([
      deliveredOrder(api, { consumerId: 'c-12' }),
      deliveredOrder(api, { consumerId: 'c-12' }),
    ]);
    const page = await open('consumer', 'c-12', `/support/new?order=${one.id}`);
    const text = page.getByRole('textbox');
    await text.fill('第一个订单的问题');
    // what could not be taken is not sent at all
    const chooser = page.getByLabel('添加照片、视频或文件');
    await chooser.setInputFiles({ name: 'a.zip', mimeType: 'application/zip', buffer: Buffer.from('PK') });
    await page.getByText('a.zip: 不支持此类文件').waitFor();
    await chooser.setInputFiles({ name: 'b.png', mimeType: 'image/png', buffer: Buffer.from('') });
    await page.getByText('b.png: 文件为空').waitFor();
    await page.goto(`${api.url}/console/support/new?order=${other.id}`);
    await expect.poll(() => page.getByRole('combobox').inputValue()).toBe(other.id);
    expect(await text.inputValue()).toBe('');
    await page.goto(`${api.url}/console/support/new?order=${one.id}`);
    await expect.poll(() => page.getByRole('combobox').inputValue()).toBe(one.id);
    expect(await text.inputValue()).toBe('第一个订单的问题');
    // an older order than those of the list is one of the choices all the same
    await page.route('**/v1/orders?*', (route) => route.fulfill({ json: { items: [], nextCursor: null } }));
    await page.reload();
    await expect.poll(() => page.getByRole('combobox').inputValue()).toBe(one.id);
    // somebody else comes by the marketplace, in the same tab; then the first comes back
    for (const sub of ['c-13', 'c-12']) {
      await page.goto('about:blank');
      await page.goto(
        `${api.url}/console/support/new?order=${one.id}#token=${await signToken({ role: 'consumer', sub }, authSecret)}`,
      );
      await text.waitFor();
      expect(await text.inputValue()).toBe('');
    }
  });

  it('TELL-5: messages are written in the language that was chosen before signing in, and what keeps it from being so is said', async () => {
    const { page, context, faults } = await personIn(browser, { size: desk });
    onTestFinished(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });
    const written = async () =>
      (await expectStatus(200, api.as('merchant', 'm-14').get('/v1/me/profile'))).body['language'];
    expect(await written()).toBe('zh-CN');
    await page.goto(`${api.url}/console/`);
    await page.getByText('English', { exact: true }).click();
    const token = await signToken({ role: 'merchant', sub: 'm-14' }, authSecret);
    await page.goto(`${api.url}/console/settings#token=${token}`);
    await expect.poll(written).toBe('en');

    await page.route('**/v1/me/profile', (route) =>
      route.request().method() === 'PUT'
        ? route.fulfill({ status: 503, json: { code: 'store_unavailable' } })
        : route.continue(),
    );
    await page.getByText('中文', { exact: true }).click();
    const otherwise = page.getByRole('alert').filter({ hasText: '消息和邮件仍以另一种语言发送' });
    await otherwise.getByText('服务暂时不可用').waitFor();
    await accessible(page);
    await page.unroute('**/v1/me/profile');
    await button(page, '消息和邮件也使用中文');
    await expect.poll(written).toBe('zh-CN');
    await otherwise.waitFor({ state: 'detached' });
  });

  it('an administrator sees what a draft would have changed before it is in force; whoever sees a case, what silence brings', async () => {
    await policy({});
    const { body } = await applied('c-9');
    const refusal = { decision: 'refuse', refusalCode: 'out_of_window' };
    await expectStatus(200, api.as('merchant', 'm-1').post(`/v1/cases/${body.id}/merchant-decision`, refusal));
    const shortId = body.id.slice(0, 8).toUpperCase();

    await expectStatus(200, api.as('admin', 'ad-1').put('/v1/me/profile', { language: 'en', emailOn: false }));
    const admin = await open('admin', 'ad-1', '/', { language: 'en' });

    await admin.getByText('Cases opened').waitFor();
    await accessible(admin);
    await admin.getByRole('link', { name: 'Policies' }).click();
    await admin.getByRole('heading', { name: 'Compare versions' }).waitFor();
    await accessible(admin);
    await admin.getByRole('link', { name: 'Draft a new version' }).click();

    // what could not be published is said at its field (POL-1)
    const decision = admin.getByRole('textbox', { name: 'Merchant’s decision' });
    await decision.fill('soon');
    await button(admin, 'Rehearse');
    await admin.getByText('Give an ISO 8601 duration').waitFor();
    await accessible(admin);
    await decision.fill('PT0.001S');
    await admin.reload();
    expect(await decision.inputValue()).toBe('PT0.001S');

    // under the draft, silence would have approved before the refusal came (CASE-3)
    await button(admin, 'Rehearse');
    const row = admin.getByRole('row').filter({ has: admin.getByRole('link', { name: shortId }) });
    await row.waitFor();
    expect(await row.innerText()).toContain('Would be refused: Decide');
    await accessible(admin);
    // another version that came meanwhile is not passed over unseen
    await policy({});
    const before = await expectStatus(200, api.as('admin', 'ad-1').get('/v1/policies/current'));
    await button(admin, 'Publish');
    await accessible(admin);
    await admin.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await admin.getByText(`Version ${before.body.version} came into force meanwhile`).waitFor();
    await admin.getByRole('dialog').waitFor({ state: 'detached' });
    const still = await expectStatus(200, api.as('admin', 'ad-1').get('/v1/policies/current'));
    expect(still.body.version).toBe(before.body.version);
    await button(admin, 'Publish');
    await admin.getByRole('dialog').getByRole('button', { name: 'Publish' }).click();
    await admin.getByText(`Version ${before.body.version + 1} is in force`).waitFor();
    const { body: current } = await expectStatus(200, api.as('admin', 'ad-1').get('/v1/policies/current'));
    expect(current).toMatchObject({
      version: before.body.version + 1,
      deadlines: { ...defaultPolicy.deadlines, merchantDecision: 'PT0.001S' },
    });
    // SEE-1: the case keeps its own version, and closes if nobody acts
    await admin.goto(`${api.url}/console/cases/${body.id}`);
    await button(admin, 'See what would happen');
    await admin.getByText('It ends: Closed').waitFor();
    expect(await admin.locator('.timeline').first().innerText()).toContain('CASE-5');
    await accessible(admin);
    const consumer = await open('consumer', 'c-9', `/cases/${body.id}`);
    await button(consumer, '看看之后会怎样');
    await consumer.getByText('最终：已关闭').waitFor();
    await accessible(consumer);
    await consumer.getByRole('link', { name: '申请平台介入' }).click();
    await consumer.getByRole('textbox', { name: '情况说明' }).fill('还在售后期内');
    await button(consumer, '看看这样会怎样');
    await consumer
      .getByRole('region', { name: /如果现在这样做/ })
      .getByText('买家已申请平台介入')
      .waitFor();
    await accessible(consumer);
    expect((await expectStatus(200, api.as('consumer', 'c-9').get(`/v1/cases/${body.id}`))).body.status).toBe(
      'application_refused',
    );
  });

  it('an administrator stops outgoing money and lets it go again, has the books compared, and sees what a webhook was sent', async () => {
    const admin = await open('admin', 'ad-2', '/money');
    await button(admin, '停止出账');
    await choose(admin, '全部');
    await admin.getByRole('textbox', { name: '原因' }).fill('支付渠道异常');
    await accessible(admin);
    await admin.locator('form').getByRole('button', { name: '停止出账' }).click();
    await admin.getByRole('heading', { name: '已停止: 全部' }).waitFor();
    await button(admin, '恢复出账');
    await choose(admin, '全部');
    await admin.getByRole('textbox', { name: '原因' }).fill('已恢复');
    await admin.locator('form').getByRole('button', { name: '恢复出账' }).click();
    await admin.getByRole('heading', { name: '正常出账' }).waitFor();
    const money = await expectStatus(200, api.as('admin', 'ad-1').get('/v1/money'));
    expect(money.body.stopped).toEqual([]);
    await accessible(admin);

    await admin.getByRole('link', { name: '对账' }).click();
    await button(admin, '立即对账');
    await admin.getByRole('heading', { name: '不一致' }).waitFor();
    await admin.getByText('已比对').waitFor();
    await accessible(admin);
    // more differences than fit on a page
    let report: object = {};
    await admin.route('**/v1/reconciliations/*', async (route) => {
      const further = route.request().url().includes('cursor=further');
      if (!further) report = (await (await route.fetch()).json()) as object;
      const difference = { id: String(further), code: 'made_up', detail: further ? '后一页' : '前一页', mend: '—' };
      const differences = { items: [difference], nextCursor: further ? null : 'further' };
      await route.fulfill({ json: { ...report, differences } });
    });
    await admin.reload();
    await admin.locator('tbody').getByRole('button').first().click();
    await admin.getByText('前一页').waitFor();
    await button(admin, '加载更多');
    await admin.getByText('后一页').waitFor();
    await admin.unroute('**/v1/reconciliations/*');

    await admin.getByRole('link', { name: '回调' }).click();
    await admin.getByRole('textbox', { name: '地址' }).fill('not a URL');
    await button(admin, '登记回调');
    await admin.getByText(/请检查“地址”（.*must be an http.*）/).waitFor();
    await admin.getByRole('textbox', { name: '地址' }).fill(`${providerUrl}/nowhere`);
    await admin.getByRole('textbox', { name: '事件' }).fill('case.*, order.*');
    await button(admin, '登记回调');
    await admin.getByText(/^whsec_/).waitFor();
    await accessible(admin);
    for (let made = 1; made <= 10; made += 1)
      await expectStatus(
        201,
        api.as('admin', 'ad-2').post('/v1/webhooks', { url: `${providerUrl}/w-${made}`, events: ['case.*'] }),
      );
    await admin.reload();
    const search = admin.getByRole('searchbox');
    await search.fill('/nowhere');
    await admin.getByRole('link', { name: `${providerUrl}/w-1`, exact: true }).waitFor({ state: 'detached' });
    expect(await search.inputValue()).toBe('/nowhere');
    await admin.getByRole('link', { name: `${providerUrl}/nowhere` }).click();
    await button(admin, '发送测试');
    await admin.getByText('webhook.test').waitFor();
    await button(admin, '修改');
    await admin.locator('form').getByRole('checkbox', { name: /启用/ }).uncheck();
    await button(admin, '保存');
    await admin.getByText('已停用').waitFor();
    await accessible(admin);
    await button(admin, '更换密钥');
    await admin.getByText(/^whsec_/).waitFor();
  });

  it('after an outage an administrator gives everybody more time, has a case written again and ends one that can’t go on', async () => {
    await policy({});
    const { body } = await applied('c-10');
    const caseOf = async () => (await expectStatus(200, api.as('admin', 'ad-3').get(`/v1/cases/${body.id}`))).body;
    const dueBefore = Date.parse((body as unknown as { deadline: { at: string } }).deadline.at);
    const admin = await open('admin', 'ad-3', '/recovery');
    const confirmed = () => admin.getByRole('dialog').getByRole('button').first().click();

    // POL-5: nothing is sent before it was confirmed
    await admin.getByRole('textbox', { name: /顺延多少小时/ }).fill('1.5');
    await admin.getByRole('textbox', { name: /原因/ }).fill('系统故障');
    await button(admin, '为所有人延长期限');
    await admin.getByText('将把所有正在计时的期限顺延 90 分钟').waitFor();
    expect((await api.as('admin', 'ad-3').get('/v1/deadline-extensions')).body.items).toEqual([]);
    await confirmed();
    await admin.getByText('顺延 90 分钟').first().waitFor();
    await expect
      .poll(async () => (await caseOf())['deadline'])
      .toMatchObject({ at: new Date(dueBefore + 90 * 60_000).toISOString() });
    await admin.getByText('完成', { exact: true }).waitFor();

    await admin.getByRole('link', { name: '重新发布' }).click();
    await admin.getByRole('textbox', { name: /编号/ }).fill(`case/${body.id}`);
    await button(admin, '重新发布数据');
    await confirmed();
    await admin.getByRole('link', { name: `case/${body.id}` }).click();

    // ELIG-6: refused while the workflow is healthy, done once it is gone
    await heading(admin, '待商家处理');
    await button(admin, '终止这个售后');
    await admin.getByRole('textbox', { name: /原因/ }).fill('流程已损坏');
    await admin.locator('form').getByRole('button', { name: '终止这个售后' }).click();
    await confirmed();
    await admin.getByText('该售后仍在正常运行').waitFor();
    await api.temporal.workflow.getHandle(`case/${body.id}`).terminate();
    // it takes a while: that it was taken is said, then what came of it
    let decided = () => {};
    const carriedOut = new Promise<void>((resolve) => {
      decided = resolve;
    });
    await admin.route('**/v1/abandonments', async (route) => {
      await route.fetch();
      await route.fulfill({ status: 202, json: { commandId: 'one' } });
      await admin.unroute('**/v1/abandonments');
    });
    await admin.route('**/v1/commands/one', async (route) => {
      await carriedOut;
      await route.fulfill({ json: { id: 'one', state: 'accepted', subject: `case/${body.id}` } });
    });
    await admin.locator('form').getByRole('button', { name: '终止这个售后' }).click();
    await confirmed();
    await admin.getByRole('dialog').getByText('正在执行').waitFor();
    decided();
    await heading(admin, '已关闭');
    await admin.goto(`${api.url}/console/recovery/abandonments`);
    await admin.getByText('流程已损坏').waitFor();

    // what was searched for is still there for whoever comes back
    await admin.goto(`${api.url}/console/cases`);
    const search = admin.getByRole('searchbox');
    await search.fill(body.id);
    await search.press('Enter');
    await admin.getByRole('row').nth(2).waitFor({ state: 'detached' });
    await admin.getByRole('row').nth(1).getByRole('link').click();
    await heading(admin, '已关闭');
    await admin.goBack();
    await expect.poll(() => search.inputValue()).toBe(body.id);
  });

  it('ORD-11: of two refunds that the provider has refused an agent says which was paid by hand', async () => {
    const as = (role: 'service' | 'agent', sub: string) => api.as(role, sub);
    const { id } = (await expectStatus(201, as('service', 's-1').post('/v1/orders', orderBody({ consumerId: 'c-12' }))))
      .body;
    const pay = (transactionId: string, amount: number) =>
      expectStatus(200, as('service', 's-1').post(`/v1/orders/${id}/payment`, { transactionId, amount }));
    await fetch(`${providerUrl}/faults`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ operation: 'refund', mode: 'decline', times: 2 }),
    });
    await pay(`t-${id}`, 13_900);
    await expectStatus(200, as('agent', 'a-3').post(`/v1/orders/${id}/cancellation`, { reason: 'changed_mind' }));
    await pay(`late-${id}`, 500);
    const refunds = async () =>
      ((await as('agent', 'a-3').get(`/v1/orders/${id}`)).body['refunds'] as { purpose: string; state: string }[]).map(
        ({ purpose, state }) => [purpose, state],
      );
    await expect.poll(refunds).toEqual([
      ['cancellation', 'declined'],
      ['late_payment', 'declined'],
    ]);

    const agent = await open('agent', 'a-3', `/orders/${id}`, { language: 'zh-CN' });
    await button(agent, /人工结清/);
    await agent.getByRole('textbox', { name: /付款流水号/ }).fill('bank-1');
    await agent.getByRole('textbox', { name: /说明/ }).fill('已线下退回');
    await choose(agent, '多余款项退回');
    await accessible(agent);
    await button(agent, '提交');
    await expect.poll(refunds).toEqual([
      ['cancellation', 'declined'],
      ['late_payment', 'settled'],
    ]);
  });

  it('who looks at money that is held back reads why, who ordered it and who can let it go; let go, it is paid', async () => {
    await policy({});
    await expectStatus(200, api.as('admin', 'ad-4').post('/v1/money/stop', { reason: '渠道对账异常' }));
    const { body } = await applied('c-11', 'refund_only');
    await expectStatus(
      200,
      api.as('merchant', 'm-1').post(`/v1/cases/${body.id}/merchant-decision`, { decision: 'approve' }),
    );
    const agent = await open('agent', 'a-2', '/?queue=refund-failures', { language: 'zh-CN' });
    await agent.getByRole('link', { name: `售后单 ${body.id.slice(0, 8).toUpperCase()}` }).click();
    await agent.getByRole('heading', { name: '付款暂缓：平台已停止出账' }).waitFor();
    await agent.getByText(/ad-4.*渠道对账异常/).waitFor();
    await expectStatus(200, api.as('admin', 'ad-4').post('/v1/money/resume', { reason: '已恢复' }));
    await heading(agent, '已退款');
    await agent.getByRole('heading', { name: /付款暂缓/ }).waitFor({ state: 'detached' });
  });
});
