import type { Fault } from './faults.ts';
import type { Operation } from './operation.ts';

/** How many movements the page shows; `GET /movements` has them all. */
const shown = 200;

const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
const escaped = (text: string) => text.replaceAll(/[&<>"']/g, (character) => entities[character] ?? character);

/** The page for people who open the provider's address: what moved, what is pending, what goes wrong next. */
export function page(movements: readonly Operation[], pending: Operation[], faults: Fault[]): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>Sandbox payment provider</title>
<style>
  body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 72rem; padding: 0 1rem; color: #1c2530 }
  table { border-collapse: collapse; width: 100%; margin-bottom: 2rem }
  th, td { text-align: left; padding: .35rem .75rem .35rem 0; border-bottom: 1px solid #dde2e8; overflow-wrap: anywhere }
  td.amount { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
</style>
</head>
<body>
<h1>Sandbox payment provider</h1>
<p>No real money moves here. As data: <a href="/movements">/movements</a>, <a href="/faults">/faults</a>.</p>
<h2>Movements (${movements.length})</h2>
${operations(movements.slice(-shown).toReversed())}
<h2>Pending (${pending.length})</h2>
${operations(pending)}
<h2>Faults that wait for the next calls</h2>
${table(
  ['Operation', 'Mode', 'Times'],
  faults.map(({ operation, mode, times }) => [operation, mode, String(times)]),
)}
</body>
</html>
`;
}

function operations(list: Operation[]): string {
  return table(
    ['At', 'Kind', 'Order', 'Amount', 'Key', 'Reference'],
    list.map(({ at, kind, orderId, amount, currency, key, reference }) => [
      new Date(at).toISOString(),
      kind,
      orderId,
      inWords(amount, currency),
      key,
      reference,
    ]),
  );
}

function table(heads: string[], rows: string[][]): string {
  if (rows.length === 0) return '<p>None.</p>';
  const cell = (text: string, column: number) =>
    `<td${heads[column] === 'Amount' ? ' class="amount"' : ''}>${escaped(text)}</td>`;
  return `<table>
<tr>${heads.map((head) => `<th>${head}</th>`).join('')}</tr>
${rows.map((row) => `<tr>${row.map(cell).join('')}</tr>`).join('\n')}
</table>`;
}

/** An amount with as many decimals as its currency has. */
function inWords(amount: number, currency: string): string {
  const format = new Intl.NumberFormat('en', { style: 'currency', currency, currencyDisplay: 'code' });
  return format.format(amount / 10 ** (format.resolvedOptions().maximumFractionDigits ?? 2));
}
