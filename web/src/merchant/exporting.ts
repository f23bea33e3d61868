import { ApiProblem, read, Unreachable } from '../api/client.ts';
import { withQuery } from '../api/queries.ts';
import type { Case, Page } from '../api/types.ts';
import { bringsMoney } from '../cases/money.ts';
import { typedAmount } from '../design/format.ts';
import { useCodes } from '../words/codes.ts';
import { useCommon } from '../words/common.ts';
import { useMerchantWords } from './words.ts';

export type Format = 'csv' | 'xlsx';
/** What a column holds; an empty text where a case has nothing to say there. */
export type Column = { name: string; wide: number } & (
  | { type: 'text'; of: (one: Case) => string }
  | { type: 'money'; of: (one: Case) => number | '' }
  | { type: 'time'; of: (one: Case) => Date | '' }
);

/** The columns of an export, in the language that is spoken. */
export function useColumns(): Column[] {
  const t = useMerchantWords();
  const common = useCommon();
  const named = useCodes();
  return [
    { type: 'text', name: common('case'), wide: 38, of: ({ id }) => id },
    { type: 'text', name: common('order'), wide: 38, of: ({ orderId }) => orderId },
    { type: 'text', name: common('consumer'), wide: 16, of: ({ consumerId }) => consumerId },
    { type: 'text', name: common('kind'), wide: 14, of: ({ remedy }) => named('kind', remedy.kind) },
    { type: 'text', name: common('reason'), wide: 18, of: ({ reason }) => named('reason', reason) },
    { type: 'text', name: common('status'), wide: 20, of: ({ status }) => named('status', status) },
    {
      type: 'money',
      name: common('refund'),
      wide: 12,
      of: (one) => (bringsMoney(one) ? Number(typedAmount(one.refund)) : ''),
    },
    { type: 'text', name: t('currency'), wide: 8, of: ({ refund }) => refund.currency },
    {
      type: 'text',
      name: t('waits'),
      wide: 14,
      of: ({ deadline }) => (deadline ? named('person', deadline.waitingFor) : ''),
    },
    { type: 'time', name: t('due'), wide: 18, of: ({ deadline }) => (deadline ? new Date(deadline.at) : '') },
    { type: 'time', name: common('created'), wide: 18, of: ({ createdAt }) => new Date(createdAt) },
    { type: 'text', name: t('described'), wide: 60, of: ({ description }) => description },
  ];
}

const mostTries = 5;
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A page of a long reading: busy or out of reach for a moment is no reason to begin anew. */
async function patiently<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await read<Answer>(path, signal);
    } catch (error) {
      const passes =
        error instanceof Unreachable || (error instanceof ApiProblem && (error.status === 429 || error.status >= 500));
      if (!passes || attempt === mostTries) throw error;
      await pause(attempt * 500);
    }
  }
}

/** All cases of a filter, however many; tells after each page how many it has. @throws as `read`, and where it is aborted */
export async function readAll(
  asked: { status?: string | undefined; q?: string | undefined },
  onProgress: (count: number) => void,
  signal: AbortSignal,
): Promise<Case[]> {
  const cases: Case[] = [];
  let cursor: string | null = null;
  do {
    const path = withQuery('/v1/cases', { ...asked, limit: 100, sort: 'createdAt', cursor: cursor ?? undefined });
    const page: Page<Case> = await patiently(path, signal);
    cases.push(...page.items);
    onProgress(cases.length);
    cursor = page.nextCursor;
  } while (cursor !== null);
  return cases;
}

/** A cell that no spreadsheet takes for a formula: a text that could begin one is marked as text. */
const cell = (column: Column, one: Case): string => {
  const value = column.of(one);
  if (value instanceof Date) return value.toISOString();
  if (column.type !== 'text') return String(value);
  return quoted(/^\s*[=+\-@]|^[\t\r\n]/.test(String(value)) ? `'${value}` : String(value));
};
const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;

// The mark tells spreadsheets the encoding.
const csvOf = (columns: Column[], cases: Case[]): Blob =>
  new Blob(
    [
      `\uFEFF${[
        columns.map(({ name }) => quoted(name)),
        ...cases.map((one) => columns.map((column) => cell(column, one))),
      ]
        .map((row) => row.join(','))
        .join('\r\n')}\r\n`,
    ],
    { type: 'text/csv' },
  );

/** Hands cases over as a file to keep. What writes workbooks is fetched once somebody wants one. */
export async function save(format: Format, columns: Column[], cases: Case[], title: string): Promise<void> {
  const blob =
    format === 'csv' ? csvOf(columns, cases) : (await import('./workbook.ts')).workbookOf(columns, cases, title);
  const url = URL.createObjectURL(await blob);
  const link = document.createElement('a');
  link.href = url;
  link.download = `cases.${format}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
