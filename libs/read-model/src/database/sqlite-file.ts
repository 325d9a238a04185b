import type { SqliteDatabase, SqliteStatement } from 'kysely';
import { openFile, type DatabaseSyncInstance } from './sqlite-driver.js';

type Parameters = readonly unknown[];
type Bound = Parameters & readonly (string | number | bigint | Uint8Array | null)[];

/** Binds an integer as an integer: as a float, which is the default, it would appear as «5.0» in text. */
const bind = (value: unknown): unknown => (Number.isSafeInteger(value) ? BigInt(value as number) : (value ?? null));
const boundOf = (parameters: Parameters): Bound => parameters.map(bind) as unknown as Bound;

/** An open file, in the shape that Kysely's dialect for SQLite expects. Integers beyond 2^53 are refused, not rounded. */
export class SqliteFile implements SqliteDatabase {
  private readonly database: DatabaseSyncInstance;

  /** `timeout`: milliseconds that a statement waits for another connection's lock. It blocks this thread. */
  constructor(path: string, options: { readOnly: boolean; timeout: number }) {
    this.database = openFile(path, options);
  }

  run(sql: string): void {
    this.database.exec(sql);
  }

  /** The value of a pragma that is a number. */
  pragma(name: string): number {
    const [row = {}] = this.database.prepare(`PRAGMA ${name}`).all() as Record<string, unknown>[];
    return Number(Object.values(row)[0]);
  }

  prepare(sql: string): SqliteStatement {
    const statement = this.database.prepare(sql);
    return {
      reader: statement.columns().length > 0,
      all: (parameters: Parameters): unknown[] => statement.all(...boundOf(parameters)),
      run: (parameters: Parameters) => statement.run(...boundOf(parameters)),
      iterate: (parameters: Parameters) => statement.iterate(...boundOf(parameters)),
    };
  }

  /** May be called twice: Kysely also closes what it has used. */
  close(): void {
    if (this.database.isOpen) this.database.close();
  }
}
