// What every kind of database must do for a backup and for a restore. Each kind is a folder beside this file.
import type { z } from 'zod';
import type { DatabaseProblem } from './errors.js';
import type { DatabaseDetails, DatabaseMissing, DatabaseWarning, RecordedDefinition } from './database-details.js';
import type { DatabaseProperties } from './database-properties.js';
import type { DatabaseEnvironment } from './environment.js';
import type { DatabaseServerConfig, DatabaseType } from './config.js';
import type { SecretSchema } from './secret.js';

/** The database and the login to look with; `root` is the project's folder. */
export interface DatabaseLocation {
  server: DatabaseServerConfig;
  database: string;
  root: string;
  environment: Required<DatabaseEnvironment>;
}

/** A broken view: its definition is kept as a comment in the dump. */
export interface LeftOutView {
  name: string;
  definition: string;
}

/** The content before the dump begins; the dump must contain all of it. */
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
  properties: DatabaseProperties;
  /** The server's clock, or the time when the file was last changed. */
  time: Date;
  warnings: DatabaseWarning[];
  /** The longest statement that the server takes, where it has such a limit. */
  max_statement_bytes?: number;
  /** Damage that is known before the dump. */
  missing?: DatabaseMissing[];
  /** What the client must not try to dump: damaged tables, and views on what is not there. They are not listed above. */
  left_out?: { tables: string[]; views: LeftOutView[] };
  definitions?: RecordedDefinition[];
}

/** One database that can be dumped. Both methods throw DatabaseError, and the signal's reason when aborted. */
export interface Database {
  inspect(signal?: AbortSignal): Promise<Inventory>;
  /**
   * The dump as SQL text, straight from the client at the reader's pace. Ends normally only when the client succeeded, its closing
   * line is there and everything in the inventory was seen, but for what is damaged: that is said. Returns what the dump contains.
   */
  dump(
    inventory: Inventory,
    signal?: AbortSignal,
    onMissing?: (part: DatabaseMissing) => void,
  ): AsyncGenerator<Uint8Array, DatabaseDetails>;
}

/** The target of a restore: the server, and the project's folder for relative paths. */
export interface RestorerLocation {
  server: DatabaseServerConfig;
  root: string;
  environment: Required<DatabaseEnvironment>;
}

/** The names that one restore gives to its databases. */
export interface RestoreNames {
  /** The dump is imported under this name. */
  incoming: string;
  /** The former live database is kept under this name. */
  kept: string;
}

/** The present content of a database. */
export interface DatabaseContents {
  /** The rows are counted, so the numbers are exact. */
  tables: { name: string; rows: number }[];
  views: string[];
  routines: number;
  triggers: number;
  events: number;
}

/** A thing of a dump that could not be made in the place of the import, so that its name alone is there. */
export interface Untried {
  kind: 'view';
  name: string;
  /** In words. */
  reason: string;
}

/** How a new database is made. */
export interface MakeOptions {
  /**
   * The live database that the new one stands in for. It gives what the manifest does not say; and to a database of another name,
   * also its owner, its grants and its settings. Default: the dumped one.
   */
  like?: string;
  /** The importing user owns everything: for a server of its own, which has no other users. */
  withoutOwners?: boolean;
  signal?: AbortSignal | undefined;
}

export interface ImportOptions extends MakeOptions {
  /** The name of the new database. */
  into: string;
  /** What the manifest says about the dump. */
  details: DatabaseDetails;
  /** A login of the same server that may create extensions, where the importing one may not. */
  superuser?: DatabaseServerConfig | undefined;
  /** Bytes of the dump that the client has taken so far. */
  onProgress?: (bytes: number) => void;
  /** For a trial: what can't be tried is told, and the rest is imported. Default: it fails the import. */
  onUntried?: (thing: Untried) => void;
}

export interface SwapOptions extends RestoreNames {
  live: string;
  /** A private folder that outlives this process. `swap` and `undo` of one restore must get the same one. */
  workFolder: string;
  signal?: AbortSignal | undefined;
}

/**
 * The reverse: one server that a dump is restored on. Only `swap` and `undo` touch a live database. Everything but `check` throws
 * DatabaseError, and the signal's reason when aborted.
 */
export interface DatabaseRestorer {
  /**
   * The names of one restore, valid for this kind of database. `token` distinguishes restores: 1 to 20 of a-z and 0-9, such as
   * 20251122031000. Where databases are files, they lie beside the live one.
   */
  names(live: string, token: string): RestoreNames;
  /** Everything that would stop a restore as `live` and can be known beforehand. Throws only when aborted. */
  check(dump: DatabaseDetails, live: string, options?: Omit<MakeOptions, 'like'>): Promise<DatabaseProblem[]>;
  /**
   * What this server can't give a new database of what the manifest says about it, and what it gets instead: one sentence each.
   * `import` makes exactly that.
   */
  deviations(dump: DatabaseDetails, options?: MakeOptions): Promise<string[]>;
  /** The content; undefined where there is no such database. */
  inventory(name: string, signal?: AbortSignal): Promise<DatabaseContents | undefined>;
  /** The names of its tables, without counting rows; undefined where there is no such database. */
  tables(name: string, signal?: AbortSignal): Promise<string[] | undefined>;
  /** The folder on this machine for new databases; undefined where this machine can't tell, or it is on another one. */
  dataFolder(live: string, signal?: AbortSignal): Promise<string | undefined>;
  /**
   * Imports into a new database, which must not exist. A leftover of a killed attempt, under a name of ours, is dropped first. Ends
   * normally only when the client succeeded and has read the whole dump; on any failure the database is dropped.
   */
  import(dump: AsyncIterable<Uint8Array>, options: ImportOptions): Promise<void>;
  /**
   * The differences between a database and the manifest's account of it, one sentence each; none if they are equal. What
   * `deviations` names under the same options is no difference.
   */
  compare(name: string, details: DatabaseDetails, options?: MakeOptions): Promise<string[]>;
  /**
   * Puts `incoming` in the place of `live`, and keeps the content of `live` as `kept`. Keeps nothing where there was no `live`.
   * After a crash or a failure at any point, a second call completes it, and `undo` takes it back.
   */
  swap(options: SwapOptions): Promise<void>;
  /**
   * Takes back a complete or partial swap: `kept` is live again and the former live database is dropped. Where there was no `live`
   * before, there is none again. May be repeated after a crash at any point. Once it has begun, `swap` is refused.
   */
  undo(options: SwapOptions): Promise<void>;
  /** Drops a database under one of our own names, if it exists. Refuses any other name. */
  drop(name: string): Promise<void>;
}

/** Called before each step of a swap or an undo. If it throws, the work stops there, as in a crash. */
export type StepWatch = (step: string) => void | Promise<void>;

export interface DatabaseKind {
  type: DatabaseType;
  configSchema: (secret: SecretSchema) => z.ZodType<DatabaseServerConfig>;
  connect(location: DatabaseLocation): Database;
  connectRestorer(location: RestorerLocation, watch?: StepWatch): DatabaseRestorer;
}
