import type { Transaction } from '../database/port.js';
import type { ColumnTypes, TableDefinition } from './table-definition.js';

export interface Migration {
  readonly version: number;
  readonly name: string;
  /** Tables that it creates. */
  readonly tables?: (types: ColumnTypes) => Readonly<Record<string, TableDefinition>>;
  /** Columns that it adds: table to column to definition. A NOT NULL one needs a default. */
  readonly columns?: (types: ColumnTypes) => Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Converts rows, once the tables have their new form. Where DDL commits, it is repeated after a crash, so it must be idempotent. */
  readonly rows?: (tx: Transaction) => Promise<void>;
}
