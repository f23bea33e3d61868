import type { Mail } from './mails.ts';

/** How many mails the page shows; `GET /mails` has them all. */
const shown = 100;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

/** The page for people who open the catcher's address. What a mail brings along is shown in a frame that may do nothing. */
export function page(mails: readonly Mail[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Caught mail</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1c2530 }
  details { border-bottom: 1px solid #dde2e8; padding: .5rem 0; overflow-wrap: anywhere }
  summary { cursor: pointer }
  summary span { color: #5b6673 }
  pre { white-space: pre-wrap; background: #f4f5f7; padding: 1rem }
  iframe { width: 100%; height: 26rem; border: 1px solid #dde2e8 }
</style>
</head>
<body>
<h1>Caught mail (${mails.length})</h1>
<p>Mail ends here and goes nowhere. As data: <a href="/mails">/mails</a>, <code>/mails?to=…</code>.</p>
${mails.length === 0 ? '<p>None yet.</p>' : mails.slice(0, shown).map(entry).join('\n')}
</body>
</html>
`;
}

function entry({ id, from, to, subject, text, html, receivedAt }: Mail): string {
  const frame =
    html === ''
      ? ''
      : `<iframe sandbox loading="lazy" title="The mail as its reader sees it" srcdoc="${escaped(html)}"></iframe>`;
  return `<details>
<summary><strong>${escaped(subject)}</strong> <span>${escaped(to.join(', '))} · ${escaped(receivedAt)}</span></summary>
<p>From ${escaped(from)} · <a href="/mails/${encodeURIComponent(id)}">as data</a></p>
<pre>${escaped(text)}</pre>
${frame}
</details>`;
}
