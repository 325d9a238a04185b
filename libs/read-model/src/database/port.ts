import type { Kysely } from 'kysely';
import type { ColumnTypes, TableDefinition } from '../schema/table-definition.js';
import type { Tables } from '../schema/tables.js';

/** What runs queries: a transaction, or a plain connection. */
export type Transaction = Kysely<Tables>;

/** What the rest of the library needs from a database, and where SQLite and MariaDB/MySQL differ. */
export interface Database {
  /** For people: the file, or the server and the name of the database. */
  readonly place: string;
  readonly types: ColumnTypes;
  /** Sees committed rows only. Never waits for a writer. */
  readonly reader: Kysely<Tables>;

  /**
   * One transaction at a time across all processes. It waits for the others: READ_MODEL_BUSY after half a minute. When `work`
   * fails, everything is rolled back.
   */
  exclusive<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;

  /** The statements that create a table and its indexes; each may be repeated. */
  createTable(table: string, definition: TableDefinition): string[];

  /** The names of a table's columns. */
  columnsOf(tx: Transaction, table: string): Promise<string[]>;

  /** Creates empty projected tables beside the present ones, named by {@link shadowTables}. Older shadow tables are dropped. */
  createShadow(tx: Transaction): Promise<void>;

  /** Replaces the present tables by the shadow tables, all at once. Inside `exclusive`; later statements belong to another transaction. */
  swapShadow(tx: Transaction): Promise<void>;

  /** Drops the shadow tables, and what an interrupted swap left. */
  dropShadow(tx: Transaction): Promise<void>;

  /** Gives the space of dropped tables back to the disk, as far as that is possible without making others wait. */
  compact(): Promise<void>;

  close(): Promise<void>;
}
