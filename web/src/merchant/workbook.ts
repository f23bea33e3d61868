import { Workbook } from 'excel-builder-vanilla';
import { strToU8, zipSync } from 'fflate';
import type { Case } from '../api/types.ts';
import type { Column } from './exporting.ts';

/** What XML can't hold, and a word that every object has: the library takes it for one of its own. */
const forbidden = /[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu;
const plain = (text: string): string => {
  const clean = text.replace(forbidden, '');
  return clean in Object.prototype ? `${clean} ` : clean;
};

/**
 * Cases as a workbook: texts are texts, whatever they begin with, so that none is taken for a formula; amounts are numbers, and
 * moments are dates in the reader's own time zone.
 */
export async function workbookOf(columns: Column[], cases: Case[], title: string): Promise<Blob> {
  const workbook = new Workbook();
  const sheet = workbook.createWorksheet({ name: title.slice(0, 31) });
  const formats = workbook.getStyleSheet();
  const bold = formats.createFormat({ font: { bold: true } }).id;
  const styles = {
    money: formats.createFormat({ format: '#,##0.00' }).id,
    time: formats.createFormat({ format: 'yyyy-mm-dd hh:mm' }).id,
  };
  const types = { money: 'number', time: 'date' } as const;
  const cellOf = (column: Column, one: Case) => {
    const value = column.of(one);
    if (column.type === 'text' || value === '')
      return { value: plain(String(value)), metadata: { type: 'text' as const } };
    return { value, metadata: { type: types[column.type], style: styles[column.type] } };
  };
  sheet.setData([
    columns.map(({ name }) => ({ value: name, metadata: { type: 'text' as const, style: bold } })),
    ...cases.map((one) => columns.map((column) => cellOf(column, one))),
  ]);
  sheet.setColumns(columns.map(({ wide }) => ({ width: wide })));
  workbook.addWorksheet(sheet);
  // The library's own packing makes workers out of text, which the page's policy forbids.
  const files = Object.entries(await workbook.generateFiles());
  const zipped = zipSync(Object.fromEntries(files.map(([path, text]) => [path.slice(1), strToU8(text)])));
  return new Blob([zipped], {
    type: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  });
}
