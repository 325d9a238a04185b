import type { DatabaseContents } from '../database-kind.js';
import { findDatabaseFile } from './database-file.js';
import { folderOf, pathOf, queryRows, quoted, type SqliteLocation } from './shell.js';

/** As in the inventory of a backup: the rows of virtual tables are in their shadow tables. */
const OBJECTS = `
SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  AND COALESCE(sql, '') NOT LIKE 'CREATE VIRTUAL%' ORDER BY name;
`;

/** @throws DatabaseError DATABASE_MISSING where something else is there */
export const isFile = async (location: SqliteLocation, name: string): Promise<boolean> =>
  (await findDatabaseFile(folderOf(location), pathOf(location, name))) !== undefined;

export async function tablesOf(
  location: SqliteLocation,
  name: string,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  if (!(await isFile(location, name))) return undefined;
  const objects = await queryRows(location, name, OBJECTS, ['-readonly'], signal);
  return objects.filter(([type]) => type === 'table').map(([, table = '']) => table);
}

export async function contentsOf(
  location: SqliteLocation,
  name: string,
  signal?: AbortSignal,
): Promise<DatabaseContents | undefined> {
  if (!(await isFile(location, name))) return undefined;
  const objects = await queryRows(location, name, OBJECTS, ['-readonly'], signal);
  const named = (type: string) => objects.filter((row) => row[0] === type).map((row) => row[1] ?? '');
  const tables = named('table');
  const counts = ['BEGIN;', ...tables.map((table) => `SELECT COUNT(*) FROM ${quoted(table)};`), 'COMMIT;'].join('\n');
  const counted = await queryRows(location, name, counts, ['-readonly'], signal);
  return {
    tables: tables.map((table, at) => ({ name: table, rows: Number(counted[at]?.[0] ?? 0) })),
    views: named('view'),
    routines: 0,
    triggers: named('trigger').length,
    events: 0,
  };
}
