// What every kind of database must do for a backup and for a restore; each kind is a folder beside this file.
import type { z } from 'zod';
import type { DatabaseProblem } from './errors.js';
import type { DatabaseDetails, DatabaseWarning } from './database-details.js';
import type { DatabaseEnvironment } from './environment.js';
import type { DatabaseServerConfig, DatabaseType } from './config.js';
import type { SecretSchema } from './secret.js';

/** Where and as whom to look; `root` is the project's folder. */
export interface DatabaseLocation {
  server: DatabaseServerConfig;
  database: string;
  root: string;
  environment: Required<DatabaseEnvironment>;
}

/** What is there before the dump begins; the dump must contain all of it. */
export interface Inventory {
  name: string;
  kind: DatabaseType;
  server_version: string;
  client: string;
  client_version: string;
  tables: string[];
  views: string[];
  routines: number;
  triggers: number;
  events: number;
  estimated_bytes: number;
  /** The server's clock, or the time of the file's last change. */
  time: Date;
  warnings: DatabaseWarning[];
}

/** One database that can be dumped. Both throw DatabaseError, and the signal's reason when aborted. */
export interface Database {
  inspect(signal?: AbortSignal): Promise<Inventory>;
  /**
   * The dump as SQL text, straight from the client and at the reader's pace. Ends normally only when the client
   * succeeded, its closing line is there and everything in the inventory was seen; returns what it contains.
   */
  dump(inventory: Inventory, signal?: AbortSignal): AsyncGenerator<Uint8Array, DatabaseDetails>;
}

/** Where a restore goes: the server, and the project's folder for what is relative to it. */
export interface RestorerLocation {
  server: DatabaseServerConfig;
  root: string;
  environment: Required<DatabaseEnvironment>;
}

/** The names that one restore gives to its databases. */
export interface RestoreNames {
  /** The dump is imported under this name. */
  incoming: string;
  /** What was live is kept under this name. */
  kept: string;
}

/** What a database holds at this moment. */
export interface DatabaseContents {
  /** Rows are counted one by one, so they are exact. */
  tables: { name: string; rows: number }[];
  views: string[];
  routines: number;
  triggers: number;
  events: number;
}

export interface ImportOptions {
  /** The name that is made. */
  into: string;
  /** What the manifest says of the dump. */
  details: DatabaseDetails;
  /** Its character set, locale and owner become those of this database, if it is there. Default: the one that was dumped. */
  like?: string;
  /** Everything shall belong to whoever imports: for a server of its own, which has none of the other users. */
  withoutOwners?: boolean;
  /** A login of the same server that may make extensions, where the one that imports may not. */
  superuser?: DatabaseServerConfig | undefined;
  signal?: AbortSignal | undefined;
  /** Bytes of the dump that the client has taken so far. */
  onProgress?: (bytes: number) => void;
}

export interface SwapOptions extends RestoreNames {
  live: string;
  /** A private folder that outlives this process. Both `swap` and `undo` of one restore must be given the same. */
  workFolder: string;
  signal?: AbortSignal | undefined;
}

/**
 * The other way round: one server that a dump is restored on. Nothing but `swap` and `undo` touches a live database.
 * Everything but `check` throws DatabaseError, and the signal's reason when aborted.
 */
export interface DatabaseRestorer {
  /**
   * Names of one restore, legal for the kind and told apart by `token`: 1 to 20 of a-z and 0-9, such as 20251122031000.
   * Where databases are files, they lie beside the live one.
   */
  names(live: string, token: string): RestoreNames;
  /** Everything that would stop a restore as `live`, as far as it can be known before, at once. Throws only when aborted. */
  check(
    dump: DatabaseDetails,
    live: string,
    options?: { signal?: AbortSignal | undefined },
  ): Promise<DatabaseProblem[]>;
  /** What is there; undefined where there is no such database. */
  inventory(name: string, signal?: AbortSignal): Promise<DatabaseContents | undefined>;
  /** The names of its tables, whose rows nobody counts; undefined where there is no such database. */
  tables(name: string, signal?: AbortSignal): Promise<string[] | undefined>;
  /** The folder of this machine where a new database is made; undefined where this machine can't tell, or it is another's. */
  dataFolder(live: string, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Imports into a new database, which must not exist; one of a name of ours, left by a killed attempt, is dropped first.
   * Ends normally only when the client succeeded and has taken in the whole dump; on any failure the database is dropped.
   */
  import(dump: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<void>;
  /** What differs between a database and what the manifest says of its dump, a sentence for each; none: they are equal. */
  compare(name: string, details: DatabaseDetails, signal?: AbortSignal): Promise<string[]>;
  /**
   * Puts `incoming` in the place of `live`, whose contents are `kept` then; nothing is kept where there was no `live`.
   * After a crash or a failure at any point, calling it again completes it, and `undo` takes it back.
   */
  swap(options: SwapOptions): Promise<void>;
  /**
   * Takes a swap back, whole or half-way: `kept` is live again and what was live is dropped; where there was no `live`
   * before, there is none again. May be called again after a crash at any point. Once it has begun, `swap` is refused.
   */
  undo(options: SwapOptions): Promise<void>;
  /** Drops one of our own names, if it is there; refuses any other. */
  drop(name: string): Promise<void>;
}

/** Hears of each step of a swap or an undo before it is taken; what it throws stops there, as a crash would. */
export type StepWatch = (step: string) => void | Promise<void>;

export interface DatabaseKind {
  type: DatabaseType;
  configSchema: (secret: SecretSchema) => z.ZodType<DatabaseServerConfig>;
  connect(location: DatabaseLocation): Database;
  connectRestorer(location: RestorerLocation, watch?: StepWatch): DatabaseRestorer;
}
