// What every kind of database must do for a backup; each kind is a folder beside this file.
import type { z } from 'zod';
import type { DatabaseDetails, SourceEnvironment, SourceWarning } from '../source.js';
import type { DatabaseServerConfig, DatabaseType } from './config.js';
import type { SecretSchema } from './secret.js';

/** Where and as whom to look; `root` is the project's folder. */
export interface DatabaseLocation {
  server: DatabaseServerConfig;
  database: string;
  root: string;
  environment: Required<SourceEnvironment>;
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
  warnings: SourceWarning[];
}

/** One database that can be dumped. Both throw SourceError, and the signal's reason when aborted. */
export interface Database {
  inspect(signal?: AbortSignal): Promise<Inventory>;
  /**
   * The dump as SQL text, straight from the client and at the reader's pace. Ends normally only when the client
   * succeeded, its closing line is there and everything in the inventory was seen; returns what it contains.
   */
  dump(inventory: Inventory, signal?: AbortSignal): AsyncGenerator<Uint8Array, DatabaseDetails>;
}

export interface DatabaseKind {
  type: DatabaseType;
  configSchema: (secret: SecretSchema) => z.ZodType<DatabaseServerConfig>;
  connect(location: DatabaseLocation): Database;
}
