import { createHash } from 'node:crypto';
import { CompiledQuery, Kysely, MysqlDialect, sql } from 'kysely';
import { createPool } from 'mysql2';
import { ReadModelError } from '../error.js';
import type { MysqlReadModelConfig } from '../read-model.js';
import type { Tables } from '../schema/tables.js';
import { withErrors } from './mapped-driver.js';
import { mysqlErrors } from './mysql-errors.js';
import { createMysqlTable, mysqlColumns, mysqlShadow, mysqlTypes } from './mysql-schema.js';
import type { Database, Transaction } from './port.js';

/** Independent of the server's defaults: no value is silently cut or replaced, and a backslash is an escape, as mysql2 assumes. */
const session = "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION'";

/** MariaDB (10.6 or later, for a crash-safe swap) and MySQL 8. It connects with the first query. */
export function openMysql(config: MysqlReadModelConfig, readOnly: boolean): Database {
  const { host, port, username, password, database } = config;
  const place = `${database} on ${host}:${port}`;
  const pool = createPool({
    host,
    port,
    database,
    user: username,
    password: password.reveal(),
    charset: 'utf8mb4',
    connectionLimit: 4,
    connectTimeout: 10_000,
    dateStrings: true,
    jsonStrings: true,
    // BIGINT as a number wherever that is exact. It is for every position and size, as they were JavaScript numbers.
    supportBigNumbers: true,
  });
  const dialect = new MysqlDialect({
    pool,
    onCreateConnection: async (connection) => {
      await connection.executeQuery(CompiledQuery.raw(session));
    },
  });
  const db = new Kysely<Tables>({ dialect: withErrors(dialect, mysqlErrors(place)) });

  return {
    place,
    types: mysqlTypes,
    reader: db,
    exclusive: (work) => (readOnly ? Promise.reject(readOnlyError(place)) : locked(db, database, place, work)),
    createTable: createMysqlTable,
    columnsOf: mysqlColumns,
    ...mysqlShadow,
    compact: () => Promise.resolve(), // nothing to do: each table has a file of its own
    close: () => db.destroy(),
  };
}

const longestWaitSeconds = 30;

/**
 * An advisory lock around the transaction, on its connection. A row lock would not do: the swap of the tables at the end of a
 * rebuild commits implicitly, and a projector that waited for the row would then continue with the tables that were just retired.
 */
async function locked<Result>(
  db: Kysely<Tables>,
  database: string,
  place: string,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const name = lockName(database);
  return db.connection().execute(async (connection) => {
    const { rows } = await sql<{
      taken: number | null;
    }>`SELECT GET_LOCK(${name}, ${longestWaitSeconds}) AS taken`.execute(connection);
    if (rows[0]?.taken !== 1) throw busy(place);
    try {
      return await connection.transaction().execute(work);
    } finally {
      // On a broken connection the server has released the lock, and the error of `work` is the one to report.
      await sql`SELECT RELEASE_LOCK(${name})`.execute(connection).catch(() => undefined);
    }
  });
}

/** The server's locks share one name space, and names have at most 64 characters. */
const lockName = (database: string): string =>
  `havun-read-model-${createHash('sha256').update(database).digest('hex').slice(0, 32)}`;

const busy = (place: string): ReadModelError =>
  new ReadModelError(
    'READ_MODEL_BUSY',
    `${place}: another program has held the tables for ${longestWaitSeconds} seconds`,
    'Wait for it to end. If nothing else runs, look for its connection with SHOW PROCESSLIST.',
  );

const readOnlyError = (place: string): ReadModelError =>
  new ReadModelError(
    'READ_MODEL_READ_ONLY',
    `${place} was opened for reading only`,
    'This is a defect: something that only reads tried to write. Report it.',
  );
