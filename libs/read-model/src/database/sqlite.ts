import { closeSync, existsSync, fchmodSync, fstatSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import {
  CompiledQuery,
  Kysely,
  SqliteDialect,
  SqliteDriver,
  type DatabaseConnection,
  type Driver,
  type SqliteDialectConfig,
} from 'kysely';
import { ReadModelError } from '../error.js';
import type { SqliteReadModelConfig } from '../read-model.js';
import type { Tables } from '../schema/tables.js';
import { withErrors } from './mapped-driver.js';
import type { Database } from './port.js';
import { isBusy, isFull, sqliteErrors } from './sqlite-errors.js';
import { SqliteFile } from './sqlite-file.js';
import { createSqliteTable, sqliteColumns, sqliteShadow, sqliteTypes } from './sqlite-schema.js';

/** Two connections: a reader that sees committed rows at any time (WAL), and one writer. */
export function openSqlite({ path }: SqliteReadModelConfig, readOnly: boolean): Database {
  const toError = sqliteErrors(path);
  const files: SqliteFile[] = [];
  const connect = (open: (path: string) => SqliteFile, Kind: typeof SqliteDialect) => {
    try {
      const database = open(path);
      files.push(database);
      return new Kysely<Tables>({ dialect: withErrors(new Kind({ database }), toError) });
    } catch (error) {
      throw toError(error);
    }
  };
  const writer = readOnly ? undefined : connect(openForWriting, WriterDialect);
  const reader = connect(openForReading, SqliteDialect);

  return {
    place: path,
    types: sqliteTypes,
    reader,
    exclusive: (work) => (writer ? writer.transaction().execute(work) : Promise.reject(readOnlyError(path))),
    createTable: createSqliteTable,
    columnsOf: sqliteColumns,
    ...sqliteShadow,
    compact: async () => {
      if (writer && files[0]) await compact(files[0], writer);
    },
    async close() {
      await reader.destroy();
      await writer?.destroy();
      // A connection that was never used is still open.
      for (const file of files) file.close();
    },
  };
}

/**
 * `synchronous = FULL`: a commit is on the disk before `project` resolves. NORMAL would be consistent too, but after a power
 * failure the checkpoint could be below what a consumer has acknowledged, and those events would not be delivered again.
 */
function openForWriting(path: string): SqliteFile {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  keepForOwner(path);
  const file = new SqliteFile(path, { readOnly: false, timeout: 5000 });
  try {
    const settings = [
      'auto_vacuum = INCREMENTAL', // has an effect only on a new file; see `compact`
      'journal_mode = WAL',
      'synchronous = FULL',
      'foreign_keys = ON',
      // From here on WriterDriver waits; unlike SQLite's own waiting, that does not block the event loop.
      'busy_timeout = 0',
    ];
    for (const setting of settings) file.run(`PRAGMA ${setting}`);
    return file;
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Pages that are moved in one transaction: others may write in between. */
const pagesAtOnce = 2000;

/**
 * Moves pages to the front of the file, a few at a time, and truncates it. A file of release 0.1 does not track where its pages
 * are used, so it is rewritten once. Where another program writes, or the disk is full, the space stays in the file.
 */
async function compact(file: SqliteFile, writer: Kysely<Tables>): Promise<void> {
  const incremental = 2;
  /** Must not run inside a transaction that this connection has begun for somebody else. */
  const alone = (...statements: string[]): Promise<void> =>
    writer.connection().execute(() => {
      for (const statement of statements) file.run(statement);
      return Promise.resolve();
    });
  try {
    if (file.pragma('freelist_count') === 0) return;
    if (file.pragma('auto_vacuum') !== incremental) await alone('PRAGMA auto_vacuum = INCREMENTAL', 'VACUUM');
    for (let free = file.pragma('freelist_count'); free > 0;) {
      await alone(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
      const left = file.pragma('freelist_count');
      if (left >= free) break;
      free = left;
      await nextTurn();
    }
    await alone('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch (error) {
    if (!(error instanceof ReadModelError) && !isBusy(error) && !isFull(error)) throw error;
  }
}

/**
 * Names of files and messages of servers are in there. SQLite gives what it makes beside it the same mode, and is left to say
 * what is wrong with the path.
 */
function keepForOwner(path: string): void {
  let file: number;
  try {
    file = openSync(path, 'a', 0o600);
  } catch {
    return;
  }
  try {
    const { uid, mode } = fstatSync(file);
    if (uid === process.getuid?.() && (mode & 0o077) !== 0) fchmodSync(file, 0o600);
  } finally {
    closeSync(file);
  }
}

function openForReading(path: string): SqliteFile {
  if (!existsSync(path)) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  return new SqliteFile(path, { readOnly: true, timeout: 5000 });
}

const readOnlyError = (path: string): ReadModelError =>
  new ReadModelError(
    'READ_MODEL_READ_ONLY',
    `${path} was opened for reading only`,
    'This is a defect: something that only reads tried to write. Report it.',
  );

class WriterDialect extends SqliteDialect {
  constructor(private readonly config: SqliteDialectConfig) {
    super(config);
  }

  override createDriver(): Driver {
    return new WriterDriver(this.config);
  }
}

const waitMs = 10;
const longestWaitMs = 30_000;

/** Takes the write lock at the start of a transaction, so that none fails half-way because another program was faster. */
class WriterDriver extends SqliteDriver {
  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    for (let waited = 0; ; waited += waitMs) {
      try {
        await connection.executeQuery(CompiledQuery.raw('begin immediate'));
        return;
      } catch (error) {
        if (!isBusy(error) || waited >= longestWaitMs) throw error;
        await sleep(waitMs);
      }
    }
  }
}
