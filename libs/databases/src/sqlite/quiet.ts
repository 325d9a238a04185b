// A process that has the file open would go on writing to it under its new name. So files are swapped only when, as far as can be
// seen, nobody has the database open.
import { readdir, readlink, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseError } from '../errors.js';
import { pathOf, queryRows, sidecars, type SqliteLocation } from './shell.js';

/** How often, and at which interval in milliseconds, a database in use is checked again. */
const [ATTEMPTS, APART] = [10, 300];

/** Brings a database into its one file, without a journal beside it. @throws DatabaseError DATABASE_IN_USE */
export async function makeQuiet(location: SqliteLocation, name: string, signal?: AbortSignal): Promise<void> {
  // Opening rolls back the journal of a crash; leaving WAL mode needs the database exclusively.
  const script = 'PRAGMA wal_checkpoint(TRUNCATE); PRAGMA journal_mode = DELETE; BEGIN EXCLUSIVE; COMMIT;';
  await queryRows(location, name, script, [], signal);
  await requireUnused(pathOf(location, name), signal);
}

export async function setJournalMode(
  location: SqliteLocation,
  name: string,
  mode: string | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (mode === 'wal') await queryRows(location, name, 'PRAGMA journal_mode = WAL;', [], signal);
}

/** @throws DatabaseError DATABASE_IN_USE */
export async function requireUnused(path: string, signal?: AbortSignal): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    const users = await usersOf([path, ...sidecars(path)]);
    if (users.length === 0) return;
    if (attempt === ATTEMPTS) throw inUse(path, users);
    await pause(APART, undefined, { signal });
  }
}

/** Processes that have one of these files open. Only root sees those of other users. */
async function usersOf(paths: string[]): Promise<string[]> {
  const known = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        () => path,
        () => undefined,
      ),
    ),
  );
  const wanted = new Set(known.filter((path) => path !== undefined));
  const users: string[] = [];
  for (const pid of (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))) {
    const folder = join('/proc', pid, 'fd');
    for (const file of await readdir(folder).catch(() => [])) {
      if (wanted.has(await readlink(join(folder, file)).catch(() => ''))) users.push(pid);
    }
  }
  return [...new Set(users)];
}

const inUse = (path: string, users: string[]): DatabaseError =>
  new DatabaseError({
    code: 'DATABASE_IN_USE',
    message: `database ${path}: it is open in ${users.length === 1 ? 'process' : 'processes'} ${users.join(', ')}, whose changes would be lost`,
    remedy: 'Stop the application and its workers, and go on with the restore or undo it.',
    retryable: true,
    path,
  });
