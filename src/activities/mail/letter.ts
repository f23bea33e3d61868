import type { Notice } from '../../domain/notice.ts';
import { type Language, messageParts, messageText } from '../../domain/tell/texts.ts';

/** A mail as it is read: the same words as plain text and as HTML. */
export type Letter = { subject: string; text: string; html: string };

const footers: Record<Language, string> = {
  'zh-CN': '您收到此邮件，是因为您的个人资料中开启了邮件通知。如不再需要，请在个人资料中关闭邮件通知（emailOn）。',
  en: 'You get this mail because mail is switched on in your profile. To get no more of it, switch it off there (emailOn).',
};

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

/**
 * A notice as a mail in its reader's language: what has happened, where things stand, what is due, and how to get no more mail. It
 * loads nothing, and whatever it quotes is shown as text. TELL-1
 */
export function letterOf(notice: Omit<Notice, 'to'>, language: Language): Letter {
  const { title, said, due } = messageParts(notice, language);
  const footer = footers[language];
  const paragraphs = said.map((one) => `<p style="margin:0 0 12px;white-space:pre-line">${escaped(one)}</p>`);
  const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(title)}</title>
</head>
<body style="margin:0;padding:24px;background:#f4f5f7;color:#1c2530;font:16px/1.6 system-ui,sans-serif">
<div style="max-width:560px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px">
<h1 style="margin:0 0 16px;font-size:20px">${escaped(title)}</h1>
${paragraphs.join('\n')}
${due === undefined ? '' : `<p style="margin:16px 0;padding:12px 16px;background:#fff4e0;border-left:4px solid #d97706"><strong>${escaped(due)}</strong></p>`}
<p style="margin:24px 0 0;font-size:13px;color:#5b6673">${escaped(footer)}</p>
</div>
</body>
</html>
`;
  return { subject: title, text: `${messageText(notice, language).body}\n\n-- \n${footer}\n`, html };
}
