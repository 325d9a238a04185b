import { sql } from 'kysely';
import type { ColumnTypes, TableDefinition } from '../schema/table-definition.js';
import { firstCheckpoint } from '../projections/checkpoint.js';
import { projectedTables, retiredSuffix, shadowSuffix, shadowTables } from '../schema/tables.js';
import type { Database, Transaction } from './port.js';

const now = "(strftime('%Y-%m-%d %H:%M:%f', 'now'))";

export const sqliteTypes: ColumnTypes = {
  id: 'INTEGER PRIMARY KEY AUTOINCREMENT',
  position: 'INTEGER',
  createdAt: `DATETIME(3) DEFAULT ${now}`,
  updatedAt: `DATETIME(3) DEFAULT ${now}`,
  oneOf: (column, ...values) =>
    `VARCHAR(20) NOT NULL CHECK (${column} IN (${values.map((value) => `'${value}'`).join(', ')}))`,
  json: (column) => `TEXT CHECK (${column} IS NULL OR json_valid(${column}))`,
};

/** In SQLite, index names belong to the whole file, so each begins with its table's name. */
export function createSqliteTable(table: string, { columns, indexes = {}, unique = {} }: TableDefinition): string[] {
  const index =
    (kind: string) =>
    ([name, on]: [string, string]) =>
      `CREATE ${kind} IF NOT EXISTS ${table}_${name} ON ${table} (${on})`;
  return [
    `CREATE TABLE IF NOT EXISTS ${table} (${columns})`,
    ...Object.entries(indexes).map(index('INDEX')),
    ...Object.entries(unique).map(index('UNIQUE INDEX')),
  ];
}

export async function sqliteColumns(tx: Transaction, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`SELECT name FROM pragma_table_info(${table})`.execute(tx);
  return rows.map(({ name }) => name);
}

interface SchemaEntry {
  type: string;
  name: string;
  tbl_name: string;
  sql: string;
}

const schemaOf = async (tx: Transaction): Promise<SchemaEntry[]> =>
  (await sql<SchemaEntry>`SELECT type, name, tbl_name, sql FROM sqlite_master WHERE sql IS NOT NULL`.execute(tx)).rows;

const drop = (tx: Transaction, table: string) => sql.raw(`DROP TABLE IF EXISTS ${table}`).execute(tx);

async function dropShadow(tx: Transaction): Promise<void> {
  for (const table of projectedTables) await drop(tx, `${table}${shadowSuffix}`);
}

/**
 * The shadow tables have no indexes besides their keys. The swap creates those, from the SQL of the present ones: built in one
 * go, they cost a fraction of maintaining them row by row, and their names are free only once the old tables are gone.
 */
export const sqliteShadow: Pick<Database, 'createShadow' | 'swapShadow' | 'dropShadow'> = {
  dropShadow,

  async createShadow(tx) {
    await dropShadow(tx);
    const entries = await schemaOf(tx);
    for (const table of projectedTables) {
      const text = entries.find(({ type, name }) => type === 'table' && name === table)?.sql ?? '';
      await sql.raw(text.replace(/^CREATE TABLE "?\w+"?/, `CREATE TABLE ${table}${shadowSuffix}`)).execute(tx);
    }
    await firstCheckpoint(tx, shadowTables);
  },

  async swapShadow(tx) {
    const entries = await schemaOf(tx);
    for (const table of projectedTables) {
      await sql.raw(`ALTER TABLE ${table} RENAME TO ${table}${retiredSuffix}`).execute(tx);
      await sql.raw(`ALTER TABLE ${table}${shadowSuffix} RENAME TO ${table}`).execute(tx);
      await drop(tx, `${table}${retiredSuffix}`);
      for (const index of entries.filter(({ type, tbl_name }) => type === 'index' && tbl_name === table)) {
        await sql.raw(index.sql).execute(tx);
      }
    }
  },
};
