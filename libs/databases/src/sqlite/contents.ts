import { constants, open } from 'node:fs/promises';
import type { DatabaseContents } from '../database-kind.js';
import { findDatabaseFile } from './database-file.js';
import { folderOf, pathOf, queryRows, quoted, shellFailure, type SqliteLocation } from './shell.js';

/** As in the inventory of a backup: the rows of virtual tables are in their shadow tables. */
const OBJECTS = `
SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  AND COALESCE(sql, '') NOT LIKE 'CREATE VIRTUAL%' ORDER BY name;
`;

/** @throws DatabaseError DATABASE_MISSING where something else is there */
export const isFile = async (location: SqliteLocation, name: string): Promise<boolean> =>
  (await findDatabaseFile(folderOf(location), pathOf(location, name))) !== undefined;

/** Every database begins like this. */
const MAGIC = 'SQLite format 3\0';

/** Looks at a file without SQLite, which would change or remove the files beside one that is empty or damaged. */
export async function fileState(
  location: SqliteLocation,
  name: string,
): Promise<'missing' | 'empty' | 'foreign' | 'database'> {
  const found = await findDatabaseFile(folderOf(location), pathOf(location, name));
  if (!found) return 'missing';
  const file = await open(found.real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAGIC.length), 0, MAGIC.length, 0);
    if (bytesRead === 0) return 'empty';
    return buffer.toString('latin1') === MAGIC ? 'database' : 'foreign';
  } finally {
    await file.close();
  }
}

const NOTHING = { tables: [], views: [], routines: 0, triggers: 0, events: 0 };

/** `empty` has the content of a database without tables. @throws DatabaseError DATABASE_DAMAGED */
async function isToBeRead(location: SqliteLocation, name: string): Promise<'missing' | 'empty' | 'database'> {
  const state = await fileState(location, name);
  if (state !== 'foreign') return state;
  throw shellFailure(pathOf(location, name), { code: 1, stderr: 'file is not a database' }, 'of a file');
}

export async function tablesOf(
  location: SqliteLocation,
  name: string,
  signal?: AbortSignal,
): Promise<string[] | undefined> {
  const state = await isToBeRead(location, name);
  if (state !== 'database') return state === 'empty' ? [] : undefined;
  const objects = await queryRows(location, name, OBJECTS, ['-readonly'], signal);
  return objects.filter(([type]) => type === 'table').map(([, table = '']) => table);
}

export async function contentsOf(
  location: SqliteLocation,
  name: string,
  signal?: AbortSignal,
): Promise<DatabaseContents | undefined> {
  const state = await isToBeRead(location, name);
  if (state !== 'database') return state === 'empty' ? NOTHING : undefined;
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
