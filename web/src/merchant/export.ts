import { read } from '../api/client.ts';
import type { Case, Page } from '../api/types.ts';
import { typedAmount } from '../design/format.ts';
import type { Named } from '../words/codes.ts';

/** A cell that no spreadsheet takes for a formula. */
const cell = (value: string): string => `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

/** Saves the cases of a filter as CSV, all pages of them. */
export async function exportCases(
  asked: { status?: string | undefined; q?: string | undefined },
  named: Named,
): Promise<void> {
  const rows = [
    [
      'id',
      'order',
      'consumer',
      'kind',
      'reason',
      'status',
      'refund',
      'currency',
      'waiting for',
      'due',
      'created',
      'description',
    ],
  ];
  let cursor: string | null = null;
  do {
    const query = new URLSearchParams({ limit: '100', sort: 'createdAt' });
    if (asked.status !== undefined) query.set('status', asked.status);
    if (asked.q !== undefined) query.set('q', asked.q);
    if (cursor !== null) query.set('cursor', cursor);
    const page: Page<Case> = await read(`/v1/cases?${query.toString()}`);
    for (const one of page.items) {
      rows.push([
        one.id,
        one.orderId,
        one.consumerId,
        named('kind', one.remedy.kind),
        named('reason', one.reason),
        named('status', one.status),
        typedAmount(one.refund),
        one.refund.currency,
        one.deadline ? named('person', one.deadline.waitingFor) : '',
        one.deadline?.at ?? '',
        one.createdAt,
        one.description,
      ]);
    }
    cursor = page.nextCursor;
  } while (cursor !== null);
  // A mark that tells spreadsheets the encoding.
  const text = `\uFEFF${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = 'cases.csv';
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
