// What a backup records about a database, in the archive's manifest and for whoever restores it.
import type { DatabaseType } from './config.js';

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
}

/** Something that a person who restores this dump must know, although the dump is valid. */
export interface DatabaseWarning {
  code: 'NOT_TRANSACTIONAL' | 'DATA_NOT_DUMPED';
  message: string;
  /** The table in question. */
  path?: string;
}
