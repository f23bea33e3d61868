import { describe, expect, it } from 'vitest';
import { letterOf } from '../../src/activities/mail/letter.ts';
import { courierCount, courierOf, mailBackOff, nextTry, webhookBackOff } from '../../src/domain/tell/delivery.ts';
import { isFinalStatus, isWanted, webhookEvent, webhookFilters } from '../../src/domain/tell/webhookEvents.ts';
import { messageIdOf, webhookIdOf, webhooksOf } from '../../src/store/deliveries.ts';
import { noon } from '../builders.ts';

const second = 1_000;
const hour = 3_600_000;
const day = 24 * hour;

describe('TELL-2: what could not be delivered is tried again, ever later, and given up in the end', () => {
  it.each([
    ['mail', mailBackOff, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600]],
    ['a webhook', webhookBackOff, [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600, 3600]],
  ])('%s', (_, backOff, seconds) => {
    const waits = seconds.map((_second, index) => (nextTry(backOff, index + 1, noon, noon) ?? 0) - noon);
    expect(waits).toEqual(seconds.map((one) => one * second));
    expect(nextTry(backOff, 10_000, noon, noon)).toBe(noon + backOff.longestMs);
  });

  it.each([
    ['mail', mailBackOff, 7 * day],
    ['a webhook', webhookBackOff, 3 * day],
  ])('%s: the last try is at the end of its time', (_, backOff, end) => {
    expect(nextTry(backOff, 99, noon, noon + end - 1)).toBe(noon + end);
    expect(nextTry(backOff, 99, noon, noon + end)).toBeUndefined();
    expect(nextTry(backOff, 99, noon, noon + end + 1)).toBeUndefined();
  });

  it('one destination has one courier, and both have work', () => {
    const of = Array.from({ length: 1_000 }, (_, index) => courierOf(`consumer/c-${index}`));
    expect(of).toEqual(Array.from({ length: 1_000 }, (_, index) => courierOf(`consumer/c-${index}`)));
    for (let courier = 0; courier < courierCount; courier++)
      expect(of.filter((one) => one === courier).length).toBeGreaterThan(400);
  });
});

describe('TELL-1: what webhooks tell of', () => {
  it('names an event by its subject’s kind, whichever that is', () => {
    expect(webhookEvent('case/c-1', 'refundSettled')).toBe('case.refund_settled');
    expect(webhookEvent('order/o-1', 'orderPaid')).toBe('order.order_paid');
    expect(webhookEvent('ticket/t-1', 'ticketOpened')).toBe('ticket.ticket_opened');
  });

  it.each(['signalRefused', 'manualSettlementStarted', 'manualSettlementRefused', 'refundHeld', 'refundUnknown'])(
    'says nothing of %s',
    (type) => {
      expect(webhookEvent('case/c-1', type)).toBeUndefined();
      expect(webhookFilters).not.toContain(`case.${type}`);
    },
  );

  it.each([
    [['*'], 'order.order_paid', true],
    [['case.*'], 'case.ruled', true],
    [['case.*'], 'order.order_paid', false],
    [['case.ruled'], 'case.ruled', true],
    [['case.ruled'], 'case.refund_settled', false],
    [['case.ruled', 'order.*'], 'order.order_paid', true],
  ])('%s asks for %s: %s', (filters, event, wanted) => {
    for (const filter of filters) expect(webhookFilters).toContain(filter);
    expect(isWanted(filters, event)).toBe(wanted);
  });

  it.each([
    ['case', 'refunded', true],
    ['case', 'refunding', false],
    ['order', 'completed', true],
    ['order', 'delivered', false],
    ['ticket', 'resolved', true],
    ['ticket', 'open', false],
  ])('a %s that is %s: final %s', (kind, status, final) => {
    expect(isFinalStatus(kind, status)).toBe(final);
  });

  it('has ids and facts in it, nothing personal and no free text', () => {
    const [webhook] = webhooksOf(
      'case/c-1',
      {
        seq: 7,
        at: noon,
        type: 'applicationRefused',
        actor: { role: 'merchant', id: 'm-1' },
        rule: 'CASE-4',
        deadline: { kind: 'interventionWindow', at: noon + 48 * hour },
        detail: { note: 'a note of the merchant', evidenceIds: ['e-1'] },
        status: 'application_refused',
      },
      'o-1',
      [{ _id: 'w-1', events: ['*'] }],
    );
    expect(JSON.parse(webhook?.body ?? '')).toEqual({
      type: 'case.application_refused',
      timestamp: new Date(noon).toISOString(),
      data: {
        subject: 'case/c-1',
        caseId: 'c-1',
        orderId: 'o-1',
        seq: 7,
        event: 'applicationRefused',
        status: 'application_refused',
        final: false,
        rule: 'CASE-4',
        automatic: false,
        actorRole: 'merchant',
        deadline: { kind: 'interventionWindow', at: new Date(noon + 48 * hour).toISOString() },
      },
    });
    expect(webhook).toMatchObject({ _id: 'case/c-1/7/webhook/w-1', to: 'webhook/w-1', state: 'pending', tried: 0 });
  });

  it('goes by a name that tells nothing of what it is about, the same every time', () => {
    const id = 'case/c-1/7/consumer/c-1/email';
    expect(messageIdOf(id)).toMatch(/^<[\w-]{27}@[\w.]+>$/);
    expect([messageIdOf(id), webhookIdOf(id)]).toEqual([messageIdOf(id), webhookIdOf(id)]);
    expect(webhookIdOf(`${id}2`)).not.toBe(webhookIdOf(id));
  });
});

describe('TELL-1: a mail', () => {
  const deadline = {
    kind: 'merchantDecision' as const,
    from: noon,
    at: noon + 48 * hour,
    rule: 'CASE-3',
    waitingFor: 'merchant',
    onExpiry: 'approved_automatically',
  };
  const notice = {
    event: 'caseOpened',
    automatic: false,
    orderId: 'o-1',
    caseId: 'c-1',
    status: 'pending_merchant_review',
    deadline,
  };

  it.each([
    ['zh-CN' as const, '售后申请已提交', '逾期系统将自动同意申请', '个人资料'],
    ['en' as const, 'After-sales service was applied for', 'the application is approved automatically', 'your profile'],
  ])('in %s says the same as text and as HTML, and how to get no more', (language, title, otherwise, footer) => {
    const { subject, text, html } = letterOf(notice, language);
    expect(subject).toBe(title);
    for (const words of [otherwise, footer]) {
      expect(text).toContain(words);
      expect(html).toContain(words);
    }
    expect(html).toContain(`<html lang="${language}">`);
    expect(html).toMatch(new RegExp(`<strong>[^<]*${otherwise}[^<]*</strong>`));
    expect(html).not.toMatch(/<(img|script|link|a)\b|url\(/);
  });

  it('without a deadline highlights nothing', () => {
    const { deadline: _, ...without } = notice;
    expect(letterOf(without, 'en').html).not.toContain('<strong>');
  });

  it('shows what it quotes as text, whatever that is', () => {
    const nasty = `<script>alert("1")</script>'&`;
    const { text, html } = letterOf({ ...notice, caseId: nasty, text: `${nasty}\nnext line` }, 'en');
    expect(text).toContain(nasty);
    expect(html).not.toContain('<script');
    expect(html.match(/&lt;script&gt;alert\(&quot;1&quot;\)&lt;\/script&gt;&#39;&amp;/gi)).toHaveLength(2);
  });
});
