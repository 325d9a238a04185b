import { sql } from 'kysely';
import { firstCheckpoint } from '../projections/checkpoint.js';
import type { ColumnTypes, TableDefinition } from '../schema/table-definition.js';
import { projectedTables, retiredSuffix, shadowSuffix, shadowTables } from '../schema/tables.js';
import type { Database, Transaction } from './port.js';

export const mysqlTypes: ColumnTypes = {
  id: 'BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT',
  position: 'BIGINT UNSIGNED',
  createdAt: 'DATETIME(3) NULL DEFAULT CURRENT_TIMESTAMP(3)',
  updatedAt: 'DATETIME(3) NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)',
  oneOf: (_column, ...values) => `ENUM(${values.map((value) => `'${value}'`).join(', ')}) NOT NULL`,
  json: () => 'JSON',
};

/** Names are compared byte by byte, as in SQLite. */
const options = 'ENGINE=InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin';

export function createMysqlTable(table: string, { columns, indexes = {}, unique = {} }: TableDefinition): string[] {
  const keys = [
    ...Object.entries(indexes).map(([name, on]) => `INDEX ${name} (${on})`),
    ...Object.entries(unique).map(([name, on]) => `UNIQUE INDEX ${name} (${on})`),
  ];
  return [`CREATE TABLE IF NOT EXISTS ${table} (${[columns, ...keys].join(', ')}) ${options}`];
}

export async function mysqlColumns(tx: Transaction, table: string): Promise<string[]> {
  const { rows } = await sql<{ name: string }>`
    SELECT column_name AS name FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = ${table}`.execute(
    tx,
  );
  return rows.map(({ name }) => name);
}

async function dropShadow(tx: Transaction): Promise<void> {
  const names = projectedTables.flatMap((table) => [`${table}${shadowSuffix}`, `${table}${retiredSuffix}`]);
  await sql.raw(`DROP TABLE IF EXISTS ${names.join(', ')}`).execute(tx);
}

export const mysqlShadow: Pick<Database, 'createShadow' | 'swapShadow' | 'dropShadow'> = {
  dropShadow,

  async createShadow(tx) {
    await dropShadow(tx);
    for (const table of projectedTables) {
      await sql.raw(`CREATE TABLE ${table}${shadowSuffix} LIKE ${table}`).execute(tx);
    }
    await firstCheckpoint(tx, shadowTables);
  },

  async swapShadow(tx) {
    const exchange = projectedTables.flatMap((table) => [
      `${table} TO ${table}${retiredSuffix}`,
      `${table}${shadowSuffix} TO ${table}`,
    ]);
    await sql.raw(`RENAME TABLE ${exchange.join(', ')}`).execute(tx);
    await dropShadow(tx);
  },
};
