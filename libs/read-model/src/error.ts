export type ReadModelErrorCode =
  /** Connection refused, timed out or broken. */
  | 'READ_MODEL_UNREACHABLE'
  | 'READ_MODEL_ACCESS_DENIED'
  /** The file or database does not exist, or nothing has created its tables yet. */
  | 'READ_MODEL_MISSING'
  /** A newer release created or filled these tables. */
  | 'READ_MODEL_NEWER'
  /** An older release created these tables, and this connection may only read. */
  | 'READ_MODEL_OLDER'
  /** An older release filled these tables in another way: they must be rebuilt before anything is added. */
  | 'READ_MODEL_OUTDATED'
  /** The tables contain events that the log does not have. */
  | 'READ_MODEL_AHEAD'
  /** The log has another event at a position that the tables have already read. */
  | 'READ_MODEL_DIVERGED'
  /** Events came out of the log's order, so one would have been lost. */
  | 'READ_MODEL_OUT_OF_ORDER'
  /** Another program has held the tables for longer than this one waits. */
  | 'READ_MODEL_BUSY'
  /** The disk of the tables is full. */
  | 'READ_MODEL_FULL'
  | 'READ_MODEL_CORRUPT'
  | 'READ_MODEL_READ_ONLY'
  /** Neither this Node nor an installed package has SQLite. */
  | 'READ_MODEL_NO_SQLITE'
  /** `before` names a backup that does not exist. */
  | 'READ_MODEL_UNKNOWN_BACKUP'
  | 'READ_MODEL_ABORTED'
  /** Any other error of the database. */
  | 'READ_MODEL_QUERY_FAILED';

const retryableCodes: ReadonlySet<ReadModelErrorCode> = new Set([
  'READ_MODEL_UNREACHABLE',
  'READ_MODEL_BUSY',
  'READ_MODEL_FULL',
  'READ_MODEL_ABORTED',
]);

/** The only error that the read model throws. `retryable` means: the same call may succeed later without any change here. */
export class ReadModelError extends Error {
  override readonly name = 'ReadModelError';
  readonly retryable: boolean;

  constructor(
    readonly code: ReadModelErrorCode,
    message: string,
    readonly remedy: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.retryable = retryableCodes.has(code);
  }
}
