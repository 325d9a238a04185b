// The shell's dump ends a text at its first zero byte. Where there are such texts is found out before, and said.
import type { DatabaseWarning } from '../database-details.js';
import { quoted } from './shell.js';

/** The columns of the tables that are dumped with their rows. */
export const COLUMNS = `
SELECT 'column', m.name, c.name FROM sqlite_master m, pragma_table_xinfo(m.name) c
  WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND COALESCE(m.sql, '') NOT LIKE 'CREATE VIRTUAL%' AND c.hidden = 0;
`;

export interface Columns {
  table: string;
  columns: string[];
}

/** From the rows of `COLUMNS`. */
export function columnsOf(rows: string[][]): Columns[] {
  const tables = new Map<string, string[]>();
  for (const [tag, table = '', column = ''] of rows) {
    if (tag === 'column') tables.set(table, [...(tables.get(table) ?? []), column]);
  }
  return [...tables].map(([table, columns]) => ({ table, columns }));
}

/** One row for each table: whether each column has a text with a zero byte. Reads each table once. */
export const zeroBytesScript = (tables: readonly Columns[]): string =>
  tables
    .map(({ table, columns }) => {
      const tests = columns.map(
        (column) => `max(typeof(${quoted(column)}) = 'text' AND instr(CAST(${quoted(column)} AS BLOB), x'00') > 0)`,
      );
      return `SELECT ${tests.join(', ')} FROM ${quoted(table)};\n`;
    })
    .join('');

export const zeroByteWarnings = (tables: readonly Columns[], rows: string[][]): DatabaseWarning[] =>
  tables.flatMap(({ table, columns }, at) => {
    const found = columns.filter((_, column) => rows[at]?.[column] === '1');
    if (found.length === 0) return [];
    const message = `table ${table} has texts with a zero byte in ${found.join(', ')}: the dump holds them only up to that byte`;
    return [{ code: 'DATA_NOT_DUMPED', path: table, message }];
  });
