import type { Kysely } from 'kysely';
import type { ColumnTypes, TableDefinition } from '../schema/table-definition.js';
import type { Tables } from '../schema/tables.js';

/** Where queries run: a transaction, or a plain connection. */
export type Transaction = Kysely<Tables>;

/** What the rest of the library needs of a database, and where SQLite and MariaDB/MySQL differ. */
export interface Database {
  /** For people: the file, or the server and the name of the database. */
  readonly place: string;
  readonly types: ColumnTypes;
  /** Sees what is committed. Never waits for a writer. */
  readonly reader: Kysely<Tables>;

  /**
   * One transaction at a time over all processes, waiting for the others: READ_MODEL_BUSY after half a minute.
   * A failing `work` rolls everything back.
   */
  exclusive<Result>(work: (tx: Transaction) => Promise<Result>): Promise<Result>;

  /** The statements that make a table and its indexes; each may be repeated. */
  createTable(table: string, definition: TableDefinition): string[];

  /** The names of a table's columns. */
  columnsOf(tx: Transaction, table: string): Promise<string[]>;

  /** Makes empty projected tables beside those in use, with {@link shadowTables} as names. Older ones are thrown away. */
  createShadow(tx: Transaction): Promise<void>;

  /** Puts the shadow tables in the place of those in use, all at once. Inside `exclusive`; what follows is another transaction's. */
  swapShadow(tx: Transaction): Promise<void>;

  /** Throws the shadow tables away, and what an interrupted swap left. */
  dropShadow(tx: Transaction): Promise<void>;

  /** Gives the room that dropped tables have left back to the disk, as far as it can be had without making others wait. */
  compact(): Promise<void>;

  close(): Promise<void>;
}
