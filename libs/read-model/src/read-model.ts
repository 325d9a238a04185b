import type { HavunEvent, RecordedEvent } from '@havun/domain';
import type { Queries } from './queries/port.js';

/** Where the tables are. The same shape as `read_model` in the configuration. */
export type ReadModelConfig = SqliteReadModelConfig | MysqlReadModelConfig;

export interface SqliteReadModelConfig {
  readonly type: 'sqlite';
  /** The database file; `-wal` and `-shm` appear beside it. */
  readonly path: string;
}

export interface MysqlReadModelConfig {
  readonly type: 'mariadb' | 'mysql';
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: { reveal(): string };
  /** Must exist. The user needs SELECT, INSERT, UPDATE, DELETE, CREATE, ALTER, INDEX and DROP on it. */
  readonly database: string;
}

export type LoggedEvent = RecordedEvent<HavunEvent>;

/** Reads the whole log after a position, in order, up to its end at that time. */
export type ReadLog = (after: number) => AsyncIterable<LoggedEvent>;

export interface RebuildOptions {
  /** Called after every batch with the events read so far and the position reached. */
  readonly onProgress?: ((progress: { events: number; position: number }) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The tables that people and programs read: pure projections of the event log. Rows follow from the events alone, never from the
 * clock or an auto-increment, so that a rebuild gives identical tables. Every failure is a `ReadModelError`.
 */
export interface ReadModel {
  /**
   * Brings every table up to date with these events: all rows and the checkpoint in one transaction, or nothing. Positions must
   * grow; gaps are fine. An event at or below the checkpoint is skipped, after a check that it is the event that was read there
   * before (READ_MODEL_DIVERGED, READ_MODEL_OUT_OF_ORDER). Safe to call from several processes.
   */
  project(events: readonly LoggedEvent[]): Promise<void>;

  /** The position of the last event that the tables contain; 0 before the first. */
  checkpoint(): Promise<number>;

  /**
   * Refuses with READ_MODEL_AHEAD when the tables contain events that the log does not have: the log was truncated or replaced.
   * @param head the position of the last event in the log, 0 for an empty one
   */
  refuseAhead(head: number): Promise<void>;

  /** Whether an older release's projections wrote the rows. Then `project` refuses until `rebuild` was run. */
  needsRebuild(): Promise<boolean>;

  /**
   * Fills fresh tables beside the old ones and swaps all of them at once. Meanwhile the old ones can be read, and `project` keeps
   * adding to them. An error, an abort or a crash leaves the old ones as they were. When `project` was ahead at the end, the rest
   * is read from the log again; when the log itself ends before the old tables do, READ_MODEL_AHEAD.
   */
  rebuild(readLog: ReadLog, options?: RebuildOptions): Promise<{ events: number }>;

  readonly queries: Queries;

  close(): Promise<void>;
}
