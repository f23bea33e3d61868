import type { Notice } from '../notice.ts';
import { due, goodsOwed, happened, otherwise, people, type Said, statuses, type Words } from './words.ts';

/** Languages people are told in. TELL-1 */
export const languages = ['zh-CN', 'en'] as const;
export type Language = (typeof languages)[number];

/** What a message says, in sentences: what has happened, where things stand, and what is due from whom, by when, and what happens otherwise. TELL-1 */
export function messageParts(
  notice: Omit<Notice, 'to'>,
  language: Language,
): { title: string; said: string[]; due?: string } {
  const { event, automatic, status, deadline, payment, text, goodsOwedBack } = notice;
  const zh = language === 'zh-CN';
  const say = (words: Words, key: string) => words[key]?.[zh ? 0 : 1] ?? key;
  const title = `${say(happened, event)}${automatic ? (zh ? '（系统自动处理）' : ' (automatically)') : ''}`;
  const about = subjectOf(notice)[zh ? 0 : 1];
  const stands = zh ? `${about}：${say(statuses, status)}。` : `${capital(about)} is ${say(statuses, status)}.`;
  const owed = goodsOwedBack && goodsOwed[zh ? 0 : 1];
  const money =
    payment &&
    (zh
      ? `交易号 ${payment.transactionId}，金额 ${payment.amount}（最小货币单位）。`
      : `Transaction ${payment.transactionId} for ${payment.amount} minor units.`);
  const who = deadline && say(people, deadline.waitingFor);
  const have = deadline?.waitingFor === 'consumer_and_merchant' ? 'have' : 'has';
  const ask =
    deadline &&
    (zh
      ? `请${who}在 ${timeIn(language, deadline.at)} 前${say(due, deadline.kind)}；逾期${say(otherwise, deadline.onExpiry)}（${deadline.rule}）。`
      : `${capital(who ?? '')} ${have} until ${timeIn(language, deadline.at)} to ${say(due, deadline.kind)}; otherwise ${say(otherwise, deadline.onExpiry)} (${deadline.rule}).`);
  return { title, said: [stands, owed, text, money].filter((one) => one !== undefined), ...(ask ? { due: ask } : {}) };
}

/** What a message says, in one piece. TELL-1 */
export function messageText(notice: Omit<Notice, 'to'>, language: Language): { title: string; body: string } {
  const { title, said, due: ask } = messageParts(notice, language);
  return { title, body: [...said, ...(ask ? [ask] : [])].join(language === 'zh-CN' ? '' : ' ') };
}

function subjectOf({ caseId, ticketId, orderId }: Pick<Notice, 'caseId' | 'ticketId' | 'orderId'>): Said {
  if (caseId) return [`售后单 ${caseId}`, `case ${caseId}`];
  if (ticketId) return [`客服工单 ${ticketId}`, `support ticket ${ticketId}`];
  return [`订单 ${orderId}`, `order ${orderId}`];
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** Asia/Shanghai is UTC+8 all year; rules use no locale data (it differs between machines). */
const shanghai = 8 * 3600 * 1000;

function timeIn(language: Language, at: number): string {
  const shown = (ms: number) => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  return language === 'zh-CN' ? `${shown(at + shanghai)}（北京时间）` : `${shown(at)} UTC`;
}
