import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { signToken } from '../../src/cli/tokens.ts';
import { apiHere } from '../api/apiHere.ts';
import { act, disputesOver, forConsumer } from '../api/disputes.ts';
import { type Api, applicationFor, authSecret, deliveredOrder, expectStatus } from '../api/harness.ts';
import { seriousFindings } from './accessibility.ts';
import { desk, findChromium, launch, personIn } from './browser.ts';
import { picture } from './scenes.ts';

const folder = fileURLToPath(new URL('../../dist/console', import.meta.url));
const chromium = findChromium();
if (chromium === undefined)
  console.log('There is no Chromium: the agents’ desk is not looked at. Install it, or name it in CHROME_PATH.');

let api: Api;
let browser: Browser;
let dispute: ReturnType<typeof disputesOver>;

describe.skipIf(chromium === undefined)('the agents’ desk', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    api = await apiHere({ overrides: { console: { folder, demoParties: undefined } } });
    await api.startWorker();
    browser = await launch(chromium ?? '');
    dispute = disputesOver(api);
  });
  afterAll(async () => {
    await browser?.close();
    await api?.close();
  });

  /** An agent's own browser, in English; nothing may go wrong in it. */
  async function open(sub: string, path: string): Promise<Page> {
    const { page, context, faults } = await personIn(browser, { size: desk, language: 'en' });
    onTestFinished(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });
    // whoever has chosen nothing in this browser is spoken to in the language of the profile
    await expectStatus(200, api.as('agent', sub).put('/v1/me/profile', { language: 'en', emailOn: false }));
    await page.goto(`${api.url}/console${path}#token=${await signToken({ role: 'agent', sub }, authSecret)}`);
    return page;
  }
  const button = (page: Page, name: string | RegExp) => page.getByRole('button', { name }).click();
  const group = (page: Page, name: string) => page.getByRole('group', { name, exact: true });
  const choose = (page: Page, of: string, name: string) => group(page, of).getByRole('radio', { name }).check();
  const accessible = async (page: Page) => expect(await seriousFindings(page)).toEqual([]);
  const caseOf = async (id: string) => (await expectStatus(200, dispute.agent.get(`/v1/cases/${id}`))).body;

  /** A ruling of a-1 for the consumer, who was paid a part, and the merchant's appeal against it. */
  async function appealed(): Promise<string> {
    const { id } = await dispute.underAdjudication();
    await act(dispute.agent, id, 'ruling', forConsumer);
    await expect.poll(async () => (await caseOf(id)).status).toBe('refunded');
    await act(dispute.merchant, id, 'appeal', { statement: '商品完好', evidenceIds: [] });
    return id;
  }

  it('INT-9: another agent claims a merchant’s appeal and rules that the ruling stands; there is no remedy to choose', async () => {
    const id = await appealed();
    const agent = await open('a-2', `/cases/${id}`);
    await agent.getByText('The ruling stands').waitFor();
    await agent.getByRole('button', { name: 'Claim' }).click();
    await agent.getByRole('button', { name: 'Release' }).waitFor();
    await button(agent, /^Rule on appeal/);
    await choose(agent, 'In whose favour?', 'Consumer');
    expect(await group(agent, 'Remedy').count()).toBe(0);
    expect(await agent.getByRole('textbox', { name: /Amount/ }).count()).toBe(0);
    await choose(agent, 'Liability', 'Merchant');
    await agent.getByRole('textbox', { name: /Reasons/ }).fill('The photos show the fault.');
    await accessible(agent);
    await agent.locator('form').getByRole('button', { name: 'Rule on appeal', exact: true }).click();
    await expect
      .poll(async () => (await caseOf(id))['appeal'])
      .toMatchObject({ ruling: { favour: 'consumer', liability: 'merchant' } });
  });

  it('INT-9: where the merchant wins its appeal, the agent may name a part of what the platform pays it', async () => {
    const id = await appealed();
    const agent = await open('a-2', `/cases/${id}`);
    await button(agent, /^Rule on appeal/);
    await choose(agent, 'In whose favour?', 'Merchant');
    await agent.getByRole('textbox', { name: /Amount to pay the merchant/ }).fill('12.50');
    await choose(agent, 'Liability', 'Platform');
    await agent.getByRole('textbox', { name: /Reasons/ }).fill('The goods were without fault.');
    await accessible(agent);
    await agent.locator('form').getByRole('button', { name: 'Rule on appeal', exact: true }).click();
    await expect
      .poll(async () => (await caseOf(id))['appeal'])
      .toMatchObject({ ruling: { favour: 'merchant' }, payout: { amount: 1_250, state: 'settled' } });
  });

  it('INT-3, INT-5: a case can be claimed where it waits for an agent, and not while evidence is collected; one comes back to the queue one came from', async () => {
    const waiting = await dispute.requested();
    const agent = await open('a-1', `/cases/${waiting.id}`);
    await agent.getByRole('button', { name: 'Claim' }).waitFor();
    await act(dispute.agent, waiting.id, 'intervention-audit', { decision: 'accept' });
    await agent.getByRole('heading', { name: 'Waiting for both parties’ evidence' }).waitFor();
    await agent.getByText('Not claimed').waitFor();
    expect(await agent.getByRole('button', { name: 'Claim' }).count()).toBe(0);

    await agent.goto(`${api.url}/console/?queue=appeal&claimed=free`);
    await agent.getByRole('button', { name: 'Appeals', pressed: true }).waitFor();
    await agent.goto(`${api.url}/console/cases/${waiting.id}`);
    await agent.getByRole('link', { name: 'Back' }).click();
    await expect.poll(() => new URL(agent.url()).search).toBe('?queue=appeal&claimed=free');
  });

  it('INT-8: a ticket shows which agent is at it, and one of its files is handed on to the platform; only reasons that fit are offered', async () => {
    const { consumer, merchant } = dispute;
    const order = await deliveredOrder(api);
    const file = async (name: string) => {
      const form = new FormData();
      form.set('kind', 'order_screenshot');
      form.set('file', new Blob([new Uint8Array(picture(name.length))], { type: 'image/png' }), name);
      return (await expectStatus(201, consumer.upload('/v1/evidence', form))).body.id;
    };
    const [kept, handedOn] = [await file('1.png'), await file('unboxing.png')];
    const { id } = (await expectStatus(201, consumer.post('/v1/cases', applicationFor(order.id)))).body;
    const ticket = {
      orderId: order.id,
      category: 'refund',
      description: '商家无理拒绝',
      evidenceIds: [kept, handedOn],
    };
    const { id: ticketId } = (await expectStatus(201, consumer.post('/v1/support-tickets', ticket))).body;
    const claimed = await expectStatus(200, api.as('agent', 'a-2').post(`/v1/queues/tickets/${ticketId}/claim`, {}));
    expect(claimed.body['lease']).toMatchObject({ agent: 'a-2' });

    const agent = await open('a-1', `/tickets/${ticketId}`);
    await agent.getByText('a-2 is at it').waitFor();
    expect(await agent.getByRole('button', { name: 'Claim' }).count()).toBe(0);
    await expectStatus(200, api.as('agent', 'a-2').post(`/v1/queues/tickets/${ticketId}/release`, {}));
    await agent.reload();
    await agent.getByRole('button', { name: 'Claim' }).click();
    await agent.getByRole('button', { name: 'Release' }).waitFor();

    // INT-1: nothing was refused yet, so there is nothing to ask the platform in for
    await button(agent, /^Resolve/);
    await group(agent, 'How?').waitFor();
    expect(await agent.getByRole('radio', { name: 'Ask the platform in' }).count()).toBe(0);
    await act(merchant, id, 'merchant-decision', { decision: 'refuse', refusalCode: 'out_of_window' });
    await choose(agent, 'How?', 'Ask the platform in');
    await group(agent, 'Case').getByRole('radio').check();
    const reasons = group(agent, 'Reason').getByRole('radio');
    expect(await reasons.count()).toBe(2);
    await choose(agent, 'Reason', 'The merchant refused');
    await agent.getByRole('textbox', { name: 'Statement' }).fill('Still within the period.');
    await agent.getByText('Files of the ticket to hand on').click();
    await agent.getByRole('checkbox', { name: /unboxing/ }).check();
    await agent.getByRole('textbox', { name: 'Note to the consumer' }).fill('The platform will look into it.');
    await accessible(agent);
    await agent.locator('form').getByRole('button', { name: 'Submit' }).click();
    await expect
      .poll(async () => (await caseOf(id))['intervention'])
      .toMatchObject({ reason: 'merchant_refused', evidenceIds: [handedOn] });
  });
});
