// What a backup records about a database, in the archive's manifest and for whoever restores it.
import type { DatabaseType } from './config.js';
import type { DatabaseProperties } from './database-properties.js';

export interface DatabaseDetails {
  name: string;
  kind: DatabaseType;
  /** The archive entry that holds the dump. */
  entry: string;
  server_version: string;
  /** The program that wrote the dump: mariadb-dump, mysqldump, pg_dump or sqlite3. */
  client: string;
  client_version: string;
  /** Counted in the dump itself, so the numbers are exact for its snapshot. */
  tables: { name: string; rows: number }[];
  views: string[];
  routines: number;
  triggers: number;
  events: number;
  /** The longest statement of the dump, with the comments before it. Absent where no server limits them, and in earlier backups. */
  longest_statement_bytes?: number | undefined;
  /** The longest statement that the dumped server took then. */
  max_statement_bytes?: number | undefined;
  /** What the database is as a whole. Absent in older backups. */
  properties?: DatabaseProperties | undefined;
  /** What else the database has, where it was the same before and after the dump. Absent in older backups: not compared. */
  definitions?: RecordedDefinition[] | undefined;
}

/** One thing, such as a trigger, or one side of a table, such as its columns. */
export interface RecordedDefinition {
  /** `table`, `columns`, `indexes`, `keys`, `checks`, `partitions`, `view`, `trigger`, `routine`, `event`, and others. */
  kind: string;
  name: string;
  /** Of the normalised definition: 32 hexadecimal digits. */
  digest: string;
}

/** Something that a person who restores this dump must know, although the dump is valid. */
export interface DatabaseWarning {
  code: 'NOT_TRANSACTIONAL' | 'DATA_NOT_DUMPED' | 'STATEMENT_TOO_LONG' | 'VIEW_BROKEN';
  message: string;
  /** The table in question, or the database. */
  path?: string;
}

/** Something of the database that is damaged, and therefore not in the dump, or not whole. */
export interface DatabaseMissing {
  code: 'TABLE_DAMAGED' | 'DATABASE_DAMAGED';
  message: string;
  remedy: string;
  /** The name of the table or database. */
  path: string;
  name: string;
}
