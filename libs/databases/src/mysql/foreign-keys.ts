// RENAME TABLE takes a foreign key along with the table that it leads to. Where that table is missing, the key goes on leading to
// the database that its own table has left.
import { queryRows, type MysqlLocation } from './client.js';
import { literal, quoted } from './contents.js';

/** A key of a moved table that leads out of its database. */
export interface StrayKey {
  table: string;
  name: string;
  /** Its columns, quoted. */
  columns: string;
  /** The table and its columns that it leads to. */
  to: string;
  toColumns: string;
  rules: string;
}

/** The keys of the tables in `name` that lead to one of the other `databases`. */
export async function strayKeys(
  location: MysqlLocation,
  name: string,
  databases: readonly string[],
  signal?: AbortSignal,
): Promise<StrayKey[]> {
  const list = databases.map(literal).join(', ');
  const columns = (column: string) =>
    `GROUP_CONCAT(CONCAT('\`', REPLACE(k.${column}, '\`', '\`\`'), '\`') ORDER BY k.ORDINAL_POSITION SEPARATOR ', ')`;
  const sql = `SET SESSION group_concat_max_len = 1048576;
SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.REFERENCED_TABLE_NAME, ${columns('COLUMN_NAME')}, ${columns('REFERENCED_COLUMN_NAME')},
  r.DELETE_RULE, r.UPDATE_RULE FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r
  ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.TABLE_NAME = k.TABLE_NAME AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME
  WHERE k.TABLE_SCHEMA = ${literal(name)} AND k.CONSTRAINT_SCHEMA = ${literal(name)} AND k.REFERENCED_TABLE_SCHEMA IN (${list})
  GROUP BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.REFERENCED_TABLE_NAME, r.DELETE_RULE, r.UPDATE_RULE;`;
  const rows = await queryRows({ ...location, database: name }, sql, signal, 'restore');
  return rows.map(([table = '', key = '', to = '', own = '', others = '', onDelete = '', onUpdate = '']) => ({
    table,
    name: key,
    columns: own,
    to,
    toColumns: others,
    rules: rule('DELETE', onDelete) + rule('UPDATE', onUpdate),
  }));
}

/** A rule that is not given is RESTRICT; one that is given as RESTRICT is another one, NO ACTION. */
const rule = (what: string, action: string): string => (action === 'RESTRICT' ? '' : ` ON ${what} ${action}`);

/** Statements that lead a key to its own database. They may be repeated: a key that is gone is only added. */
export function ownKey(name: string, key: StrayKey, isThere: boolean): string[] {
  const table = `${quoted(name)}.${quoted(key.table)}`;
  return [
    ...(isThere ? [`ALTER TABLE ${table} DROP FOREIGN KEY ${quoted(key.name)};`] : []),
    `ALTER TABLE ${table} ADD CONSTRAINT ${quoted(key.name)} FOREIGN KEY (${key.columns}) REFERENCES ${quoted(name)}.${quoted(key.to)} (${key.toColumns})${key.rules};`,
  ];
}

/** The names of the foreign keys of a database, as table and key. */
export async function keysOf(location: MysqlLocation, name: string, signal?: AbortSignal): Promise<string[][]> {
  const sql = `SELECT TABLE_NAME, CONSTRAINT_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = ${literal(name)};`;
  return queryRows({ ...location, database: name }, sql, signal, 'restore');
}
