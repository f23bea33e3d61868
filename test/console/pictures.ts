// Takes pictures of the console's pages in both languages into docs/console/, from the service that `npm start` runs on
// AFTERSALES_HOME: node scripts/with-deps.mjs test/console/pictures.ts [name …]
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { readSettings } from '../../src/settings.ts';
import { readSecret, readStack } from '../../src/stack/home.ts';
import { desk, findChromium, launch, personIn, phone } from './browser.ts';
import { type Caller, comesTo, delivered, peopleOf } from './scenes.ts';

const folder = fileURLToPath(new URL('../../docs/console', import.meta.url));
const wanted = process.argv.slice(2);
const tallest = 2_400;

type Shot = {
  name: string;
  who?: Caller;
  path: string;
  size?: typeof phone;
  scheme?: 'light' | 'dark';
  /** What is done before the picture is taken. */
  prepare?: (page: Page) => Promise<void>;
  whole?: boolean;
};

const { home } = readSettings(process.env);
const stack = await readStack(home);
const secret = await readSecret(home, 'auth-secret');
const executable = findChromium();
if (!stack || secret === undefined) throw new Error(`nothing runs on ${home}: run npm start first`);
if (executable === undefined) throw new Error('there is no Chromium: install it, or name it in CHROME_PATH');
const { apiUrl } = stack;
const people = peopleOf(apiUrl, secret);

const consumer = await people('consumer', 'c-1');
const merchant = await people('merchant', 'm-1');
const agent = await people('agent', 'a-1');
const admin = await people('admin', 'ad-1');

console.log('playing the scenes');
const scenes = await play();
await mkdir(folder, { recursive: true });
const browser = await launch(executable);
for (const shot of shots()) {
  if (wanted.length > 0 && !wanted.some((name) => shot.name.startsWith(name))) continue;
  for (const language of ['zh-CN', 'en'] as const) await take(shot, language);
}
await browser.close();

async function take(shot: Shot, language: 'zh-CN' | 'en'): Promise<void> {
  const size = shot.size ?? phone;
  const { page, context, faults } = await personIn(browser, { language, size, scheme: shot.scheme ?? 'light' });
  await context.addInitScript(`localStorage.setItem('aftersales.language', '${language}')`);
  // Messages are written in the profile's language.
  await shot.who?.put('/v1/me/profile', { language, emailOn: true });
  await page.goto(`${apiUrl}/console${shot.path}${shot.who ? `#token=${shot.who.token}` : ''}`);
  await settled(page);
  await shot.prepare?.(page);
  await settled(page);
  const file = join(folder, `${shot.name}.${language}.png`);
  if (shot.whole) {
    // What sticks to an edge belongs at the edge of the whole page.
    const height = Number(await page.evaluate('document.documentElement.scrollHeight'));
    await page.setViewportSize({ ...size, height: Math.min(Math.max(height, size.height), tallest) });
    await settled(page);
  }
  await page.screenshot({ path: file });
  console.log(`${file}${faults.length > 0 ? `  FAULTS: ${faults.join(' | ')}` : ''}`);
  await context.close();
}

/** Until there is nothing of the kind. */
async function expectNone(page: Page, selector: string): Promise<void> {
  while ((await page.locator(selector).count()) > 0) await page.waitForTimeout(100);
}

/** Nothing is being loaded, and pictures are there. */
async function settled(page: Page): Promise<void> {
  await page.waitForLoadState('load');
  await page.locator('main').waitFor();
  await expectNone(page, '.mantine-Skeleton-root');
  await page.waitForTimeout(500);
}

/** The cases that the pictures show. */
async function play() {
  const apply = async (title: string, price: number, more: object = {}, wish: object = {}) => {
    const orderId = await delivered(people, { consumer: 'c-1', merchant: 'm-1', title, price, ...wish });
    const { id } = await consumer.post('/v1/cases', {
      orderId,
      kind: 'return_and_refund',
      reason: 'quality_problem',
      subReason: 'malfunction',
      lines: [{ lineId: 'l-1', quantity: 1 }],
      description: '左侧耳机没有声音，重新配对后仍然如此。',
      evidenceIds: [await consumer.photo(1), await consumer.photo(2)],
      ...more,
    });
    return { orderId, caseId: id };
  };
  const act = (who: Caller, id: string, action: string, body: object = {}) =>
    who.post(`/v1/cases/${id}/${action}`, body);

  const toApply = await delivered(people, {
    consumer: 'c-1',
    merchant: 'm-1',
    title: '羊毛围巾',
    price: 16_800,
    quantity: 2,
  });
  const returning = await apply('蓝牙音箱', 25_900);
  await act(merchant, returning.caseId, 'merchant-decision', { decision: 'approve' });
  const received = await apply('电热水壶', 18_900, { description: '通电后不加热。' });
  await act(merchant, received.caseId, 'merchant-decision', { decision: 'approve' });
  await act(consumer, received.caseId, 'tracking-number', { carrier: '顺丰速运', trackingNumber: 'SF20261125001' });
  const refunded = await apply('机械键盘', 39_900, { description: '空格键失灵。' });
  await act(merchant, refunded.caseId, 'merchant-decision', { decision: 'approve' });
  await act(consumer, refunded.caseId, 'tracking-number', { carrier: '中通快递', trackingNumber: 'ZT880012' });
  await act(merchant, refunded.caseId, 'receipt-confirmation', { outcome: 'received' });
  await comesTo(consumer, refunded.caseId, 'refunded');

  const disputed = await apply('降噪耳机', 129_900, {
    description: '收到的颜色与页面不符，而且右耳有杂音。',
    reason: 'not_as_described',
    subReason: 'colour',
  });
  await act(merchant, disputed.caseId, 'merchant-decision', {
    decision: 'refuse',
    refusalCode: 'goods_used',
    note: '耳机已有明显使用痕迹，影响二次销售。',
    evidenceIds: [await merchant.photo(5)],
  });
  await act(consumer, disputed.caseId, 'intervention-request', {
    reason: 'merchant_refused',
    statement: '我只拆开试戴过一次，颜色和页面完全不同，商家却说我用过。',
    evidenceIds: [await consumer.photo(3), await consumer.photo(4)],
  });
  await act(agent, disputed.caseId, 'intervention-audit', { decision: 'accept' });
  await act(consumer, disputed.caseId, 'evidence-submission', {
    statement: '附上开箱照片和商品页面截图。',
    evidenceIds: [await consumer.photo(6)],
    complete: true,
  });
  await act(merchant, disputed.caseId, 'evidence-submission', {
    statement: '退回检测照片，耳罩有磨损。',
    evidenceIds: [await merchant.photo(7), await merchant.photo(8)],
    complete: true,
  });
  await comesTo(agent, disputed.caseId, 'under_adjudication');

  const proposed = await apply('陶瓷花瓶', 8_900, { description: '瓶口有一处磕碰。', subReason: 'damaged' });
  await act(merchant, proposed.caseId, 'proposal', {
    kind: 'refund_only',
    refundAmount: 3_000,
    note: '花瓶不用退回，我们补偿您 30 元，您看可以吗？',
  });
  await consumer.post(`/v1/cases/${proposed.caseId}/messages`, { text: '能再多补一点吗？磕碰的地方正好在正面。' });
  await merchant.post(`/v1/cases/${proposed.caseId}/messages`, {
    text: '非常抱歉，我们最多可以补 30 元，或者您也可以选择退货。',
  });
  for (const [title, text] of [
    ['保温杯', '杯盖漏水。'],
    ['台灯', '灯光闪烁。'],
    ['双肩包', '拉链卡住，拉不上。'],
  ] as const)
    await apply(title, 12_900, { description: text });

  const asking = await apply('智能手表', 89_900, { description: '充不进电。' });
  await act(merchant, asking.caseId, 'merchant-decision', { decision: 'refuse', refusalCode: 'out_of_window' });
  await act(consumer, asking.caseId, 'intervention-request', {
    reason: 'merchant_refused',
    statement: '还在售后期内，商家说超过时效。',
    evidenceIds: [],
  });
  const { id: ticketId } = await consumer.post('/v1/support-tickets', {
    orderId: toApply,
    category: 'logistics',
    description: '物流显示已签收，但我只收到一条围巾。',
    evidenceIds: [await consumer.photo(9)],
  });
  await agent.post(`/v1/support-tickets/${ticketId}/information-request`, {
    question: '请问外包装是否完好？能否提供签收时的照片？',
  });

  const { deadlines, ...policy } = await admin.get('/v1/policies/current');
  const { version: _, ...document } = policy;
  await admin.post('/v1/policies', { ...document, deadlines: { ...(deadlines as object), ticketReply: 'P4D' } });
  const { id: webhookId } = await admin.post('/v1/webhooks', {
    url: `${apiUrl}/nobody-listens-here`,
    events: ['case.*'],
    description: '仓储系统',
  });
  await admin.post(`/v1/webhooks/${webhookId}/test`);
  await admin.post('/v1/money/cap', { currency: 'CNY', amount: 50_000_000, reason: '日常限额' });
  await admin.post('/v1/reconciliations', { graceSeconds: 0 });
  await admin.post('/v1/deadline-extensions', { by: 'PT2H', reason: '系统故障，为所有人顺延' });
  await admin.post('/v1/republications', { subject: `case/${refunded.caseId}` });
  // Last, since nothing is paid from then on until it is lifted.
  await admin.post('/v1/money/stop', { reason: '渠道对账异常，核对中' });
  const held = await apply('旅行箱', 45_900, { kind: 'refund_only', description: '轮子断裂。', subReason: 'damaged' });
  await act(merchant, held.caseId, 'merchant-decision', { decision: 'approve' });
  await comesTo(agent, held.caseId, 'refunding');
  return { toApply, returning, received, refunded, disputed, proposed, asking, held, ticketId, webhookId };
}

/** What happens if nobody acts, opened. */
async function whatIf(page: Page): Promise<void> {
  await page.getByRole('button', { name: /看看之后会怎样|See what would happen/ }).click();
}

function shots(): Shot[] {
  const { toApply, returning, refunded, disputed, proposed, received, asking, held, ticketId, webhookId } = scenes;
  const caseOf = (id: string) => `/cases/${id}`;
  return [
    { name: '01-welcome', path: '/', size: desk },
    { name: '10-consumer-orders', who: consumer, path: '/' },
    { name: '11-consumer-order', who: consumer, path: `/orders/${toApply}` },
    {
      name: '12-consumer-apply',
      who: consumer,
      path: `/orders/${toApply}/apply`,
      whole: true,
      async prepare(page) {
        await page.getByRole('button', { name: /\+1/ }).click();
        await page.getByRole('radio').first().check();
        await page.locator('fieldset').nth(2).getByRole('radio').first().check();
      },
    },
    { name: '13-consumer-cases', who: consumer, path: '/cases' },
    { name: '14-consumer-case', who: consumer, path: caseOf(returning.caseId), whole: true },
    { name: '15-consumer-tracking', who: consumer, path: `${caseOf(returning.caseId)}/do/tracking-number` },
    { name: '16-consumer-proposal', who: consumer, path: `${caseOf(proposed.caseId)}/do/proposal-response` },
    { name: '17-consumer-refunded', who: consumer, path: caseOf(refunded.caseId) },
    { name: '18-consumer-rating', who: consumer, path: `${caseOf(refunded.caseId)}/do/feedback` },
    { name: '19-consumer-messages', who: consumer, path: '/messages' },
    { name: '20-consumer-me', who: consumer, path: '/me' },
    { name: '21-consumer-support', who: consumer, path: '/support' },
    { name: '22-consumer-ticket', who: consumer, path: `/support/${ticketId}` },
    { name: '23-consumer-new-ticket', who: consumer, path: '/support/new' },
    { name: '24-consumer-case-dark', who: consumer, path: caseOf(proposed.caseId), scheme: 'dark' },
    { name: '30-merchant-workbench', who: merchant, path: '/', size: desk },
    {
      name: '31-merchant-refusal',
      who: merchant,
      path: caseOf(proposed.caseId),
      size: desk,
      prepare: async (page) => page.keyboard.press('r'),
    },
    { name: '32-merchant-receipt', who: merchant, path: caseOf(received.caseId), size: desk, whole: true },
    { name: '33-merchant-orders', who: merchant, path: '/orders', size: desk },
    { name: '34-merchant-settings', who: merchant, path: '/settings', size: desk },
    { name: '35-merchant-performance', who: merchant, path: '/performance', size: desk },
    {
      name: '36-merchant-bulk',
      who: merchant,
      path: '/?status=pending_merchant_review',
      size: desk,
      async prepare(page) {
        await page.locator('tbody input').first().check();
        await page.locator('.bulk button').nth(1).click();
        await page.locator('.bulk input[type=radio]').first().check();
      },
    },
    { name: '37-merchant-phone', who: merchant, path: '/' },
    { name: '40-agent-queue', who: agent, path: '/?queue=audit&claimed=all', size: desk },
    {
      name: '41-agent-case',
      who: agent,
      path: caseOf(disputed.caseId),
      size: desk,
      whole: true,
      prepare: async (page) => page.keyboard.press('r'),
    },
    { name: '42-agent-case-dark', who: agent, path: caseOf(disputed.caseId), size: desk, scheme: 'dark' },
    { name: '43-agent-tickets', who: agent, path: '/?queue=tickets&claimed=all', size: desk },
    { name: '44-agent-ticket', who: agent, path: `/tickets/${ticketId}`, size: desk },
    { name: '47-agent-held', who: agent, path: '/?queue=refund-failures&claimed=all', size: desk },
    { name: '48-agent-held-case', who: agent, path: caseOf(held.caseId), size: desk },
    { name: '45-agent-all', who: agent, path: '/all', size: desk },
    {
      name: '46-agent-what-if',
      who: agent,
      path: caseOf(asking.caseId),
      size: desk,
      prepare: whatIf,
    },
    { name: '25-consumer-what-if', who: consumer, path: caseOf(received.caseId), whole: true, prepare: whatIf },
    { name: '50-admin-policies', who: admin, path: '/policies', size: desk, whole: true },
    {
      name: '51-admin-draft',
      who: admin,
      path: '/policies/new',
      size: desk,
      prepare: async (page) => {
        await page.locator('[data-field="deadlines.buyerReturn"] input').fill('P10D');
        await page.locator('[data-field="deadlines.merchantDecision"] input').fill('soon');
        await page.locator('aside button[type=submit]').click();
        await page.locator('.mantine-InputWrapper-error').first().waitFor();
      },
    },
    {
      name: '52-admin-rehearsal',
      who: admin,
      path: '/policies/new',
      size: desk,
      prepare: async (page) => {
        await page.locator('[data-field="deadlines.merchantDecision"] input').fill('PT0.01S');
        await page.locator('aside button[type=submit]').click();
        await page.locator('.tiles').waitFor();
        await page.evaluate('scrollTo(0, 0)');
      },
    },
    { name: '53-admin-case', who: admin, path: caseOf(disputed.caseId), size: desk, whole: true, prepare: whatIf },
    { name: '54-admin-money', who: admin, path: '/money', size: desk },
    {
      name: '55-admin-books',
      who: admin,
      path: '/books',
      size: desk,
      prepare: async (page) => page.locator('.table .linkish').first().click(),
    },
    { name: '56-admin-webhooks', who: admin, path: '/webhooks', size: desk },
    { name: '57-admin-webhook', who: admin, path: `/webhooks/${webhookId}`, size: desk },
    { name: '60-admin-extensions', who: admin, path: '/recovery', size: desk },
    { name: '61-admin-republications', who: admin, path: '/recovery/republications', size: desk },
    { name: '62-admin-abandonments', who: admin, path: '/recovery/abandonments', size: desk },
    { name: '58-admin-figures', who: admin, path: '/', size: desk, whole: true },
    { name: '59-admin-figures-dark', who: admin, path: '/', size: desk, scheme: 'dark' },
  ];
}
