import { sql } from 'kysely';
import { openMysql } from '../database/mysql.js';
import type { Database } from '../database/port.js';
import { openSqlite } from '../database/sqlite.js';
import type { ReadModelConfig } from '../read-model.js';
import { projectedTables, type ProjectedTable } from '../schema/tables.js';

export const openDatabase = (config: ReadModelConfig): Database =>
  config.type === 'sqlite' ? openSqlite(config, false) : openMysql(config, false);

/** Every row of every table as stored, in the order of the keys; only the tables of `only` where it is given. */
export async function allRows(
  config: ReadModelConfig,
  only: readonly ProjectedTable[] = projectedTables,
): Promise<Record<string, unknown[]>> {
  return withDatabase(config, async ({ reader }) => {
    const tables: [string, unknown[]][] = [];
    for (const table of only) {
      tables.push([table, (await sql`SELECT * FROM ${sql.table(table)} ORDER BY 1`.execute(reader)).rows]);
    }
    return Object.fromEntries(tables);
  });
}

export const run = (config: ReadModelConfig, statement: string): Promise<void> =>
  withDatabase(config, async (database) => {
    await database.exclusive((tx) => sql.raw(statement).execute(tx));
  });

async function withDatabase<Result>(
  config: ReadModelConfig,
  work: (database: Database) => Promise<Result>,
): Promise<Result> {
  const database = openDatabase(config);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}
