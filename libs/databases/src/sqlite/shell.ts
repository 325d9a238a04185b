import { realpath, rm } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseError, type DatabaseErrorCode } from '../errors.js';
import { findClient, runToEnd, type ClientProgram, type ClientRun } from '../client.js';
import type { RestorerLocation } from '../database-kind.js';
import type { DatabaseEnvironment } from '../environment.js';
import type { SqliteServerConfig } from './config.js';
import { findDatabaseFile } from './database-file.js';

const [FIELD, RECORD] = ['\u001f', '\u001e'];
/** How long to wait for a file that is being written to, in milliseconds. */
const BUSY_TIMEOUT = 10_000;
/** The suffixes of the files beside a database while it is written to. */
export const SIDECARS = ['-wal', '-shm', '-journal'];

/** `location` narrowed to files. */
export type SqliteLocation = RestorerLocation & { server: SqliteServerConfig };

export const folderOf = ({ server, root }: SqliteLocation): string => server.folder ?? root;
export const pathOf = (location: SqliteLocation, name: string): string => resolve(folderOf(location), name);
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
export const sidecars = (path: string): string[] => SIDECARS.map((suffix) => path + suffix);

/** Removes a database and the files beside it, if they exist. */
export async function removeFile(path: string): Promise<void> {
  for (const file of [...sidecars(path), path]) await rm(file, { force: true });
}

/** The first release with -safe, under which no command or function reaches another file or a program. */
const SAFE_SINCE = [3, 37] as const;

/** @throws DatabaseError CLIENT_MISSING, also where the shell is too old for -safe */
export async function findShell(environment: Required<DatabaseEnvironment>): Promise<ClientProgram> {
  const client = await findClient(['sqlite3'], environment, 'sqlite3');
  const [major = 0, minor = 0] = client.versionLine.split('.').map(Number);
  if (major > SAFE_SINCE[0] || (major === SAFE_SINCE[0] && minor >= SAFE_SINCE[1])) return client;
  throw new DatabaseError({
    code: 'CLIENT_MISSING',
    message: `${client.path} is too old: it does not know -safe, without which a database may run programs`,
    remedy: `Install sqlite3 ${SAFE_SINCE.join('.')} or later.`,
    retryable: false,
  });
}

/** Runs the shell on one file. It creates a missing file unless `options` has -readonly. */
export async function shellRun(
  location: SqliteLocation,
  path: string,
  options: string[] = [],
  signal?: AbortSignal,
): Promise<ClientRun> {
  const { environment } = location;
  const { searchPath } = environment;
  const client = await findShell(environment);
  const format = ['-separator', FIELD, '-newline', RECORD, '-cmd', `.timeout ${BUSY_TIMEOUT}`];
  // Whoever owns the folder may put a link or a pipe there at any time: a link is not followed, and a pipe is no database.
  const real = (await findDatabaseFile(folderOf(location), path))?.real ?? (await besideLinks(path));
  const args = ['-safe', '-nofollow', '-batch', '-bail', ...options, ...format, real];
  return { program: client.path, args, env: { HOME: '/nonexistent' }, searchPath, signal };
}

const besideLinks = async (path: string): Promise<string> => join(await realpath(dirname(path)), basename(path));

/** The rows of all results of `sql`. @throws DatabaseError in the shell's own words. */
export async function queryRows(
  location: SqliteLocation,
  name: string,
  sql: string,
  options: string[] = [],
  signal?: AbortSignal,
): Promise<string[][]> {
  const result = await runToEnd({ ...(await shellRun(location, pathOf(location, name), options, signal)), input: sql });
  if (result.code !== 0 || result.stderr !== '') throw shellFailure(pathOf(location, name), result, 'of a file');
  return result.stdout
    .split(RECORD)
    .slice(0, -1)
    .map((record) => record.split(FIELD));
}

const MEANING: [RegExp, DatabaseErrorCode, string][] = [
  [
    /disk is full|disk I\/O error/i,
    'DISK_FULL',
    'Make room on that disk: a restore needs the size of the database once more.',
  ],
  [/locked|busy/i, 'DATABASE_IN_USE', 'Stop the application and its workers, and try again.'],
  [/unable to open|readonly|permission/i, 'MISSING_PRIVILEGE', 'Let the user that restores write in that folder.'],
];

/** Of a file that was there before. */
const DAMAGED: (typeof MEANING)[number] = [
  /not a database|malformed/i,
  'DATABASE_DAMAGED',
  'Restore a backup over it: the damaged file is kept as it is.',
];

export function shellFailure(
  path: string,
  { code, stderr }: { code: number | null; stderr: string },
  during: 'of a file' | 'of an import' = 'of an import',
): DatabaseError {
  const words = stderr.trim() || (code === null ? 'the client was killed' : 'sqlite3 failed without a word');
  const [, meaning, remedy] =
    [...(during === 'of a file' ? [DAMAGED] : []), ...MEANING].find(([pattern]) => pattern.test(words)) ?? [];
  return new DatabaseError({
    code: meaning ?? 'IMPORT_FAILED',
    message: `database ${path}: ${words}`,
    remedy: remedy ?? 'Read the message of sqlite3; an older one may not know all that the dump has.',
    retryable: meaning === 'DATABASE_IN_USE',
    path,
  });
}
