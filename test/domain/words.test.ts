import { describe, expect, it } from 'vitest';
import { caseDeadlines } from '../../src/domain/case/deadlines.ts';
import { caseNotices } from '../../src/domain/case/notices.ts';
import { type DeadlineKind, deadlineKinds, type ShownDeadline } from '../../src/domain/deadline.ts';
import type { Notice } from '../../src/domain/notice.ts';
import { orderDeadlines } from '../../src/domain/order/deadlines.ts';
import { orderNotices } from '../../src/domain/order/notices.ts';
import { system } from '../../src/domain/parties.ts';
import { messageParts, messageText } from '../../src/domain/tell/texts.ts';
import { webhookFilters } from '../../src/domain/tell/webhookEvents.ts';
import { happened } from '../../src/domain/tell/words.ts';
import { ticketDeadlines } from '../../src/domain/ticket/deadlines.ts';
import { aPolicy } from '../builders.ts';
import * as caseStory from './caseStories.ts';
import * as orderStory from './orderStories.ts';
import { givenCase, givenOrder, givenTicket } from './specification.ts';
import * as ticketStory from './ticketStories.ts';

/** What only ever follows another event: people are told of the one that leads. */
const followers = ['returnAwaited', 'replacementAwaited', 'appealAwaited', 'merchantAppealOpened'];

const reminder = (about: ShownDeadline, at: number) =>
  ({ type: 'reminded', at, actor: system, rule: 'TELL-1', about }) as const;
/** A story's beginnings, down to its first event. */
const beginnings = <Event>(events: Event[]) => events.map((_, index) => events.slice(0, index + 1));

/** Whatever anybody is told on the way through a story, and where they are reminded. */
const told = {
  case: (story: (typeof caseStory.everyPlace)[string]): Notice[] =>
    beginnings(story).flatMap((events) => {
      const { state } = givenCase(...events);
      const reminders = caseDeadlines(state).map((about) => reminder(about, about.at));
      return [events.at(-1)!, ...reminders].flatMap((event) => caseNotices(state, event));
    }),
  order: (story: (typeof orderStory.everyPlace)[string]): Notice[] =>
    beginnings(story).flatMap((events) => {
      const { state } = givenOrder(...events);
      const reminders = orderDeadlines(state).map((about) => reminder(about, about.at));
      return [events.at(-1)!, ...reminders].flatMap((event) => orderNotices(state, event));
    }),
};

/** What is left of a message without what is no word of ours: ids, times, the rule, and what somebody wrote. */
function wordsOf(notice: Notice, language: 'zh-CN' | 'en'): string {
  const { title, body } = messageText(notice, language);
  const others = [notice.caseId, notice.orderId, notice.text, notice.deadline?.rule].filter((one) => one !== undefined);
  return others.reduce((text, other) => text.replaceAll(other, ''), `${title} ${body}`);
}

describe('TELL-1: whatever people are told has words in both languages', () => {
  it.each([
    ...Object.entries(caseStory.everyPlace).map(([place, events]) => ['a case', place, told.case(events)] as const),
    ...Object.entries(orderStory.everyPlace).map(([place, events]) => ['an order', place, told.order(events)] as const),
  ])('of %s in %s', (_, __, notices) => {
    const ofLeaders = notices.filter(({ event }) => !followers.includes(event));
    expect(ofLeaders).not.toEqual([]);
    for (const notice of ofLeaders) {
      // a key without words shows as it is spelled in code
      expect(wordsOf(notice, 'zh-CN')).not.toMatch(/[A-Za-z]/);
      expect(wordsOf(notice, 'en')).not.toMatch(/\p{Script=Han}|_|[a-z][A-Z]/u);
    }
  });

  const inCamelCase = (name: string) => name.replaceAll(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
  const leaders = webhookFilters
    .filter((name) => !name.endsWith('*'))
    .map((name) => inCamelCase(name.replace(/^\w+\./, '')))
    .filter((event) => !followers.includes(event));
  it.each([...new Set(leaders)])('of %s', (event) => {
    expect(happened[event]).toEqual([
      expect.stringMatching(/^\p{Script=Han}[^A-Za-z]+$/u),
      expect.stringMatching(/^[A-Z][^_]+$/),
    ]);
  });
});

describe('TELL-1: a deadline says what is due, and what happens otherwise', () => {
  const ofCase = (place: string) => caseDeadlines(givenCase(...caseStory.everyPlace[place]!).state);
  const ofOrder = (place: string) => orderDeadlines(givenOrder(...orderStory.everyPlace[place]!).state);
  const ofTicket = (place: string) => ticketDeadlines(givenTicket(...ticketStory.everyPlace[place]!).state);

  const silence = givenCase(...caseStory.opened({ policy: aPolicy({ onMerchantSilence: 'allow_intervention' }) }));
  const shown: [kind: DeadlineKind, deadlines: ShownDeadline[], en: string, zh: string][] = [
    [
      'merchantDecision',
      ofCase('pending_merchant_review'),
      'decide on the application; otherwise the application is approved automatically (CASE-3).',
      '处理售后申请；逾期系统将自动同意申请（CASE-3）。',
    ],
    [
      'merchantDecision',
      caseDeadlines(silence.state),
      'decide on the application; otherwise the consumer may ask the platform to step in (CASE-3).',
      '处理售后申请；逾期买家可申请平台介入（CASE-3）。',
    ],
    [
      'interventionWindow',
      ofCase('application_refused'),
      'ask the platform to step in; otherwise the case is closed without a refund (CASE-5).',
      '申请平台介入；逾期售后将自动关闭且不退款（CASE-5）。',
    ],
    [
      'buyerReturn',
      ofCase('awaiting_buyer_return'),
      'send the goods back and give the tracking number; otherwise the case is closed without a refund (CASE-7).',
      '寄回商品并填写物流单号；逾期售后将自动关闭且不退款（CASE-7）。',
    ],
    [
      'merchantReceipt',
      ofCase('awaiting_merchant_receipt'),
      'confirm the receipt of the goods; otherwise the receipt is confirmed automatically (CASE-9).',
      '确认收到退货；逾期系统将自动确认收货（CASE-9）。',
    ],
    [
      'refundVoucher',
      ofCase('awaiting_refund_voucher'),
      'refund and upload the voucher; otherwise the platform compensates in advance and penalises the merchant (CASE-13).',
      '退款并上传退款凭证；逾期平台将先行赔付并处罚商家（CASE-13）。',
    ],
    [
      'interventionAudit',
      ofCase('intervention_requested after a refusal'),
      'audit the request for intervention; otherwise the request is accepted automatically (INT-2).',
      '审核介入申请；逾期平台将自动受理（INT-2）。',
    ],
    [
      'evidence',
      ofCase('awaiting_evidence after a refusal'),
      'submit evidence; otherwise the ruling is made on what is there (INT-3).',
      '提交举证材料；逾期平台将依据现有材料判定（INT-3）。',
    ],
    [
      'furtherInformation',
      ofCase('intervention_requested, the consumer asked'),
      'give further information; otherwise it goes on without (INT-4).',
      '补充材料；逾期将依据现有材料继续处理（INT-4）。',
    ],
    [
      'adjudication',
      ofCase('under_adjudication after a refusal'),
      'rule; otherwise it is escalated (INT-5).',
      '作出判定；逾期将升级处理（INT-5）。',
    ],
    [
      'appeal',
      ofCase('awaiting_appeal after a refusal'),
      'appeal; otherwise the case is closed without a refund (INT-9).',
      '申诉；逾期售后将自动关闭且不退款（INT-9）。',
    ],
    [
      'merchantAppeal',
      ofCase('refunded, the merchant may appeal'),
      'appeal against the ruling; otherwise the ruling stands (INT-9).',
      '申诉；逾期判定将维持不变（INT-9）。',
    ],
    [
      'merchantAppealRuling',
      ofCase('refunded, the merchant has appealed'),
      'decide on the merchant’s appeal; otherwise it is escalated (INT-9).',
      '裁决商家申诉；逾期将升级处理（INT-9）。',
    ],
    [
      'replacementShipment',
      ofCase('awaiting_replacement'),
      'ship the replacement; otherwise the consumer is refunded instead (CASE-17).',
      '寄出换货/补发商品；逾期将转为退款（CASE-17）。',
    ],
    [
      'replacementReceipt',
      ofCase('awaiting_replacement_receipt'),
      'confirm the receipt of the replacement; otherwise the receipt is confirmed automatically (CASE-17).',
      '确认收到换货/补发商品；逾期系统将自动确认收货（CASE-17）。',
    ],
    [
      'unpaidOrder',
      ofOrder('pending_payment'),
      'pay; otherwise the order is cancelled automatically (ORD-3).',
      '付款；逾期订单将自动取消（ORD-3）。',
    ],
    [
      'afterSalesPeriod',
      ofOrder('delivered'),
      'apply for after-sales service if anything is wrong; otherwise the order completes (ORD-1).',
      '如有问题，申请售后；逾期订单将自动完成（ORD-1）。',
    ],
    [
      'ticketReply',
      ofTicket('waiting_for_consumer, asked at once'),
      'answer the question; otherwise the ticket is closed without an answer (INT-8).',
      '回复客服的提问；逾期工单将自动结束（INT-8）。',
    ],
  ];
  it.each(shown)('%s', (kind, [deadline], en, zh) => {
    expect(deadline?.kind).toBe(kind);
    const due = (language: 'zh-CN' | 'en') =>
      messageParts(
        { event: 'reminded', automatic: false, orderId: 'o-1', status: 'shipped', deadline: deadline! },
        language,
      ).due;
    expect(due('en')?.replace(/^.* UTC to /, '')).toBe(en);
    expect(due('zh-CN')?.replace(/^.*（北京时间） 前/, '')).toBe(zh);
  });

  it('every kind that there is', () => {
    expect(new Set(shown.map(([kind]) => kind))).toEqual(new Set(deadlineKinds));
  });
});

it.each([
  ['consumer_and_merchant', 'The consumer and the merchant have until'],
  ['merchant', 'The merchant has until'],
])('TELL-1: %s: %s', (waitingFor, begins) => {
  const [deadline] = caseDeadlines(givenCase(...caseStory.contacted()).state);
  const notice = { ...told.case(caseStory.contacted()).at(-1)!, deadline: { ...deadline!, waitingFor } };
  expect(messageParts(notice, 'en').due).toMatch(new RegExp(`^${begins}`));
});
