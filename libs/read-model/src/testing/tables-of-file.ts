import { SqliteFile } from '../database/sqlite-file.js';

type Row = Record<string, unknown>;

/** Every row of every table of a SQLite file, each table's in the order of its first column. */
export function tablesOf(path: string): Record<string, Row[]> {
  const file = new SqliteFile(path, { readOnly: true, timeout: 5000 });
  const rows = (sql: string): Row[] => file.prepare(sql).all([]) as Row[];
  try {
    const named = rows("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY 1");
    const names = named.map(({ name }) => String(name));
    return Object.fromEntries(names.map((name) => [name, rows(`SELECT * FROM "${name}" ORDER BY 1`)]));
  } finally {
    file.close();
  }
}
