import type { Transaction } from '../database/port.js';
import { endedPosition } from './ended-position.js';
import { initial } from './initial.js';

/** How one database writes the types that differ. Everything else in a migration is SQL that all of them read. */
export interface ColumnTypes {
  /** `BIGINT UNSIGNED PRIMARY KEY AUTO_INCREMENT` of the plan. */
  readonly id: string;
  /** A position of the log as a key: never given by the database. */
  readonly position: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly oneOf: (column: string, ...values: string[]) => string;
  readonly json: (column: string) => string;
}

export interface TableDefinition {
  readonly columns: string;
  /** Index name to its columns, comma-separated. */
  readonly indexes?: Readonly<Record<string, string>>;
  readonly unique?: Readonly<Record<string, string>>;
}

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Tables that it makes. */
  readonly tables?: (types: ColumnTypes) => Readonly<Record<string, TableDefinition>>;
  /** Columns that it adds: table to column to definition. A NOT NULL one needs a default. */
  readonly columns?: (types: ColumnTypes) => Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Moves rows, once the tables have their new form. Begun again after a crash where DDL commits, so twice must be as once. */
  readonly rows?: (tx: Transaction) => Promise<void>;
}

/** In order, without gaps; a released one is never changed. */
export const migrations: readonly Migration[] = [initial, endedPosition];
