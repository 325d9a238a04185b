import { existsSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import BetterSqlite from 'better-sqlite3';
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
import { sqliteErrors } from './sqlite-errors.js';
import { createSqliteTable, sqliteColumns, sqliteShadow, sqliteTypes } from './sqlite-schema.js';

/** Two connections: a reader that sees committed rows at any time (WAL), and one writer. */
export function openSqlite({ path }: SqliteReadModelConfig, readOnly: boolean): Database {
  const toError = sqliteErrors(path);
  const files: BetterSqlite.Database[] = [];
  const connect = (open: (path: string) => BetterSqlite.Database, Kind: typeof SqliteDialect) => {
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
      // Kysely closes what it has used; a connection that was never asked anything is still open.
      for (const file of files) file.close();
    },
  };
}

/**
 * `synchronous = FULL`: a commit is on the disk before `project` answers. NORMAL would be consistent too, but after a power
 * failure the checkpoint could lie below what a consumer has acknowledged, and those events would not come again.
 */
function openForWriting(path: string): BetterSqlite.Database {
  mkdirSync(dirname(path), { recursive: true });
  const database = new BetterSqlite(path, { timeout: 5000 });
  database.pragma('auto_vacuum = INCREMENTAL'); // heeded while the file is new; see `compact`
  database.pragma('journal_mode = WAL');
  database.pragma('synchronous = FULL');
  database.pragma('foreign_keys = ON');
  // From here on WriterDriver waits, which does not stop the event loop as SQLite's own waiting does.
  database.pragma('busy_timeout = 0');
  return database;
}

/** Pages that are moved in one transaction: others write in between. */
const pagesAtOnce = 2000;

/**
 * Moves pages to the front of the file, a few at a time, and cuts its end off. A file of release 0.1 does not know where its
 * pages are used: it is written anew once. Where another program writes, or the disk is full, the room stays in the file.
 */
async function compact(file: BetterSqlite.Database, writer: Kysely<Tables>): Promise<void> {
  const pragma = (name: string): number => file.pragma(name, { simple: true }) as number;
  const incremental = 2;
  /** Not within a transaction that this connection has begun for somebody else. */
  const alone = (work: () => unknown): Promise<unknown> => writer.connection().execute(() => Promise.resolve(work()));
  try {
    if (pragma('freelist_count') === 0) return;
    if (pragma('auto_vacuum') !== incremental) {
      await alone(() => {
        file.pragma('auto_vacuum = INCREMENTAL');
        file.exec('VACUUM');
      });
    }
    for (let free = pragma('freelist_count'); free > 0;) {
      await alone(() => file.pragma(`incremental_vacuum(${pagesAtOnce})`));
      const left = pragma('freelist_count');
      if (left >= free) break;
      free = left;
      await nextTurn();
    }
    await alone(() => file.pragma('wal_checkpoint(TRUNCATE)'));
  } catch (error) {
    const { code = '' } = error as { code?: string };
    if (!(error instanceof ReadModelError) && !/^SQLITE_(BUSY|FULL)/.test(code)) throw error;
  }
}

function openForReading(path: string): BetterSqlite.Database {
  if (!existsSync(path)) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
  return new BetterSqlite(path, { readonly: true, fileMustExist: true, timeout: 5000 });
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

/** Takes the write lock at the start of a transaction, so that none fails half-way because another program was first. */
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

const isBusy = (error: unknown): boolean => (error as { code?: string }).code?.startsWith('SQLITE_BUSY') ?? false;
