import { resolve } from 'node:path';
import { DatabaseError } from '../errors.js';
import type { DatabaseDetails, DatabaseMissing } from '../database-details.js';
import { runToEnd, streamClient } from '../client.js';
import type { Database, DatabaseKind, DatabaseLocation, Inventory } from '../database-kind.js';
import { incomplete, verifyDump } from '../verify-dump.js';
import { withTail } from '../with-tail.js';
import { sqliteServerSchema } from './config.js';
import { committed, fileDamaged, integrityFault, scanned, tableDamaged } from './damage.js';
import { findDatabaseFile, type DatabaseFile } from './database-file.js';
import { SqliteDumpScanner } from './dump-scanner.js';
import { connectSqliteRestorer } from './restorer.js';
import { ownerOf } from './file-owner.js';
import { PRAGMAS, pragmasOf } from './properties.js';
import { findShell } from './shell.js';
import { COLUMNS, columnsOf, zeroBytesScript, zeroByteWarnings } from './zero-bytes.js';

const [FIELD, RECORD] = ['\u001f', '\u001e'];

/** Virtual tables are dumped as rows of the schema. Their data is in shadow tables, which are listed here. */
const INVENTORY = `
SELECT 'server', sqlite_version(), page_count * page_size FROM pragma_page_count(), pragma_page_size();
SELECT type, name FROM sqlite_master WHERE type IN ('table', 'view', 'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
  AND COALESCE(sql, '') NOT LIKE 'CREATE VIRTUAL%' ORDER BY name;
`;

/** How long to wait for a file that is being written to, in milliseconds. */
const BUSY_TIMEOUT = 30_000;

type SqliteFile = DatabaseLocation & { folder: string; path: string };

/** The shell reads inside one transaction, so the dump is one moment; writers of a file without WAL wait for it. */
const shell = ({ environment }: SqliteFile, path: string, program: string, signal?: AbortSignal) => ({
  program,
  args: [
    '-safe',
    '-nofollow',
    '-readonly',
    '-batch',
    '-bail',
    '-separator',
    FIELD,
    '-newline',
    RECORD,
    '-cmd',
    `.timeout ${BUSY_TIMEOUT}`,
    path,
  ],
  env: { HOME: '/nonexistent' },
  searchPath: environment.searchPath,
  signal,
});

async function inspect(file: SqliteFile, signal?: AbortSignal): Promise<Inventory> {
  const client = await findShell(file.environment);
  const { real, stats } = await existing(file);
  if (stats.size === 0) throw empty(file);
  const query = async (input: string): Promise<string[][]> => {
    const result = await runToEnd({ ...shell(file, real, client.path, signal), input });
    if (result.code !== 0 || result.stderr !== '') throw failed(file, result.stderr);
    return result.stdout.split(RECORD).map((record) => record.split(FIELD));
  };
  const rows = await query(INVENTORY + PRAGMAS + COLUMNS);
  const tables = columnsOf(rows);
  const named = (type: string) => rows.filter((row) => row[0] === type).map((row) => row[1] ?? '');
  const [, version = '', bytes = '0'] = rows.find((row) => row[0] === 'server') ?? [];
  return {
    name: file.database,
    kind: 'sqlite',
    server_version: version,
    client: 'sqlite3',
    client_version: version,
    tables: named('table'),
    views: named('view'),
    triggers: named('trigger').length,
    routines: 0,
    events: 0,
    estimated_bytes: Number(bytes),
    time: stats.mtime,
    properties: { ...pragmasOf(rows), ...(await ownerOf(stats)) },
    warnings: zeroByteWarnings(tables, await readable(query(zeroBytesScript(tables)))),
  };
}

/** No rows where a page is damaged: the dump will say so. */
const readable = (rows: Promise<string[][]>): Promise<string[][]> =>
  rows.catch((error: unknown) => {
    if (error instanceof DatabaseError && /malformed|corrupt/i.test(error.message)) return [];
    throw error;
  });

async function* dump(
  file: SqliteFile,
  inventory: Inventory,
  signal?: AbortSignal,
  onMissing: (part: DatabaseMissing) => void = () => undefined,
): AsyncGenerator<Uint8Array, DatabaseDetails> {
  const client = await findShell(file.environment);
  const scanner = new SqliteDumpScanner();
  const run = shell(file, (await existing(file)).real, client.path, signal);
  const found = await integrityFault(run, inventory.estimated_bytes);
  const exit = yield* scanned(withTail(streamClient({ ...run, args: [...run.args, '.dump'] }), committed), scanner);
  if (exit.code === null) throw incomplete(file.database, 'the client was killed');
  if (exit.code !== 0 || exit.stderr !== '') throw failed(file, exit.stderr);
  const details = verifyDump(scanner.end(), inventory, scanner.damaged);
  const fault = found ?? (await integrityFault(run, inventory.estimated_bytes));
  for (const table of scanner.damaged) if (table !== '') onMissing(tableDamaged(file, table));
  if (fault !== undefined || scanner.damaged.has('')) onMissing(fileDamaged(file, fault ?? 'its schema is damaged'));
  return details;
}

async function existing(file: SqliteFile): Promise<DatabaseFile> {
  const found = await findDatabaseFile(file.folder, file.path);
  if (!found) throw missing(file);
  return found;
}

const missing = ({ path, database }: SqliteFile): DatabaseError =>
  new DatabaseError({
    code: 'DATABASE_MISSING',
    message: `database ${database}: there is no file ${path}`,
    remedy: "Check `paths.database`, which is relative to the server's `folder`, else to the project's root.",
    retryable: false,
    path: database,
  });

const empty = (file: SqliteFile): DatabaseError => damaged(file, 'it has 0 bytes, and is not a database');

const damaged = (file: SqliteFile, words: string): DatabaseError =>
  new DatabaseError({ ...fileDamaged(file, words), code: 'DATABASE_DAMAGED', retryable: false });

function failed(file: SqliteFile, stderr: string): DatabaseError {
  const { path, database } = file;
  if (/malformed|not a database|\((?:11|26)\)/i.test(stderr)) return damaged(file, stderr.trim());
  const locked = /locked|busy/i.test(stderr);
  return new DatabaseError({
    code: 'DUMP_FAILED',
    message: `database ${database}: ${stderr.trim() || 'sqlite3 failed without a word'}`,
    remedy: locked
      ? `Something keeps ${path} locked; run the backup when the application is quieter, or switch it to WAL mode.`
      : `Check ${path} with: sqlite3 ${path} 'PRAGMA integrity_check'`,
    retryable: locked,
    path: database,
  });
}

export const sqlite: DatabaseKind = {
  type: 'sqlite',
  configSchema: sqliteServerSchema,
  connect(location): Database {
    const { server, root, database } = location;
    if (server.type !== 'sqlite') throw new TypeError(`not SQLite: ${server.type}`);
    const folder = server.folder ?? root;
    const file = { ...location, folder, path: resolve(folder, database) };
    return {
      inspect: (signal) => inspect(file, signal),
      dump: (inventory, signal, onMissing) => dump(file, inventory, signal, onMissing),
    };
  },
  connectRestorer: connectSqliteRestorer,
};
