import { sql } from 'kysely';
import type { Database, Transaction } from '../database/port.js';
import { ReadModelError } from '../error.js';
import { firstCheckpoint } from '../projections/checkpoint.js';
import type { Migration } from './migration.js';
import { migrations } from './migrations.js';
import { liveTables } from './tables.js';

const latest = migrations.length;

/** Creates or upgrades the tables. One program at a time; all or nothing on SQLite, repeatable after a crash on MariaDB and MySQL. */
export async function migrate(database: Database): Promise<void> {
  await database.exclusive(async (tx) => {
    await sql`CREATE TABLE IF NOT EXISTS schema_migrations (version INT NOT NULL PRIMARY KEY, name VARCHAR(100) NOT NULL)`.execute(
      tx,
    );
    const applied = await appliedVersion(tx);
    refuseNewer(applied);
    for (const migration of migrations.slice(applied)) await apply(database, tx, migration);
    if (applied === 0) await firstCheckpoint(tx, liveTables);
  });
}

async function apply(database: Database, tx: Transaction, migration: Migration): Promise<void> {
  const { version, name, tables, columns, rows } = migration;
  for (const [table, definition] of Object.entries(tables?.(database.types) ?? {})) {
    for (const statement of database.createTable(table, definition)) await sql.raw(statement).execute(tx);
  }
  for (const [table, added] of Object.entries(columns?.(database.types) ?? {})) {
    const known = await database.columnsOf(tx, table);
    for (const [column, definition] of Object.entries(added)) {
      if (known.includes(column)) continue;
      await sql.raw(`ALTER TABLE ${table} ADD COLUMN ${column} ${definition}`).execute(tx);
    }
  }
  await rows?.(tx);
  await tx.insertInto('schema_migrations').values({ version, name }).execute();
}

/** Refuses tables that this release can't read as they are. For connections that may not change them. */
export async function refuseOtherSchema(database: Database): Promise<void> {
  const applied = await appliedVersion(database.reader);
  refuseNewer(applied);
  if (applied < latest) {
    throw new ReadModelError(
      'READ_MODEL_OLDER',
      `The tables in ${database.place} have version ${applied}, and this release reads version ${latest}`,
      'Start the audit-projection service of this release (or «havun up»): it upgrades them.',
    );
  }
}

async function appliedVersion(db: Transaction): Promise<number> {
  const row = await db
    .selectFrom('schema_migrations')
    .select((eb) => eb.fn.max<number | null>('version').as('version'))
    .executeTakeFirst();
  return row?.version ?? 0;
}

function refuseNewer(applied: number): void {
  if (applied <= latest) return;
  throw new ReadModelError(
    'READ_MODEL_NEWER',
    `The tables have version ${applied}, and this release knows versions up to ${latest}`,
    'A newer release made them: upgrade this program to at least that release.',
  );
}
